/*
 * query.h
 *		What a search asks for: a vector, how windows are pooled, and what they
 *		must be.
 */
#ifndef INTSEARCH_QUERY_H
#define INTSEARCH_QUERY_H

#include "core/pooling/pool.h"
#include "core/window.h"

typedef struct SearchQuery
{
	const float *vector; /* [length], not normalised */
	int length;
	Pooling pooling; /* its exponent is checked whatever the kind */
	WindowConstraints constraints;
	double min_score; /* least score of a result; -1 for any */
} SearchQuery;

/* A query without a vector that lets every window through and pools sums. */
extern SearchQuery query_default(void);

/*
 * Refuses a vector that is empty, longer than a map has channels, not finite
 * or zero in all elements, and settings that make no sense.
 */
extern bool query_check(const SearchQuery *query, CoreError *error);

#endif
