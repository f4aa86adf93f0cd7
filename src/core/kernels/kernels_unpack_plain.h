/*
 * kernels_unpack_plain.h
 *		unpack in plain C, and what the other versions leave to it; see
 *		kernels_unpack_cells.h.
 */
#ifndef INTSEARCH_KERNELS_UNPACK_PLAIN_H
#define INTSEARCH_KERNELS_UNPACK_PLAIN_H

#include <stdint.h>
#include <string.h>

static inline void
unpack_plainly(const uint8_t *bitmap, const uint8_t *codes,
			   const uint8_t *limit, int channels, int stride, uint8_t *out)
{
	memset(out, 0, stride);
	for (int c = 0; c < channels; c += 8)
		for (unsigned bits = bitmap[c / 8]; bits != 0; bits &= bits - 1)
		{
			/*
			 * bits beyond the last channel, in a damaged value, fall into the
			 * padding
			 */
			if (codes < limit)
				out[c + __builtin_ctz(bits)] = *codes++;
		}
}

#endif
