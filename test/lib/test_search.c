/*
 * test_search.c
 *		A search of one map for one query.
 */
#include "lib/test_search.h"

bool
search_map(Searcher *searcher, const FeatureMap *map, const float *query,
		   int query_length, const SearchOptions *options, CoreError *error)
{
	return search_open_map(searcher, map, &options->pooling, error) &&
		   search_query(searcher, query, query_length, options, error);
}
