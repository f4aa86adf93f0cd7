/*
 * search_functions.c
 *		The search as SQL functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "functions/map_search.h"
#include "type/query_io.h"

PG_FUNCTION_INFO_V1(featquery_search);
PG_FUNCTION_INFO_V1(featquery_search_many);
PG_FUNCTION_INFO_V1(featquery_best_score);

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

/* The limits, arguments 2 and 3; NULL stands for an argument's default. */
static SearchOptions
limit_arguments(FunctionCallInfo fcinfo)
{
	return (SearchOptions){
		.max_results = PG_ARGISNULL(2) ? 1 : PG_GETARG_INT32(2),
		.max_overlap = PG_ARGISNULL(3) ? 0.5 : PG_GETARG_FLOAT8(3),
	};
}

/* (map, query, max_results, max_overlap) */
Datum
featquery_search(PG_FUNCTION_ARGS)
{
	SearchOptions options = limit_arguments(fcinfo);
	OpenQuery query;
	MapSearch search;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	query_open(&query, PG_GETARG_DATUM(1));
	options.query = query.query;
	map_search_open(&search, fcinfo->flinfo, PG_GETARG_DATUM(0),
					&options.query.pooling);
	map_search_query(&search, &options);
	put_results((ReturnSetInfo *) fcinfo->resultinfo, search.searcher, 0,
				false);
	map_search_close(&search);
	query_close(&query);
	PG_RETURN_NULL();
}

/* The queries of an array, [*count]; refuses NULL elements. */
static Datum *
queries_argument(ArrayType *array, int *count)
{
	Datum *queries;
	bool *nulls;
	int16 size;
	bool by_value;
	char align;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &size, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), size, by_value, align,
					  &queries, &nulls, count);
	for (int i = 0; i < *count; i++)
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("queries must not contain nulls")));
	return queries;
}

static bool
same_pooling(const Pooling *a, const Pooling *b)
{
	return a->kind == b->kind && a->exponent == b->exponent;
}

/*
 * (map, queries, max_results, max_overlap): rows numbered by query from 1 on.
 * The map is fetched once, and opened anew where the pooling changes.
 */
Datum
featquery_search_many(PG_FUNCTION_ARGS)
{
	SearchOptions options = limit_arguments(fcinfo);
	Pooling pooling = {POOL_SUM, 0}; /* an exponent that no query has */
	Datum *queries;
	int count;
	MapSearch search;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	queries = queries_argument(PG_GETARG_ARRAYTYPE_P(1), &count);
	for (int i = 0; i < count; i++)
	{
		OpenQuery query;

		query_open(&query, queries[i]);
		options.query = query.query;
		if (!same_pooling(&pooling, &options.query.pooling))
		{
			if (i > 0)
				map_search_close(&search);
			pooling = options.query.pooling;
			map_search_open(&search, fcinfo->flinfo, PG_GETARG_DATUM(0),
							&pooling);
		}
		map_search_query(&search, &options);
		put_results((ReturnSetInfo *) fcinfo->resultinfo, search.searcher,
					i + 1, true);
		query_close(&query);
	}
	if (count > 0)
		map_search_close(&search);
	PG_RETURN_NULL();
}

/* (map, query); NULL where no window qualifies. */
Datum
featquery_best_score(PG_FUNCTION_ARGS)
{
	OpenQuery query;
	double score;
	bool found;

	query_open(&query, PG_GETARG_DATUM(1));
	found = map_search_best(fcinfo->flinfo, PG_GETARG_DATUM(0), &query.query,
							&score);
	query_close(&query);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}
