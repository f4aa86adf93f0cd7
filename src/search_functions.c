/*
 * search_functions.c
 *		The search as SQL functions and operators.
 */
#include "featmap.h"

#include "funcapi.h"
#include "lib/binaryheap.h"
#include "utils/array.h"

#include "featmap_array.h"
#include "kernel_setting.h"
#include "nearest.h"
#include "pooling.h"
#include "search.h"

PG_FUNCTION_INFO_V1(intsearch);
PG_FUNCTION_INFO_V1(best_score);
PG_FUNCTION_INFO_V1(featmap_cosine_distance);
PG_FUNCTION_INFO_V1(featmap_l2_distance);
PG_FUNCTION_INFO_V1(featmap_cosine_distance_of_nearest);
PG_FUNCTION_INFO_V1(featmap_l2_distance_of_nearest);

/* What a call site keeps from row to row: scratch space that fits the largest map so far. */
typedef struct CallState
{
	Host host;
	Searcher searcher;
	binaryheap
		*nearest; /* best scores of the rows so far, the least of them first; see nearest.c */
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

/* Searches one stored map; the results are in the searcher returned. */
static Searcher *
search_datum(FmgrInfo *site, Datum datum, ArrayType *query, const SearchOptions *options)
{
	Searcher *searcher = call_site_searcher(site);
	int length;
	const float *vector = real_vector(query, "query", &length);
	FeatureMap map;
	struct varlena *value = featmap_open(&map, datum);
	CoreError error;

	if (!search_map(searcher, &map, vector, length, options, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	featmap_close(value, datum);
	elog(DEBUG1, "intsearch: exact scores of %lld windows, bounds of %lld sets",
		 (long long) searcher->exact_scores, (long long) searcher->subwindows.bounds);
	return searcher;
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
 * The constraints, from the arguments aspect and tolerance (2 and 3) and least and
 * greatest height and width (from first_side on).  NULL stands for an argument's default.
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

Datum
intsearch(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;
	SearchOptions options;
	Searcher *searcher;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	options = (SearchOptions){
		.constraints = constraint_arguments(fcinfo, 8),
		.pooling = pooling_arguments(fcinfo, 4, POOL_SUM),
		.max_results = integer_argument(fcinfo, 6, 1),
		.max_overlap = double_argument(fcinfo, 7, 0.5),
		.min_score = double_argument(fcinfo, 12, -1),
	};
	check_options(&options);
	searcher = search_datum(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1), &options);
	for (int i = 0; i < searcher->result_count; i++)
	{
		const ScoredWindow *result = &searcher->results[i];
		Datum values[6] = {
			Float8GetDatum(result->score),    Float8GetDatum(score_distance(result->score)),
			Int32GetDatum(result->window.y1), Int32GetDatum(result->window.x1),
			Int32GetDatum(result->window.y2), Int32GetDatum(result->window.x2),
		};
		bool nulls[6] = {false};

		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}

/* The score of the best window alone; false where no window qualifies. */
static bool
search_best(FmgrInfo *site, Datum map, ArrayType *query, const WindowConstraints *constraints,
			const Pooling *pooling, double min_score, double *score)
{
	SearchOptions options = {.constraints = *constraints,
							 .pooling = *pooling,
							 .max_results = 1,
							 .max_overlap = 1,
							 .min_score = min_score};
	Searcher *searcher;

	check_options(&options);
	searcher = search_datum(site, map, query, &options);
	if (searcher->result_count == 0)
		return false;
	*score = searcher->results[0].score;
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
	if (!search_best(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1), &constraints,
					 &pooling, double_argument(fcinfo, 10, -1), &score))
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
	return search_best(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1),
					   &no_constraints, &sum_pooling, min_score, score);
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

/* Puts the least score at the heap's root. */
static int
compare_scores(Datum a, Datum b, void *context pg_attribute_unused())
{
	double left = DatumGetFloat8(a);
	double right = DatumGetFloat8(b);

	return left < right ? 1 : left > right ? -1 : 0;
}

/* The best scores of this call site, at most `count` of them. */
static binaryheap *
call_site_nearest(FmgrInfo *site, int64 count)
{
	CallState *state = (call_site_searcher(site), site->fn_extra);

	if (state->nearest == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(site->fn_mcxt);

		if (count < 1 || count > MOST_NEAREST)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("number of nearest rows must be between 1 and %d, not %lld",
								   MOST_NEAREST, (long long) count)));
		state->nearest = binaryheap_allocate((int) count, compare_scores, NULL);
		MemoryContextSwitchTo(old);
	}
	return state->nearest;
}

/*
 * The score of a row if it is among the `count` best of the rows so far, of this call site; else false.
 * Windows that tie with the last of these count, too, so that the score is the one without a limit.
 */
static bool
search_among_nearest(FunctionCallInfo fcinfo, double *score)
{
	binaryheap *nearest = call_site_nearest(fcinfo->flinfo, PG_GETARG_INT64(2));
	bool is_full = nearest->bh_size == nearest->bh_space;
	double least = is_full ? DatumGetFloat8(binaryheap_first(nearest)) : -1;

	if (!search_unconstrained(fcinfo, is_full ? least - SCORE_RESOLUTION : -1, score))
		return false;
	if (!is_full)
		binaryheap_add(nearest, Float8GetDatum(*score));
	else if (*score > least)
		binaryheap_replace_first(nearest, Float8GetDatum(*score));
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
