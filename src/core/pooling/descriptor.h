/*
 * descriptor.h
 *		Descriptors: the pooled vector of a window, divided by its norm.
 */
#ifndef INTSEARCH_DESCRIPTOR_H
#define INTSEARCH_DESCRIPTOR_H

#include "core/pooling/pool.h"

/* Describes windows of one map, whose codes are unpacked once. */
typedef struct Describer
{
	const Host *host;
	const FeatureMap *map;
	Codes codes;
	Pooler pooler;
	double *pooled; /* of the window at hand, [stride] */
	Scratch space;
} Describer;

/*
 * Prepares for a map and a pooling; refuses what codes_unpack and
 * pooler_prepare refuse. describer_close gives its memory back, also after
 * that.
 */
extern bool describer_open(Describer *describer, const Host *host,
						   const Kernels *kernels, const FeatureMap *map,
						   const Pooling *pooling, CoreError *error);

extern void describer_close(Describer *describer);

/*
 * descriptor = that of the window, [channels]; false where its pooled vector
 * is zero: it has none.
 */
extern bool describer_window(Describer *describer, const Window *window,
							 float *descriptor);

#endif
