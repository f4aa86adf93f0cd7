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
	int stride;    /* channels rounded up to KERNEL_LANES */
	uint8_t *low;  /* [height * width][stride] */
	uint8_t *high; /* the same, NULL at 8 bits */
	/* [height + 1][width + 1]: integral image of "has a non-zero code" */
	int32_t *occupied;
	size_t cells_summed;
	Window summed;       /* the window of the sums below, all 0 for none */
	uint32_t *low_sums;  /* [stride], modulo 2^32 */
	uint32_t *high_sums; /* [stride] */
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
 * they are not at hand: at 16 bits, where a sum may pass 31 bits, and once the
 * integral image is made.
 */
extern const uint32_t *
codes_integer_sums(const Host *host, Codes *codes, const Window *window);

/*
 * The code of one channel of one cell, low and high byte put together; at =
 * cell * stride + channel.
 */
static inline int32_t
unpacked_code(const Codes *codes, size_t at)
{
	bool is_signed = codes->map->is_signed;

	if (codes->high == NULL)
		return is_signed ? (int8_t) codes->low[at] : codes->low[at];
	return (is_signed ? (int8_t) codes->high[at] : codes->high[at]) * 256 +
		   codes->low[at];
}

/* Number of cells of the window that have a code other than zero. */
static inline int
codes_occupied(const Codes *codes, const Window *window)
{
	Corners corners = window_corners(window, codes->map->width + 1, 1);

	return CORNERS_SUM(int32_t, codes->occupied, &corners);
}

#endif
