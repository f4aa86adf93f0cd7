/*
 * kernels_avx2.c
 *		The kernels for x86-64 processors with AVX2.  See kernels.h for what
 *		each does.
 */
#if defined(__x86_64__)

#include <string.h>

#include "core/kernels/kernels_isa.h"
#include "core/kernels/kernels_x86.h"

#define TARGET TARGET_AVX2

TARGET static int
count_bits(const uint8_t *bytes, int size)
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
		uint64_t behind; /* codes of the bytes so far */

		memcpy(&word, bitmap + c / 8, sizeof(word));
		behind = running_counts(word);
		for (int i = 0; i < 8; i++)
		{
			size_t before = i == 0 ? 0 : behind >> (8 * (i - 1)) & 0xff;
			__m128i packed =
				_mm_loadl_epi64((const __m128i *) (codes + before));
			__m128i shuffle = _mm_loadu_si128(
				(const __m128i *) (shuffles + (word >> (8 * i) & 0xff)));

			_mm_storel_epi64((__m128i *) (out + c + 8 * i),
							 _mm_shuffle_epi8(packed, shuffle));
		}
		codes += behind >> 56;
	}
	if (c < stride)
		kernels_plain.unpack(bitmap + c / 8, codes, end, channels - c,
							 stride - c, out + c);
}

TARGET static int32_t
dot(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed)
{
	__m256i sums = _mm256_setzero_si256();
	__m256i more = _mm256_setzero_si256();

	for (int c = 0; c < stride; c += 32)
	{
		__m128i first = _mm_loadu_si128((const __m128i *) (codes + c));
		__m128i second = _mm_loadu_si128((const __m128i *) (codes + c + 16));
		__m256i first_weights =
			_mm256_loadu_si256((const __m256i *) (weights + c));
		__m256i second_weights =
			_mm256_loadu_si256((const __m256i *) (weights + c + 16));
		__m256i wide = is_signed ? _mm256_cvtepi8_epi16(first)
								 : _mm256_cvtepu8_epi16(first);

		sums = _mm256_add_epi32(sums, _mm256_madd_epi16(wide, first_weights));
		wide = is_signed ? _mm256_cvtepi8_epi16(second)
						 : _mm256_cvtepu8_epi16(second);
		more = _mm256_add_epi32(more, _mm256_madd_epi16(wide, second_weights));
	}
	return add_lanes(_mm256_add_epi32(sums, more));
}

/* Adds the products of 16 codes and weights to eight partial sums. */
TARGET static inline __m256i
add_products(__m256i sums, __m256i codes, const int16_t *weights)
{
	return _mm256_add_epi32(sums,
							_mm256_madd_epi16(codes,
											  _mm256_loadu_si256(
												  (const __m256i *) weights)));
}

/* Each vector of codes is widened once for all four. */
TARGET static void
dot_four(const uint8_t *codes, const int16_t *weights, int stride,
		 bool is_signed, int32_t sums[4])
{
	__m256i first = _mm256_setzero_si256();
	__m256i second = first, third = first, fourth = first;

	for (ptrdiff_t c = 0; c < stride; c += 16, weights += 16)
	{
		__m128i bytes = _mm_loadu_si128((const __m128i *) (codes + c));
		__m256i wide = is_signed ? _mm256_cvtepi8_epi16(bytes)
								 : _mm256_cvtepu8_epi16(bytes);

		first = add_products(first, wide, weights);
		second = add_products(second, wide, weights + stride);
		third = add_products(third, wide, weights + 2 * (ptrdiff_t) stride);
		fourth = add_products(fourth, wide, weights + 3 * (ptrdiff_t) stride);
	}
	first = _mm256_hadd_epi32(_mm256_hadd_epi32(first, second),
							  _mm256_hadd_epi32(third, fourth));
	_mm_storeu_si128((__m128i *) sums,
					 _mm_add_epi32(_mm256_castsi256_si128(first),
								   _mm256_extracti128_si256(first, 1)));
}

/*
 * Adds 16 sums of 16 bits, signed or not, to 16 of 32 bits, or takes them out.
 */
