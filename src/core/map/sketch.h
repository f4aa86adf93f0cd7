/*
 * sketch.h
 *		The norm sketch: a lower bound of every window's norm, in a few
 *		dimensions.
 *
 * For a matrix U with sketch_dims orthonormal rows over the channels, and the
 * pooled vector S of any window, |S| >= |U S|; and U S is again a window sum,
 * with sketch_dims channels instead of hundreds.  What is stored is the
 * integral image of U X, each dimension k rounded to a multiple of its
 * step[k], in mixed second differences.  Because the integral image is
 * rounded, and not its differences, the error of a window's sum is at most
 * half a step at each of its four corners, however large the window: see
 * sketch_error.
 */
#ifndef INTSEARCH_SKETCH_H
#define INTSEARCH_SKETCH_H

#include "core/map/feature_map.h"
#include "core/kernels/kernels.h"

/*
 * Bound, in steps, of the difference between a window's sum in the sketch and
 * the true one: four corners, each rounded to nearest in double precision.
 */
#define SKETCH_CORNERS_ERROR 2.001

/* Bytes that the sketch of a map can take at most. */
extern size_t sketch_most_bytes(int channels, size_t cells);

/*
 * Computes the sketch of a map stored without one, appends it after the *size
 * bytes of stored (which map is a view of, and which has room for
 * sketch_most_bytes more), and sets sketch_dims in its header.
 */
extern bool sketch_append(const Host *host, const FeatureMap *map,
						  uint8_t *stored, size_t *size, CoreError *error);

/*
 * Dimensions of a decoded corner: the sketch's, rounded up to whole vectors of
 * 8 and at least LEADING_DIMS.
 */
static inline int
sketch_padded_dims(const FeatureMap *map)
{
	return map->sketch_dims <= LEADING_DIMS ? LEADING_DIMS
											: (map->sketch_dims + 7) / 8 * 8;
}

/*
 * Decodes the sketch to its integral image in the given unit: corners is
 * [height + 1][width + 1][sketch_padded_dims]; leading repeats the first
 * dimensions as [height + 1][LEADING_DIMS][row_stride], zero beyond the last
 * column. steps is scratch space, [width][sketch_padded_dims]. Returns the
 * bound of |decoded window sum - true window sum| as vectors over all
 * dimensions, what float arithmetic on the corners adds included; it holds for
 * any subset of the dimensions, too.
 */
extern double
sketch_integral(const Host *host, const Kernels *kernels,
				const FeatureMap *map, double unit, float *corners,
				float *leading, int row_stride, int32_t *steps);

#endif
