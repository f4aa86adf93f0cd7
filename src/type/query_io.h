/*
 * query_io.h
 *		The type featquery: what a search asks for, as one value.
 */
#ifndef INTSEARCH_QUERY_IO_H
#define INTSEARCH_QUERY_IO_H

#include "postgres.h"

#include "core/query.h"

/*
 * A query of the SQL type featquery, in a varlena.  The vector, [length],
 * comes after it.  Written by query_make() alone, which checks the query
 * first; a value that comes from a table is checked by its sizes.
 */
typedef struct StoredQuery
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 pooling;
	uint8 any_aspect;
	uint8 unused;
	int32 nearest; /* rows that are wanted; 0 in every value a user sees */
	int32 length;
	int32 min_height;
	int32 max_height;
	int32 min_width;
	int32 max_width;
	double aspect;
	double tolerance;
	double exponent;
	double min_score;
	float vector[FLEXIBLE_ARRAY_MEMBER];
} StoredQuery;

/* A query argument, opened. */
typedef struct OpenQuery
{
	SearchQuery query;
	int nearest; /* see functions/nearest.c; 0 for any number of rows */
	struct varlena *value; /* a copy, if it had to be fetched */
	Datum datum;
} OpenQuery;

/* Makes a value of a checked query. */
extern StoredQuery *query_make(const SearchQuery *query);

/*
 * A copy of the value, told that its distances are wanted of the nearest rows
 * alone; NULL where it has been told a number before.
 */
extern StoredQuery *query_with_nearest(Datum datum, int nearest);

/* Opens a value; query_close() frees what it fetched. */
extern void query_open(OpenQuery *open, Datum datum);
extern void query_close(OpenQuery *open);

#endif
