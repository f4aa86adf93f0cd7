/*
 * nearest.c
 *		What the planner does for ORDER BY features <=> query LIMIT k.
 *
 * The distance of a row that is farther away than the k nearest rows so far
 * need not be known: the row will not be in the answer.  So where a statement
 * has this form, its query is told k; the distance then keeps the k best
 * scores that its call site has returned, and gives NULL, which sorts last,
 * for a map that has no such score, as soon as the search's bounds show it.
 *
 * That is right if every row for which the distance is computed is a row that
 * the LIMIT counts, since then the k nearest of them are nearer than any row
 * that got NULL.  (A group of a primary key is a row, and its min(distance)
 * the distance.  postgres_fdw asks so where another server shall send
 * distances, and not maps to compute them from; see doc/scaling.md.)  A
 * parallel worker has a call site of its own, and so do the partitions of a
 * table: the nearest rows of each are all there.  It would be wrong where rows
 * are dropped or put together after the distance is computed (conditions on
 * it, DISTINCT, groups, row locks), where the value is wanted of other rows
 * than the first ones, and where one call site serves several executions over
 * other rows (a subquery that refers to an outer query).  In all of these the
 * call stays as it is.  (Over the same rows, one call site may serve several
 * executions: each score counts once.)
 *
 * The planner asks about a call without telling where it stands, and may come
 * upon calls that the statement does not show, in SQL functions that it
 * inlines.  So a call is changed only if it has the arguments of the
 * statement's key, and nowhere but in the target list, which the planner does
 * first of all expressions, bar two: functions in FROM, and the conditions of
 * an EXISTS in the target list.  Where a condition calls an SQL function,
 * which may hide the same call, no call is changed.
 *
 * How the query is told.  The distance stays the operator or function that the
 * user wrote, so that privileges are those of it, and an index on the column
 * goes on matching.  Where one table is read, and the query is a constant, k
 * goes into the constant.  Otherwise the query is wrapped in
 * featquery_nearest(query, k), which is volatile: with joins the planner must
 * not sort one table by distance before the join drops rows, and must not send
 * the distance to another server, where it would count rows that are dropped
 * here.  No index matches a volatile query, so where one could serve, the call
 * stays as it is; as it does for an index on the distance itself, whose
 * expression has no k.
 *
 * With foreign tables the call stays as it is, too: a call that cannot be sent
 * would fetch all maps.  Where the LIMIT is sent with it, the planner of the
 * other server does what this one does.
 */
#include "bridge/featmap.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_language.h"
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

#include "functions/distance.h"
#include "index/am_planner.h"
#include "type/query_io.h"

PG_FUNCTION_INFO_V1(featquery_distance_support);

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
	List *tables = table_and_heirs(relation, NoLock);
	ListCell *cell;
	bool found = false;

	foreach (cell, tables)
		found = found ||
				get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE;
	list_free(tables);
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

/* True for a source of rows that are here, and do not depend on others. */
static bool
is_plain_source(const RangeTblEntry *entry)
{
	switch (entry->rtekind)
	{
		case RTE_RELATION:
			return !is_foreign(entry);
		case RTE_FUNCTION:
			return !contain_vars_of_level((Node *) entry->functions, 0);
		case RTE_VALUES:
		case RTE_RESULT:
			return true;
		default:
			return false;
	}
}

/*
 * Lists what a part of the join tree reads from.  The tree, and not the range
 * table, which keeps the entries of subqueries and views that were pulled up.
 */
static List *
list_sources(const Query *query, Node *part, List *sources)
{
	ListCell *cell;

	if (IsA(part, RangeTblRef))
		return lappend(sources, rt_fetch(((RangeTblRef *) part)->rtindex,
										 query->rtable));
	if (IsA(part, JoinExpr))
	{
		sources = list_sources(query, ((JoinExpr *) part)->larg, sources);
		return list_sources(query, ((JoinExpr *) part)->rarg, sources);
	}
	foreach (cell, castNode(FromExpr, part)->fromlist)
		sources = list_sources(query, lfirst(cell), sources);
	return sources;
}

/*
 * True where each row of the joined sources is a row of the result, none is
 * locked or changed, and all are here.
 */
static bool
rows_are_results(const Query *query, const List *sources)
{
	ListCell *cell;

	if (query->commandType != CMD_SELECT || !groups_are_rows(query) ||
		query->groupingSets != NIL || query->distinctClause != NIL ||
		query->hasWindowFuncs || query->hasTargetSRFs ||
		query->havingQual != NULL || query->setOperations != NULL ||
		query->rowMarks != NIL)
		return false;
	foreach (cell, sources)
		if (!is_plain_source(lfirst_node(RangeTblEntry, cell)))
			return false;
	return true;
}

static bool
is_sql_function(Oid function, void *context pg_attribute_unused())
{
	HeapTuple tuple;
	bool is_sql;

	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	is_sql = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;
	ReleaseSysCache(tuple);
	return is_sql;
}

