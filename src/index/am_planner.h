/*
 * am_planner.h
 *		Which indexes the planner could read an order from.
 */
#ifndef INTSEARCH_AM_PLANNER_H
#define INTSEARCH_AM_PLANNER_H

#include "bridge/featmap.h"

#include "nodes/pathnodes.h"

/*
 * True where an index may give the rows in the order of a distance: an
 * intsearch index on the map, or a B-tree on the distance itself.  Whether it
 * is used, the costs decide later.  The call is a function's or an operator's,
 * its arguments simplified.
 */
extern bool index_may_order(PlannerInfo *root, const FuncExpr *call);

#endif
