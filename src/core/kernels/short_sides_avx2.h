/*
 * short_sides_avx2.h
 *		Sides by short roots, 32 at a time: tables are of bytes, 16 to a
 *		vector.
 *
 * Numbers that choose from tables are packed to bytes, and what comes out is
 * unpacked to 16 bits, which undoes the order of the first.
 */
#ifndef INTSEARCH_SHORT_SIDES_AVX2_H
#define INTSEARCH_SHORT_SIDES_AVX2_H

#include "core/kernels/short_roots.h"

/* The numbers of 32 channels. */
typedef struct ShortPair
{
	__m256i first;
	__m256i second;
} ShortPair;

/* Tables of 16 bytes, in both halves. */
typedef struct ShortTables
{
	__m256i corrections[LOG_CELLS / 16];
	/* of the first powers, by their first four bits; the last one chooses */
	__m256i low_bytes[2];
	__m256i high_bytes[2];
} ShortTables;

TARGET static inline __m256i
load_table(const uint8_t *bytes)
{
	return _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *) bytes));
}

TARGET static inline __attribute__((always_inline)) ShortTables
load_short_tables(const PowerSides *sides)
{
	uint8_t bytes[2][1 << FIRST_LOG];
	ShortTables tables;

	for (int i = 0; i < 1 << FIRST_LOG; i++)
	{
		bytes[0][i] = (uint8_t) first_powers[i];
		bytes[1][i] = (uint8_t) (first_powers[i] >> 8);
	}
	for (int i = 0; i < LOG_CELLS / 16; i++)
		tables.corrections[i] = load_table(sides->corrections + 16 * i);
	for (int i = 0; i < 2; i++)
	{
		tables.low_bytes[i] = load_table(bytes[0] + 16 * i);
		tables.high_bytes[i] = load_table(bytes[1] + 16 * i);
	}
	return tables;
}

/* One of two, by a bit of each byte. */
TARGET static inline __m256i
choose_bytes(__m256i without, __m256i with, __m256i bytes, int bit)
{
	/* the highest bit of a byte chooses */
	return _mm256_blendv_epi8(without, with,
							  _mm256_slli_epi16(bytes, 7 - bit));
}

/* From 2^(count of tables) tables, [16] each. */
TARGET static inline __attribute__((always_inline)) __m256i
look_up_bytes(const __m256i *tables, int tables_log, __m256i bytes)
{
	__m256i found[8];

	for (int i = 0; i < 1 << tables_log; i++)
		found[i] = _mm256_shuffle_epi8(tables[i], bytes);
	for (int bit = 0; bit < tables_log; bit++)
		for (int i = 0; i < 1 << (tables_log - 1 - bit); i++)
			found[i] =
				choose_bytes(found[2 * i], found[2 * i + 1], bytes, 4 + bit);
	return found[0];
}

/* Some bits of numbers of 16, as bytes. */
TARGET static inline __m256i
bytes_of_bits(ShortPair pair, __m128i from, int bits)
{
	__m256i mask = _mm256_set1_epi16((int16_t) ((1 << bits) - 1));

	return _mm256_packus_epi16(
		_mm256_and_si256(_mm256_srl_epi16(pair.first, from), mask),
		_mm256_and_si256(_mm256_srl_epi16(pair.second, from), mask));
}

