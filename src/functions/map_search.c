/*
 * map_search.c
 *		The search of one stored map, as the SQL functions call it.
 */
#include "functions/map_search.h"

#include "bridge/arrays.h"
#include "bridge/call_site.h"

void
map_search_open(MapSearch *search, FunctionCallInfo fcinfo,
				const SearchOptions *options)
{
	CoreError error;

	if (!search_check_options(options, &error))
		featmap_raise(&error);
	featmap_open(&search->open, PG_GETARG_DATUM(0));
	search->searcher = &call_site_state(fcinfo->flinfo)->searcher;
	if (!search_open_map(search->searcher, &search->open.map,
						 &options->pooling, &error))
		featmap_raise(&error);
}

void
map_search_query(MapSearch *search, const float *query, int length,
				 const SearchOptions *options)
{
	Searcher *searcher = search->searcher;
	CoreError error;

	if (!search_query(searcher, query, length, options, &error))
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
map_search_best(FunctionCallInfo fcinfo, const SearchOptions *options,
				double *score)
{
	int length;
	const float *query =
		real_vector(PG_GETARG_ARRAYTYPE_P(1), "query", &length);
	MapSearch search;

	map_search_open(&search, fcinfo, options);
	map_search_query(&search, query, length, options);
	map_search_close(&search);
	if (search.searcher->result_count == 0)
		return false;
	*score = search.searcher->results[0].score;
	return true;
}
