/*
 * kernels_avx2.c
 *		The kernels for x86-64 processors with AVX2.  See kernels.h for what
 *		each does.
 */
#if defined(__x86_64__)

#include <string.h>

#include "core/kernels/kernels_isa.h"
#include "core/kernels/kernels_x86.h"
#include "core/kernels/root_polynomials.h"

#define TARGET TARGET_AVX2
#define LANES  8

typedef __m256 Floats;
typedef __m256i Ints;
typedef __m256 Mask;

/*
 * Arrays are padded for eight lanes, so that all are loaded and stored, and
 * lanes says nothing new.
 */
TARGET static inline Floats
load_floats(const float *from, unsigned lanes)
{
	(void) lanes;
	return _mm256_loadu_ps(from);
}

TARGET static inline Ints
load_ints(const int32_t *from, unsigned lanes)
{
	(void) lanes;
	return _mm256_loadu_si256((const __m256i *) from);
}

TARGET static inline void
store_floats(float *to, unsigned lanes, Floats floats)
{
	(void) lanes;
	_mm256_storeu_ps(to, floats);
}

TARGET static inline Mask
ints_at_least(Ints ints, int least, unsigned lanes)
{
	(void) lanes;
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

TARGET static inline Floats
absolute(Floats floats)
{
	return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), floats);
}

#define all_lanes     _mm256_set1_ps
#define subtract_ints _mm256_sub_epi32
#define floats_of     _mm256_cvtepi32_ps
#define square_root   _mm256_sqrt_ps
#define greater_of    _mm256_max_ps
#define add_ints      _mm256_add_epi32
#define sum_of_ints   add_eight_ints

TARGET static inline Ints
widen_codes(const uint8_t *codes, bool is_signed)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *) codes);

	return is_signed ? _mm256_cvtepi8_epi16(bytes)
					 : _mm256_cvtepu8_epi16(bytes);
}

TARGET static inline Ints
add_products(Ints sums, Ints codes, const int16_t *weights)
{
	Ints factors = _mm256_loadu_si256((const __m256i *) weights);

	return _mm256_add_epi32(sums, _mm256_madd_epi16(codes, factors));
}

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

#include "core/kernels/kernels_select.h"
#include "core/kernels/kernels_sums.h"

TARGET int
avx2_count_bits(const uint8_t *bytes, int size)
{
	int count = 0;
	int i = 0;

	for (; i + 8 <= size; i += 8)
	{
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		count += (int) _mm_popcnt_u64(word);
	}
	for (; i < size; i++)
		count += (int) _mm_popcnt_u32(bytes[i]);
	return count;
}

/*
 * For each byte of a bitmap the shuffle that puts consecutive codes in the
 * places of its set bits; 0x80 makes a zero.  The shuffles are read as vectors
 * of 16 bytes of which the lower 8 count, hence one entry more.
 */
static const uint64_t *
expand_shuffles(void)
{
	static uint64_t shuffles[256 + 1];

	if (shuffles[0] == 0)
		for (int bits = 255; bits >= 0; bits--)
		{
			uint64_t shuffle = 0;
			int next = 0;

			for (int i = 0; i < 8; i++)
				shuffle |= (uint64_t) (bits >> i & 1 ? next++ : 0x80)
						   << (8 * i);
			shuffles[bits] = shuffle;
		}
	return shuffles;
}

/* In byte i, the number of bits set in the bytes 0 to i. */
static inline uint64_t
running_counts(uint64_t word)
{
	word -= (word >> 1) & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) +
		   ((word >> 2) & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return word * UINT64_C(0x0101010101010101);
}

/*
 * Eight channels at a time; the places of their codes are known for 64
 * channels at once, so that nothing waits for a count.
 */
TARGET static void
unpack(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *end,
	   int channels, int stride, uint8_t *out)
{
	const uint64_t *shuffles = expand_shuffles();
	int c = 0;

	for (; c + 64 <= channels && end - codes >= 64 + 8; c += 64)
	{
		uint64_t word;
		uint64_t counts; /* of codes up to each byte */

		memcpy(&word, bitmap + c / 8, sizeof(word));
		counts = running_counts(word);
		for (int i = 0; i < 8; i++)
		{
			size_t before = i == 0 ? 0 : counts >> (8 * (i - 1)) & 0xff;
			__m128i packed =
				_mm_loadl_epi64((const __m128i *) (codes + before));
			__m128i shuffle = _mm_loadu_si128(
				(const __m128i *) (shuffles + (word >> (8 * i) & 0xff)));

			_mm_storel_epi64((__m128i *) (out + c + 8 * i),
							 _mm_shuffle_epi8(packed, shuffle));
		}
		codes += counts >> 56;
	}
	if (c < stride)
		kernels_plain.unpack(bitmap + c / 8, codes, end, channels - c,
							 stride - c, out + c);
}

