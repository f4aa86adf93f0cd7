/*
 * search_support.c
 *		How many rows the planner is to expect of a search.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/pathnodes.h"
#include "nodes/primnodes.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"

#include "core/search/search.h"

PG_FUNCTION_INFO_V1(featquery_search_support);
PG_FUNCTION_INFO_V1(featquery_search_many_support);

/* Where the number of results, or of queries, is not known at plan time. */
#define USUAL_RESULTS 10
#define USUAL_QUERIES 4

/* max_results, the third argument of a search; at least 1. */
static double
expected_results(const FuncExpr *call)
{
	const Const *wanted = lthird(call->args);
	int results;

	if (!IsA(wanted, Const))
		return USUAL_RESULTS;
	/* NULL stands for the default */
	results = wanted->constisnull ? 1 : DatumGetInt32(wanted->constvalue);
	return Max(Min(results, SEARCH_MOST_RESULTS), 1);
}

/* The queries of an array, the second argument. */
static double
expected_queries(const FuncExpr *call)
{
	Node *queries = lsecond(call->args);

	if (IsA(queries, ArrayExpr) && !((ArrayExpr *) queries)->multidims)
		return list_length(((ArrayExpr *) queries)->elements);
	if (IsA(queries, Const) && !((Const *) queries)->constisnull)
	{
		ArrayType *array = DatumGetArrayTypeP(((Const *) queries)->constvalue);

		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	return USUAL_QUERIES;
}

/* Answers a request for rows; NULL for any other. */
static Node *
answer_rows(Node *request, bool has_many)
{
	SupportRequestRows *rows = (SupportRequestRows *) request;
	const FuncExpr *call;

	if (!IsA(request, SupportRequestRows) || !IsA(rows->node, FuncExpr))
		return NULL;
	call = (const FuncExpr *) rows->node;
	if (list_length(call->args) != 4)
		return NULL;
	rows->rows = expected_results(call);
	if (has_many)
		rows->rows *= Max(expected_queries(call), 1);
	return request;
}

Datum
featquery_search_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(answer_rows((Node *) PG_GETARG_POINTER(0), false));
}

Datum
featquery_search_many_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(answer_rows((Node *) PG_GETARG_POINTER(0), true));
}
