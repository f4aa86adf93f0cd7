/*
 * kernels_avx512.c
 *		The kernels for x86-64 processors with AVX-512 as Intel has it since
 *		Ice Lake and AMD since Zen 4.  See kernels.h for what each does.
 *
 * What would gain nothing from wider registers is taken from kernels_avx2.
 */
#if defined(__x86_64__)

#include <string.h>

#include "core/kernels/kernels_isa.h"
#include "core/kernels/kernels_x86.h"

/*
 * The unit tests compile this file against an emulation of the intrinsics as
 * well, which has its own.
 */
#ifndef TARGET
#define TARGET \
	__attribute__((target("avx512f,avx512bw,avx512vbmi2,avx512vnni,popcnt")))
#endif

/* The lowest bits, as many as there are lanes below count. */
static inline __mmask16
first_lanes(int count)
{
	return (__mmask16) (count < 16 ? (1u << count) - 1 : 0xffff);
}

/*
 * Puts codes in the places of the bits of word; where fewer than 64 are left,
 * the others are not read.  Returns how many codes there were.
 */
TARGET static inline int
expand_word(uint64_t word, const uint8_t *codes, ptrdiff_t left, uint8_t *out)
{
	__mmask64 readable = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
	__m512i packed = _mm512_maskz_loadu_epi8(readable, codes);
	int count = (int) _mm_popcnt_u64(word);

	_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(word, packed));
	return count < left ? count : (int) left;
}

TARGET static void
unpack(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *end,
	   int channels, int stride, uint8_t *out)
{
	uint64_t word = 0;
	int c = 0;

	(void) stride; /* channels, rounded up to 64 */
	for (; c + 64 <= channels; c += 64)
	{
		memcpy(&word, bitmap + c / 8, sizeof(word));
		codes += expand_word(word, codes, end - codes, out + c);
	}
	if (c < channels)
	{
		word = 0;
		memcpy(&word, bitmap + c / 8, (channels - c + 7) / 8);
		expand_word(word, codes, end - codes, out + c);
	}
}

TARGET static int32_t
dot(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed)
{
	__m512i sums = _mm512_setzero_si512();
	__m512i more = _mm512_setzero_si512();

	for (int c = 0; c < stride; c += 64)
	{
		__m256i first = _mm256_loadu_si256((const __m256i *) (codes + c));
		__m256i second =
			_mm256_loadu_si256((const __m256i *) (codes + c + 32));
		__m512i wide = is_signed ? _mm512_cvtepi8_epi16(first)
								 : _mm512_cvtepu8_epi16(first);

		sums =
			_mm512_dpwssd_epi32(sums, wide, _mm512_loadu_si512(weights + c));
		wide = is_signed ? _mm512_cvtepi8_epi16(second)
						 : _mm512_cvtepu8_epi16(second);
		more = _mm512_dpwssd_epi32(more, wide,
								   _mm512_loadu_si512(weights + c + 32));
	}
	sums = _mm512_add_epi32(sums, more);
	return add_lanes(_mm256_add_epi32(_mm512_castsi512_si256(sums),
									  _mm512_extracti64x4_epi64(sums, 1)));
}

typedef __m512i Cell;

TARGET static inline Cell
load_cell(const uint8_t *codes)
{
	return _mm512_loadu_si512(codes);
}

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
 * Adds 16 sums of 16 bits, signed or not, to 16 of 32 bits, or takes them out.
 */
TARGET static inline void
flush_sixteen(__m256i sums, bool is_signed, bool take_out, uint32_t *out)
{
	__m512i wide =
		is_signed ? _mm512_cvtepi16_epi32(sums) : _mm512_cvtepu16_epi32(sums);
	__m512i old = _mm512_loadu_si512(out);

	_mm512_storeu_si512(out, take_out ? _mm512_sub_epi32(old, wide)
									  : _mm512_add_epi32(old, wide));
}

TARGET static inline void
flush_pairs(const PairSums *sums, bool is_signed, bool take_out, uint32_t *out)
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

	flush_sixteen(_mm512_castsi512_si256(first), is_signed, take_out, out);
	flush_sixteen(_mm512_extracti64x4_epi64(first, 1), is_signed, take_out,
				  out + 16);
	flush_sixteen(_mm512_castsi512_si256(second), is_signed, take_out,
				  out + 32);
	flush_sixteen(_mm512_extracti64x4_epi64(second, 1), is_signed, take_out,
				  out + 48);
}

#include "core/kernels/kernels_cells.h"

