/*
 * subwindow_bound.h
 *		Upper bounds of the scores of a set of windows, for max and gem.
 */
#ifndef INTSEARCH_SUBWINDOW_BOUND_H
#define INTSEARCH_SUBWINDOW_BOUND_H

#include "core/search/pool_table.h"
#include "core/search/score.h"
#include "core/search/window_set.h"

typedef struct SubwindowBound
{
	const Kernels *kernels;
	bool is_signed;
	BoxQuery query;
	float *values; /* those of the query, [3][stride] */
	/*
	 * more than the relative error of a sum in float arithmetic over all
	 * channels
	 */
	float slack;
	PoolTable table;
	Scratch query_space;
} SubwindowBound;

/*
 * Prepares for a map that the pooler is prepared for; then come its queries.
 */
extern void
subwindow_bound_open(const Host *host, SubwindowBound *bound,
					 const Codes *codes, const Pooler *pooler,
					 const Span *row_spans, const Span *column_spans);

/* Prepares for the scorer's query. */
extern void
subwindow_bound_set_query(SubwindowBound *bound, const Scorer *scorer);

/*
 * Bounds the set of all windows of a block.  Starts at set->length, and sets
 * it.  The bound is made closer only as long as it reaches the threshold.
 */
extern void
subwindow_bound_block(SubwindowBound *bound, const Span *rows,
					  const Span *columns, float threshold, WindowSet *set);

/*
 * The same for a set of windows of the table's block at hand; never raises
 * set->bound.
 */
extern void
subwindow_bound_set(SubwindowBound *bound, float threshold, WindowSet *set);

#endif