/* Each vector of codes is widened once for all four. */
TARGET void
avx2_dot_four(const uint8_t *codes, const int16_t *weights, int stride,
			  bool is_signed, int32_t sums[4])
{
	__m256i first = _mm256_setzero_si256();
	__m256i second = first, third = first, fourth = first;

	for (ptrdiff_t c = 0; c < stride; c += 16, weights += 16)
	{
		Ints wide = widen_codes(codes + c, is_signed);

		first = add_products(first, wide, weights);
		second = add_products(second, wide, weights + stride);
		third = add_products(third, wide, weights + 2 * (ptrdiff_t) stride);
		fourth = add_products(fourth, wide, weights + 3 * (ptrdiff_t) stride);
	}
	add_eight_ints_of_four(first, second, third, fourth, sums);
}

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

/* The order of kernels.h, of floats. */
TARGET static inline float
add_eight_floats(__m256 lanes)
{
	__m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes),
							 _mm256_extractf128_ps(lanes, 1));
	__m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

	return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

TARGET float
avx2_sketch_square(const float *top_left, const float *top_right,
				   const float *bottom_left, const float *bottom_right,
				   int dims)
{
	__m256 squares = _mm256_setzero_ps();

	for (int k = 0; k < dims; k += 8)
	{
		__m256 bottom = _mm256_sub_ps(_mm256_loadu_ps(bottom_right + k),
									  _mm256_loadu_ps(bottom_left + k));
		__m256 top = _mm256_sub_ps(_mm256_loadu_ps(top_right + k),
								   _mm256_loadu_ps(top_left + k));
		__m256 sum = _mm256_sub_ps(bottom, top);

		squares = _mm256_add_ps(squares, _mm256_mul_ps(sum, sum));
	}
	return add_eight_floats(squares);
}

TARGET static inline __attribute__((always_inline)) void
greatest_inline(const uint8_t *const *rows, int count, int stride,
				bool is_signed, uint8_t *out)
{
	for (int c = 0; c < stride; c += 64)
	{
		__m256i first = _mm256_loadu_si256((const __m256i *) (rows[0] + c));
		__m256i second =
			_mm256_loadu_si256((const __m256i *) (rows[0] + c + 32));

		for (int i = 1; i < count; i++)
		{
			__m256i other =
				_mm256_loadu_si256((const __m256i *) (rows[i] + c));

			first = is_signed ? _mm256_max_epi8(first, other)
							  : _mm256_max_epu8(first, other);
			other = _mm256_loadu_si256((const __m256i *) (rows[i] + c + 32));
			second = is_signed ? _mm256_max_epi8(second, other)
							   : _mm256_max_epu8(second, other);
		}
		_mm256_storeu_si256((__m256i *) (out + c), first);
		_mm256_storeu_si256((__m256i *) (out + c + 32), second);
	}
}

/*
 * Nearly all calls are of two to four rows: loops whose end the compiler
 * knows.
 */
TARGET static inline __attribute__((always_inline)) void
greatest_of_few(const uint8_t *const *rows, int count, int stride,
				bool is_signed, uint8_t *out)
{
	const uint8_t *few[4] = {rows[0], rows[count > 1], rows[count > 2 ? 2 : 0],
							 rows[count > 3 ? 3 : 0]};

	if (count <= 2)
		greatest_inline(few, 2, stride, is_signed, out);
	else if (count <= 4)
		greatest_inline(few, 4, stride, is_signed, out);
	else
		greatest_inline(rows, count, stride, is_signed, out);
}

TARGET void
avx2_greatest(const uint8_t *const *rows, int count, int stride,
			  bool is_signed, uint8_t *out)
{
	if (is_signed)
		greatest_of_few(rows, count, stride, true, out);
	else
		greatest_of_few(rows, count, stride, false, out);
}

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

/* Of each 32 bytes, the first lanes, then the second ones. */
TARGET static inline Halves
halves_of(Ints first, Ints second)
{
	return _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second),
									_MM_SHUFFLE(3, 1, 2, 0));
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

#define ALL_LANES         0xff
#define all_halves        _mm256_set1_epi16
#define lesser_halves     _mm256_min_epi16
#define greater_halves    _mm256_max_epi16
#define add_halves        _mm256_add_epi16
#define subtract_halves   _mm256_sub_epi16
#define high_product      _mm256_mulhi_epi16
#define shift_code(codes) _mm256_slli_epi16(codes, CODE_SHIFT)
#define bits_of           _mm256_castps_si256
#define floats_of_bits    _mm256_castsi256_ps
#define and_ints          _mm256_and_si256
#define or_ints           _mm256_or_si256
#define all_ints          _mm256_set1_epi32
#define exponent_of(bits) _mm256_srli_epi32(bits, 23)
#define as_exponent(bits) _mm256_slli_epi32(bits, 23)
#define whole_of          _mm256_cvttps_epi32
#define sum_four          add_eight_ints_of_four

#include "core/kernels/box_sides.h"

#include "core/kernels/code_dots_avx2.h"

const Kernels kernels_avx2 = {
	.name = "avx2",
	.count_bits = avx2_count_bits,
	.unpack = unpack,
	.dot = dot,
	.dot_four = avx2_dot_four,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.subtract = subtract,
	.block_slack = block_slack,
	.select_windows = select_windows,
	.sketch_square = avx2_sketch_square,
	.greatest = avx2_greatest,
	.box_parts = box_parts,
	.sides_of_codes = sides_of_codes,
	.sides_of_powers = sides_of_powers,
	.dot_halves = dot_halves,
	.dot_bits = avx2_dot_bits,
};

#endif
