/*
 * nearest.c
 *		What the planner does for ORDER BY features <=> query LIMIT k.
 *
 * The distance of a row that is farther away than the k nearest rows so far
 * need not be known: the row will not be in the answer.  So where a query has
 * this form, its call of the distance is replaced by one that takes k, too;
 * that keeps the k best scores which its call site has returned, and gives
 * NULL, which sorts last, for a map that has no such score, as soon as the
 * search's bounds tell.
 *
 * That is right if every row for which the distance is computed is a row that
 * the LIMIT counts, since then the k nearest of them are nearer than any row
 * that got NULL. (A group of a primary key is a row, and its min(distance) the
 * distance. postgres_fdw asks so where another server shall send distances,
 * and not maps to compute them from; see doc/scaling.md.) A parallel worker
 * has a call site of its own, and so do the partitions of a table: the nearest
 * rows of each are all there.  It would be wrong where rows are dropped or put
 * together after the distance is computed (conditions on it, DISTINCT, groups,
 * row locks), where the value is wanted of other rows than the first ones, and
 * where one call site serves several executions over other rows (a subquery
 * that refers to an outer query). In all of these the call stays as it is.
 * (Over the same rows, one call site may serve several executions: each score
 * counts once.)
 *
 * Where the table has an index that could give the rows in the order of the
 * distance, the call stays as it is, too: it is made into another one before
 * the planner looks for indexes, and none would match. (The exact scan then
 * goes without pruning.  Setting enable_indexscan to off brings it back.)
 *
 * The planner asks about a call without telling where it stands, and may come
 * upon calls that the query does not show, in SQL functions that it inlines.
 * So a call is replaced only if it has the arguments of the query's key, and
 * nowhere but in the target list, which the planner does first of all
 * expressions, bar two: functions in FROM, and the conditions of an EXISTS in
 * the target list.
 *
 * The calls that take k are declared volatile, since their values depend on
 * the rows that they have seen. It keeps the planner from sorting one table of
 * a join by them, before the join drops rows, and from sending them to another
 * server, where they would count rows that are dropped here. So with foreign
 * tables the call stays as it is, too: a call that cannot be sent would fetch
 * all maps. Where the LIMIT is sent with it, the planner of the other server
 * does what this one does.
 */
#include "bridge/featmap.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
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
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "functions/nearest.h"
#include "index/am_planner.h"

PG_FUNCTION_INFO_V1(featmap_distance_support);

/*
 * How often a query calls a function, as a function or an operator, and has
 * EXISTS; subqueries do not count.
 */
typedef struct CallCount
{
	Oid function;
	int calls;
	int exists;
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
	if (IsA(node, SubLink) &&
		((SubLink *) node)->subLinkType == EXISTS_SUBLINK)
		count->exists++;
	return expression_tree_walker(node, count_calls_walker, count);
}

/*
 * True for a foreign table, and for a table that has one among its partitions
 * or children.
 */
static bool
is_foreign(const RangeTblEntry *relation)
{
	bool found = relation->relkind == RELKIND_FOREIGN_TABLE;
	List *heirs;
	ListCell *cell;

	if (found || !relation->inh)
		return found;
	heirs = find_all_inheritors(relation->relid, NoLock, NULL);
	foreach (cell, heirs)
		found = found ||
				get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE;
	list_free(heirs);
	return found;
}

/* True where nothing is grouped, or a table by its primary key. */
static bool
groups_are_rows(const Query *query)
{
	RangeTblEntry *table;
	List *columns = NIL;
	List *constraints = NIL;
	ListCell *cell;

	if (query->groupClause == NIL)
		return !query->hasAggs;
	table = linitial_node(RangeTblEntry, query->rtable);
	foreach (cell, query->rtable)
		if (lfirst(cell) != table &&
			!is_group_entry(lfirst_node(RangeTblEntry, cell)))
			return false;
	if (table->rtekind != RTE_RELATION || table->inh)
		return false;
	foreach (cell, query->groupClause)
	{
		SortGroupClause *group = lfirst_node(SortGroupClause, cell);

		columns =
			lappend(columns,
					grouped_expression(query, get_sortgroupclause_expr(
												  group, query->targetList)));
	}
	return check_functional_grouping(table->relid, 1, 0, columns,
									 &constraints);
}

