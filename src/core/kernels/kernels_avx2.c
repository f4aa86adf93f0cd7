/*
 * kernels_avx2.c
 *		The kernels for x86-64 processors with AVX2.  See kernels.h for what
 *		each does.
 */
#if defined(__x86_64__)

#include <string.h>

#include "core/kernels/kernels_isa.h"
#include "core/kernels/kernels_x86.h"
#include "core/map/format.h"

#define TARGET TARGET_AVX2

/* The table for AVX-512 takes those that the templates define so. */
#define KERNEL(type, member) TARGET type avx2_##member

typedef __m256 Floats;
typedef __m256i Ints;
typedef __m256 Mask;

#define load_floats     _mm256_loadu_ps
#define store_floats    _mm256_storeu_ps
#define all_lanes       _mm256_set1_ps
#define add_floats      _mm256_add_ps
#define subtract_floats _mm256_sub_ps
#define multiply_floats _mm256_mul_ps
#define add_ints        _mm256_add_epi32
#define subtract_ints   _mm256_sub_epi32
#define and_ints        _mm256_and_si256
#define floats_of       _mm256_cvtepi32_ps
#define square_root     _mm256_sqrt_ps
#define greater_of      _mm256_max_ps

TARGET static inline Ints
load_ints(const int32_t *from)
{
	return _mm256_loadu_si256((const __m256i *) from);
}

TARGET static inline Floats
absolute(Floats floats)
{
	return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), floats);
}

TARGET static inline Mask
ints_at_least(Ints ints, int least)
{
	return _mm256_castsi256_ps(
		_mm256_cmpgt_epi32(ints, _mm256_set1_epi32(least - 1)));
}

TARGET static inline Mask
at_least(Floats first, Floats second)
{
	return _mm256_cmp_ps(first, second, _CMP_GE_OQ);
}

TARGET static inline bool
any_in_both(Mask first, Mask second)
{
	return !_mm256_testz_ps(first, second);
}

TARGET static inline unsigned
bits_in_both(Mask first, Mask second)
{
	return (unsigned) _mm256_movemask_ps(_mm256_and_ps(first, second));
}

#include "core/kernels/kernels_select.h"

/* The order of kernels.h. */
TARGET static inline float
sum_of_floats(Floats lanes)
{
	__m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes),
							 _mm256_extractf128_ps(lanes, 1));
	__m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

	return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#include "core/kernels/kernels_sums.h"

TARGET static inline void
store_ints(int32_t *to, Ints ints)
{
	_mm256_storeu_si256((__m256i *) to, ints);
}

TARGET static inline Ints
widen_narrow(const uint8_t *numbers)
{
	return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *) numbers));
}

TARGET static inline Ints
widen_wide(const uint8_t *numbers)
{
	__m128i wide =
		_mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *) numbers));
	/* the last four numbers are the upper half of what is loaded */
	__m128i last = _mm_loadl_epi64((const __m128i *) (numbers + 4));
	__m128i narrow = _mm_cvtepi8_epi32(_mm_srli_epi64(last, 32));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(wide), narrow, 1);
}

#include "core/kernels/kernels_sketch.h"

typedef struct EightDoubles
{
	__m256d low;
	__m256d high;
} EightDoubles;

TARGET static inline EightDoubles
load_eight(const double *from)
{
	return (EightDoubles){_mm256_loadu_pd(from), _mm256_loadu_pd(from + 4)};
}

TARGET static inline EightDoubles
add_eight(EightDoubles first, EightDoubles second)
{
	return (EightDoubles){first.low + second.low, first.high + second.high};
}

TARGET static inline EightDoubles
multiply_eight(EightDoubles first, EightDoubles second)
{
	return (EightDoubles){first.low * second.low, first.high * second.high};
}

TARGET static inline double
sum_of_eight(EightDoubles sums)
{
	return add_eight_doubles(sums.low, sums.high);
}

#include "core/kernels/kernels_cosine.h"

#define DOT_CODES 16

typedef __m256i DotCodes;
typedef __m256i DotSums;

TARGET static inline DotCodes
widen_codes(const uint8_t *codes, bool is_signed)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *) codes);

	return is_signed ? _mm256_cvtepi8_epi16(bytes)
					 : _mm256_cvtepu8_epi16(bytes);
}

