/*
 * kernels.h
 *		The inner loops of the search, one table of them for each instruction
 *		set.
 *
 * Codes are unpacked to bytes, [cells][stride]: a plane of all codes at 8
 * bits, one of their lowest bytes, then one or two of the next ones at 16 and
 * 24.  stride is the number of channels rounded up to KERNEL_LANES; channels
 * beyond the last are zero.
 *
 * All kernels of a table give the same bits as those of kernels_plain.
 *
 * A kernel is a member of Kernels, whose comment defines its result, and has
 * an entry in every table: kernels_plain.c is the reference, kernels_test.c
 * compares the others with it.  What instruction sets have in common is
 * written once, in headers that their files include (kernels_select.h,
 * kernels_dots.h, box_sides.h and so on); what AVX-512 does not make faster is
 * shared (KERNEL_OF_AVX2).  A table for another processor is a file of its own
 * and an entry in kernels_isa.c.
 */
#ifndef INTSEARCH_KERNELS_H
#define INTSEARCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_LANES 64

/*
 * Dimensions of the sketch that every window is tested with; see bound_scan.c.
 */
#define LEADING_DIMS 8

/* The widest strip, in columns. */
#define MOST_COLUMNS 4096

/*
 * Windows of this many widths are ruled out together, in the first BLOCK_DIMS
 * of the leading dimensions.
 */
#define BLOCK_WIDTHS 4
#define BLOCK_DIMS   (LEADING_DIMS / 2)

/* Partial sums of floats over the channels; KERNEL_LANES are a multiple. */
#define SQUARE_LANES 32

/* Columns that are selected from at a time. */
#define SELECT_LANES 8

/*
 * Rows of the leading sketch dimensions and of numerators are continued by
 * this many columns, with the value of the last one, for blocks and vectors to
 * read.
 */
#define ROW_PADDING (BLOCK_WIDTHS - 1 + SELECT_LANES - 1)

/*
 * The test that all windows in one pair of rows go through.  A window passes
 * if its numerator n is at least least_numerator and
 *
 *		(slope * n + offset)^2 >= |T|^2,
 *
 * its squared norm in the leading dimensions.  Where there is slack, it has to
 * pass with its block, too: the windows from the same column on, of
 * BLOCK_WIDTHS widths.  With n and T of the widest of them, which may end
 * after the last column, T in BLOCK_DIMS dimensions, and the slack of its
 * right edge, that is
 *
 *		((slope * n + offset) + slack)^2 >= |T|^2.
 *
 * The squares are added dimension by dimension, without fused operations.
 */
typedef struct BoundTest
{
	/*
	 * [BLOCK_DIMS][stride]: sketch sums over the rows, left of each column
	 */
	const float *strip;
	/*
	 * [LEADING_DIMS][stride]: the integral images of which those sums are the
	 * differences, below and above the rows; those of the other dimensions are
	 * taken where they are needed
	 */
	const float *below;
	const float *above;
	/* [stride]: the same of the numerator, in its integer units */
	const int32_t *numerators;
	const float *slack; /* [stride], of block_slack; or NULL */
	/*
	 * a multiple of 8, at least columns + 1 + ROW_PADDING (SELECT_LANES - 1
	 * without slack)
	 */
	int stride;
	int columns; /* of the map */
	int least_numerator;
	float slope;
	float offset;
} BoundTest;

typedef struct SelectedWindow
{
	uint16_t x; /* first column */
	uint16_t width;
} SelectedWindow;

/* How a row of the norm sketch is decoded; see sketch.c and format.h. */
typedef struct SketchDecoder
{
	int width; /* of the map */
	int dims;
	int padded; /* dims of a corner, a multiple of 8 */
	int entry_size;
	const uint8_t *limit; /* entries are read up to here */
	const float *step;    /* [padded], 0 beyond dims */
	float *greatest;      /* [padded]: magnitudes of the corners so far */
} SketchDecoder;