TARGET static void
cosine_parts(const double *sums, const double *weights, const double *scales,
			 int stride, double *numerator, double *square)
{
	__m512d numerators = _mm512_setzero_pd();
	__m512d squares = _mm512_setzero_pd();

	for (int c = 0; c < stride; c += 8)
	{
		__m512d sum = _mm512_loadu_pd(sums + c);
		__m512d value = _mm512_mul_pd(_mm512_loadu_pd(scales + c), sum);

		numerators =
			_mm512_add_pd(numerators,
						  _mm512_mul_pd(_mm512_loadu_pd(weights + c), sum));
		squares = _mm512_add_pd(squares, _mm512_mul_pd(value, value));
	}
	*numerator = add_eight(_mm512_castpd512_pd256(numerators),
						   _mm512_extractf64x4_pd(numerators, 1));
	*square = add_eight(_mm512_castpd512_pd256(squares),
						_mm512_extractf64x4_pd(squares, 1));
}

TARGET static void
subtract(const float *below, const float *above, int count, float *out)
{
	for (int i = 0; i < count; i += 16)
	{
		__mmask16 lanes = first_lanes(count - i);

		_mm512_mask_storeu_ps(
			out + i, lanes,
			_mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, below + i),
						  _mm512_maskz_loadu_ps(lanes, above + i)));
	}
}

/*
 * Rows are padded for eight columns: of the sixteen from x on, those that are
 * not behind the end.
 */
static inline __mmask16
columns_of_row(const BoundTest *test, int x)
{
	return first_lanes(test->stride - x);
}

/* Sums over the rows, left of sixteen columns in turn. */
typedef struct SixteenSums
{
	__m512i numerators;
	__m512 sums[LEADING_DIMS];
} SixteenSums;

TARGET static inline __attribute__((always_inline)) SixteenSums
load_sums(const BoundTest *test, int x)
{
	__mmask16 lanes = columns_of_row(test, x);
	SixteenSums sixteen;

	sixteen.numerators = _mm512_maskz_loadu_epi32(lanes, test->numerators + x);
	for (int k = 0; k < LEADING_DIMS; k++)
		sixteen.sums[k] =
			_mm512_maskz_loadu_ps(lanes,
								  test->strip + (size_t) k * test->stride + x);
	return sixteen;
}

/*
 * The numerators of the sixteen windows between these left edges and the right
 * ones from x on.
 */
TARGET static inline __attribute__((always_inline)) __m512i
window_numerators(const BoundTest *test, const SixteenSums *left, int x,
				  __mmask16 lanes)
{
	return _mm512_sub_epi32(_mm512_maskz_loadu_epi32(lanes,
													 test->numerators + x),
							left->numerators);
}

/* Adds the squares of their sums in a run of dimensions. */
TARGET static inline __attribute__((always_inline)) __m512
add_squares(__m512 squares, const BoundTest *test, const SixteenSums *left,
			int x, __mmask16 lanes, int first, int end)
{
	for (int k = first; k < end; k++)
	{
		const float *right = test->strip + (size_t) k * test->stride + x;
		__m512 sum =
			_mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, right), left->sums[k]);

		squares = _mm512_add_ps(squares, _mm512_mul_ps(sum, sum));
	}
	return squares;
}

TARGET static void
block_slack(const BoundTest *test, float root_factor, float rounding,
			float *slack)
{
	__m512 slope = _mm512_set1_ps(test->slope);

	slack += BLOCK_WIDTHS - 1;
	for (int x = 0; x <= test->columns; x += 16)
	{
		__m512 greatest = _mm512_setzero_ps();

		for (int width = 1; width < BLOCK_WIDTHS; width++)
		{
			SixteenSums left = load_sums(test, x + BLOCK_WIDTHS - 1 - width);
			int right = x + BLOCK_WIDTHS - 1;
			__mmask16 lanes = columns_of_row(test, right);
			__m512i numerators = window_numerators(test, &left, right, lanes);
			__m512 squares = add_squares(_mm512_setzero_ps(), test, &left,
										 right, lanes, 0, BLOCK_DIMS);
			__m512 score =
				_mm512_mul_ps(slope, _mm512_cvtepi32_ps(numerators));
			__m512 root = _mm512_mul_ps(_mm512_sqrt_ps(squares),
										_mm512_set1_ps(root_factor));
			__m512 error =
				_mm512_mul_ps(_mm512_abs_ps(score), _mm512_set1_ps(rounding));

			greatest =
				_mm512_max_ps(_mm512_add_ps(_mm512_sub_ps(root, score), error),
							  greatest);
		}
		_mm512_mask_storeu_ps(slack + x, first_lanes(test->columns + 1 - x),
							  greatest);
	}
}

/* slope * numerator + offset */
TARGET static inline __attribute__((always_inline)) __m512
reach_of(const BoundTest *test, __m512i numerators)
{
	return _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(test->slope),
									   _mm512_cvtepi32_ps(numerators)),
						 _mm512_set1_ps(test->offset));
}

