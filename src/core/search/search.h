/*
 * search.h
 *		The exact search: the best windows of a feature map for a query vector.
 *
 * In this order (each step's file says why it is right):
 *
 *	1. codes.c unpacks the codes, and pool.c pools them exactly over a window;
 *	2. score.c gives a window's exact score from its pooled vector;
 *	3. for sum pooling, bound_scan.c bounds the score of every window from
 *	   above, by the integral images of the numerator and of the norm sketch;
 *	   for max and gem, subwindow_search.c bounds the scores of sets of windows, by
 *	   the pooled vectors of their smallest and largest ones;
 *	4. search.c has the windows whose bound reaches the best score so far
 *	   evaluated, best bound first, until none is left.
 */
#ifndef INTSEARCH_SEARCH_H
#define INTSEARCH_SEARCH_H

#include "core/search/bound_scan.h"
#include "core/pooling/codes.h"
#include "core/search/products.h"
#include "core/search/score.h"
#include "core/search/subwindow_search.h"

/*
 * A search that finds more is refused: results are kept in memory until they
 * are all found, 24 bytes each, and up to twice as many candidates for them;
 * and sorting them must not take longer than a tenth of a second.
 */
#define SEARCH_MOST_RESULTS 200000

typedef struct SearchOptions
{
	WindowConstraints constraints;
	int max_results; /* at least 1 */
	/* greatest intersection over union of two results, 0 to 1 */
	double max_overlap;
	double min_score; /* least score of a result; -1 for any */
	Pooling pooling;
} SearchOptions;

/*
 * A searcher keeps its scratch space from map to map.  Zero it, set host and
 * kernels, and search.
 */
typedef struct Searcher
{
	const Host *host;
	const Kernels *kernels;
	Codes codes;
	Scorer scorer;
	Pooler pooler;
	Products products;
	BoundScan scan;             /* for sum pooling */
	SubwindowSearch subwindows; /* for the others */
	Scratch candidates;         /* [CANDIDATE_ROOM] of Candidate */
	Scratch
		/*
		 * [EVALUATED_ROOM] of ScoredWindow: from the first results, to start
		 * the next ones from
		 */
		evaluated;
	int evaluated_count;
	int64_t exact_scores; /* how many windows the last search evaluated */
	ScoredWindow *kept;   /* of the scan at hand */
	int kept_room;
	ScoredWindow *results; /* of the last search, best first */
	int result_count;
	int result_room;
} Searcher;

/* Refuses settings out of range. */
extern bool
search_check_options(const SearchOptions *options, CoreError *error);

/*
 * Prepares for a map, which is read once, and a pooling; then come its
 * queries. Errors: a map that is damaged, or that the pooling does not take.
 */
extern bool search_open_map(Searcher *searcher, const FeatureMap *map,
							const Pooling *pooling, CoreError *error);

/*
 * Leaves the best windows of the map in searcher->results, best first, each of
 * at least min_score and overlapping none before it by more than max_overlap.
 * query is [channels], not normalised; the options' pooling is that of
 * search_open_map. Errors: a query of zeros, not finite or of the wrong
 * length.
 */
extern bool
search_query(Searcher *searcher, const float *query, int query_length,
			 const SearchOptions *options, CoreError *error);

#endif
