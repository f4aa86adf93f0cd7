/*
 * test_brute.h
 *		The search against brute force from the definition: every window, in
 *		long double, on the values that are stored.
 */
#ifndef INTSEARCH_TEST_BRUTE_H
#define INTSEARCH_TEST_BRUTE_H

#include "core/search/search.h"

/* What a series of searches came to. */
typedef struct Tally
{
	long searches;
	long results;
	/* results other than brute force's, but as good, within rounding */
	long tied;
} Tally;

/*
 * Searches again with each table of kernels that there is: the same results,
 * to the last bit.
 */
extern void
check_tables_agree(Searcher *searcher, const FeatureMap *map,
				   const float *query, const SearchOptions *options);

/*
 * Searches and checks each result against the best of all windows that the
 * results before it allow, and that there are as many as there can be of that
 * score.
 */
extern void
check_search(Searcher *searcher, const FeatureMap *map, const float *query,
			 const SearchOptions *options, Tally *tally);

#endif
