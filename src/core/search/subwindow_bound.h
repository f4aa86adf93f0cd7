/*
 * subwindow_bound.h
 *		Upper bounds of the scores of a set of windows, for max and gem.
 */
#ifndef INTSEARCH_SUBWINDOW_BOUND_H
#define INTSEARCH_SUBWINDOW_BOUND_H

#include "core/search/pool_table.h"
#include "core/search/score.h"
#include "core/search/window_set.h"

/* Multiples of the query that are kept. */
#define KEPT_TARGETS 128

typedef struct SubwindowBound
{
	const Kernels *kernels;
	PoolTable table;
	BoxQuery query;   /* with the target of the pass at hand */
	float *direction; /* [stride]: what the rounded query stands for */
	int16_t *rounded; /* [stride]: that, divided by inverse_factor */
	double inverse_factor;
	double target_rest; /* |g| of subwindow_bound.c, for a length of 1 */
	float query_error;  /* |query - direction| */
	/*
	 * [KEPT_TARGETS][stride]: the direction times a length, rounded, and these
	 * lengths, 0 for none
	 */
	int16_t *targets;
	float target_lengths[KEPT_TARGETS];
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

/* Some or all windows of a block (pool_table.h). */
typedef struct BlockSet
{
	const Span *rows;
	const Span *columns;
	WindowSet set;
} BlockSet;

#define MOST_BLOCKS_AT_ONCE 8

/*
 * Bounds the sets of some blocks.  Starts at set.length, and sets it.  Bounds
 * are made closer only as long as they reach the threshold.
 */
extern void subwindow_bound_blocks(SubwindowBound *bound, float threshold,
								   BlockSet *blocks, int count);

#define MOST_SETS_AT_ONCE 2

/*
 * The same for some sets of windows of the table's block at hand; never raises
 * a set's bound.
 */
extern void subwindow_bound_sets(SubwindowBound *bound, float threshold,
								 WindowSet *sets, int count);

#endif
