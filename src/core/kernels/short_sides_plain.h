/*
 * short_sides_plain.h
 *		Sides by short roots, one after the other.
 */
#ifndef INTSEARCH_SHORT_SIDES_PLAIN_H
#define INTSEARCH_SHORT_SIDES_PLAIN_H

#include "core/kernels/short_roots.h"

/* The side of channel c from its sum; see short_roots.h. */
static inline int16_t
short_side(uint16_t sum, const PowerSides *sides, int c)
{
	unsigned cell = sum >> (23 - LOG_CELLS_LOG - sides->dropped);
	unsigned product = (unsigned) sum * sides->slope >> 16;
	uint16_t logarithm =
		(uint16_t) (product + sides->corrections[cell % LOG_CELLS] -
					sides->base);
	unsigned start = sides->starts[c];
	unsigned below = start > logarithm ? start - logarithm : 0;
	unsigned first = first_powers[(below >> LAST_LOG) % (1 << FIRST_LOG)];
	unsigned last = LAST_START -
					((uint16_t) (below << (16 - LAST_LOG)) * LAST_SLOPE >> 16);

	if (sum == 0)
		return 0;
	return (
		int16_t) ((int) ((first * last >> 16) >> (below >> SHORT_LOG_UNIT)) +
				  sides->offset);
}

/* Sides in place of the sums of all channels. */
static inline void
short_sides_of_sums(const PowerSides *sides, int stride, int16_t *out)
{
	for (int c = 0; c < stride; c++)
		out[c] = short_side((uint16_t) out[c], sides, c);
}

#endif