/*
 * A power, or a sum of powers, in 16 bits: the bits of a float that is not
 * negative, 0 or normal, without the last ones, which are 0.  How many are
 * dropped depends on the powers, from FEWEST_DROPPED to MOST_DROPPED of them;
 * so the float is below 2^(2^(dropped - 7) - 127).
 */
#define FEWEST_DROPPED 12
#define MOST_DROPPED   15

#define CODES_OF_A_BYTE 256

/* The ways of taking a root. */
typedef enum RootKind
{
	ROOT_CUBE, /* in floats, of exponent 3, */
	ROOT_ANY,  /* or of any */
	ROOT_SHORT /* in integers of 16 bits; see short_roots.h */
} RootKind;

/*
 * Relative error of the root in floats of a sum of powers that is normal,
 * where the root is below 2^64.
 */
#define CUBE_ROOT_ERROR 1.05e-4
#define ANY_ROOT_ERROR  1.6e-4

/* Of a mantissa, in short roots. */
#define LOG_CELLS_LOG 7
#define LOG_CELLS     (1 << LOG_CELLS_LOG)

/* How sums of powers become sides of a box. */
typedef struct PowerSides
{
	RootKind kind;
	int dropped; /* bits of the powers */
	int offset;  /* added to what is not zero */
	/* in floats: */
	float inverse;        /* 1 / exponent */
	const float *factors; /* [stride], of the roots */
	/* short roots: */
	int below;      /* added to the bits of a sum before some are dropped */
	uint16_t slope; /* of the logarithm, in 2^-16 */
	uint16_t base;  /* subtracted from it */
	const uint8_t *corrections; /* [LOG_CELLS], added to it */
	const uint16_t *starts;     /* [stride], from which it is subtracted */
} PowerSides;

/* Codes are shifted by this before they are multiplied by a factor. */
#define CODE_SHIFT 7

/* A query and the vector that those of a box are to be near to, [stride]. */
typedef struct BoxQuery
{
	int stride;
	bool is_signed; /* sides may be negative */
	const int16_t *query;
	const int16_t *target;
} BoxQuery;

/*
 * Of vectors v between low and high, channel by channel, the one nearest to
 * the target; and the least and the greatest squared norm of them all.
 */
typedef struct BoxParts
{
	int32_t product; /* query . v */
	int32_t square;  /* |v|^2 */
	int32_t least_square;
	int32_t greatest_square;
} BoxParts;

/*
 * Codes of regions: bytes of each, and bits of a query's weights for codes of
 * single bits.
 */
#define REGION_CODE_BYTES 64
#define SIGN_PLANES       5

/*
 * Sparse cells, one after the other: of each a bitmap of its channels, and for
 * each plane a byte of every channel whose bit is set; see format.h.
 */
typedef struct PackedCells
{
	const uint8_t *next;  /* the first cell */
	const uint8_t *end;   /* of the cells */
	const uint8_t *limit; /* of what may be read, not before end */
	int channels;
	int planes; /* bytes of a code */
} PackedCells;

/* Where cells are unpacked to. */
typedef struct UnpackedCells
{
	uint8_t *codes; /* [planes][...][stride], zero where there is none */
	size_t plane_size;
	int stride;
	int32_t *occupied; /* 1 where a code is not zero, else 0 */
} UnpackedCells;