/*
 * In bit i, whether the window of columns x + i to x + i + width passes.  The
 * first half of the dimensions rules most groups of sixteen out.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_windows(const BoundTest *test, const SixteenSums *left, int x,
				int width)
{
	int right = x + width;
	__mmask16 lanes = columns_of_row(test, right);
	__m512i numerators = window_numerators(test, left, right, lanes);
	unsigned wanted =
		_mm512_cmpge_epi32_mask(numerators,
								_mm512_set1_epi32(test->least_numerator)) &
		windows_within(test, x, width, 16);
	__m512 reach = reach_of(test, numerators);
	__m512 reach_square = _mm512_mul_ps(reach, reach);
	__m512 squares = add_squares(_mm512_setzero_ps(), test, left, right, lanes,
								 0, LEADING_DIMS / 2);

	if ((_mm512_cmp_ps_mask(reach_square, squares, _CMP_GE_OQ) & wanted) == 0)
		return 0;
	squares = add_squares(squares, test, left, right, lanes, LEADING_DIMS / 2,
						  LEADING_DIMS);
	return _mm512_cmp_ps_mask(reach_square, squares, _CMP_GE_OQ) & wanted;
}

/*
 * In bit i, whether the block from column x + i on, of the widths from this
 * one on, passes.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_blocks(const BoundTest *test, const SixteenSums *left, int x,
			   int width)
{
	int right = x + width + BLOCK_WIDTHS - 1;
	__mmask16 lanes = columns_of_row(test, right);
	__m512i numerators = window_numerators(test, left, right, lanes);
	__m512 slack = _mm512_maskz_loadu_ps(lanes, test->slack + right);
	__m512 reach = _mm512_add_ps(reach_of(test, numerators), slack);
	__m512 squares = add_squares(_mm512_setzero_ps(), test, left, right, lanes,
								 0, BLOCK_DIMS);

	return _mm512_cmp_ps_mask(_mm512_mul_ps(reach, reach), squares,
							  _CMP_GE_OQ) &
		   windows_within(test, x, width, 16);
}

/*
 * Which of the windows of one width from sixteen columns pass, or of the
 * blocks from that width on.
 */
typedef struct PassedWidth
{
	uint16_t width;
	uint16_t passed;
} PassedWidth;

/* All windows one by one; returns for how many widths some pass. */
TARGET static int
pass_by_width(const BoundTest *test, int x, int least, int step, int most,
			  PassedWidth *widths)
{
	SixteenSums left = load_sums(test, x);
	int count = 0;

	for (int width = least; width <= most; width += step)
	{
		unsigned passed = passing_windows(test, &left, x, width);

		widths[count] = (PassedWidth){(uint16_t) width, (uint16_t) passed};
		count += passed != 0;
	}
	return count;
}

/*
 * The same by way of blocks: all of them first, without a branch, and then
 * what is left of them.
 */
TARGET static int
pass_by_block(const BoundTest *test, int x, int least, int most,
			  PassedWidth *widths)
{
	SixteenSums left = load_sums(test, x);
	PassedWidth blocks[MOST_COLUMNS / BLOCK_WIDTHS];
	int left_over = 0;
	int count = 0;

	for (int width = least; width <= most; width += BLOCK_WIDTHS)
	{
		unsigned passed = passing_blocks(test, &left, x, width);

		blocks[left_over] = (PassedWidth){(uint16_t) width, (uint16_t) passed};
		left_over += passed != 0;
	}
	for (int i = 0; i < left_over; i++)
		for (int width = blocks[i].width;
			 width < blocks[i].width + BLOCK_WIDTHS && width <= most; width++)
		{
			unsigned passed =
				passing_windows(test, &left, x, width) & blocks[i].passed;

			widths[count] = (PassedWidth){(uint16_t) width, (uint16_t) passed};
			count += passed != 0;
		}
	return count;
}

/*
 * Sixteen columns are tested together, and listed as two times eight; if the
 * first eight have any, the others are left to the next call, which may have a
 * higher threshold.
 */
TARGET static int
select_windows(const BoundTest *test, int *x, int least, int step, int most,
			   SelectedWindow *selected)
{
	SelectedWindow *end = selected;

	while (*x <= test->columns - least && end == selected)
	{
		int widest = test->columns - *x < most ? test->columns - *x : most;
		PassedWidth widths[MOST_COLUMNS];
		int count = test->slack != NULL
						? pass_by_block(test, *x, least, widest, widths)
						: pass_by_width(test, *x, least, step, widest, widths);

		for (int shift = 0; shift < 16 && end == selected; shift += 8, *x += 8)
			for (int i = 0; i < count; i++)
				end = append_windows(end, widths[i].passed >> shift & 0xff, *x,
									 widths[i].width);
	}
	return (int) (end - selected);
}

#include "core/kernels/code_dots_avx512.h"

const Kernels *
kernels_avx512(void)
{
	static Kernels table;

	table = kernels_avx2;
	table.name = "avx512";
	table.unpack = unpack;
	table.dot = dot;
	table.add_cells = add_cells;
	table.cosine_parts = cosine_parts;
	table.subtract = subtract;
	table.block_slack = block_slack;
	table.select_windows = select_windows;
	table.dot_halves = dot_halves;
	return &table;
}

#endif
