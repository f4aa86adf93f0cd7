/*
 * test_queries.h
 *		Queries and constraints of many kinds for the unit tests.
 */
#ifndef INTSEARCH_TEST_QUERIES_H
#define INTSEARCH_TEST_QUERIES_H

#include "core/search/search.h"
#include "lib/random.h"

/* The defaults of the SQL functions: any window, one result. */
extern const SearchOptions any_options;

typedef enum QueryKind
{
	QUERY_POSITIVE,
	QUERY_SIGNED,
	/* on maps without negative values, no window has a positive score */
	QUERY_NEGATIVE,
	QUERY_SPARSE,
	QUERY_OF_WINDOW, /* occurs in the map, up to rounding */
	QUERY_HUGE,
	QUERY_TINY
} QueryKind;

#define QUERY_KINDS 7

extern void fill_query(Random *random, QueryKind kind, const FeatureMap *map,
					   const float *values, float *query);

/* The vector of a cell of the map, but for one channel; or a random one. */
extern void
fill_cell_query(Random *random, const FeatureMap *map, const float *values,
				bool is_of_cell, float *query);

extern SearchOptions random_options(Random *random, int height, int width);

#endif