TARGET static inline void
flush_sixteen(__m256i sums, bool is_signed, bool take_out, uint32_t *out)
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

	_mm256_storeu_si256(to, take_out ? _mm256_sub_epi32(old_low, low)
									 : _mm256_add_epi32(old_low, low));
	_mm256_storeu_si256(to + 1, take_out ? _mm256_sub_epi32(old_high, high)
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
flush_half(const HalfSums *sums, bool is_signed, bool take_out, uint32_t *out)
{
	flush_sixteen(_mm256_permute2x128_si256(sums->even, sums->odd, 0x20),
				  is_signed, take_out, out);
	flush_sixteen(_mm256_permute2x128_si256(sums->even, sums->odd, 0x31),
				  is_signed, take_out, out + 16);
}

TARGET static inline void
flush_pairs(const PairSums *sums, bool is_signed, bool take_out, uint32_t *out)
{
	flush_half(&sums->low, is_signed, take_out, out);
	flush_half(&sums->high, is_signed, take_out, out + 32);
}

#include "core/kernels/kernels_cells.h"

TARGET static void
cosine_parts(const double *sums, const double *weights, const double *scales,
			 int stride, double *numerator, double *square)
{
	__m256d numerator0 = _mm256_setzero_pd(), numerator1 = numerator0;
	__m256d square0 = numerator0, square1 = numerator0;

	for (int c = 0; c < stride; c += 8)
	{
		__m256d sum0 = _mm256_loadu_pd(sums + c);
		__m256d sum1 = _mm256_loadu_pd(sums + c + 4);
		__m256d value0 = _mm256_mul_pd(_mm256_loadu_pd(scales + c), sum0);
		__m256d value1 = _mm256_mul_pd(_mm256_loadu_pd(scales + c + 4), sum1);

		numerator0 =
			_mm256_add_pd(numerator0,
						  _mm256_mul_pd(_mm256_loadu_pd(weights + c), sum0));
		numerator1 = _mm256_add_pd(
			numerator1, _mm256_mul_pd(_mm256_loadu_pd(weights + c + 4), sum1));
		square0 = _mm256_add_pd(square0, _mm256_mul_pd(value0, value0));
		square1 = _mm256_add_pd(square1, _mm256_mul_pd(value1, value1));
	}
	*numerator = add_eight(numerator0, numerator1);
	*square = add_eight(square0, square1);
}

TARGET static void
subtract(const float *below, const float *above, int count, float *out)
{
	for (int i = 0; i < count; i += 8)
		_mm256_storeu_ps(out + i, _mm256_sub_ps(_mm256_loadu_ps(below + i),
												_mm256_loadu_ps(above + i)));
}

/* Sums over the rows, left of eight columns in turn. */
typedef struct EightSums
{
	__m256i numerators;
	__m256 sums[LEADING_DIMS];
} EightSums;

TARGET static inline __attribute__((always_inline)) EightSums
load_sums(const BoundTest *test, int x)
{
	EightSums eight;

	eight.numerators =
		_mm256_loadu_si256((const __m256i *) (test->numerators + x));
	for (int k = 0; k < LEADING_DIMS; k++)
		eight.sums[k] =
			_mm256_loadu_ps(test->strip + (size_t) k * test->stride + x);
	return eight;
}

/*
 * The numerators of the eight windows between these left edges and the right
 * ones from x on.
 */
TARGET static inline __attribute__((always_inline)) __m256i
window_numerators(const BoundTest *test, const EightSums *left, int x)
{
	const int32_t *right = test->numerators + x;

	return _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *) right),
							left->numerators);
}

/* Adds the squares of their sums in a run of dimensions. */
TARGET static inline __attribute__((always_inline)) __m256
add_squares(__m256 squares, const BoundTest *test, const EightSums *left,
			int x, int first, int end)
{
	const float *right = test->strip + x;

	for (int k = first; k < end; k++)
	{
		__m256 sum =
			_mm256_sub_ps(_mm256_loadu_ps(right + (size_t) k * test->stride),
						  left->sums[k]);

		squares = _mm256_add_ps(squares, _mm256_mul_ps(sum, sum));
	}
	return squares;
}

TARGET static void
block_slack(const BoundTest *test, float root_factor, float rounding,
			float *slack)
{
	__m256 slope = _mm256_set1_ps(test->slope);
	__m256 sign = _mm256_set1_ps(-0.0f);

	slack += BLOCK_WIDTHS - 1;
	for (int x = 0; x <= test->columns; x += 8)
	{
		__m256 greatest = _mm256_setzero_ps();

		for (int width = 1; width < BLOCK_WIDTHS; width++)
		{
			EightSums left = load_sums(test, x + BLOCK_WIDTHS - 1 - width);
			int right = x + BLOCK_WIDTHS - 1;
			__m256i numerators = window_numerators(test, &left, right);
			__m256 squares = add_squares(_mm256_setzero_ps(), test, &left,
										 right, 0, BLOCK_DIMS);
			__m256 score =
				_mm256_mul_ps(slope, _mm256_cvtepi32_ps(numerators));
			__m256 root = _mm256_mul_ps(_mm256_sqrt_ps(squares),
										_mm256_set1_ps(root_factor));
			__m256 error = _mm256_mul_ps(_mm256_andnot_ps(sign, score),
										 _mm256_set1_ps(rounding));

			greatest =
				_mm256_max_ps(_mm256_add_ps(_mm256_sub_ps(root, score), error),
							  greatest);
		}
		_mm256_storeu_ps(slack + x, greatest);
	}
}

