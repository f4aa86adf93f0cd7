/*
 * bound_scan.c
 *		Upper bounds of the scores of all windows, for sum pooling.
 *
 * Let S be the sum of X over a window, and q the query, |q| = 1.  The score is
 * q . S / |S|.
 *
 * The numerator.  The query, times the scale of each channel, is rounded to 16
 * bits: w is the vector that the rounded weights stand for.  Then
 *
 *		q . S <= w . S + |q - w| |S|,
 *
 * so that rounding adds at most direction_error = |q - w| to any score.  w . X
 * is an exact integer for each cell, and its integral image is rounded to
 * units that fit 32 bits: at most numerator_error units for a window, half a
 * unit at each corner.
 *
 * The norm.  |S| >= |U S| >= |T| - sketch_error, where T is the decoded sketch
 * (sketch.h).  So, with N the upper bound of w . S, for a window with N > 0
 *
 *		score <= N / (|T| - sketch_error) + direction_error,
 *
 * and it can reach a threshold t > direction_error only if
 *
 *		(N / (t - direction_error) + sketch_error)^2 >= |T|^2,
 *
 * which takes no root and no division.  It holds with T's first dimensions alone, too, and so
 * the kernels test them for all windows of one size in one pair of rows at a
 * time; only windows that pass have all dimensions looked at.  Where N
 * <= 0 the score is at most direction_error.  The rounding of the float
 * arithmetic is covered by widening both sides by FLOAT_SLACK.
 *
 * Everything is divided by the map's greatest scale, so that floats neither
 * overflow nor vanish.
 */
#include "bound_scan.h"

#include <math.h>

#include "sketch.h"

/* Relative error of a squared norm in float arithmetic over all dimensions, and then some. */
#define FLOAT_SLACK 1e-5
/* Relative error of sums and differences in double precision, and then some. */
#define DOUBLE_SLACK 1e-9

/*
 * Rounds the query's weights so that no product with a cell's codes passes 31
 * bits.  Returns the factor between weights and rounded ones, 0 where there are none.
 */
VECTOR_CLONES static double
round_weights(BoundScan *scan, const Scorer *scorer, int stride, int channels, int16_t *rounded)
{
	double greatest = 0, total = 0, factor, error_square = 0;

	for (int c = 0; c < stride; c++)
	{
		double weight = fabs(scorer->weights[c]);

		greatest = weight > greatest ? weight : greatest;
		total += weight;
	}
	/* sum of |rounded| <= factor * total + channels / 2, times a byte */
	factor = fmin(INT16_MAX / greatest, ((1 << 23) - 1 - channels / 2.0) / total);
	if (!isfinite(factor))
		factor = 0;
	for (int c = 0; c < stride; c++)
	{
		double error;

		/* to nearest by truncation, which vectorises; any rounding is right that error tells */
		rounded[c] = (int16_t) ((int) (scorer->weights[c] * factor + (0x8000 + 0.5)) - 0x8000);
		error = rounded[c] == 0 ? scorer->unit[c]
								: scorer->unit[c] - rounded[c] / (factor * scorer->scales[c]);
		/* a channel without a scale is zero everywhere */
		error_square += scorer->scales[c] == 0 ? 0 : error * error;
	}
	scan->direction_error = sqrt(error_square) * (1 + DOUBLE_SLACK) + DOUBLE_SLACK;
	return factor;
}

/* Integral image of the products, rounded to units in which no window's sum passes 30 bits. */
VECTOR_CLONES static void
fill_numerators(BoundScan *scan, const int64_t *products, double unit)
{
	const FeatureMap *map = scan->codes->map;
	int64_t total = 0;
	int64_t column[FEATMAP_MAX_SIDE]; /* the row of the integral image, before rounding */
	int shift = 0;
	int32_t *corner = scan->numerators;

	for (size_t i = 0; i < cell_count(map); i++)
		total += products[i] < 0 ? -products[i] : products[i];
	while (total >> shift >= 1 << 30)
		shift++;
	scan->numerator_unit = ldexp(unit, shift);
	scan->numerator_error = shift > 0 ? 2 : 0;
	memset(column, 0, sizeof(int64_t) * map->width);
	memset(corner, 0, sizeof(int32_t) * scan->row_stride);
	corner += scan->row_stride;
	for (int y = 0; y < map->height; y++)
	{
		int64_t row_sum = 0;

		memset(corner, 0, sizeof(int32_t) * scan->row_stride);
		for (int x = 0; x < map->width; x++)
		{
			row_sum += *products++;
			column[x] += row_sum;
			corner[x + 1] = (int32_t) ((column[x] + ((INT64_C(1) << shift) >> 1)) >> shift);
		}
		corner += scan->row_stride;
	}
}

/* Room for the integral images and strips of a map; see BoundScan for their shapes. */
static void
reserve_images(const Host *host, BoundScan *scan, const FeatureMap *map)
{
	size_t rows = map->height + 1;
	size_t corners = rows * (map->width + 1) * sketch_padded_dims(map);
	size_t stride = (map->width + 1 + ROW_PADDING + 7) / 8 * 8;

	scan->row_stride = (int) stride;
	scan->dims = sketch_padded_dims(map);
	scan->corners =
		scratch_reserve(host, &scan->integrals,
						sizeof(float) * (corners + rows * LEADING_DIMS * stride) +
							sizeof(int32_t) * (rows * stride + (map->width + 1) * scan->dims));
	scan->leading = scan->corners + corners;
	scan->numerators = (int32_t *) (scan->leading + rows * LEADING_DIMS * stride);
	scan->strip =
		scratch_reserve(host, &scan->strips,
						(sizeof(float) * LEADING_DIMS + sizeof(int32_t) + sizeof(uint16_t)) *
							stride);
	scan->strip_numerators = (int32_t *) (scan->strip + LEADING_DIMS * stride);
	scan->selected = (uint16_t *) (scan->strip_numerators + stride);
}

