/*
 * subwindow_search.h
 *		The best windows under max and gem pooling, by branch and bound.
 */
#ifndef INTSEARCH_SUBWINDOW_SEARCH_H
#define INTSEARCH_SUBWINDOW_SEARCH_H

#include "core/search/cell_bound.h"
#include "core/search/engine.h"
#include "core/search/subwindow_bound.h"

/* State of the subwindow engine. */
typedef struct SubwindowSearch
{
	const FeatureMap *map;
	const Scorer *scorer;
	SubwindowBound bound;
	CellBound cell_bound;
	SetConstraints constraints;
	Span *row_spans;    /* [height], larger ones first */
	Span *column_spans; /* [width] */
	/*
	 * [height + 1][width + 1]: integral image of what a cell is likely to
	 * change
	 */
	double *effects;
	/* [QUEUE_ROOM], a heap with the highest bound at its head */
	WindowSet *queue;
	int queue_count;
	/* [block_count]: not yet bounded, in the order of blocks */
	BlockSet blocks[MOST_BLOCKS_AT_ONCE];
	int block_count;
	float length; /* where the last block's bound was found */
	double threshold;
	const EngineTask *task;
	bool gave_up;      /* the run at hand */
	double bound_work; /* what a bound takes */
	int64_t bounds;    /* number of sets bounded; the caller sets it to 0 */
	Scratch spans;
	Scratch effects_space;
	Scratch queue_space;
} SubwindowSearch;

/*
 * Within a block (pool_table.h), windows with a higher bound are offered
 * first.
 */
extern const Engine subwindow_engine;

#endif
