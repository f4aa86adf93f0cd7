/*
 * search_functions.c
 *		The search as SQL functions and operators.
 */
#include "featmap.h"

#include "funcapi.h"
#include "utils/array.h"

#include "featmap_array.h"
#include "kernel_setting.h"
#include "pooling.h"
#include "search.h"

PG_FUNCTION_INFO_V1(intsearch);
PG_FUNCTION_INFO_V1(best_score);
PG_FUNCTION_INFO_V1(featmap_cosine_distance);
PG_FUNCTION_INFO_V1(featmap_l2_distance);

/* What a call site keeps from row to row: scratch space that fits the largest map so far. */
typedef struct CallState
{
	Host host;
	Searcher searcher;
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

static const Pooling sum_pooling = {.kind = POOL_SUM, .exponent = 1};

/* The arguments pooling and exponent (4 and 5). */
static Pooling
search_pooling(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(4))
		return sum_pooling;
	return pooling_argument(PG_GETARG_TEXT_PP(4), double_argument(fcinfo, 5, 3));
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
		.pooling = search_pooling(fcinfo),
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
	pooling = search_pooling(fcinfo);
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

Datum
featmap_cosine_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_best(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1), &no_constraints,
					 &sum_pooling, -1, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - score);
}

Datum
featmap_l2_distance(PG_FUNCTION_ARGS)
{
	double score;

	if (!search_best(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1), &no_constraints,
					 &sum_pooling, -1, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_distance(score));
}
