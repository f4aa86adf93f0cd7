/*
 * kernels_avx512.c
 *		The kernels for x86-64 processors with AVX-512 as Intel has it since
 *		Ice Lake and AMD since Zen 4.  See kernels.h for what each does.
 *
 * These are the kernels that gain from it: sums of integers, sums of eight
 * doubles, and what one of its instructions does alone.  The others are shared
 * with kernels_avx2.  Selecting windows by 16 columns took longer: a vector of
 * 64 bytes nearly always lies in two lines of the cache, narrow maps leave
 * half of it empty, and where the first eight columns have windows the others
 * are tested again.  bench/kernels compares the tables.
 */
#if defined(__x86_64__)

#include <string.h>

#include "core/kernels/kernels_isa.h"
#include "core/kernels/kernels_x86.h"

/*
 * The unit tests also compile this file with emulated intrinsics, which define
 * their own TARGET.
 */
#ifndef TARGET
#define TARGET             \
	__attribute__((target( \
		"avx512f,avx512bw,avx512vbmi2,avx512vnni,avx512vpopcntdq,popcnt")))
#endif

#define DOT_CODES 32

typedef __m512i DotCodes;
typedef __m512i DotSums;

TARGET static inline DotCodes
widen_codes(const uint8_t *codes, bool is_signed)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *) codes);

	return is_signed ? _mm512_cvtepi8_epi16(bytes)
					 : _mm512_cvtepu8_epi16(bytes);
}

TARGET static inline DotSums
add_products(DotSums sums, DotCodes codes, const int16_t *weights)
{
	return _mm512_dpwssd_epi32(sums, codes, _mm512_loadu_si512(weights));
}

#define add_dot_sums _mm512_add_epi32

/* The sums of two lanes each. */
TARGET static inline __m256i
add_two_halves(DotSums sums)
{
	return _mm256_add_epi32(_mm512_castsi512_si256(sums),
							_mm512_extracti64x4_epi64(sums, 1));
}

TARGET static inline int32_t
sum_of_dots(DotSums sums)
{
	return add_eight_ints(add_two_halves(sums));
}

TARGET static inline void
store_four_dots(int32_t *to, DotSums first, DotSums second, DotSums third,
				DotSums fourth)
{
	store_four_sums(to, add_two_halves(first), add_two_halves(second),
					add_two_halves(third), add_two_halves(fourth));
}

#include "core/kernels/kernels_dots.h"

typedef __m512d EightDoubles;

#define load_eight     _mm512_loadu_pd
#define add_eight      _mm512_add_pd
#define multiply_eight _mm512_mul_pd

TARGET static inline double
sum_of_eight(EightDoubles sums)
{
	return add_eight_doubles(_mm512_castpd512_pd256(sums),
							 _mm512_extractf64x4_pd(sums, 1));
}

#include "core/kernels/kernels_cosine.h"

/* Puts the codes of 64 channels in their places; returns how many are set. */
TARGET static inline ptrdiff_t
expand_word(const uint8_t *bitmap, const uint8_t *codes, uint8_t *out)
{
	__m512i packed = _mm512_loadu_si512(codes);
	uint64_t word;

	memcpy(&word, bitmap, sizeof(word));
	_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(word, packed));
	return _mm_popcnt_u64(word);
}

/*
 * The same of up to 64 channels; codes from limit on are not read.  Returns
 * where to go on.
 */
TARGET static inline const uint8_t *
expand_last(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *limit,
			int channels, uint8_t *out)
{
	ptrdiff_t left = limit - codes;
	__mmask64 readable = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
	__m512i packed = _mm512_maskz_loadu_epi8(readable, codes);
	uint64_t word = 0;
	ptrdiff_t count;

	memcpy(&word, bitmap, channels < 64 ? (channels + 7) / 8 : 8);
	_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(word, packed));
	count = _mm_popcnt_u64(word);
	return codes + (count < left ? count : left);
}

TARGET static inline void
unpack(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *limit,
	   int channels, int stride, uint8_t *out)
{
	(void) stride; /* channels, rounded up to 64 */
	for (; channels >= 128 && limit - codes >= 128; channels -= 128)
	{
		codes += expand_word(bitmap, codes, out);
		codes += expand_word(bitmap + 8, codes, out + 64);
		bitmap += 16;
		out += 128;
	}
	for (; channels > 0; channels -= 64, bitmap += 8, out += 64)
		codes = expand_last(bitmap, codes, limit, channels, out);
}

#include "core/kernels/kernels_unpack_cells.h"

typedef __m512i Cell;

TARGET static inline Cell
load_cell(const uint8_t *codes)
{
	return _mm512_loadu_si512(codes);
}

TARGET static inline void
store_cell(uint8_t *codes, Cell cell)
{
	_mm512_storeu_si512(codes, cell);
}

