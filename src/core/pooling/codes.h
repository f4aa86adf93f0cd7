/*
 * codes.h
 *		The codes of a map, unpacked, and the exact sums of windows over them.
 */
#ifndef INTSEARCH_CODES_H
#define INTSEARCH_CODES_H

#include "core/map/feature_map.h"
#include "core/kernels/kernels.h"
#include "core/integral.h"
#include "core/window.h"

/*
 * Unpacked codes: see kernels.h for the planes.  Reused from map to map.
 *
 * Windows asked for one after the other lie close together.  So a window's
 * sums are made from those of the window before, by the cells in which the two
 * differ, where that is less work.  Once that has cost more than a full
 * integral image would, the integral image is made, where it is not too large.
 */
typedef struct Codes
{
	const FeatureMap *map;
	const Kernels *kernels;
	int stride;      /* channels rounded up to KERNEL_LANES */
	int plane_count; /* bytes of a code */
	/*
	 * the lowest bytes of all codes, [height * width][stride], then the next
	 */
	uint8_t *plane[MOST_CODE_SIZE];
	/* [height + 1][width + 1]: integral image of "has a non-zero code" */
	int32_t *occupied;
	size_t cells_summed;
	Window summed; /* the window of the sums below, all 0 for none */
	/* of each plane, [stride], modulo 2^32 */
	uint32_t *plane_sums[MOST_CODE_SIZE];
	bool has_integral;
	Scratch planes;
	Scratch occupied_space;
	Scratch sums;
	/* [stride] of uint32_t, while the integral image is made */
	Scratch row_sums;
	Scratch integral; /* [height + 1][width + 1][stride] of uint32_t */
} Codes;

extern bool codes_unpack(const Host *host, Codes *codes, const FeatureMap *map,
						 const Kernels *kernels, CoreError *error);

/* Gives all scratch space back. */
extern void codes_release(const Host *host, Codes *codes);

/* sums[c] = sum of the codes of channel c over the window, [stride], exact. */
extern void codes_sum_window(const Host *host, Codes *codes,
							 const Window *window, double *sums);

/*
 * The same as integers, [stride], until sums are next asked for; or NULL where
 * they are not at hand: beyond 8 bits, where a sum may pass 31 bits, and once
 * the integral image is made.
 */
extern const uint32_t *
codes_integer_sums(const Host *host, Codes *codes, const Window *window);

/* The highest bytes of all codes. */
static inline const uint8_t *
highest_plane(const Codes *codes)
{
	return codes->plane[codes->plane_count - 1];
}

/* Bytes of the highest plane have the sign of the codes, others have none. */
static inline bool
plane_is_signed(const Codes *codes, int plane)
{
	return codes->map->is_signed && plane == codes->plane_count - 1;
}

/*
 * The code of one channel of one cell, its bytes put together; at = cell *
 * stride + channel.
 */
static inline int32_t
unpacked_code(const Codes *codes, size_t at)
{
	uint8_t high = highest_plane(codes)[at];
	int32_t code = codes->map->is_signed ? (int8_t) high : high;

	/* without a loop, so that compilers take the tests out of others */
	if (codes->plane_count == 1)
		return code;
	if (codes->plane_count == 2)
		return code * 0x100 + codes->plane[0][at];
	return code * 0x10000 + codes->plane[1][at] * 0x100 + codes->plane[0][at];
}

/* Number of cells of the window that have a code other than zero. */
static inline int
codes_occupied(const Codes *codes, const Window *window)
{
	Corners corners = window_corners(window, codes->map->width + 1, 1);

	return CORNERS_SUM(int32_t, codes->occupied, &corners);
}

#endif