TARGET static inline DotSums
add_products(DotSums sums, DotCodes codes, const int16_t *weights)
{
	__m256i factors = _mm256_loadu_si256((const __m256i *) weights);

	return _mm256_add_epi32(sums, _mm256_madd_epi16(codes, factors));
}

#define add_dot_sums    _mm256_add_epi32
#define sum_of_dots     add_eight_ints
#define store_four_dots store_four_sums

#include "core/kernels/kernels_dots.h"

TARGET static inline void
shuffle_eight(uint8_t *out, const uint8_t *codes, const uint64_t *shuffle)
{
	__m128i packed = _mm_loadl_epi64((const __m128i *) codes);
	__m128i places = _mm_loadu_si128((const __m128i *) shuffle);

	_mm_storel_epi64((__m128i *) out, _mm_shuffle_epi8(packed, places));
}

#include "core/kernels/kernels_unpack.h"

typedef struct Cell
{
	__m256i low; /* channels 0-31 */
	__m256i high;
} Cell;

TARGET static inline Cell
load_cell(const uint8_t *codes)
{
	return (Cell){_mm256_loadu_si256((const __m256i *) codes),
				  _mm256_loadu_si256((const __m256i *) (codes + 32))};
}

TARGET static inline void
store_cell(uint8_t *codes, Cell cell)
{
	_mm256_storeu_si256((__m256i *) codes, cell.low);
	_mm256_storeu_si256((__m256i *) (codes + 32), cell.high);
}

TARGET static inline Cell
greater_codes(Cell first, Cell second, bool is_signed)
{
	if (is_signed)
		return (Cell){_mm256_max_epi8(first.low, second.low),
					  _mm256_max_epi8(first.high, second.high)};
	return (Cell){_mm256_max_epu8(first.low, second.low),
				  _mm256_max_epu8(first.high, second.high)};
}

#include "core/kernels/kernels_greatest.h"

/*
 * Adds 16 sums of 16 bits, signed or not, to 16 of 32 bits, or subtracts them.
 */
TARGET static inline void
flush_sixteen(__m256i sums, bool is_signed, bool negate, uint32_t *out)
{
	__m128i first = _mm256_castsi256_si128(sums);
	__m128i second = _mm256_extracti128_si256(sums, 1);
	__m256i low = is_signed ? _mm256_cvtepi16_epi32(first)
							: _mm256_cvtepu16_epi32(first);
	__m256i high = is_signed ? _mm256_cvtepi16_epi32(second)
							 : _mm256_cvtepu16_epi32(second);
	__m256i *to = (__m256i *) out;
	__m256i old_low = _mm256_loadu_si256(to);
	__m256i old_high = _mm256_loadu_si256(to + 1);

	_mm256_storeu_si256(to, negate ? _mm256_sub_epi32(old_low, low)
								   : _mm256_add_epi32(old_low, low));
	_mm256_storeu_si256(to + 1, negate ? _mm256_sub_epi32(old_high, high)
									   : _mm256_add_epi32(old_high, high));
}

/* Of 32 channels: even has 0-7 and 16-23, odd has 8-15 and 24-31. */
typedef struct HalfSums
{
	__m256i even;
	__m256i odd;
} HalfSums;

typedef struct PairSums
{
	HalfSums low;
	HalfSums high;
} PairSums;

/* Neighbouring bytes, one of each cell, are added. */
TARGET static inline void
add_half(__m256i first, __m256i second, bool is_signed, HalfSums *sums)
{
	__m256i ones = _mm256_set1_epi8(1);
	__m256i low = _mm256_unpacklo_epi8(first, second);
	__m256i high = _mm256_unpackhi_epi8(first, second);

	/* the first factor of maddubs is unsigned, the second signed */
	sums->even = _mm256_add_epi16(sums->even,
								  is_signed ? _mm256_maddubs_epi16(ones, low)
											: _mm256_maddubs_epi16(low, ones));
	sums->odd = _mm256_add_epi16(sums->odd,
								 is_signed ? _mm256_maddubs_epi16(ones, high)
										   : _mm256_maddubs_epi16(high, ones));
}

TARGET static inline void
add_pair(Cell first, Cell second, bool is_signed, PairSums *sums)
{
	add_half(first.low, second.low, is_signed, &sums->low);
	add_half(first.high, second.high, is_signed, &sums->high);
}