TARGET static inline Cell
greater_codes(Cell first, Cell second, bool is_signed)
{
	return is_signed ? _mm512_max_epi8(first, second)
					 : _mm512_max_epu8(first, second);
}

#include "core/kernels/kernels_greatest.h"

/* Of each 16 channels, even has the first eight, odd the others. */
typedef struct PairSums
{
	__m512i even;
	__m512i odd;
} PairSums;

/* Neighbouring bytes, one of each cell, are added. */
TARGET static inline void
add_pair(Cell first, Cell second, bool is_signed, PairSums *sums)
{
	__m512i ones = _mm512_set1_epi8(1);
	__m512i low = _mm512_unpacklo_epi8(first, second);
	__m512i high = _mm512_unpackhi_epi8(first, second);

	/* the first factor of maddubs is unsigned, the second signed */
	sums->even = _mm512_add_epi16(sums->even,
								  is_signed ? _mm512_maddubs_epi16(ones, low)
											: _mm512_maddubs_epi16(low, ones));
	sums->odd = _mm512_add_epi16(sums->odd,
								 is_signed ? _mm512_maddubs_epi16(ones, high)
										   : _mm512_maddubs_epi16(high, ones));
}

/*
 * Adds 16 sums of 16 bits, signed or not, to 16 of 32 bits, or subtracts them.
 */
TARGET static inline void
flush_sixteen(__m256i sums, bool is_signed, bool negate, uint32_t *out)
{
	__m512i wide =
		is_signed ? _mm512_cvtepi16_epi32(sums) : _mm512_cvtepu16_epi32(sums);
	__m512i old = _mm512_loadu_si512(out);

	_mm512_storeu_si512(out, negate ? _mm512_sub_epi32(old, wide)
									: _mm512_add_epi32(old, wide));
}

TARGET static inline void
flush_pairs(const PairSums *sums, bool is_signed, bool negate, uint32_t *out)
{
	/*
	 * by eight channels: 0 to 3 are those of even, 8 to 11 those of odd; see
	 * their order above
	 */
	__m512i first =
		_mm512_permutex2var_epi64(sums->even,
								  _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
								  sums->odd);
	__m512i second = _mm512_permutex2var_epi64(
		sums->even, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), sums->odd);

	flush_sixteen(_mm512_castsi512_si256(first), is_signed, negate, out);
	flush_sixteen(_mm512_extracti64x4_epi64(first, 1), is_signed, negate,
				  out + 16);
	flush_sixteen(_mm512_castsi512_si256(second), is_signed, negate, out + 32);
	flush_sixteen(_mm512_extracti64x4_epi64(second, 1), is_signed, negate,
				  out + 48);
}

#include "core/kernels/kernels_cells.h"

/* Boxes ------------------------------------------------------------------- */

typedef __m512 Floats;
typedef __m512i Ints;
typedef __m512i Halves;

TARGET static inline Halves
load_halves(const int16_t *from)
{
	return _mm512_loadu_si512(from);
}

TARGET static inline void
store_halves(int16_t *to, Halves halves)
{
	_mm512_storeu_si512(to, halves);
}

/* Those with an even place in memory and those with an odd one. */
typedef struct SumPair
{
	Floats first;
	Floats second;
} SumPair;

typedef struct PowerShift
{
	__m128i dropped;
	__m128i kept; /* the others of 16 */
} PowerShift;

TARGET static inline PowerShift
power_shift(int dropped)
{
	return (PowerShift){_mm_cvtsi32_si128(dropped),
						_mm_cvtsi32_si128(16 - dropped)};
}

/* Sixteen pairs of 16 bits: no number has to be moved to another place. */
TARGET static inline SumPair
load_sums(const uint16_t *from, PowerShift shift)
{
	__m512i pairs = _mm512_loadu_si512(from);
	__m512i even = _mm512_and_si512(pairs, _mm512_set1_epi32(0xffff));
	__m512i odd = _mm512_srli_epi32(pairs, 16);

	return (
		SumPair){_mm512_castsi512_ps(_mm512_sll_epi32(even, shift.dropped)),
				 _mm512_castsi512_ps(_mm512_sll_epi32(odd, shift.dropped))};
}

/* Stores the lower halves of some integers, and the upper ones of others. */
TARGET static inline void
store_pairs(void *to, __m512i lower, __m512i upper)
{
	_mm512_storeu_si512(to, _mm512_mask_mov_epi16(lower, 0xaaaaaaaa, upper));
}

TARGET static inline void
store_sums(uint16_t *to, Ints first, Ints second, PowerShift shift)
{
	store_pairs(to, _mm512_srl_epi32(first, shift.dropped),
				_mm512_sll_epi32(second, shift.kept));
}

TARGET static inline void
store_sides(int16_t *to, Ints first, Ints second)
{
	store_pairs(to, first, _mm512_slli_epi32(second, 16));
}

