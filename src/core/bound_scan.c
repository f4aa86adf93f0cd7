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
 * which takes no root and no division: it is what the kernels test.  Where N
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
static double
round_weights(BoundScan *scan, const Scorer *scorer, int stride, int channels, int16_t *rounded)
{
	double greatest = 0, total = 0, factor, error_square = 0;

	for (int c = 0; c < stride; c++)
	{
		greatest = fmax(greatest, fabs(scorer->weights[c]));
		total += fabs(scorer->weights[c]);
	}
	/* sum of |rounded| <= factor * total + channels / 2, times a byte */
	factor = fmin(INT16_MAX / greatest, ((1 << 23) - 1 - channels / 2.0) / total);
	if (!isfinite(factor))
		factor = 0;
	for (int c = 0; c < stride; c++)
	{
		double error;

		rounded[c] = (int16_t) lrint(scorer->weights[c] * factor);
		error = rounded[c] == 0 ? scorer->unit[c]
								: scorer->unit[c] - rounded[c] / (factor * scorer->scales[c]);
		/* a channel without a scale is zero everywhere */
		error_square += scorer->scales[c] == 0 ? 0 : error * error;
	}
	scan->direction_error = sqrt(error_square) * (1 + DOUBLE_SLACK) + DOUBLE_SLACK;
	return factor;
}

/* Integral image of the products, rounded to units in which no window's sum passes 30 bits. */
static void
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
	memset(corner, 0, sizeof(int32_t) * scan->stride);
	corner += scan->stride;
	for (int y = 0; y < map->height; y++)
	{
		int64_t row_sum = 0;

		*corner++ = 0;
		for (int x = 0; x < map->width; x++)
		{
			row_sum += *products++;
			column[x] += row_sum;
			*corner++ = (int32_t) ((column[x] + ((INT64_C(1) << shift) >> 1)) >> shift);
		}
	}
}

void
bound_scan_prepare(const Host *host, BoundScan *scan, const Codes *codes, const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	size_t corners = (size_t) (map->height + 1) * (map->width + 1);
	int16_t *rounded = scratch_reserve(host, &scan->rounded, sizeof(int16_t) * codes->stride);
	int64_t *products = scratch_reserve(host, &scan->products, sizeof(int64_t) * cell_count(map));
	double factor = round_weights(scan, scorer, codes->stride, map->channels, rounded);
	bool low_signed = map->is_signed && map->bits == 8;

	scan->codes = codes;
	scan->stride = map->width + 1;
	scan->numerators =
		scratch_reserve(host, &scan->integrals,
						(sizeof(int32_t) + sizeof(float) * map->sketch_dims) * corners);
	scan->sketch = (float *) (scan->numerators + corners);
	scan->strip =
		scratch_reserve(host, &scan->strips,
						(sizeof(float) * map->sketch_dims + sizeof(int32_t) + sizeof(uint16_t)) *
							scan->stride);
	scan->strip_numerators = (int32_t *) (scan->strip + (size_t) map->sketch_dims * scan->stride);
	scan->selected = (uint16_t *) (scan->strip_numerators + scan->stride);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		size_t at = i * codes->stride;

		products[i] = codes->kernels->dot(codes->low + at, rounded, codes->stride, low_signed);
		if (codes->high != NULL)
			products[i] += INT64_C(256) * codes->kernels->dot(codes->high + at, rounded,
															  codes->stride, map->is_signed);
	}
	fill_numerators(scan, products, factor > 0 ? 1 / (factor * scorer->greatest_scale) : 0);
	scan->sketch_error = sketch_integral(map, scorer->greatest_scale, scan->sketch);
}

/* Differences of two rows of the integral images: window sums over these rows, left of each column. */
static void
fill_strip(BoundScan *scan, int y1, int y2)
{
	int stride = scan->stride;
	size_t plane = (size_t) (scan->codes->map->height + 1) * stride;
	const int32_t *top = scan->numerators + (size_t) y1 * stride;
	const int32_t *bottom = scan->numerators + (size_t) y2 * stride;

	for (int x = 0; x < stride; x++)
		scan->strip_numerators[x] = bottom[x] - top[x];
	for (int k = 0; k < scan->codes->map->sketch_dims; k++)
	{
		const float *above = scan->sketch + plane * k + (size_t) y1 * stride;
		const float *below = scan->sketch + plane * k + (size_t) y2 * stride;
		float *strip = scan->strip + (size_t) k * stride;

		for (int x = 0; x < stride; x++)
			strip[x] = below[x] - above[x];
	}
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

/* Upper bound of the score of a window that passed the test. */
static double
candidate_bound(const BoundScan *scan, const BoundTest *test, int x1, int x2)
{
	double numerator = (double) test->numerators[x2] - test->numerators[x1] + scan->numerator_error;
	double norm = sqrt(strip_square(test, x1, x2)) * (1 - FLOAT_SLACK) - scan->sketch_error;
	double bound = numerator * scan->numerator_unit * (1 + DOUBLE_SLACK);

	/* also where a damaged sketch made it NaN */
	if (!(norm > 0) || bound >= norm)
		return 1;
	return fmin(1, bound / norm + scan->direction_error);
}

void
bound_scan_run(const Host *host, BoundScan *scan, const WindowConstraints *constraints,
			   double threshold, CandidateSink sink, void *context)
{
	const FeatureMap *map = scan->codes->map;
	BoundTest test = {
		.strip = scan->strip,
		.numerators = scan->strip_numerators,
		.stride = scan->stride,
		.dims = map->sketch_dims,
		.least_numerator = 1 - scan->numerator_error,
	};
	int most_height = constraints->max_height < map->height ? constraints->max_height : map->height;

	set_threshold(&test, scan, threshold);
	for (int height = constraints->min_height; height <= most_height; height++)
	{
		int least, most;

		constraint_widths(constraints, height, map->width, &least, &most);
		if (least > most)
			continue;
		for (int y1 = 0; y1 + height <= map->height; y1++)
		{
			fill_strip(scan, y1, y1 + height);
			for (int width = least; width <= most; width++)
			{
				int found =
					scan->codes->kernels->select_windows(&test, width, map->width - width + 1,
														 scan->selected);

				for (int i = 0; i < found; i++)
				{
					int x1 = scan->selected[i];
					Candidate candidate = {candidate_bound(scan, &test, x1, x1 + width),
										   {y1, x1, y1 + height, x1 + width}};
					double raised = sink(context, &candidate);

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
