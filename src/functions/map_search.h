/*
 * map_search.h
 *		The search of one stored map, as the SQL functions call it:
 *
 *		map_search_open(&search, fcinfo, &options);
 *		map_search_query(&search, query, length, &options);  for each query
 *			... search.searcher->results, result_count
 *		map_search_close(&search);
 */
#ifndef INTSEARCH_MAP_SEARCH_H
#define INTSEARCH_MAP_SEARCH_H

#include "bridge/featmap.h"
#include "core/search/search.h"

typedef struct MapSearch
{
	OpenMap open;
	Searcher *searcher; /* the call site's, with the last query's results */
} MapSearch;

/* Opens argument 0, a map.  Refuses options out of range. */
extern void map_search_open(MapSearch *search, FunctionCallInfo fcinfo,
							const SearchOptions *options);

/*
 * Searches for a query, [length].  Refuses one of zeros, one that is not
 * finite, and another length than the map has channels.
 */
extern void map_search_query(MapSearch *search, const float *query, int length,
							 const SearchOptions *options);

extern void map_search_close(MapSearch *search);

/*
 * The score of the best window of argument 0, a map, for argument 1, a query.
 * False where no window qualifies.
 */
extern bool map_search_best(FunctionCallInfo fcinfo,
							const SearchOptions *options, double *score);

#endif