TARGET static inline SumPair
load_factors(const float *from)
{
	__m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22,
									 24, 26, 28, 30);
	__m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
	__m512 first = _mm512_loadu_ps(from), second = _mm512_loadu_ps(from + 16);

	return (SumPair){_mm512_permutex2var_ps(first, even, second),
					 _mm512_permutex2var_ps(first, odd, second)};
}

TARGET static inline Halves
keep_nonzero(Halves other, Halves halves)
{
	return _mm512_maskz_mov_epi16(_mm512_test_epi16_mask(other, other),
								  halves);
}

TARGET static inline Ints
keep_where(Ints other, Ints ints)
{
	return _mm512_maskz_mov_epi32(_mm512_test_epi32_mask(other, other), ints);
}

#define LANES             16
#define all_lanes         _mm512_set1_ps
#define floats_of         _mm512_cvtepi32_ps
#define add_ints          _mm512_add_epi32
#define add_pair_products _mm512_dpwssd_epi32
#define all_halves        _mm512_set1_epi16
#define lesser_halves     _mm512_min_epi16
#define greater_halves    _mm512_max_epi16
#define add_halves        _mm512_add_epi16
#define subtract_halves   _mm512_sub_epi16
#define high_product      _mm512_mulhi_epi16
#define shift_code(codes) _mm512_slli_epi16(codes, CODE_SHIFT)
#define bits_of           _mm512_castps_si512
#define floats_of_bits    _mm512_castsi512_ps
#define and_ints          _mm512_and_si512
#define or_ints           _mm512_or_si512
#define all_ints          _mm512_set1_epi32
#define exponent_of(bits) _mm512_srli_epi32(bits, 23)
#define as_exponent(bits) _mm512_slli_epi32(bits, 23)
#define whole_of          _mm512_cvttps_epi32
#define subtract_ints     _mm512_sub_epi32
#define high_products     _mm512_mulhi_epu16

#include "core/kernels/box_sides.h"
#include "core/kernels/short_sides_avx512.h"
#include "core/kernels/power_sides.h"

/* A quarter of a table of CODES_OF_A_BYTE powers. */
typedef struct QuarterTable
{
	__m512i low;
	__m512i high;
} QuarterTable;

TARGET static inline QuarterTable
load_quarter(const uint16_t *powers, int quarter)
{
	const uint16_t *from = powers + quarter * (CODES_OF_A_BYTE / 4);

	return (QuarterTable){_mm512_loadu_si512(from),
						  _mm512_loadu_si512(from + CODES_OF_A_BYTE / 8)};
}

/* By the lower six bits of codes. */
TARGET static inline __m512i
look_up_quarter(QuarterTable quarter, __m512i codes)
{
	return _mm512_permutex2var_epi16(quarter.low, codes, quarter.high);
}

TARGET static void
look_up_powers(const uint8_t *codes, const uint16_t *powers, int stride,
			   uint16_t *out)
{
	QuarterTable first = load_quarter(powers, 0);
	QuarterTable second = load_quarter(powers, 1);
	QuarterTable third = load_quarter(powers, 2);
	QuarterTable fourth = load_quarter(powers, 3);

	for (int c = 0; c < stride; c += 2 * LANES)
	{
		__m512i wide = widen_codes(codes + c, false);
		__mmask32 odd = _mm512_test_epi16_mask(wide, _mm512_set1_epi16(0x40));
		__mmask32 upper =
			_mm512_test_epi16_mask(wide, _mm512_set1_epi16(0x80));
		__m512i below =
			_mm512_mask_mov_epi16(look_up_quarter(first, wide), odd,
								  look_up_quarter(second, wide));
		__m512i above =
			_mm512_mask_mov_epi16(look_up_quarter(third, wide), odd,
								  look_up_quarter(fourth, wide));

		_mm512_storeu_si512(out + c,
							_mm512_mask_mov_epi16(below, upper, above));
	}
}

#include "core/kernels/code_dots_avx512.h"

const Kernels kernels_avx512 = {
	.name = "avx512",
	.unpack_cells = unpack_cells,
	.dot_cells = dot_cells,
	.dot_four = dot_four,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.cosine_parts_float = avx2_cosine_parts_float,
	.subtract = avx2_subtract,
	.block_slack = avx2_block_slack,
	.select_windows = avx2_select_windows,
	.decode_row = avx2_decode_row,
	.sketch_square = avx2_sketch_square,
	.sums_square = avx2_sums_square,
	.greatest = greatest,
	.box_parts = box_parts,
	.sides_of_codes = sides_of_codes,
	.squares_of_codes = squares_of_codes,
	.look_up_powers = look_up_powers,
	.add_powers = add_powers,
	.run_powers = run_powers,
	.sides_of_powers = sides_of_powers,
	.dot_halves = dot_halves,
	.dot_bits = dot_bits,
	.has_fast_short_roots = true,
};

#endif
