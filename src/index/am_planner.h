/*
 * am_planner.h
 *		Which indexes the planner could read an order from.
 */
#ifndef INTSEARCH_AM_PLANNER_H
#define INTSEARCH_AM_PLANNER_H

#include "bridge/featmap.h"

#include "nodes/pathnodes.h"

/* Indexes that may give the rows in the order of a distance. */
typedef struct OrderingIndexes
{
	bool on_maps;     /* an intsearch index on the map */
	bool on_distance; /* a B-tree on the distance itself */
} OrderingIndexes;

/*
 * Finds those of a call's table.  Whether one is used, the costs decide later.
 * The call is a function's or an operator's, its arguments simplified.
 */
extern OrderingIndexes
find_ordering_indexes(PlannerInfo *root, const FuncExpr *call);

#endif
