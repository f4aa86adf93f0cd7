/*
 * bound_scan.c
 *		Upper bounds of the scores of all windows, for sum pooling.
 *
 * Let S be the sum of X over a window, and q the query, |q| = 1.  The score is
 * q . S / |S|.
 *
 * The numerator.  products.c gives w . X for each cell, where w is the query
 * rounded, and direction_error >= |q - w|.  Since
 *
 *		q . S <= w . S + |q - w| |S|,
 *
 * rounding adds at most direction_error to any score.  The integral image of w
 * . X is rounded to units that fit 32 bits: at most numerator_error units for
 * a window, half a unit at each corner.
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
 * which needs no root and no division.  It also holds with T's first
 * dimensions alone.  So the kernels test these for all windows in one pair of
 * rows, a strip, at a time; only windows that pass are tested in all
 * dimensions. Where N <= 0 the score is at most direction_error.  The rounding
 * of the float arithmetic is covered by widening both sides by FLOAT_SLACK.
 *
 * Blocks.  Within a strip, let B be a window, L its last one to BLOCK_WIDTHS -
 * 1 columns, and A what is left of it.  Numerators and decoded sketches are
 * additive: n(A) = n(B) - n(L), and |T(A)| >= |T(B)| - |T(L)|.  So, if A can
 * reach the threshold, slope * n(A) + offset >= |T(A)|, then
 *
 *		slope * n(B) + offset + slack >= |T(B)|
 *
 * for any slack >= |T(L)| - slope * n(L), and >= 0 for A = B.  Its greatest
 * value for each right edge is found once for a strip, and then one test rules
 * out BLOCK_WIDTHS windows.  B may end after the map's last column, in columns
 * that extend_numerators and extend_leading add.  When the threshold goes up
 * the slope goes down, and a new slack is needed.
 *
 * Its rounding.  Let e = FLOAT_SLACK; slope and offset, as given to the
 * kernels, are 1 + e times what the condition asks for.  A window that meets
 * this condition therefore has r(A) = slope * n(A) + offset >= (1 + e) |T(A)|,
 * hence r(A) >= (1 + e/2) |T(A)| + e/3 r(A).  With slack = (1 + e/2) |T(L)| -
 * slope * n(L) + e/2 |slope * n(L)|,
 *
 *		slope * n(B) + offset + slack = r(A) + (1 + e/2) |T(L)| + e/2 |slope * n(L)|
 *			>= (1 + e/2) (|T(A)| + |T(L)|) + e/3 (r(A) + |slope * n(L)|).
 *
 * So the left side passes |T(B)| by more than a millionth of each of |T(A)|,
 * |T(L)|, r(A) and |slope * n(L)|.  All terms on the left are bounded by small
 * multiples of these (|slope * n(A)| <= r(A): where n(A) < 0, offset is at
 * least 2 slope |n(A)|), and each takes part in fewer than ten operations, of
 * relative error 2^-24 each.
 *
 * The exact norm.  bound_scan_may_reach computes |S| from the integer sums of
 * the codes, in single precision: too great by a few roundings at most.  A
 * value has three, of its sum, its scale and their product; they count twice
 * in its square, which has one more.  A sum of C squares in SQUARE_LANES parts
 * has C / SQUARE_LANES + 5 additions in a row, and all terms are positive.  So
 * the square is too great by a factor of 1 + (C / SQUARE_LANES + 12) 2^-24 or
 * so, and the norm by half of that; `error` is twice as much.  What underflows
 * makes it smaller.  As above, thresholds up to direction_error rule out
 * nothing: below 0 the norm would have to be bounded from the other side.
 *
 * Everything is divided by the map's greatest scale, so that floats neither
 * overflow nor vanish.
 */
#include "core/search/bound_scan.h"

#include <math.h>

#include "core/integral.h"
#include "core/map/sketch.h"

_Static_assert(FEATMAP_MAX_SIDE <= MOST_COLUMNS,
			   "kernels take rows of any map");

/*
 * More than the relative error of a squared norm in float arithmetic over all
 * dimensions.
 */
