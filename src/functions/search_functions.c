/*
 * search_functions.c
 *		The search as SQL functions.
 */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"
#include "funcapi.h"

#include "bridge/arrays.h"
#include "functions/map_search.h"
#include "functions/pooling_arguments.h"

PG_FUNCTION_INFO_V1(intsearch);
PG_FUNCTION_INFO_V1(intsearch_many);
PG_FUNCTION_INFO_V1(best_score);

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

/*
 * Puts the results of a query in rows of (score, distance, y1, x1, y2, x2),
 * with the query's number before them if is_numbered.
 */
static void
put_results(ReturnSetInfo *rows, const Searcher *searcher, int number,
			bool is_numbered)
{
	for (int i = 0; i < searcher->result_count; i++)
	{
		const ScoredWindow *result = &searcher->results[i];
		Datum values[7] = {
			Int32GetDatum(number),
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

/*
 * Searches for each query vector, [count][length], and puts the results in
 * rows, numbered by query from 1 on if is_numbered.
 */
static void
search_rows(FunctionCallInfo fcinfo, const float *queries, int count,
			int length, bool is_numbered)
{
	SearchOptions options = {
		.constraints = constraint_arguments(fcinfo, 8),
		.pooling = pooling_arguments(fcinfo, 4, POOL_SUM),
		.max_results = integer_argument(fcinfo, 6, 1),
		.max_overlap = double_argument(fcinfo, 7, 0.5),
		.min_score = double_argument(fcinfo, 12, -1),
	};
	MapSearch search;

	map_search_open(&search, fcinfo, &options);
	for (int i = 0; i < count; i++)
	{
		map_search_query(&search, queries + (size_t) i * length, length,
						 &options);
		put_results((ReturnSetInfo *) fcinfo->resultinfo, search.searcher,
					i + 1, is_numbered);
	}
	map_search_close(&search);
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

Datum
best_score(PG_FUNCTION_ARGS)
{
	SearchOptions options = {.max_results = 1, .max_overlap = 1};
	double score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	options.constraints = constraint_arguments(fcinfo, 6);
	options.pooling = pooling_arguments(fcinfo, 4, POOL_SUM);
	options.min_score = double_argument(fcinfo, 10, -1);
	if (!map_search_best(fcinfo, &options, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}
