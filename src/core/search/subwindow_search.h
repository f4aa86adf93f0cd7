/*
 * subwindow_search.h
 *		The best windows under max and gem pooling, by branch and bound.
 */
#ifndef INTSEARCH_SUBWINDOW_SEARCH_H
#define INTSEARCH_SUBWINDOW_SEARCH_H

#include "core/search/products.h"
#include "core/search/subwindow_bound.h"

/* Whom the search asks, and tells what it finds. */
typedef struct SubwindowSink
{
	/*
	 * takes a window that may score at least the threshold; returns the
	 * threshold from then on
	 */
	double (*take)(void *context, const Window *window);
	/* true where no window between these two is wanted, whatever it scores */
	bool (*is_unwanted)(void *context, const Window *smallest,
						const Window *largest);
	void *context;
} SubwindowSink;

typedef struct SubwindowSearch
{
	const FeatureMap *map;
	SubwindowBound bound;
	SetConstraints constraints;
	Span *row_spans;    /* [height], larger ones first */
	Span *column_spans; /* [width] */
	double
		/*
		 * [height + 1][width + 1]: integral image of what a cell is likely to
		 * change
		 */
		*effects;
	/* [QUEUE_ROOM], a heap with the highest bound at its head */
	WindowSet *queue;
	int queue_count;
	float length; /* where the last block's bound was found */
	double threshold;
	const SubwindowSink *sink;
	int64_t bounds; /* how many sets were bounded; the caller sets it to 0 */
	Scratch spans;
	Scratch effects_space;
	Scratch queue_space;
} SubwindowSearch;

/*
 * Prepares for a map that the pooler is prepared for; then come its queries.
 */
extern void subwindow_search_open(const Host *host, SubwindowSearch *search,
								  const Codes *codes, const Pooler *pooler);

/* Prepares for the scorer's query, and the products with it. */
extern void
subwindow_search_set_query(const Host *host, SubwindowSearch *search,
						   const Scorer *scorer, const Products *products);

/*
 * Hands the sink every window that satisfies the constraints, is wanted, and
 * may score at least the threshold, those with a higher bound first within a
 * block. What it does not hand over scores less than the last threshold.
 */
extern void subwindow_search_run(const Host *host, SubwindowSearch *search,
								 const WindowConstraints *constraints,
								 double threshold, const SubwindowSink *sink);

#endif