typedef struct Kernels
{
	const char *name;

	/*
	 * Unpacks up to count cells, and moves next after them.  Stops before a
	 * cell that goes beyond the end or has more bits set than channels.
	 * Returns how many cells it unpacked.
	 */
	int (*unpack_cells)(PackedCells *packed, int count,
						const UnpackedCells *out);

	/*
	 * sums[i] = sum of code * weight over the channels of cell i of count,
	 * which follow each other.  The caller makes sure that |sum| < 2^31.
	 */
	void (*dot_cells)(const uint8_t *codes, int count, const int16_t *weights,
					  int stride, bool is_signed, int32_t *sums);

	/*
	 * The same of one cell for four weights a channel, [4][stride]: sums[i] is
	 * that of weights[i].
	 */
	void (*dot_four)(const uint8_t *codes, const int16_t *weights, int stride,
					 bool is_signed, int32_t sums[4]);

	/*
	 * Adds the codes of rows x columns cells to sums, [stride], or subtracts
	 * them if negate; a row of cells starts row_step bytes after the one
	 * before.  Sums are modulo 2^32, which no map's bytes of one channel add
	 * up to.
	 */
	void (*add_cells)(const uint8_t *codes, size_t row_step, int rows,
					  int columns, int stride, bool is_signed, bool negate,
					  uint32_t *sums);

	/*
	 * numerator = sum of weights[c] * sums[c], square = sum of (scales[c] *
	 * sums[c])^2, in double precision.  The order of additions is part of the
	 * definition: eight partial sums over c modulo 8, added as ((0+4)+(2+6)) +
	 * ((1+5)+(3+7)), no fused operations.
	 */
	void (*cosine_parts)(const double *sums, const double *weights,
						 const double *scales, int stride, double *numerator,
						 double *square);

	/*
	 * Returns the sum of (scales[c] * sums[c])^2 in single precision; sums are
	 * below 2^31, in two's complement.  SQUARE_LANES partial sums over c
	 * modulo SQUARE_LANES, each added to the one half as many after it, until
	 * one is left; no fused operations.
	 */
	float (*sums_square)(const uint32_t *sums, const float *scales,
						 int stride);

	/*
	 * The parts of cosine_parts in single precision: SQUARE_LANES partial sums
	 * each over c modulo SQUARE_LANES, added like those of sums_square.
	 */
	void (*cosine_parts_float)(const float *sums, const float *weights,
							   const float *scales, int stride,
							   float *numerator, float *square);

	/* out[i] = below[i] - above[i], count a multiple of 8 */
	void (*subtract)(const float *below, const float *above, int count,
					 float *out);

	/*
	 * By how much the narrower windows of a block may be better than the
	 * widest, for each right edge x of the widest: slack[x], from BLOCK_WIDTHS
	 * - 1 to columns + BLOCK_WIDTHS - 1, is the greatest of 0 and of
	 *
	 *		(|T| * root_factor - slope * n) + |slope * n| * rounding
	 *
	 * over its last 1 to BLOCK_WIDTHS - 1 columns, T in BLOCK_DIMS dimensions;
	 * NaN is ignored.  Up to SELECT_LANES - 1 numbers after that may be
	 * written, and mean nothing.
	 */
	void (*block_slack)(const BoundTest *test, float root_factor,
						float rounding, float *slack);

	/*
	 * Lists the windows that pass, of the widths least, least + step and so on
	 * to most.  It looks at SELECT_LANES columns at a time, from *x on, and
	 * stops after the first that have any such windows.  They are in the order
	 * of (width, column), at most SELECT_LANES * columns.  Returns their
	 * number, 0 if no columns are left, and in *x where to go on.  With slack,
	 * blocks are counted from least, and step is 1.
	 */
	int (*select_windows)(const BoundTest *test, int *x, int least, int step,
						  int most, SelectedWindow *selected);

	/*
	 * Decodes a row of entries, [width][entry_size], to corners of the
	 * sketch's integral image, [width][padded], zero beyond dims: their steps
	 * times step.  The steps of a corner, in 32 bits that wrap around, are
	 * those of the one above, which steps has, plus the sum of the row's
	 * entries so far; they are left in steps.  NaN is not the greatest.
	 */
	void (*decode_row)(const SketchDecoder *decoder, const uint8_t *entries,
					   int32_t *steps, float *corners);

	/*
	 * Returns the squared norm of a window in all sketch dimensions, from the
	 * corners of the integral image, [dims] each, dims a multiple of 8.  Eight
	 * partial sums over the dimension modulo 8, added like those of
	 * cosine_parts.
	 */
	float (*sketch_square)(const float *top_left, const float *top_right,
						   const float *bottom_left, const float *bottom_right,
						   int dims);

	/*
	 * out[c] = greatest of rows[0][c] to rows[count - 1][c]; out may be
	 * rows[0]
	 */
	void (*greatest)(const uint8_t *const *rows, int count, int stride,
					 bool is_signed, uint8_t *out);

	/*
	 * The parts of a box, [stride], low <= high.  The caller makes sure that
	 * sums stay below 2^31, and sides above -2^15.
	 */
	void (*box_parts)(const BoxQuery *query, const int16_t *low,
					  const int16_t *high, BoxParts *parts);

	/*
	 * out[c] = ((codes[c] << CODE_SHIFT) * factors[c] >> 16) + offset, and 0
	 * where codes[c] is 0
	 */
	void (*sides_of_codes)(const uint8_t *codes, const int16_t *factors,
						   int offset, int stride, bool is_signed,
						   int16_t *out);

	/*
	 * squares[i] = sum over the channels of cell i of count, which follow each
	 * other, of ((codes[c] << CODE_SHIFT) * factors[c] >> 16)^2.  The caller
	 * makes sure that it is below 2^31.
	 */
	void (*squares_of_codes)(const uint8_t *codes, int count,
							 const int16_t *factors, int stride,
							 bool is_signed, int32_t *squares);

	/* out[c] = powers[codes[c]]; powers are [CODES_OF_A_BYTE] */
	void (*look_up_powers)(const uint8_t *codes, const uint16_t *powers,
						   int stride, uint16_t *out);

	/*
	 * out[c] = sum of the powers parts[0][c] to parts[count - 1][c], rounded
	 * up to a power in 16 bits, which it fits.  There are up to four parts,
	 * added as floats in the order a, a + b, (a + b) + c, (a + b) + (c + d);
	 * out may be one of them.
	 */
	void (*add_powers)(const uint16_t *const *parts, int count, int dropped,
					   int stride, uint16_t *out);

	/*
	 * The same of the first two, three and so on to count pieces, which are
	 * `step` powers apart: the sum of the first i + 1 goes to out + i *
	 * out_step.  Each piece is added to the sum before, as floats; what is put
	 * is rounded up.
	 */
	void (*run_powers)(const uint16_t *pieces, ptrdiff_t step, int count,
					   int dropped, int stride, uint16_t *out,
					   ptrdiff_t out_step);

	/*
	 * out[c] = root of the sum of the powers parts[0][c] to parts[count -
	 * 1][c], times its factor, rounded down, plus the offset; 0 where the sum
	 * is 0.  They are added like those of add_powers.  root_polynomials.h has
	 * the root in floats, to the bit, and short_roots.h the short one.
	 */
	void (*sides_of_powers)(const uint16_t *const *parts, int count,
							const PowerSides *sides, int stride, int16_t *out);

	/*
	 * sums[i] = sum of value * weight over the values of code i of count, its
	 * REGION_CODE_BYTES bytes at codes + i * step: value k is the low half of
	 * byte k, value REGION_CODE_BYTES + k the high half; weights are not -128.
	 */
	void (*dot_halves)(const uint8_t *codes, size_t step, int count,
					   const int8_t *weights, int32_t *sums);

	/*
	 * The same where each bit is a value, and weights are SIGN_PLANES bits in
	 * two's complement: plane p, [REGION_CODE_BYTES], has bit p of each.
	 */
	void (*dot_bits)(const uint8_t *codes, size_t step, int count,
					 const uint8_t *planes, int32_t *sums);

	/* true where short roots take less time than cube roots in floats */
	bool has_fast_short_roots;
} Kernels;

extern const Kernels kernels_plain;

#endif
