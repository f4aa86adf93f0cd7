/*
 * test_search.h
 *		A search of one map for one query.
 */
#ifndef INTSEARCH_TEST_SEARCH_H
#define INTSEARCH_TEST_SEARCH_H

#include "core/search/search.h"

extern bool
search_map(Searcher *searcher, const FeatureMap *map, const float *query,
		   int query_length, const SearchOptions *options, CoreError *error);

#endif