#define FLOAT_SLACK 1e-5

/* From this number of widths on, ruling them out in blocks pays. */
#define LEAST_FOR_BLOCKS 20

/*
 * Integral image of the products, rounded to units in which no window's sum
 * passes 30 bits.
 */
VECTOR_CLONES static void
fill_numerators(const Host *host, BoundScan *scan, const int64_t *products,
				double unit)
{
	const FeatureMap *map = scan->codes->map;
	int64_t total = 0;
	int64_t row[FEATMAP_MAX_SIDE + 1]; /* of the image, before rounding */
	int shift = 0;
	int32_t *corner = scan->numerators;

	for (size_t i = 0; i < cell_count(map); i++)
		total += products[i] < 0 ? -products[i] : products[i];
	while (total >> shift >= 1 << 30)
		shift++;
	scan->numerator_unit = ldexp(unit, shift);
	scan->numerator_error = shift > 0 ? 2 : 0;
	memset(row, 0, sizeof(int64_t) * (map->width + 1));
	memset(corner, 0, sizeof(int32_t) * scan->row_stride);
	corner += scan->row_stride;
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		integral_row_int64(products, row, map->width, row);
		memset(corner, 0, sizeof(int32_t) * scan->row_stride);
		for (int x = 1; x <= map->width; x++)
			corner[x] =
				(int32_t) ((row[x] + ((INT64_C(1) << shift) >> 1)) >> shift);
		products += map->width;
		corner += scan->row_stride;
	}
}

/*
 * Room for the integral images and strips of a map; see BoundScan for their
 * shapes.
 */
static void
reserve_images(const Host *host, BoundScan *scan, const FeatureMap *map)
{
	size_t rows = map->height + 1;
	size_t corners = rows * (map->width + 1) * sketch_padded_dims(map);
	/*
	 * maps too narrow for blocks do without their padding, a third of a row of
	 * 16 cells
	 */
	int padding =
		map->width < LEAST_FOR_BLOCKS ? SELECT_LANES - 1 : ROW_PADDING;
	size_t stride = (map->width + 1 + padding + 7) / 8 * 8;

	scan->row_stride = (int) stride;
	scan->dims = sketch_padded_dims(map);
	scan->corners = scratch_reserve(
		host, &scan->integrals,
		sizeof(float) * (corners + rows * LEADING_DIMS * stride) +
			sizeof(int32_t) * (rows * stride + (map->width + 1) * scan->dims));
	scan->leading = scan->corners + corners;
	scan->numerators =
		(int32_t *) (scan->leading + rows * LEADING_DIMS * stride);
	scan->strip = scratch_reserve(
		host, &scan->strips,
		(sizeof(float) * (BLOCK_DIMS + 1) + sizeof(int32_t)) * stride +
			sizeof(SelectedWindow) * SELECT_LANES * map->width);
	scan->slack = scan->strip + BLOCK_DIMS * stride;
	scan->strip_numerators = (int32_t *) (scan->slack + stride);
	scan->selected = (SelectedWindow *) (scan->strip_numerators + stride);
}

/*
 * Continue each row after its last column with the value there, as if empty
 * columns followed.  Bounds would be true with any other value, but less close
 * at the right edge.
 */
static void
extend_numerators(BoundScan *scan)
{
	int width = scan->codes->map->width;
	int rows = scan->codes->map->height + 1;

	for (int y = 0; y < rows; y++)
	{
		int32_t *row = scan->numerators + (size_t) y * scan->row_stride;

		for (int x = width + 1; x < scan->row_stride; x++)
			row[x] = row[width];
	}
}

static void
extend_leading(BoundScan *scan)
{
	int width = scan->codes->map->width;
	int rows = (scan->codes->map->height + 1) * LEADING_DIMS;

	for (int y = 0; y < rows; y++)
	{
		float *row = scan->leading + (size_t) y * scan->row_stride;

		for (int x = width + 1; x < scan->row_stride; x++)
			row[x] = row[width];
	}
}

