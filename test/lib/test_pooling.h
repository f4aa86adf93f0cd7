/*
 * test_pooling.h
 *		The pooled vectors of all windows of a map, from the definition, in
 *		long double.
 */
#ifndef INTSEARCH_TEST_POOLING_H
#define INTSEARCH_TEST_POOLING_H

#include "core/pooling/pool.h"
#include "lib/test_maps.h"

extern const char *test_pooling_name(const Pooling *pooling);

/* Whether maps of the kind can be pooled so: gem takes no negative values. */
extern bool pooling_takes(const Pooling *pooling, MapKind kind);

/* Takes a window and its pooled values, [channels], in units of values. */
typedef void (*PooledWindowSink)(void *context, const Window *window,
								 const long double *pooled);

/* Passes all windows of a map to sink. */
extern void
pool_all_windows(const Host *host, const FeatureMap *map,
				 const Pooling *pooling, PooledWindowSink sink, void *context);

/* How many windows a map has; window_number is below that. */
extern size_t window_count(const FeatureMap *map);

extern size_t window_number(const FeatureMap *map, const Window *window);

#endif
