/*
 * search_functions.c
 *		The search as SQL functions and operators.
 */
#include "bridge/featmap.h"

#include "funcapi.h"
#include "utils/array.h"

#include "type/featmap_make.h"
#include "bridge/kernel_setting.h"
#include "functions/nearest.h"
#include "functions/pooling_arguments.h"
#include "core/search/search.h"

PG_FUNCTION_INFO_V1(intsearch);
PG_FUNCTION_INFO_V1(intsearch_many);
PG_FUNCTION_INFO_V1(best_score);
PG_FUNCTION_INFO_V1(featmap_cosine_distance);
PG_FUNCTION_INFO_V1(featmap_l2_distance);
PG_FUNCTION_INFO_V1(featmap_cosine_distance_of_nearest);
PG_FUNCTION_INFO_V1(featmap_l2_distance_of_nearest);

/*
 * The best scores of the rows so far, each once; see nearest.c. A plan may
 * read its rows again, and a row that counted twice would take the place of
 * another.
 */
typedef struct NearestScores
{
	int wanted;
	int count;
	double scores[FLEXIBLE_ARRAY_MEMBER]; /* [wanted], falling */
} NearestScores;

/*
 * What a call site keeps from row to row: scratch space that fits the largest
 * map so far.
 */
typedef struct CallState
{
	Host host;
	Searcher searcher;
	NearestScores *nearest;
} CallState;

static Searcher *
call_site_searcher(FmgrInfo *site)
{
	CallState *state = site->fn_extra;

	if (state == NULL)
	{
		state = MemoryContextAllocZero(site->fn_mcxt, sizeof(CallState));
		state->host = featmap_host(site->fn_mcxt);
		state->searcher.host = &state->host;
		site->fn_extra = state;
	}
	state->searcher.kernels = kernels_in_use;
	return &state->searcher;
}

/* A stored map, opened for the queries of one call. */
typedef struct OpenSearch
{
	Datum datum;
	struct varlena *value;
	FeatureMap map;
	Searcher *searcher; /* has the results of the last query */
} OpenSearch;