/* True for an expression that calls an SQL function of a user's on rows. */
static bool
calls_sql_function(Node *node, void *context)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (check_functions_in_node(node, is_sql_function, NULL) &&
		contain_var_clause(node))
		return true;
	return expression_tree_walker(node, calls_sql_function, context);
}

/*
 * True where the call may come out of a condition.  The planner inlines SQL
 * functions in the conditions after it has done the target list, and then what
 * spoke against the call there (an outer query's columns, something volatile)
 * may be simplified away or have become parameters.
 */
static bool
conditions_hide_calls(const Query *query)
{
	ListCell *cell;

	foreach (cell, query->rtable)
		if (calls_sql_function(
				(Node *) lfirst_node(RangeTblEntry, cell)->securityQuals,
				NULL))
			return true;
	return calls_sql_function((Node *) query->jointree, NULL);
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
 * The statement's first key, if it is this call, ascending, and nothing else
 * calls the function; else NULL.
 */
static Node *
first_key(PlannerInfo *root, const FuncExpr *call)
{
	Query *query = root->parse;
	SortGroupClause *first;
	Node *key;
	CallCount count = {.function = call->funcid};

	if (query->sortClause == NIL)
		return NULL;
	first = linitial_node(SortGroupClause, query->sortClause);
	key = of_single_row(get_sortgroupclause_expr(first, query->targetList));
	query_tree_walker(query, count_calls_walker, &count, 0);
	if (first->sortop != Float8LessOperator || first->nulls_first ||
		!is_call(key, call->funcid) || count.calls != 1 || count.exists != 0 ||
		!equal(simplified_arguments(root, key), call->args))
		return NULL;
	return key;
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

/* LIMIT and OFFSET together; 0 unless they are constants within bounds. */
static int64
wanted_rows(PlannerInfo *root)
{
	const Query *query = root->parse;
	int64 count = 0;

	if (query->limitCount == NULL ||
		!add_constant(root, query->limitCount, &count) ||
		!add_constant(root, query->limitOffset, &count) ||
		count > MOST_NEAREST)
		return 0;
	return count;
}

/* The constant query with the number of rows in it; NULL if it has one. */
static Node *
constant_with_count(const Const *query, int64 count)
{
	StoredQuery *told = query_with_nearest(query->constvalue, (int) count);

	if (told == NULL)
		return NULL;
	return (Node *) makeConst(query->consttype, -1, query->constcollid, -1,
							  PointerGetDatum(told), false, false);
}

/*
 * The query wrapped in featquery_nearest(query, count); NULL where the user
 * may not call that, which is of the extension's own making.
 */
static Node *
call_with_nearest(const FuncExpr *call, Node *query, int64 count)
{
	Oid types[2] = {exprType(query), INT8OID};
	Oid function =
		GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						CStringGetDatum("featquery_nearest"),
						PointerGetDatum(buildoidvector(types, 2)),
						ObjectIdGetDatum(get_func_namespace(call->funcid)));
	Const *argument = makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
								Int64GetDatum(count), false, FLOAT8PASSBYVAL);

	if (!OidIsValid(function) || !may_execute(function))
		return NULL;
	return (Node *) makeFuncExpr(function, types[0],
								 list_make2(query, argument), InvalidOid,
								 InvalidOid, COERCE_EXPLICIT_CALL);
}

/* The key with another query. */
static Node *
key_with_query(Node *key, const FuncExpr *call, Node *query)
{
	Node *told = copyObject(key);
	List *arguments = list_make2(linitial(call->args), query);

	if (IsA(told, OpExpr))
		((OpExpr *) told)->args = arguments;
	else
		((FuncExpr *) told)->args = arguments;
	return told;
}

/* The query of the call, told the number of rows; NULL where it cannot be. */
static Node *
query_with_count(PlannerInfo *root, const FuncExpr *call, const List *sources,
				 int64 count)
{
	Node *query = lsecond(call->args);
	OrderingIndexes indexes = find_ordering_indexes(root, call);

	if (indexes.on_distance)
		return NULL;
	if (list_length(sources) == 1 && IsA(query, Const))
		return ((Const *) query)->constisnull
				   ? NULL
				   : constant_with_count((Const *) query, count);
	return indexes.on_maps ? NULL : call_with_nearest(call, query, count);
}

/* The call, told the number of rows; NULL where that would be wrong. */
static Node *
call_with_count(PlannerInfo *root, const FuncExpr *call)
{
	int64 count;
	List *sources;
	Node *key, *query;

	if (root == NULL || list_length(call->args) != 2)
		return NULL;
	count = wanted_rows(root);
	if (count < 1)
		return NULL;
	sources = list_sources(root->parse, (Node *) root->parse->jointree, NIL);
	if (!rows_are_results(root->parse, sources) ||
		conditions_hide_calls(root->parse))
		return NULL;
	key = first_key(root, call);
	if (key == NULL || !rows_stay_the_same(root))
		return NULL;
	query = query_with_count(root, call, sources, count);
	return query == NULL ? NULL : key_with_query(key, call, query);
}

Datum
featquery_distance_support(PG_FUNCTION_ARGS)
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
