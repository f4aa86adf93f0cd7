/*
 * am_planner.h
 *		Which indexes the planner could read an order from.
 */
#ifndef INTSEARCH_AM_PLANNER_H
#define INTSEARCH_AM_PLANNER_H

#include "bridge/featmap.h"

#include "nodes/pathnodes.h"
#include "storage/lockdefs.h"

/* Indexes that may give the rows in the order of a distance. */
typedef struct OrderingIndexes
{
	bool on_maps;     /* an intsearch index on the map */
	bool on_distance; /* a B-tree on the distance itself */
} OrderingIndexes;

/*
 * A new list of the OIDs of a table and, where the statement means these, too,
 * of its partitions or children, which are locked unless lock is NoLock.
 */
extern List *table_and_heirs(const RangeTblEntry *entry, LOCKMODE lock);

/*
 * Finds those of a call's table.  Whether one is used, the costs decide later.
 * The call is a function's or an operator's, its arguments simplified.
 */
extern OrderingIndexes
find_ordering_indexes(PlannerInfo *root, const FuncExpr *call);

#endif