/* The scales of a map's channels, in units of the greatest one. */
VECTOR_CLONES static void
scale_channels(const Scorer *scorer, float *scales)
{
	double unit = 1 / scorer->greatest_scale;

	for (int c = 0; c < scorer->stride; c++)
		scales[c] = (float) (scorer->scales[c] * unit);
}

void
bound_scan_open(const Host *host, BoundScan *scan, const Codes *codes,
				const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	double greatest_scale = scorer->greatest_scale;

	scan->codes = codes;
	scan->greatest_scale = greatest_scale;
	reserve_images(host, scan, map);
	scan->sketch_error =
		sketch_integral(host, codes->kernels, map, greatest_scale,
						scan->corners, scan->leading, scan->row_stride,
						scan->numerators +
							(size_t) (map->height + 1) * scan->row_stride);
	extend_leading(scan);
	scan->scales = scratch_reserve(host, &scan->scale_space,
								   sizeof(float) * codes->stride);
	scale_channels(scorer, scan->scales);
}

void
bound_scan_set_query(const Host *host, BoundScan *scan,
					 const Products *products)
{
	double factor = products->factor;

	scan->direction_error = products->direction_error;
	fill_numerators(host, scan, products->of_cell,
					factor > 0 ? 1 / (factor * scan->greatest_scale) : 0);
	extend_numerators(scan);
}

/*
 * Differences of two rows of the integral images: window sums over these rows,
 * left of each column, in the dimensions that every window is tested with.
 */
VECTOR_CLONES static void
fill_strip(BoundScan *scan, int y1, int y2, BoundTest *test)
{
	size_t stride = scan->row_stride;
	const int32_t *top = scan->numerators + y1 * stride;
	const int32_t *bottom = scan->numerators + y2 * stride;

	for (size_t x = 0; x < stride; x++)
		scan->strip_numerators[x] = bottom[x] - top[x];
	test->below = scan->leading + y2 * LEADING_DIMS * stride;
	test->above = scan->leading + y1 * LEADING_DIMS * stride;
	scan->codes->kernels->subtract(test->below, test->above,
								   (int) (BLOCK_DIMS * stride), scan->strip);
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
		test->offset =
			(float) (scan->numerator_unit * scan->numerator_error * slack +
					 scan->sketch_error * (1 + FLOAT_SLACK));
	}
	else
	{
		/* every window with a positive numerator passes */
		test->slope = 0;
		test->offset = INFINITY;
	}
}

/*
 * Sets the upper bound of a window's score, in all dimensions, and an estimate
 * of it. Returns false for most windows that cannot reach the threshold,
 * without either.
 */
static bool
bound_candidate(const BoundScan *scan, const BoundTest *test,
				Candidate *candidate)
{
	const Window *window = &candidate->window;
	size_t row_size = (size_t) (scan->codes->map->width + 1) * scan->dims;
	Corners sums = window_corners(window, scan->row_stride, 1);
	Corners sketch = window_corners(window, row_size, scan->dims);
	double square = scan->codes->kernels->sketch_square(
		scan->corners + sketch.top_left, scan->corners + sketch.top_right,
		scan->corners + sketch.bottom_left,
		scan->corners + sketch.bottom_right, scan->dims);
	double numerator = CORNERS_SUM(double, scan->numerators, &sums);
	double reach = test->slope * numerator + test->offset;
	double sketch_norm, norm;

	if (reach * reach < square)
		return false;
	sketch_norm = sqrt(square);
	norm = sketch_norm * (1 - FLOAT_SLACK) - scan->sketch_error;
	candidate->numerator = (numerator + scan->numerator_error) *
						   scan->numerator_unit * (1 + DOUBLE_SLACK);
	candidate->estimate = numerator * scan->numerator_unit /
						  (sketch_norm + 2 * scan->sketch_error);
	/* a damaged sketch may have made it NaN: then there is no bound */
	if (norm > 0 && candidate->numerator < norm)
		candidate->bound =
			fmin(1, candidate->numerator / norm + scan->direction_error);
	else
		candidate->bound = 1;
	return true;
}

