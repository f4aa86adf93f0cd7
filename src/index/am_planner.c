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

static bool
serves(Relation index, int table, const FuncExpr *call)
{
	if (!index->rd_index->indisvalid)
		return false;
	if (is_intsearch_index(index))
		return is_map(first_key(index, table), call);
	return index->rd_rel->relam == BTREE_AM_OID &&
		   is_distance(first_key(index, table), call);
}

/* Does one of the table's own indexes serve? */
static bool
table_has_index(Oid oid, int table, const FuncExpr *call)
{
	Relation relation = table_open(oid, NoLock);
	List *indexes = RelationGetIndexList(relation);
	ListCell *cell;
	bool found = false;

	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		found = found || serves(index, table, call);
		index_close(index, NoLock);
	}
	list_free(indexes);
	table_close(relation, NoLock);
	return found;
}

/*
 * The same of a table and its partitions or children; the columns of these
 * have the same numbers mostly, and nothing is wrong where they have not.
 */
static bool
has_index(const RangeTblEntry *entry, int table, const FuncExpr *call)
{
	List *tables =
		entry->inh ? find_all_inheritors(entry->relid, AccessShareLock, NULL)
				   : list_make1_oid(entry->relid);
	ListCell *cell;
	bool found = false;

	foreach (cell, tables)
		found = found || table_has_index(lfirst_oid(cell), table, call);
	list_free(tables);
	return found;
}

bool
index_may_order(PlannerInfo *root, const FuncExpr *call)
{
	Relids tables;
	int table;
	RangeTblEntry *entry;

	if (!enable_indexscan)
		return false;
	tables = pull_varnos(root, linitial(call->args));
	if (!bms_get_singleton_member(tables, &table))
		return false;
	entry = rt_fetch(table, root->parse->rtable);
	return entry->rtekind == RTE_RELATION &&
		   entry->relkind != RELKIND_FOREIGN_TABLE &&
		   has_index(entry, table, call);
}