/* z of short_roots.h. */
TARGET static inline __attribute__((always_inline)) ShortPair
short_distances(const ShortTables *tables, const PowerSides *sides,
				ShortPair sums, int c)
{
	__m128i cell_shift =
		_mm_cvtsi32_si128(23 - LOG_CELLS_LOG - sides->dropped);
	__m256i slope = _mm256_set1_epi16((int16_t) sides->slope);
	__m256i base = _mm256_set1_epi16((int16_t) sides->base);
	__m256i zero = _mm256_setzero_si256();
	__m256i corrections =
		look_up_bytes(tables->corrections, LOG_CELLS_LOG - 4,
					  bytes_of_bits(sums, cell_shift, LOG_CELLS_LOG));
	__m256i first = _mm256_add_epi16(
		_mm256_sub_epi16(_mm256_mulhi_epu16(sums.first, slope), base),
		_mm256_unpacklo_epi8(corrections, zero));
	__m256i second = _mm256_add_epi16(
		_mm256_sub_epi16(_mm256_mulhi_epu16(sums.second, slope), base),
		_mm256_unpackhi_epi8(corrections, zero));
	const __m256i *starts = (const __m256i *) (sides->starts + c);

	return (
		ShortPair){_mm256_subs_epu16(_mm256_loadu_si256(starts), first),
				   _mm256_subs_epu16(_mm256_loadu_si256(starts + 1), second)};
}

/* The power by all bits but the whole ones. */
TARGET static inline __m256i
short_power(__m256i first, __m256i distance)
{
	__m256i last =
		_mm256_sub_epi16(_mm256_set1_epi16(LAST_START),
						 _mm256_mulhi_epu16(_mm256_slli_epi16(distance,
															  16 - LAST_LOG),
											_mm256_set1_epi16(LAST_SLOPE)));

	return _mm256_mulhi_epu16(first, last);
}

/*
 * Shifts by the whole bits: the high half of a product of twice the power,
 * which is below 2^15, with 2^(15 - bits); 0 where there are more than 15.
 */
TARGET static inline __attribute__((always_inline)) ShortPair
shift_powers(ShortPair powers, ShortPair distances)
{
	__m256i low = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, (char) 128, 64, 32, 16, 8, 4, 2,
					  1));
	__m256i high = _mm256_broadcastsi128_si256(
		_mm_setr_epi8((char) 128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0,
					  0));
	/* from 16 on, the highest bit of a byte makes what it chooses 0 */
	__m256i bits =
		_mm256_add_epi8(bytes_of_bits(distances,
									  _mm_cvtsi32_si128(SHORT_LOG_UNIT), 5),
						_mm256_set1_epi8(0x70));

	low = _mm256_shuffle_epi8(low, bits);
	high = _mm256_shuffle_epi8(high, bits);
	return (ShortPair){_mm256_mulhi_epu16(_mm256_slli_epi16(powers.first, 1),
										  _mm256_unpacklo_epi8(low, high)),
					   _mm256_mulhi_epu16(_mm256_slli_epi16(powers.second, 1),
										  _mm256_unpackhi_epi8(low, high))};
}

TARGET static inline __attribute__((always_inline)) ShortPair
short_powers(const ShortTables *tables, ShortPair distances)
{
	__m256i bits =
		bytes_of_bits(distances, _mm_cvtsi32_si128(LAST_LOG), FIRST_LOG);
	__m256i low = look_up_bytes(tables->low_bytes, FIRST_LOG - 4, bits);
	__m256i high = look_up_bytes(tables->high_bytes, FIRST_LOG - 4, bits);

	return shift_powers(
		(ShortPair){
			short_power(_mm256_unpacklo_epi8(low, high), distances.first),
			short_power(_mm256_unpackhi_epi8(low, high), distances.second)},
		distances);
}

TARGET static inline __attribute__((always_inline)) void
short_sides_of_sums(const PowerSides *sides, int stride, int16_t *out)
{
	ShortTables tables = load_short_tables(sides);
	__m256i offset = _mm256_set1_epi16((int16_t) sides->offset);

	for (int c = 0; c < stride; c += 32)
	{
		ShortPair sums = {load_halves(out + c), load_halves(out + c + 16)};
		ShortPair powers =
			short_powers(&tables, short_distances(&tables, sides, sums, c));

		store_halves(out + c, keep_nonzero(sums.first,
										   add_halves(powers.first, offset)));
		store_halves(out + c + 16,
					 keep_nonzero(sums.second,
								  add_halves(powers.second, offset)));
	}
}

#endif
