/*
 * short_sides_avx512.h
 *		Sides by short roots, 32 at a time: tables are permutations.
 */
#ifndef INTSEARCH_SHORT_SIDES_AVX512_H
#define INTSEARCH_SHORT_SIDES_AVX512_H

#include "core/kernels/short_roots.h"

/* The tables of one kind of sides, in registers. */
typedef struct ShortTables
{
	__m512i corrections[LOG_CELLS / 32];
	__m512i first_powers;
	__m512i slope;
	__m512i offset;
	__m128i cell_shift;
} ShortTables;

TARGET static inline __attribute__((always_inline)) ShortTables
load_short_tables(const PowerSides *sides)
{
	ShortTables tables;

	for (int i = 0; i < LOG_CELLS / 32; i++)
		tables.corrections[i] =
			_mm512_sub_epi16(widen_codes(sides->corrections + 32 * i, false),
							 _mm512_set1_epi16((int16_t) sides->base));
	tables.first_powers = _mm512_loadu_si512(first_powers);
	tables.slope = _mm512_set1_epi16((int16_t) sides->slope);
	tables.offset = _mm512_set1_epi16((int16_t) sides->offset);
	tables.cell_shift = _mm_cvtsi32_si128(23 - LOG_CELLS_LOG - sides->dropped);
	return tables;
}

/* The logarithms of roots. */
TARGET static inline __attribute__((always_inline)) __m512i
short_logarithms(const ShortTables *tables, __m512i sums)
{
	/* permutations take the last six bits */
	__m512i cells = _mm512_srl_epi16(sums, tables->cell_shift);
	__mmask32 upper = _mm512_test_epi16_mask(cells, _mm512_set1_epi16(64));
	__m512i corrections =
		_mm512_permutex2var_epi16(tables->corrections[0], cells,
								  tables->corrections[1]);

	corrections = _mm512_mask_mov_epi16(
		corrections, upper,
		_mm512_permutex2var_epi16(tables->corrections[2], cells,
								  tables->corrections[3]));
	return _mm512_add_epi16(_mm512_mulhi_epu16(sums, tables->slope),
							corrections);
}

/* What is so far below 2^15 on a scale of logarithms. */
TARGET static inline __attribute__((always_inline)) __m512i
short_powers(const ShortTables *tables, __m512i below)
{
	__m512i first =
		_mm512_permutexvar_epi16(_mm512_srli_epi16(below, LAST_LOG),
								 tables->first_powers);
	__m512i last =
		_mm512_sub_epi16(_mm512_set1_epi16(LAST_START),
						 _mm512_mulhi_epu16(_mm512_slli_epi16(below,
															  16 - LAST_LOG),
											_mm512_set1_epi16(LAST_SLOPE)));

	return _mm512_srlv_epi16(_mm512_mulhi_epu16(first, last),
							 _mm512_srli_epi16(below, SHORT_LOG_UNIT));
}

TARGET static inline __attribute__((always_inline)) void
short_sides_of_sums(const PowerSides *sides, int stride, int16_t *out)
{
	ShortTables tables = load_short_tables(sides);
	const uint16_t *starts = sides->starts;

	for (int c = 0; c < stride; c += 32)
	{
		__m512i sums = _mm512_loadu_si512(out + c);
		__m512i below = _mm512_subs_epu16(_mm512_loadu_si512(starts + c),
										  short_logarithms(&tables, sums));
		__m512i powers = short_powers(&tables, below);

		_mm512_storeu_si512(
			out + c, _mm512_maskz_add_epi16(_mm512_test_epi16_mask(sums, sums),
											powers, tables.offset));
	}
}

#endif