bool
bound_scan_may_reach(const Host *host, const BoundScan *scan, Codes *codes,
					 const Candidate *candidate, double threshold)
{
	const uint32_t *sums = codes_integer_sums(host, codes, &candidate->window);
	double additions = codes->stride / (double) SQUARE_LANES;
	double error = (additions + 16) * 0x1p-24;
	double square, least;

	if (sums == NULL || threshold <= scan->direction_error)
		return true;
	square = codes->kernels->sums_square(sums, scan->scales, codes->stride);
	least = (threshold - scan->direction_error) * sqrt(square) * (1 - error);
	return candidate->numerator >= least;
}

double
bound_scan_estimate(const BoundScan *scan, const Window *window)
{
	/* without a threshold, every window passes */
	BoundTest test = {.slope = 0, .offset = INFINITY};
	Candidate candidate = {.window = *window};

	bound_candidate(scan, &test, &candidate);
	return candidate.estimate;
}

/* One run over the windows of a map. */
typedef struct ScanRun
{
	BoundScan *scan;
	BoundTest test;
	double threshold;
	CandidateSink sink;
	void *sink_context;
} ScanRun;

/*
 * Offers those of the windows selected that may reach the threshold in all
 * dimensions.
 */
static void
offer_selected(ScanRun *run, int y1, int y2, int found)
{
	for (int i = 0; i < found; i++)
	{
		SelectedWindow selected = run->scan->selected[i];
		Candidate candidate = {
			.window = {y1, selected.x, y2, selected.x + selected.width}};
		double raised;

		if (!bound_candidate(run->scan, &run->test, &candidate) ||
			candidate.bound < run->threshold)
			continue;
		raised = run->sink(run->sink_context, &candidate);
		if (raised > run->threshold)
		{
			run->threshold = raised;
			set_threshold(&run->test, run->scan, raised);
		}
	}
}

/* All windows in one pair of rows. */
static void
scan_strip(ScanRun *run, int y1, int y2, int least, int most, int step)
{
	BoundScan *scan = run->scan;
	BoundTest *test = &run->test;
	const Kernels *kernels = scan->codes->kernels;
	float slack_slope = -1;
	int x = 0;

	fill_strip(scan, y1, y2, test);
	test->slack = NULL;
	while (x + least <= test->columns)
	{
		int found;

		/* the slack is that of one slope */
		if (step == 1 && most - least + 1 >= LEAST_FOR_BLOCKS &&
			slack_slope != test->slope)
		{
			kernels->block_slack(test, 1 + FLOAT_SLACK / 2, FLOAT_SLACK / 2,
								 scan->slack);
			test->slack = scan->slack;
			slack_slope = test->slope;
		}
		found = kernels->select_windows(test, &x, least, step, most,
										scan->selected);
		if (found > 0)
			offer_selected(run, y1, y2, found);
	}
}

void
bound_scan_run(const Host *host, BoundScan *scan,
			   const SetConstraints *constraints, int step, double threshold,
			   CandidateSink sink, void *context)
{
	const FeatureMap *map = scan->codes->map;
	ScanRun run = {
		.scan = scan,
		.test =
			{
				.strip = scan->strip,
				.numerators = scan->strip_numerators,
				.stride = scan->row_stride,
				.columns = map->width,
				.least_numerator = 1 - scan->numerator_error,
			},
		.threshold = threshold,
		.sink = sink,
		.sink_context = context,
	};
	int least_height = 1;

	set_threshold(&run.test, scan, threshold);
	while (least_height < map->height &&
		   !set_constraints_allow(constraints, least_height))
		least_height++;
	for (int height = least_height; height <= map->height; height += step)
	{
		if (!set_constraints_allow(constraints, height))
			continue;
		for (int y1 = 0; y1 + height <= map->height; y1 += step)
		{
			scan_strip(&run, y1, y1 + height, constraints->least_width[height],
					   constraints->most_width[height], step);
			host_check(host);
		}
	}
}