/* (slope * numerator + offset + slack)^2 */
TARGET static inline __attribute__((always_inline)) __m256
squared_reach(const BoundTest *test, __m256i numerators, __m256 slack)
{
	__m256 reach = _mm256_mul_ps(_mm256_set1_ps(test->slope),
								 _mm256_cvtepi32_ps(numerators));

	reach = _mm256_add_ps(_mm256_add_ps(reach, _mm256_set1_ps(test->offset)),
						  slack);
	return _mm256_mul_ps(reach, reach);
}

/*
 * In bit i, whether the window of columns x + i to x + i + width passes.  The
 * first half of the dimensions rules most groups of eight out.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_windows(const BoundTest *test, const EightSums *left, int x, int width)
{
	__m256i numerators = window_numerators(test, left, x + width);
	__m256i wanted =
		_mm256_cmpgt_epi32(numerators,
						   _mm256_set1_epi32(test->least_numerator - 1));
	__m256 reach = squared_reach(test, numerators, _mm256_setzero_ps());
	__m256 squares = add_squares(_mm256_setzero_ps(), test, left, x + width, 0,
								 LEADING_DIMS / 2);
	__m256 passed = _mm256_cmp_ps(reach, squares, _CMP_GE_OQ);

	if (_mm256_testz_ps(passed, _mm256_castsi256_ps(wanted)))
		return 0;
	squares = add_squares(squares, test, left, x + width, LEADING_DIMS / 2,
						  LEADING_DIMS);
	passed = _mm256_cmp_ps(reach, squares, _CMP_GE_OQ);
	return (unsigned) _mm256_movemask_ps(
		_mm256_and_ps(passed, _mm256_castsi256_ps(wanted)));
}

/* In bit i, whether the block of the widths up to this one passes. */
TARGET static inline __attribute__((always_inline)) unsigned
passing_blocks(const BoundTest *test, const EightSums *left, int x, int widest)
{
	__m256i numerators = window_numerators(test, left, x + widest);
	__m256 reach = squared_reach(test, numerators,
								 _mm256_loadu_ps(test->slack + x + widest));
	__m256 squares = add_squares(_mm256_setzero_ps(), test, left, x + widest,
								 0, BLOCK_DIMS);

	return (unsigned) _mm256_movemask_ps(
		_mm256_cmp_ps(reach, squares, _CMP_GE_OQ));
}

TARGET static SelectedWindow *
select_by_width(const BoundTest *test, int x, int least, int step, int most,
				SelectedWindow *end)
{
	EightSums left = load_sums(test, x);

	for (int width = least; width <= most; width += step)
	{
		unsigned passed = passing_windows(test, &left, x, width);

		if (passed != 0)
			end =
				append_windows(end, passed & windows_within(test, x, width, 8),
							   x, width);
	}
	return end;
}

/* All blocks first, without a branch, and then what is left of them. */
TARGET static SelectedWindow *
select_by_block(const BoundTest *test, int x, int least, int most,
				SelectedWindow *end)
{
	EightSums left = load_sums(test, x);
	uint16_t blocks[MOST_COLUMNS / BLOCK_WIDTHS];
	uint8_t passed_blocks[MOST_COLUMNS / BLOCK_WIDTHS];
	int left_over = 0;

	for (int width = least; width <= most; width += BLOCK_WIDTHS)
	{
		unsigned passed =
			passing_blocks(test, &left, x, width + BLOCK_WIDTHS - 1);

		blocks[left_over] = (uint16_t) width;
		passed_blocks[left_over] = (uint8_t) passed;
		left_over += passed != 0;
	}
	for (int i = 0; i < left_over; i++)
		for (int width = blocks[i];
			 width < blocks[i] + BLOCK_WIDTHS && width <= most; width++)
		{
			unsigned passed =
				passing_windows(test, &left, x, width) & passed_blocks[i];

			if (passed != 0)
				end =
					append_windows(end,
								   passed & windows_within(test, x, width, 8),
								   x, width);
		}
	return end;
}

TARGET static int
select_windows(const BoundTest *test, int *x, int least, int step, int most,
			   SelectedWindow *selected)
{
	SelectedWindow *end = selected;

	for (; *x <= test->columns - least && end == selected; *x += 8)
	{
		int widest = test->columns - *x < most ? test->columns - *x : most;

		end = test->slack != NULL
				  ? select_by_block(test, *x, least, widest, selected)
				  : select_by_width(test, *x, least, step, widest, selected);
	}
	return (int) (end - selected);
}

/* The order of kernels.h, of floats. */
TARGET static inline float
add_eight_floats(__m256 lanes)
{
	__m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes),
							 _mm256_extractf128_ps(lanes, 1));
	__m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

	return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