TARGET static inline void
flush_half(const HalfSums *sums, bool is_signed, bool negate, uint32_t *out)
{
	flush_sixteen(_mm256_permute2x128_si256(sums->even, sums->odd, 0x20),
				  is_signed, negate, out);
	flush_sixteen(_mm256_permute2x128_si256(sums->even, sums->odd, 0x31),
				  is_signed, negate, out + 16);
}

TARGET static inline void
flush_pairs(const PairSums *sums, bool is_signed, bool negate, uint32_t *out)
{
	flush_half(&sums->low, is_signed, negate, out);
	flush_half(&sums->high, is_signed, negate, out + 32);
}

#include "core/kernels/kernels_cells.h"

/* Boxes ------------------------------------------------------------------- */

typedef __m256i Halves;

TARGET static inline Halves
load_halves(const int16_t *from)
{
	return _mm256_loadu_si256((const __m256i *) from);
}

TARGET static inline void
store_halves(int16_t *to, Halves halves)
{
	_mm256_storeu_si256((__m256i *) to, halves);
}

TARGET static inline Halves
halves_of(Ints first, Ints second)
{
	return _mm256_permute4x64_epi64(_mm256_packus_epi32(first, second),
									_MM_SHUFFLE(3, 1, 2, 0));
}

/* In the order of memory. */
typedef struct SumPair
{
	Floats first;
	Floats second;
} SumPair;

typedef Ints PowerShift;

#define power_shift _mm256_set1_epi32

TARGET static inline Floats
load_eight_sums(const uint16_t *from, PowerShift shift)
{
	__m128i powers = _mm_loadu_si128((const __m128i *) from);

	return _mm256_castsi256_ps(
		_mm256_sllv_epi32(_mm256_cvtepu16_epi32(powers), shift));
}

TARGET static inline SumPair
load_sums(const uint16_t *from, PowerShift shift)
{
	return (SumPair){load_eight_sums(from, shift),
					 load_eight_sums(from + 8, shift)};
}

TARGET static inline void
store_sides(int16_t *to, Ints first, Ints second)
{
	store_halves(to, halves_of(first, second));
}

TARGET static inline void
store_sums(uint16_t *to, Ints first, Ints second, PowerShift shift)
{
	store_sides((int16_t *) to, _mm256_srlv_epi32(first, shift),
				_mm256_srlv_epi32(second, shift));
}

TARGET static inline SumPair
load_factors(const float *from)
{
	return (SumPair){_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
}

TARGET static inline Halves
keep_nonzero(Halves other, Halves halves)
{
	return _mm256_andnot_si256(_mm256_cmpeq_epi16(other,
												  _mm256_setzero_si256()),
							   halves);
}

TARGET static inline Ints
keep_where(Ints other, Ints ints)
{
	return _mm256_andnot_si256(_mm256_cmpeq_epi32(other,
												  _mm256_setzero_si256()),
							   ints);
}

TARGET static inline Ints
add_pair_products(Ints sums, Halves first, Halves second)
{
	return _mm256_add_epi32(sums, _mm256_madd_epi16(first, second));
}

#define LANES             8
#define all_halves        _mm256_set1_epi16
#define lesser_halves     _mm256_min_epi16
#define greater_halves    _mm256_max_epi16
#define add_halves        _mm256_add_epi16
#define subtract_halves   _mm256_sub_epi16
#define high_product      _mm256_mulhi_epi16
#define shift_code(codes) _mm256_slli_epi16(codes, CODE_SHIFT)
#define bits_of           _mm256_castps_si256
#define floats_of_bits    _mm256_castsi256_ps
#define or_ints           _mm256_or_si256
#define all_ints          _mm256_set1_epi32
#define exponent_of(bits) _mm256_srli_epi32(bits, 23)
#define as_exponent(bits) _mm256_slli_epi32(bits, 23)
#define whole_of          _mm256_cvttps_epi32
#define high_products     _mm256_mulhi_epu16

#include "core/kernels/box_sides.h"
#include "core/kernels/look_up_plain.h"
#include "core/kernels/short_sides_avx2.h"
#include "core/kernels/power_sides.h"

#include "core/kernels/code_dots_avx2.h"

const Kernels kernels_avx2 = {
	.name = "avx2",
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
};

#endif
