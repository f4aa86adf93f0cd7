/*
 * distance.c
 *		The distance operators <=> and <->, and the distances of the k nearest
 *		rows, to which nearest.c has the planner turn them.
 */
#include "postgres.h"

#include <limits.h>

#include "bridge/call_site.h"
#include "functions/distance.h"
#include "functions/map_search.h"

PG_FUNCTION_INFO_V1(featmap_cosine_distance);
PG_FUNCTION_INFO_V1(featmap_l2_distance);
PG_FUNCTION_INFO_V1(featmap_cosine_distance_of_nearest);
PG_FUNCTION_INFO_V1(featmap_l2_distance_of_nearest);

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

/*
 * The score of the best window of argument 0, a map, for argument 1, a query,
 * without constraints.  False where no window has at least min_score.
 */
static bool
search_unconstrained(FunctionCallInfo fcinfo, double min_score, double *score)
{
	SearchOptions options = {
		.constraints = {.any_aspect = true,
						.tolerance = 1,
						.min_height = 1,
						.max_height = INT_MAX,
						.min_width = 1,
						.max_width = INT_MAX},
		.pooling = {.kind = POOL_SUM, .exponent = 1},
		.max_results = 1,
		.max_overlap = 1,
		.min_score = min_score,
	};

	return map_search_best(fcinfo, &options, score);
}

Datum
featmap_cosine_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_unconstrained(fcinfo, -1, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - score);
}

Datum
featmap_l2_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_unconstrained(fcinfo, -1, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_distance(score));
}

static NearestScores *
new_nearest_scores(MemoryContext context, int64 wanted)
{
	NearestScores *nearest;

	if (wanted < 1 || wanted > MOST_NEAREST)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "number of nearest rows must be between 1 and %d, not %lld",
				 MOST_NEAREST, (long long) wanted)));
	nearest = MemoryContextAlloc(context, offsetof(NearestScores, scores) +
											  sizeof(double) * wanted);
	nearest->wanted = (int) wanted;
	nearest->count = 0;
	return nearest;
}

/* The best scores of this call site, at most `wanted` of them. */
static NearestScores *
nearest_scores(FmgrInfo *function, int64 wanted)
{
	CallSite *site = call_site_state(function);

	if (site->nearest == NULL)
		site->nearest = new_nearest_scores(function->fn_mcxt, wanted);
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
 * site, argument 2 being their number; else false.  Windows that tie with the
 * last of these count, too, so that the score is the one without a limit.
 */
static bool
search_among_nearest(FunctionCallInfo fcinfo, double *score)
{
	NearestScores *nearest =
		nearest_scores(fcinfo->flinfo, PG_GETARG_INT64(2));
	bool is_full = nearest->count == nearest->wanted;
	double least =
		is_full ? nearest->scores[nearest->wanted - 1] - SCORE_RESOLUTION : -1;

	if (!search_unconstrained(fcinfo, least, score))
		return false;
	keep_score(nearest, *score);
	return true;
}

Datum
featmap_cosine_distance_of_nearest(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_among_nearest(fcinfo, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - score);
}

Datum
featmap_l2_distance_of_nearest(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_among_nearest(fcinfo, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_distance(score));
}
