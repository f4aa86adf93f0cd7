/*
 * map_search.h
 *		The search of one stored map, as the SQL functions call it:
 *
 *		map_search_open(&search, function, map, &pooling);
 *		map_search_query(&search, &options);		for each query
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

/* Opens a map for queries of one pooling. */
extern void map_search_open(MapSearch *search, FmgrInfo *function, Datum map,
							const Pooling *pooling);

/*
 * Searches for a query.  Refuses options out of range, and a query of another
 * length than the map has channels.
 */
extern void map_search_query(MapSearch *search, const SearchOptions *options);

extern void map_search_close(MapSearch *search);

/* The score of a map's best window; false where no window qualifies. */
extern bool map_search_best(FmgrInfo *function, Datum map,
							const SearchQuery *query, double *score);

#endif
