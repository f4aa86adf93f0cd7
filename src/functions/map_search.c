/*
 * map_search.c
 *		The search of one stored map, as the SQL functions call it.
 */
#include "functions/map_search.h"

#include "bridge/call_site.h"

void
map_search_open(MapSearch *search, FmgrInfo *function, Datum map,
				const Pooling *pooling)
{
	CoreError error;

	featmap_open(&search->open, map);
	search->searcher = &call_site_state(function)->searcher;
	if (!search_open_map(search->searcher, &search->open.map, pooling, &error))
		featmap_raise(&error);
}

void
map_search_query(MapSearch *search, const SearchOptions *options)
{
	Searcher *searcher = search->searcher;
	CoreError error;

	if (!search_check_options(options, &error) ||
		!search_query(searcher, options, &error))
		featmap_raise(&error);
	elog(DEBUG1,
		 "intsearch: exact scores of %lld windows, bounds of %lld sets",
		 (long long) searcher->exact_scores,
		 (long long) searcher->subwindows.bounds);
}

void
map_search_close(MapSearch *search)
{
	featmap_close(&search->open);
}

bool
map_search_best(FmgrInfo *function, Datum map, const SearchQuery *query,
				double *score)
{
	SearchOptions options = {
		.query = *query,
		.max_results = 1,
		.max_overlap = 1,
	};
	MapSearch search;

	map_search_open(&search, function, map, &query->pooling);
	map_search_query(&search, &options);
	map_search_close(&search);
	if (search.searcher->result_count == 0)
		return false;
	*score = search.searcher->results[0].score;
	return true;
}