/*
 * True where each row of the joined tables is a row of the result, none is
 * locked or changed, and all are here.
 */
static bool
rows_are_results(const Query *query)
{
	ListCell *cell;

	if (query->commandType != CMD_SELECT || !groups_are_rows(query) ||
		query->groupingSets != NIL || query->distinctClause != NIL ||
		query->hasWindowFuncs || query->hasTargetSRFs ||
		query->havingQual != NULL || query->setOperations != NULL ||
		query->rowMarks != NIL || query->cteList != NIL)
		return false;
	foreach (cell, query->rtable)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		RTEKind kind = entry->rtekind;

		if (kind != RTE_RELATION && kind != RTE_JOIN && kind != RTE_FUNCTION &&
			kind != RTE_VALUES && kind != RTE_RESULT && !is_group_entry(entry))
			return false;
		if (kind == RTE_RELATION && is_foreign(entry))
			return false;
		if (kind == RTE_FUNCTION &&
			contain_vars_of_level((Node *) entry->functions, 0))
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

/* The x of min(x), which of a single row is x. */
static Node *
of_single_row(Node *node)
{
	Aggref *aggregate = (Aggref *) node;

	if (!IsA(node, Aggref) || aggregate->aggfnoid != F_MIN_FLOAT8 ||
		aggregate->aggfilter != NULL)
		return node;
	return (Node *) linitial_node(TargetEntry, aggregate->args)->expr;
}

/*
 * The arguments of a call, simplified, with nothing in them told a number of
 * rows.
 */
static List *
simplified_arguments(const PlannerInfo *root, Node *call)
{
	Query query = *root->parse;
	PlannerInfo without_limit = *root;
	List *arguments = IsA(call, OpExpr) ? ((OpExpr *) call)->args
										: ((FuncExpr *) call)->args;

	query.limitCount = NULL;
	without_limit.parse = &query;
	return (List *) eval_const_expressions(&without_limit,
										   copyObject((Node *) arguments));
}

/*
 * True where the query's first key is this call, rising, and nothing else
 * calls the function.
 */
static bool
is_first_key(PlannerInfo *root, const FuncExpr *call)
{
	Query *query = root->parse;
	SortGroupClause *first;
	Node *key;
	CallCount count = {.function = call->funcid};

	if (query->sortClause == NIL)
		return false;
	first = linitial_node(SortGroupClause, query->sortClause);
	key = of_single_row(get_sortgroupclause_expr(first, query->targetList));
	query_tree_walker(query, count_calls_walker, &count, 0);
	return first->sortop == Float8LessOperator && !first->nulls_first &&
		   is_call(key, call->funcid) && count.calls == 1 &&
		   count.exists == 0 &&
		   equal(simplified_arguments(root, key), call->args);
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

/*
 * The function of the same name and schema that takes a number of rows, too.
 */
static Oid
function_with_count(const FuncExpr *call)
{
	Oid types[3] = {exprType(linitial(call->args)), FLOAT4ARRAYOID, INT8OID};

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(get_func_name(call->funcid)),
						   PointerGetDatum(buildoidvector(types, 3)),
						   ObjectIdGetDatum(get_func_namespace(call->funcid)));
}

/*
 * The call that takes the number of rows wanted, or NULL where that would be
 * wrong.
 */
static Node *
call_with_count(PlannerInfo *root, const FuncExpr *call)
{
	int64 count = 0;
	Oid function;
	Const *argument;

	if (root == NULL || root->parse->limitCount == NULL ||
		list_length(call->args) != 2 || !rows_are_results(root->parse) ||
		!is_first_key(root, call) || !rows_stay_the_same(root) ||
		!add_constant(root, root->parse->limitCount, &count) ||
		!add_constant(root, root->parse->limitOffset, &count) || count < 1 ||
		count > MOST_NEAREST)
		return NULL;
	function = function_with_count(call);
	if (!OidIsValid(function) || index_may_order(root, call))
		return NULL;
	argument = makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
						 Int64GetDatum(count), false, FLOAT8PASSBYVAL);
	return (Node *) makeFuncExpr(function, call->funcresulttype,
								 lappend(list_copy(call->args), argument),
								 call->funccollid, call->inputcollid,
								 COERCE_EXPLICIT_CALL);
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
