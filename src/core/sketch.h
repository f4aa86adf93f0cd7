/*
 * sketch.h
 *		The norm sketch: a lower bound of every window's norm, in a few dimensions.
 *
 * For a matrix U with sketch_dims orthonormal rows over the channels, and the
 * pooled vector S of any window, |S| >= |U S|; and U S is again a window sum,
 * with sketch_dims channels instead of hundreds.  What is stored is the integral image of
 * U X, each dimension k rounded to a multiple of its step[k], in mixed
 * second differences.  Because the integral image is rounded, and not its
 * differences, the error of a window's sum is at most half a step at each of
 * its four corners, however large the window: see sketch_error.
 */
#ifndef INTSEARCH_SKETCH_H
#define INTSEARCH_SKETCH_H

#include "feature_map.h"

/*
 * Bound, in steps, of the difference between a window's sum in the sketch and
 * the true one: four corners, each rounded to nearest in double precision.
 */
#define SKETCH_CORNERS_ERROR 2.001

/* Bytes that the sketch of a map can take at most. */
extern size_t sketch_most_bytes(int channels, size_t cells);

/*
 * Computes the sketch of a map stored without one, appends it behind the *size
 * bytes of stored (which map is a view of, and which has room for
 * sketch_most_bytes more), and sets sketch_dims in its header.
 */
extern bool sketch_append(const Host *host, const FeatureMap *map, uint8_t *stored, size_t *size,
						  CoreError *error);

/*
 * Decodes the sketch to its integral image in the given unit:
 * integral is [sketch_dims][height + 1][width + 1].  Returns the bound of
 * |decoded window sum - true window sum| as vectors over the dimensions, what
 * float arithmetic on integral adds included.
 */
extern double sketch_integral(const FeatureMap *map, double unit, float *integral);

#endif