static void
open_search(OpenSearch *search, FmgrInfo *site, Datum datum,
			const Pooling *pooling)
{
	CoreError error;

	search->datum = datum;
	search->value = featmap_open(&search->map, datum);
	search->searcher = call_site_searcher(site);
	if (!search_open_map(search->searcher, &search->map, pooling, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
}

static void
run_query(OpenSearch *search, const float *query, int length,
		  const SearchOptions *options)
{
	Searcher *searcher = search->searcher;
	CoreError error;

	if (!search_query(searcher, query, length, options, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	elog(DEBUG1,
		 "intsearch: exact scores of %lld windows, bounds of %lld sets",
		 (long long) searcher->exact_scores,
		 (long long) searcher->subwindows.bounds);
}

static void
close_search(OpenSearch *search)
{
	featmap_close(search->value, search->datum);
}

static int
integer_argument(FunctionCallInfo fcinfo, int number, int if_null)
{
	return PG_ARGISNULL(number) ? if_null : PG_GETARG_INT32(number);
}

static double
double_argument(FunctionCallInfo fcinfo, int number, double if_null)
{
	return PG_ARGISNULL(number) ? if_null : PG_GETARG_FLOAT8(number);
}

/*
 * The constraints, from the arguments aspect and tolerance (2 and 3) and least
 * and greatest height and width (from first_side on).  NULL stands for an
 * argument's default.
 */
static WindowConstraints
constraint_arguments(FunctionCallInfo fcinfo, int first_side)
{
	return (WindowConstraints){
		.any_aspect = PG_ARGISNULL(2),
		.aspect = double_argument(fcinfo, 2, 1),
		.tolerance = double_argument(fcinfo, 3, 0.2),
		.min_height = integer_argument(fcinfo, first_side, 1),
		.max_height = integer_argument(fcinfo, first_side + 1, INT_MAX),
		.min_width = integer_argument(fcinfo, first_side + 2, 1),
		.max_width = integer_argument(fcinfo, first_side + 3, INT_MAX),
	};
}

static void
check_options(const SearchOptions *options)
{
	CoreError error;

	if (!search_check_options(options, &error))
		featmap_raise(&error, ERRCODE_INTERNAL_ERROR);
}

/*
 * Searches for one query vector after the other, [count][length], and puts the
 * results in rows of (score, distance, y1, x1, y2, x2), with the query's
 * number, from 1 on, before them if is_numbered.
 */
static void
search_rows(FunctionCallInfo fcinfo, const float *queries, int count,
			int length, bool is_numbered)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;
	SearchOptions options = {
		.constraints = constraint_arguments(fcinfo, 8),
		.pooling = pooling_arguments(fcinfo, 4, POOL_SUM),
		.max_results = integer_argument(fcinfo, 6, 1),
		.max_overlap = double_argument(fcinfo, 7, 0.5),
		.min_score = double_argument(fcinfo, 12, -1),
	};
	OpenSearch search;

	check_options(&options);
	open_search(&search, fcinfo->flinfo, PG_GETARG_DATUM(0), &options.pooling);
	for (int query = 0; query < count; query++)
	{
		run_query(&search, queries + (size_t) query * length, length,
				  &options);
		for (int i = 0; i < search.searcher->result_count; i++)
		{
			const ScoredWindow *result = &search.searcher->results[i];
			Datum values[7] = {
				Int32GetDatum(query + 1),
				Float8GetDatum(result->score),
				Float8GetDatum(score_distance(result->score)),
				Int32GetDatum(result->window.y1),
				Int32GetDatum(result->window.x1),
				Int32GetDatum(result->window.y2),
				Int32GetDatum(result->window.x2),
			};
			bool nulls[7] = {false};

			tuplestore_putvalues(rows->setResult, rows->setDesc,
								 is_numbered ? values : values + 1, nulls);
		}
	}
	close_search(&search);
}

Datum
intsearch(PG_FUNCTION_ARGS)
{
	const float *query;
	int length;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	query = real_vector(PG_GETARG_ARRAYTYPE_P(1), "query", &length);
	search_rows(fcinfo, query, 1, length, false);
	PG_RETURN_NULL();
}

Datum
intsearch_many(PG_FUNCTION_ARGS)
{
	const float *queries;
	int count, length;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	queries =
		real_matrix(PG_GETARG_ARRAYTYPE_P(1), "queries", &count, &length);
	search_rows(fcinfo, queries, count, length, true);
	PG_RETURN_NULL();
}

/* The score of the best window alone; false where no window qualifies. */
static bool
search_best(FmgrInfo *site, Datum map, ArrayType *query,
			const WindowConstraints *constraints, const Pooling *pooling,
			double min_score, double *score)
{
	SearchOptions options = {.constraints = *constraints,
							 .pooling = *pooling,
							 .max_results = 1,
							 .max_overlap = 1,
							 .min_score = min_score};
	int length;
	const float *vector = real_vector(query, "query", &length);
	OpenSearch search;

	check_options(&options);
	open_search(&search, site, map, pooling);
	run_query(&search, vector, length, &options);
	close_search(&search);
	if (search.searcher->result_count == 0)
		return false;
	*score = search.searcher->results[0].score;
	return true;
}

Datum
best_score(PG_FUNCTION_ARGS)
{
	WindowConstraints constraints;
	Pooling pooling;
	double score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	constraints = constraint_arguments(fcinfo, 6);
	pooling = pooling_arguments(fcinfo, 4, POOL_SUM);
	if (!search_best(fcinfo->flinfo, PG_GETARG_DATUM(0),
					 PG_GETARG_ARRAYTYPE_P(1), &constraints, &pooling,
					 double_argument(fcinfo, 10, -1), &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

/* The operators search without constraints. */
static const WindowConstraints no_constraints = {
	.any_aspect = true,
	.tolerance = 1,
	.min_height = 1,
	.max_height = INT_MAX,
	.min_width = 1,
	.max_width = INT_MAX,
};

static const Pooling sum_pooling = {.kind = POOL_SUM, .exponent = 1};

/* The score that the distance operators are of. */
static bool
search_unconstrained(FunctionCallInfo fcinfo, double min_score, double *score)
{
	return search_best(fcinfo->flinfo, PG_GETARG_DATUM(0),
					   PG_GETARG_ARRAYTYPE_P(1), &no_constraints, &sum_pooling,
					   min_score, score);
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

/* The best scores of this call site, at most `count` of them. */
static NearestScores *
call_site_nearest(FmgrInfo *site, int64 count)
{
	CallState *state = (call_site_searcher(site), site->fn_extra);

	if (state->nearest == NULL)
	{
		if (count < 1 || count > MOST_NEAREST)
			ereport(
				ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg(
					 "number of nearest rows must be between 1 and %d, not %lld",
					 MOST_NEAREST, (long long) count)));
		state->nearest =
			MemoryContextAlloc(site->fn_mcxt, offsetof(NearestScores, scores) +
												  sizeof(double) * count);
		state->nearest->wanted = (int) count;
		state->nearest->count = 0;
	}
	return state->nearest;
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
 * The score of a row if it is among the `count` best of the rows so far, of
 * this call site; else false. Windows that tie with the last of these count,
 * too, so that the score is the one without a limit.
 */
static bool
search_among_nearest(FunctionCallInfo fcinfo, double *score)
{
	NearestScores *nearest =
		call_site_nearest(fcinfo->flinfo, PG_GETARG_INT64(2));
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
