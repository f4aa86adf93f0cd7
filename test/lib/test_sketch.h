/*
 * test_sketch.h
 *		The integral image of a stored sketch, in memory that ends at guard
 *		pages.
 */
#ifndef INTSEARCH_TEST_SKETCH_H
#define INTSEARCH_TEST_SKETCH_H

#include "core/map/sketch.h"

/*
 * The integral image of a sketch, decoded as bound_scan.c does; see
 * sketch_integral for the shapes.
 */
typedef struct DecodedSketch
{
	int dims;
	int row_stride;
	float *corners;
	float *leading;
	double error;
} DecodedSketch;

/* All arrays end at a guard page. */
extern void
decode_sketch(DecodedSketch *sketch, const FeatureMap *map, double unit);

extern void free_sketch(DecodedSketch *sketch);

#endif
