/*
 * search.h
 *		The exact search: the best windows of a feature map for a query vector.
 *
 * The calls, in this order:
 *
 *	Searcher searcher = {.host = host, .kernels = kernels};
 *	search_check_options(&options, &error)
 *		search_open_map(&searcher, &map, &pooling, &error)	each map
 *			search_query(&searcher, &options, &error)		each query
 *				searcher.results, [searcher.result_count]
 *
 * How a query is answered (each step's file says why it is right):
 *
 *	1. codes.c unpacks the codes, and pool.c pools them exactly over a window;
 *	2. score.c gives a window's exact score from its pooled vector;
 *	3. an engine (engine.h) bounds the scores from above.  For sum pooling,
 *	   bound_scan.c bounds every window, by the integral images of the
 *	   numerator and of the norm sketch; for max and gem, subwindow_bound.c
 *	   bounds sets of windows, by the pooled vectors of their smallest and
 *	   largest ones;
 *	4. search.c has the windows whose bound reaches the best score so far
 *	   evaluated, until none is left;
 *	5. where bounds do not pay, window_sweep.c goes through all windows.
 */
#ifndef INTSEARCH_SEARCH_H
#define INTSEARCH_SEARCH_H

#include "core/query.h"
#include "core/search/exclusions.h"
#include "core/search/max_bound.h"
#include "core/search/scan_search.h"
#include "core/search/subwindow_search.h"
#include "core/search/window_sweep.h"

/*
 * A search that finds more is refused.  Results are kept in memory until all
 * are found, 24 bytes each, with up to twice as many candidates for them; and
 * sorting them must not take longer than a tenth of a second.
 */
#define SEARCH_MOST_RESULTS 200000

typedef struct SearchOptions
{
	SearchQuery query;
	int max_results; /* at least 1 */
	/* greatest intersection over union of two results, 0 to 1 */
	double max_overlap;
} SearchOptions;

/*
 * A searcher keeps its scratch space from map to map.  Zero it, set host and
 * kernels, and search.  It must stay in place while a map is open.
 */
typedef struct Searcher
{
	const Host *host;
	const Kernels *kernels;
	Codes codes;
	Scorer scorer;
	Pooler pooler;
	Products products;
	const Engine *engine;       /* for the pooling of the map at hand, */
	void *engine_state;         /* and which of the next two is its state */
	ScanSearch scan;            /* for sum pooling */
	SubwindowSearch subwindows; /* for the others */
	WindowSweep sweep;
	MaxBound max_bound; /* of windows of a sweep */
	double work_left;   /* what the engine may still spend on the query */
	/*
	 * [EVALUATED_ROOM]: evaluated for the first results, to start the next
	 * ones from
	 */
	ScoredWindow *evaluated;
	int evaluated_count;
	int64_t exact_scores; /* number of windows the last search evaluated */
	int64_t swept;        /* number of windows it went through in sweeps */
	ScoredWindow *kept;   /* of the run at hand */
	int kept_room;
	ScoredWindow *results; /* of the last search, best first */
	int result_count;
	int result_room;
	bool has_exclusions; /* of the results, for sweeps */
	Exclusions exclusions;
	Scratch evaluated_space;
} Searcher;

/* Refuses settings out of range, and what query_check() refuses. */
extern bool
search_check_options(const SearchOptions *options, CoreError *error);

/*
 * Prepares for a map, which is read once, and a pooling; then come its
 * queries.  Refuses a map that is damaged, or that the pooling does not take.
 */
extern bool search_open_map(Searcher *searcher, const FeatureMap *map,
							const Pooling *pooling, CoreError *error);

/*
 * Leaves the best windows of the map in searcher->results, best first, each of
 * at least min_score and overlapping none before it by more than max_overlap.
 * The options have been checked, and their pooling is that of search_open_map.
 * Refuses a query of another length than the map has channels, and more than
 * SEARCH_MOST_RESULTS results.
 */
extern bool search_query(Searcher *searcher, const SearchOptions *options,
						 CoreError *error);

#endif