void
bound_scan_prepare(const Host *host, BoundScan *scan, const Codes *codes, const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	int16_t *rounded = scratch_reserve(host, &scan->rounded, sizeof(int16_t) * codes->stride);
	int64_t *products = scratch_reserve(host, &scan->products, sizeof(int64_t) * cell_count(map));
	double factor = round_weights(scan, scorer, codes->stride, map->channels, rounded);
	bool low_signed = map->is_signed && map->bits == 8;

	scan->codes = codes;
	reserve_images(host, scan, map);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		size_t at = i * codes->stride;

		products[i] = codes->kernels->dot(codes->low + at, rounded, codes->stride, low_signed);
		if (codes->high != NULL)
			products[i] += INT64_C(256) * codes->kernels->dot(codes->high + at, rounded,
															  codes->stride, map->is_signed);
	}
	fill_numerators(scan, products, factor > 0 ? 1 / (factor * scorer->greatest_scale) : 0);
	scan->sketch_error =
		sketch_integral(map, scorer->greatest_scale, scan->corners, scan->leading, scan->row_stride,
						scan->numerators + (size_t) (map->height + 1) * scan->row_stride);
}

/* Differences of two rows of the integral images: window sums over these rows, left of each column. */
VECTOR_CLONES static void
fill_strip(BoundScan *scan, int y1, int y2)
{
	size_t stride = scan->row_stride;
	const int32_t *top = scan->numerators + y1 * stride;
	const int32_t *bottom = scan->numerators + y2 * stride;

	for (size_t x = 0; x < stride; x++)
		scan->strip_numerators[x] = bottom[x] - top[x];
	scan->codes->kernels->subtract(scan->leading + y2 * LEADING_DIMS * stride,
								   scan->leading + y1 * LEADING_DIMS * stride,
								   (int) (LEADING_DIMS * stride), scan->strip);
}

/* Sets what the kernels test from the threshold. */
static void
set_threshold(BoundTest *test, const BoundScan *scan, double threshold)
{
	double reach = threshold - scan->direction_error;

	if (reach > DOUBLE_SLACK)
	{
		double slack = (1 + FLOAT_SLACK) / reach;

		test->slope = (float) (scan->numerator_unit * slack);
		test->offset = (float) (scan->numerator_unit * scan->numerator_error * slack +
								scan->sketch_error * (1 + FLOAT_SLACK));
	}
	else
	{
		/* every positive numerator will do */
		test->slope = 0;
		test->offset = INFINITY;
	}
}

/* The upper bound of a window's score, in all dimensions, and an estimate of it. */
static void
bound_candidate(const BoundScan *scan, Candidate *candidate)
{
	const Window *window = &candidate->window;
	const int32_t *top = scan->numerators + (size_t) window->y1 * scan->row_stride;
	const int32_t *bottom = scan->numerators + (size_t) window->y2 * scan->row_stride;
	size_t row_size = (size_t) (scan->codes->map->width + 1) * scan->dims;
	const float *above = scan->corners + window->y1 * row_size;
	const float *below = scan->corners + window->y2 * row_size;
	size_t left = (size_t) window->x1 * scan->dims;
	size_t right = (size_t) window->x2 * scan->dims;
	double square = scan->codes->kernels->sketch_square(above + left, above + right, below + left,
														below + right, scan->dims);
	double sketch_norm = sqrt(square);
	double norm = sketch_norm * (1 - FLOAT_SLACK) - scan->sketch_error;
	double numerator =
		(double) bottom[window->x2] - bottom[window->x1] - top[window->x2] + top[window->x1];
	double bound = (numerator + scan->numerator_error) * scan->numerator_unit * (1 + DOUBLE_SLACK);

	candidate->estimate = numerator * scan->numerator_unit / (sketch_norm + 2 * scan->sketch_error);
	/* the other case also where a damaged sketch made it NaN */
	if (norm > 0 && bound < norm)
		candidate->bound = fmin(1, bound / norm + scan->direction_error);
	else
		candidate->bound = 1;
}

void
bound_scan_run(const Host *host, BoundScan *scan, const WindowConstraints *constraints, int step,
			   double threshold, CandidateSink sink, void *context)
{
	const FeatureMap *map = scan->codes->map;
	BoundTest test = {
		.strip = scan->strip,
		.numerators = scan->strip_numerators,
		.stride = scan->row_stride,
		.least_numerator = 1 - scan->numerator_error,
	};
	int most_height = constraints->max_height < map->height ? constraints->max_height : map->height;

	set_threshold(&test, scan, threshold);
	for (int height = constraints->min_height; height <= most_height; height += step)
	{
		int least, most;

		constraint_widths(constraints, height, map->width, &least, &most);
		if (least > most)
			continue;
		for (int y1 = 0; y1 + height <= map->height; y1 += step)
		{
			fill_strip(scan, y1, y1 + height);
			for (int width = least; width <= most; width += step)
			{
				int found =
					scan->codes->kernels->select_windows(&test, width, map->width - width + 1,
														 scan->selected);

				for (int i = 0; i < found; i++)
				{
					int x1 = scan->selected[i];
					Candidate candidate = {.window = {y1, x1, y1 + height, x1 + width}};
					double raised;

					bound_candidate(scan, &candidate);
					if (candidate.bound < threshold)
						continue;
					raised = sink(context, &candidate);
					if (raised > threshold)
					{
						threshold = raised;
						set_threshold(&test, scan, threshold);
					}
				}
			}
			host->check_interrupt(host->context);
		}
	}
}