TARGET static float
sketch_square(const float *top_left, const float *top_right,
			  const float *bottom_left, const float *bottom_right, int dims)
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

TARGET static void
greatest(const uint8_t *const *rows, int count, int stride, bool is_signed,
		 uint8_t *out)
{
	if (is_signed)
		greatest_of_few(rows, count, stride, true, out);
	else
		greatest_of_few(rows, count, stride, false, out);
}

/* Partial sums of BoxParts. */
typedef struct BoxLanes
{
	__m256 product;
	__m256 square;
	__m256 least_square;
	__m256 greatest_square;
} BoxLanes;

TARGET static inline __attribute__((always_inline)) void
add_to_box(BoxLanes *lanes, const BoxQuery *query, int c, __m256 low,
		   __m256 high, bool is_signed, __m256 length)
{
	__m256 direction = _mm256_loadu_ps(query->query + c);
	__m256 nearest = _mm256_mul_ps(length, direction);

	low = _mm256_mul_ps(low, _mm256_loadu_ps(query->low_scales + c));
	high = _mm256_mul_ps(high, _mm256_loadu_ps(query->high_scales + c));
	nearest = _mm256_min_ps(_mm256_max_ps(nearest, low), high);
	if (is_signed)
	{
		__m256 zero = _mm256_setzero_ps();
		__m256 least =
			_mm256_max_ps(_mm256_max_ps(low, _mm256_sub_ps(zero, high)), zero);

		high = _mm256_max_ps(high, _mm256_sub_ps(zero, low));
		low = least;
	}
	lanes->product =
		_mm256_add_ps(lanes->product, _mm256_mul_ps(direction, nearest));
	lanes->square =
		_mm256_add_ps(lanes->square, _mm256_mul_ps(nearest, nearest));
	lanes->least_square =
		_mm256_add_ps(lanes->least_square, _mm256_mul_ps(low, low));
	lanes->greatest_square =
		_mm256_add_ps(lanes->greatest_square, _mm256_mul_ps(high, high));
}

TARGET static inline void
sum_box(const BoxLanes *lanes, BoxParts *parts)
{
	parts->product = add_eight_floats(lanes->product);
	parts->square = add_eight_floats(lanes->square);
	parts->least_square = add_eight_floats(lanes->least_square);
	parts->greatest_square = add_eight_floats(lanes->greatest_square);
}

TARGET static inline __m256
widen_eight(const uint8_t *codes, bool is_signed)
{
	__m128i packed = _mm_loadl_epi64((const __m128i *) codes);

	return _mm256_cvtepi32_ps(is_signed ? _mm256_cvtepi8_epi32(packed)
										: _mm256_cvtepu8_epi32(packed));
}

TARGET static inline __attribute__((always_inline)) void
box_of_codes_inline(const BoxQuery *query, const uint8_t *low,
					const uint8_t *high, bool is_signed, float length,
					BoxParts *parts)
{
	__m256 lengths = _mm256_set1_ps(length);
	BoxLanes lanes = {_mm256_setzero_ps(), _mm256_setzero_ps(),
					  _mm256_setzero_ps(), _mm256_setzero_ps()};

	for (int c = 0; c < query->stride; c += 8)
		add_to_box(&lanes, query, c, widen_eight(low + c, is_signed),
				   widen_eight(high + c, is_signed), is_signed, lengths);
	sum_box(&lanes, parts);
}

TARGET static void
box_of_codes(const BoxQuery *query, const uint8_t *low, const uint8_t *high,
			 bool is_signed, float length, BoxParts *parts)
{
	if (is_signed)
		box_of_codes_inline(query, low, high, true, length, parts);
	else
		box_of_codes_inline(query, low, high, false, length, parts);
}

TARGET static void
box_of_values(const BoxQuery *query, const float *low, const float *high,
			  float length, BoxParts *parts)
{
	__m256 lengths = _mm256_set1_ps(length);
	BoxLanes lanes = {_mm256_setzero_ps(), _mm256_setzero_ps(),
					  _mm256_setzero_ps(), _mm256_setzero_ps()};

	for (int c = 0; c < query->stride; c += 8)
		add_to_box(&lanes, query, c, _mm256_loadu_ps(low + c),
				   _mm256_loadu_ps(high + c), false, lengths);
	sum_box(&lanes, parts);
}

#include "core/kernels/code_dots_avx2.h"

const Kernels kernels_avx2 = {
	.name = "avx2",
	.count_bits = count_bits,
	.unpack = unpack,
	.dot = dot,
	.dot_four = dot_four,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.subtract = subtract,
	.block_slack = block_slack,
	.select_windows = select_windows,
	.sketch_square = sketch_square,
	.greatest = greatest,
	.box_of_codes = box_of_codes,
	.box_of_values = box_of_values,
	.dot_halves = dot_halves,
	.dot_bits = dot_bits,
};

#endif
