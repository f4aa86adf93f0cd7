/*
 * distance.c
 *		The distance operators <=> and <->, and what they keep of the nearest
 *		rows; see nearest.c.
 */
#include "postgres.h"

#include "bridge/call_site.h"
#include "functions/distance.h"
#include "functions/map_search.h"
#include "type/query_io.h"

PG_FUNCTION_INFO_V1(featquery_cosine_distance);
PG_FUNCTION_INFO_V1(featquery_l2_distance);
PG_FUNCTION_INFO_V1(featquery_nearest);

/*
 * The best scores of the rows so far, each once.  A plan may read its rows
 * again, and a row that counted twice would take the place of another.
 */
typedef struct NearestScores
{
	int wanted;
	int count;
	double scores[FLEXIBLE_ARRAY_MEMBER]; /* [wanted], descending */
} NearestScores;

/* The best scores of this call site, at most `wanted` of them. */
static NearestScores *
nearest_scores(FmgrInfo *function, int wanted)
{
	CallSite *site = call_site_state(function);

	if (site->nearest == NULL)
	{
		site->nearest = MemoryContextAlloc(function->fn_mcxt,
										   offsetof(NearestScores, scores) +
											   sizeof(double) * wanted);
		site->nearest->wanted = wanted;
		site->nearest->count = 0;
	}
	return site->nearest;
}

/* Puts a score in its place, unless it is there or all are better. */
static void
keep_score(NearestScores *nearest, double score)
{
	double *scores = nearest->scores;
	int low = 0, high = nearest->count;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (scores[middle] > score)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == nearest->wanted ||
		(low < nearest->count && scores[low] == score))
		return;
	if (nearest->count < nearest->wanted)
		nearest->count++;
	memmove(scores + low + 1, scores + low,
			sizeof(double) * (nearest->count - low - 1));
	scores[low] = score;
}

/*
 * The score of a row if it is among the best of the rows so far, of this call
 * site; else false.  Windows that tie with the last of these count, too, so
 * that the score is the one without a limit.
 */
static bool
search_among_nearest(FmgrInfo *function, Datum map, OpenQuery *open,
					 double *score)
{
	NearestScores *nearest = nearest_scores(function, open->nearest);
	SearchQuery query = open->query;

	if (nearest->count == nearest->wanted)
		query.min_score =
			Max(query.min_score,
				nearest->scores[nearest->wanted - 1] - SCORE_RESOLUTION);
	if (!map_search_best(function, map, &query, score))
		return false;
	keep_score(nearest, *score);
	return true;
}

/*
 * The score of the best window of argument 0, a map, for argument 1, a query.
 * False where no window qualifies, or, for a query that is told a number of
 * rows, where the row is not among these.
 */
static bool
best_of_row(FunctionCallInfo fcinfo, double *score)
{
	Datum map = PG_GETARG_DATUM(0);
	OpenQuery open;
	bool found;

	query_open(&open, PG_GETARG_DATUM(1));
	found = open.nearest > 0
				? search_among_nearest(fcinfo->flinfo, map, &open, score)
				: map_search_best(fcinfo->flinfo, map, &open.query, score);
	query_close(&open);
	return found;
}

Datum
featquery_cosine_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!best_of_row(fcinfo, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - score);
}

Datum
featquery_l2_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!best_of_row(fcinfo, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_distance(score));
}

/* (query, rows): the query, told that the nearest rows alone are wanted. */
Datum
featquery_nearest(PG_FUNCTION_ARGS)
{
	int64 wanted = PG_GETARG_INT64(1);
	StoredQuery *told;

	if (wanted < 1 || wanted > MOST_NEAREST)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "number of nearest rows must be between 1 and %d, not %lld",
				 MOST_NEAREST, (long long) wanted)));
	told = query_with_nearest(PG_GETARG_DATUM(0), (int) wanted);
	if (told == NULL)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(told);
}
