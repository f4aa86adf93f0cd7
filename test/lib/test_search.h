/*
 * test_search.h
 *		A search of one map for one query vector, with options that have none.
 */
#ifndef INTSEARCH_TEST_SEARCH_H
#define INTSEARCH_TEST_SEARCH_H

#include "core/search/search.h"

/* A query of the map that the searcher was opened for. */
extern bool query_map(Searcher *searcher, const float *query, int query_length,
					  const SearchOptions *options, CoreError *error);

extern bool
search_map(Searcher *searcher, const FeatureMap *map, const float *query,
		   int query_length, const SearchOptions *options, CoreError *error);

#endif
