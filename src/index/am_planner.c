/*
 * am_planner.c
 *		Which indexes the planner could read an order from.
 */
#include "index/am_planner.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "index/am_handler.h"

/* The first key of an index as an expression over that table; or NULL. */
static Node *
first_key(Relation index, int table)
{
	AttrNumber column = index->rd_index->indkey.values[0];
	Node *key;

	if (column != 0)
	{
		Form_pg_attribute attribute =
			TupleDescAttr(RelationGetDescr(index), 0);

		return (Node *) makeVar(table, column, attribute->atttypid,
								attribute->atttypmod, attribute->attcollation,
								0);
	}
	key = copyObject(linitial(RelationGetIndexExpressions(index)));
	ChangeVarNodes(key, 1, table, 0);
	return key;
}

/* True where the key is the map that the distance is of. */
static bool
is_map(const Node *key, const FuncExpr *call)
{
	const Node *map = linitial(call->args);

	if (IsA(key, Var) && IsA(map, Var))
		return ((const Var *) key)->varno == ((const Var *) map)->varno &&
			   ((const Var *) key)->varattno == ((const Var *) map)->varattno;
	return equal(key, map);
}

/* True where the key is the distance. */
static bool
is_distance(const Node *key, const FuncExpr *call)
{
	if (IsA(key, OpExpr))
		return ((const OpExpr *) key)->opfuncid == call->funcid &&
			   equal(((const OpExpr *) key)->args, call->args);
	return IsA(key, FuncExpr) &&
		   ((const FuncExpr *) key)->funcid == call->funcid &&
		   equal(((const FuncExpr *) key)->args, call->args);
}

static void
look_at_index(Relation index, int table, const FuncExpr *call,
			  OrderingIndexes *found)
{
	if (!index->rd_index->indisvalid)
		return;
	if (is_intsearch_index(index))
		found->on_maps |= is_map(first_key(index, table), call);
	else if (index->rd_rel->relam == BTREE_AM_OID)
		found->on_distance |= is_distance(first_key(index, table), call);
}

static void
look_at_table(Oid oid, int table, const FuncExpr *call, OrderingIndexes *found)
{
	Relation relation = table_open(oid, NoLock);
	List *indexes = RelationGetIndexList(relation);
	ListCell *cell;

	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		look_at_index(index, table, call, found);
		index_close(index, NoLock);
	}
	list_free(indexes);
	table_close(relation, NoLock);
}

List *
table_and_heirs(const RangeTblEntry *entry, LOCKMODE lock)
{
	return entry->inh ? find_all_inheritors(entry->relid, lock, NULL)
					  : list_make1_oid(entry->relid);
}

/*
 * Looks at a table and its partitions or children.  Their columns mostly have
 * the same numbers, and nothing is wrong where they have not.
 */
static OrderingIndexes
look_at_tables(const RangeTblEntry *entry, int table, const FuncExpr *call)
{
	List *tables = table_and_heirs(entry, AccessShareLock);
	ListCell *cell;
	OrderingIndexes found = {false, false};

	foreach (cell, tables)
	{
		look_at_table(lfirst_oid(cell), table, call, &found);
	}
	list_free(tables);
	return found;
}

OrderingIndexes
find_ordering_indexes(PlannerInfo *root, const FuncExpr *call)
{
	OrderingIndexes none = {false, false};
	Relids tables = pull_varnos(root, linitial(call->args));
	int table;
	RangeTblEntry *entry;

	if (!enable_indexscan || !bms_get_singleton_member(tables, &table))
		return none;
	entry = rt_fetch(table, root->parse->rtable);
	if (entry->rtekind != RTE_RELATION ||
		entry->relkind == RELKIND_FOREIGN_TABLE)
		return none;
	return look_at_tables(entry, table, call);
}
