/*
 * nearest.c
 *		What the planner does for ORDER BY features <=> query LIMIT k.
 *
 * The distance of a row that is farther away than the k nearest rows so far need not be known: the row will
 * not be in the answer.  So where a query has this form, its call of the distance is replaced by one
 * that takes k, too; that keeps the k best scores which its call site has returned,
 * and gives NULL, which sorts last, for a map that has no such score, as soon as the search's bounds tell.
 *
 * That is right if every row for which the distance is computed is a row that the
 * LIMIT counts, since then the k nearest of them are nearer than any row that got NULL.
 * A parallel worker has a call site of its own, and so do the partitions of a table:
 * the nearest rows of each are all there.  It would be wrong where rows are dropped or put together
 * after the distance is computed (conditions on it, DISTINCT, groups, row
 * locks), where the value is wanted of other rows than the first ones, and where one call site
 * serves several executions over other rows (a subquery that refers to an outer query).
 * In all of these the call stays as it is.
 */
#include "featmap.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "nearest.h"

PG_FUNCTION_INFO_V1(featmap_distance_support);

/* How often an expression calls a function, as a function or an operator; subqueries do not count. */
typedef struct CallCount
{
	Oid function;
	int calls;
} CallCount;

static bool
is_call(Node *node, Oid function)
{
	return (IsA(node, OpExpr) && ((OpExpr *) node)->opfuncid == function) ||
		   (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == function);
}

static bool
count_calls_walker(Node *node, CallCount *count)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (is_call(node, count->function))
		count->calls++;
	return expression_tree_walker(node, count_calls_walker, count);
}

static int
count_calls(Node *node, Oid function)
{
	CallCount count = {.function = function};

	count_calls_walker(node, &count);
	return count.calls;
}

/* True where each row of the joined tables is a row of the result, and none is locked or changed. */
static bool
rows_are_results(const Query *query)
{
	ListCell *cell;

	if (query->commandType != CMD_SELECT || query->groupClause != NIL ||
		query->groupingSets != NIL || query->distinctClause != NIL || query->hasAggs ||
		query->hasWindowFuncs || query->hasTargetSRFs || query->havingQual != NULL ||
		query->setOperations != NULL || query->rowMarks != NIL || query->cteList != NIL)
		return false;
	foreach (cell, query->rtable)
	{
		RTEKind kind = lfirst_node(RangeTblEntry, cell)->rtekind;

		if (kind != RTE_RELATION && kind != RTE_JOIN && kind != RTE_FUNCTION &&
			kind != RTE_VALUES && kind != RTE_RESULT)
			return false;
	}
	return true;
}

/* True where each execution of the query sees the same rows. */
static bool
rows_stay_the_same(PlannerInfo *root)
{
	for (int level = 1; level < (int) root->query_level; level++)
		if (contain_vars_of_level((Node *) root->parse, level))
			return false;
	return !contain_volatile_functions((Node *) root->parse);
}

/* True where the query's first key is this function, rising, and nothing else calls it. */
static bool
is_first_key(const Query *query, Oid function)
{
	SortGroupClause *first;
	TargetEntry *entry;

	if (query->sortClause == NIL)
		return false;
	first = linitial_node(SortGroupClause, query->sortClause);
	entry = get_sortgroupclause_tle(first, query->targetList);
	return first->sortop == Float8LessOperator && !first->nulls_first &&
		   is_call((Node *) entry->expr, function) &&
		   count_calls((Node *) query->targetList, function) == 1 &&
		   count_calls((Node *) query->jointree, function) == 0;
}

/* Adds a LIMIT or OFFSET to *count; false unless it is a constant. */
static bool
add_constant(PlannerInfo *root, Node *limit, int64 *count)
{
	Node *value;

	if (limit == NULL)
		return true;
	value = eval_const_expressions(root, copyObject(limit));
	if (!IsA(value, Const) || ((Const *) value)->constisnull ||
		((Const *) value)->consttype != INT8OID)
		return false;
	/* what is negative is refused when the query runs */
	if (DatumGetInt64(((Const *) value)->constvalue) < 0 ||
		DatumGetInt64(((Const *) value)->constvalue) > MOST_NEAREST)
		return false;
	*count += DatumGetInt64(((Const *) value)->constvalue);
	return true;
}

/* The function of the same name and schema that takes a number of rows, too. */
static Oid
function_with_count(const FuncExpr *call)
{
	Oid types[3] = {exprType(linitial(call->args)), FLOAT4ARRAYOID, INT8OID};

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(get_func_name(call->funcid)),
						   PointerGetDatum(buildoidvector(types, 3)),
						   ObjectIdGetDatum(get_func_namespace(call->funcid)));
}

/* The call that takes the number of rows wanted, or NULL where that would be wrong. */
static Node *
call_with_count(PlannerInfo *root, const FuncExpr *call)
{
	int64 count = 0;
	Oid function;
	Const *argument;

	if (root == NULL || root->parse->limitCount == NULL || list_length(call->args) != 2 ||
		!rows_are_results(root->parse) || !is_first_key(root->parse, call->funcid) ||
		!rows_stay_the_same(root) || !add_constant(root, root->parse->limitCount, &count) ||
		!add_constant(root, root->parse->limitOffset, &count) || count < 1 || count > MOST_NEAREST)
		return NULL;
	function = function_with_count(call);
	if (!OidIsValid(function))
		return NULL;
	argument = makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(count), false,
						 FLOAT8PASSBYVAL);
	return (Node *) makeFuncExpr(function, call->funcresulttype,
								 lappend(list_copy(call->args), argument), call->funccollid,
								 call->inputcollid, COERCE_EXPLICIT_CALL);
}

Datum
featmap_distance_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);
	Node *answer = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;

		answer = call_with_count(simplify->root, simplify->fcall);
	}
	PG_RETURN_POINTER(answer);
}
