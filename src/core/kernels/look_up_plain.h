/*
 * look_up_plain.h
 *		Powers of codes from a table, in plain C.  A processor without
 *		permutations of many 16-bit numbers has nothing faster.
 */
#ifndef INTSEARCH_LOOK_UP_PLAIN_H
#define INTSEARCH_LOOK_UP_PLAIN_H

static void
look_up_powers(const uint8_t *codes, const uint16_t *powers, int stride,
			   uint16_t *out)
{
	for (int c = 0; c < stride; c++)
		out[c] = powers[codes[c]];
}

#endif
