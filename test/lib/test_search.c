/*
 * test_search.c
 *		A search of one map for one query vector.
 */
#include "lib/test_search.h"

bool
query_map(Searcher *searcher, const float *query, int query_length,
		  const SearchOptions *options, CoreError *error)
{
	SearchOptions with_vector = *options;

	with_vector.query.vector = query;
	with_vector.query.length = query_length;
	return search_check_options(&with_vector, error) &&
		   search_query(searcher, &with_vector, error);
}

bool
search_map(Searcher *searcher, const FeatureMap *map, const float *query,
		   int query_length, const SearchOptions *options, CoreError *error)
{
	return search_open_map(searcher, map, &options->query.pooling, error) &&
		   query_map(searcher, query, query_length, options, error);
}
