/*
 * short_sides_neon.h
 *		Sides by short roots, 16 at a time: tables are of bytes, up to 64.
 */
#ifndef INTSEARCH_SHORT_SIDES_NEON_H
#define INTSEARCH_SHORT_SIDES_NEON_H

#include "core/kernels/short_roots.h"

/* The numbers of 16 channels. */
typedef struct ShortPair
{
	uint16x8_t first;
	uint16x8_t second;
} ShortPair;

typedef struct ShortTables
{
	uint8x16x4_t corrections[LOG_CELLS / 64];
	uint8x16x2_t low_bytes; /* of the first powers */
	uint8x16x2_t high_bytes;
} ShortTables;

static inline ShortTables
load_short_tables(const PowerSides *sides)
{
	/* even bytes are low ones, odd bytes high ones */
	uint8x16x2_t first = vld2q_u8((const uint8_t *) first_powers);
	uint8x16x2_t second = vld2q_u8((const uint8_t *) (first_powers + 16));

	return (ShortTables){{vld1q_u8_x4(sides->corrections),
						  vld1q_u8_x4(sides->corrections + 64)},
						 {{first.val[0], second.val[0]}},
						 {{first.val[1], second.val[1]}}};
}

static inline uint16x8_t
high_products(uint16x8_t numbers, uint16x8_t factors)
{
	return vuzp2q_u16(vreinterpretq_u16_u32(vmull_u16(vget_low_u16(numbers),
													  vget_low_u16(factors))),
					  vreinterpretq_u16_u32(vmull_high_u16(numbers, factors)));
}

/* The first bits of some numbers, of which others are dropped, as bytes. */
static inline uint8x16_t
bytes_of_bits(ShortPair pair, int dropped, int bits)
{
	int16x8_t shift = vdupq_n_s16((int16_t) -dropped);
	uint8x16_t bytes = vcombine_u8(vmovn_u16(vshlq_u16(pair.first, shift)),
								   vmovn_u16(vshlq_u16(pair.second, shift)));

	return vandq_u8(bytes, vdupq_n_u8((uint8_t) ((1 << bits) - 1)));
}

/* The logarithms of the roots of sums. */
static inline ShortPair
short_logarithms(const ShortTables *tables, const PowerSides *sides,
				 ShortPair sums)
{
	uint8x16_t cells = bytes_of_bits(sums, 23 - LOG_CELLS_LOG - sides->dropped,
									 LOG_CELLS_LOG);
	uint8x16_t corrections =
		vqtbx4q_u8(vqtbl4q_u8(tables->corrections[0], cells),
				   tables->corrections[1], vsubq_u8(cells, vdupq_n_u8(64)));
	uint16x8_t slope = vdupq_n_u16(sides->slope);
	uint16x8_t base = vdupq_n_u16(sides->base);

	return (ShortPair){
		vaddw_u8(vsubq_u16(high_products(sums.first, slope), base),
				 vget_low_u8(corrections)),
		vaddw_high_u8(vsubq_u16(high_products(sums.second, slope), base),
					  corrections)};
}

/* The power by all bits but the whole ones, shifted by these. */
static inline uint16x8_t
short_power(uint8x16_t first, uint16x8_t distance)
{
	uint16x8_t last =
		vsubq_u16(vdupq_n_u16(LAST_START),
				  high_products(vshlq_n_u16(distance, 16 - LAST_LOG),
								vdupq_n_u16(LAST_SLOPE)));
	uint16x8_t power = high_products(vreinterpretq_u16_u8(first), last);
	int16x8_t whole =
		vreinterpretq_s16_u16(vshrq_n_u16(distance, SHORT_LOG_UNIT));

	return vshlq_u16(power, vnegq_s16(whole));
}

static inline ShortPair
short_powers(const ShortTables *tables, ShortPair distances)
{
	uint8x16_t bits = bytes_of_bits(distances, LAST_LOG, FIRST_LOG);
	uint8x16_t low = vqtbl2q_u8(tables->low_bytes, bits);
	uint8x16_t high = vqtbl2q_u8(tables->high_bytes, bits);

	return (ShortPair){short_power(vzip1q_u8(low, high), distances.first),
					   short_power(vzip2q_u8(low, high), distances.second)};
}

/* A side from what is made of a sum. */
static inline void
store_short_side(int16_t *out, uint16x8_t sums, uint16x8_t powers, int offset)
{
	uint16x8_t sides = vaddq_u16(powers, vdupq_n_u16((uint16_t) offset));

	vst1q_u16((uint16_t *) out, vandq_u16(sides, vtstq_u16(sums, sums)));
}

static inline void
short_sides_of_sums(const PowerSides *sides, int stride, int16_t *out)
{
	ShortTables tables = load_short_tables(sides);

	for (int c = 0; c < stride; c += 16)
	{
		ShortPair sums = {vld1q_u16((const uint16_t *) out + c),
						  vld1q_u16((const uint16_t *) out + c + 8)};
		ShortPair logarithms = short_logarithms(&tables, sides, sums);
		const uint16_t *starts = sides->starts + c;
		ShortPair distances = {vqsubq_u16(vld1q_u16(starts), logarithms.first),
							   vqsubq_u16(vld1q_u16(starts + 8),
										  logarithms.second)};
		ShortPair powers = short_powers(&tables, distances);

		store_short_side(out + c, sums.first, powers.first, sides->offset);
		store_short_side(out + c + 8, sums.second, powers.second,
						 sides->offset);
	}
}

#endif
