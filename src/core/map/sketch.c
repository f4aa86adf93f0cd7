/*
 * sketch.c
 *		Coding and decoding the norm sketch.
 */
#include "core/map/sketch.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/integral.h"
#include "core/rounding.h"
#include "core/map/sketch_basis.h"

/*
 * Projections of other magnitudes have no step that is an ordinary float: they
 * get no sketch.
 */
#define LEAST_PROJECTION    1e-30
#define GREATEST_PROJECTION 1e+36
/* Corners stay below this many steps, so that 32 bits hold them. */
#define MOST_STEPS 0x1p30
/*
 * What float arithmetic adds to a window's sum, in parts of the integral
 * image's greatest corner.
 */
#define FLOAT_ROUNDING (24 * 0x1p-24)

static int
planned_dims(int channels, size_t cells)
{
	size_t rank = (size_t) channels < cells ? (size_t) channels : cells;

	return rank < FEATMAP_MAX_SKETCH_DIMS ? (int) rank
										  : FEATMAP_MAX_SKETCH_DIMS;
}

size_t
sketch_most_bytes(int channels, size_t cells)
{
	int dims = planned_dims(channels, cells);

	return sketch_size(dims, cells);
}

/*
 * Writes the projection of a cell, [dims], in double precision: its errors
 * must be far below the steps.  Four values at a time, as each sum waits for
 * the one before.
 */
VECTOR_CLONES static void
project_cell(const ValueWalk *walk, const double *basis, int dims,
			 double *projection)
{
	const uint16_t *channel = walk->channel;
	const float *value = walk->value;
	double sum[FEATMAP_MAX_SKETCH_DIMS] = {0};
	int n = 0;

	for (; n + 4 <= walk->count; n += 4)
	{
		const double *first =
			basis + (size_t) channel[n] * FEATMAP_MAX_SKETCH_DIMS;
		const double *second =
			basis + (size_t) channel[n + 1] * FEATMAP_MAX_SKETCH_DIMS;
		const double *third =
			basis + (size_t) channel[n + 2] * FEATMAP_MAX_SKETCH_DIMS;
		const double *fourth =
			basis + (size_t) channel[n + 3] * FEATMAP_MAX_SKETCH_DIMS;

		for (int k = 0; k < FEATMAP_MAX_SKETCH_DIMS; k++)
			sum[k] += (value[n] * first[k] + value[n + 1] * second[k]) +
					  (value[n + 2] * third[k] + value[n + 3] * fourth[k]);
	}
	for (; n < walk->count; n++)
		for (int k = 0; k < FEATMAP_MAX_SKETCH_DIMS; k++)
			sum[k] += value[n] *
					  basis[(size_t) channel[n] * FEATMAP_MAX_SKETCH_DIMS + k];
	for (int k = 0; k < dims; k++)
		projection[k] = sum[k] * walk->unit;
}

/* projection = basis' X, [height * width][dims] */
static bool
project_cells(ValueWalk *walk, const double *basis, int dims,
			  double *projection, CoreError *error)
{
	value_walk_rewind(walk);
	for (size_t i = 0; i < cell_count(walk->map); i++)
	{
		if (!value_walk_next(walk, error))
			return false;
		project_cell(walk, basis, dims, projection + i * dims);
	}
	return true;
}

/* One dimension of the projection, and what decides its place and its step. */
typedef struct Dimension
{
	int number;
	double energy;   /* sum of squares over the cells */
	double greatest; /* magnitude of a cell */
	/* sum of magnitudes: no corner of the integral image is beyond it */
	double total;
} Dimension;

static int
compare_dimensions(const void *a, const void *b)
{
	const Dimension *left = a;
	const Dimension *right = b;

	if (left->energy != right->energy)
		return left->energy > right->energy ? -1 : 1;
	return left->number - right->number;
}

/* Adds the projections of some cells, [count][dims], to each dimension. */
VECTOR_CLONES static void
measure_cells(const double *projection, size_t count, int dims,
			  Dimension *dimensions)
{
	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < dims; k++)
		{
			double value = fabs(projection[i * dims + k]);

			dimensions[k].energy += value * value;
			dimensions[k].total += value;
			if (value > dimensions[k].greatest)
				dimensions[k].greatest = value;
		}
}

/* Orders the dimensions by descending energy; returns how many have any. */
static int
rank_dimensions(const Host *host, const FeatureMap *map,
				const double *projection, int dims, Dimension *dimensions)
{
	size_t row_size = (size_t) map->width * dims;
	int used = 0;

	for (int k = 0; k < dims; k++)
		dimensions[k] = (Dimension){k, 0, 0, 0};
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		measure_cells(projection + y * row_size, map->width, dims, dimensions);
	}
	qsort(dimensions, dims, sizeof(Dimension), compare_dimensions);
	while (used < dims && dimensions[used].greatest > LEAST_PROJECTION &&
		   dimensions[used].greatest < GREATEST_PROJECTION)
		used++;
	return used;
}

/*
 * Coding the projection, cell by cell: all arrays by the number of the
 * dimension in the projection.
 */
typedef struct SketchCoder
{
	int dims;
	/* 0 where the dimension is left out */
	double inverse_step[FEATMAP_MAX_SKETCH_DIMS];
	double row_sum[FEATMAP_MAX_SKETCH_DIMS];
	/* rounded corner of the integral image, modulo 2^32 */
	uint32_t left[FEATMAP_MAX_SKETCH_DIMS];
	uint32_t left_above[FEATMAP_MAX_SKETCH_DIMS];
	uint32_t entry[FEATMAP_MAX_SKETCH_DIMS];
} SketchCoder;

/*
 * Makes the entry of one cell: the integral images, rounded to multiples of
 * their steps, in mixed second differences.  integral and above, [dims], are
 * what the cell above left there, and are left for the cell below.
 */
VECTOR_CLONES static void
code_cell(SketchCoder *coder, const double *projection, double *integral,
		  uint32_t *above)
{
	for (int k = 0; k < coder->dims; k++)
	{
		uint32_t here;

		integral[k] = integral_step_double(&coder->row_sum[k], projection[k],
										   integral[k]);
		here =
			(uint32_t) nearest_integer(integral[k] * coder->inverse_step[k]);
		coder->entry[k] =
			here - above[k] - coder->left[k] + coder->left_above[k];
		coder->left_above[k] = above[k];
		coder->left[k] = here;
		above[k] = here;
	}
}

static void
store_entry(const SketchCoder *coder, const Dimension *dimensions, int used,
			uint8_t *out)
{
	for (int k = 0; k < used; k++)
		store_sketch_number(out, k, coder->entry[dimensions[k].number]);
}

/*
 * Codes all cells of the projection in the dimensions that the coder has a
 * step for.
 */
static void
code_cells(const Host *host, const FeatureMap *map, SketchCoder *coder,
		   const double *projection, const Dimension *dimensions, int used,
		   uint8_t *entries)
{
	size_t row_size = (size_t) map->width * coder->dims;
	double *integral = host_new(host, double, row_size);
	uint32_t *above = host_new(host, uint32_t, row_size);

	memset(integral, 0, sizeof(double) * row_size);
	memset(above, 0, sizeof(uint32_t) * row_size);
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		memset(coder->row_sum, 0, sizeof(coder->row_sum));
		memset(coder->left, 0, sizeof(coder->left));
		memset(coder->left_above, 0, sizeof(coder->left_above));
		for (size_t at = 0; at < row_size; at += coder->dims)
		{
			code_cell(coder, projection + at, integral + at, above + at);
			store_entry(coder, dimensions, used, entries);
			entries += sketch_entry_size(used);
		}
		projection += row_size;
	}
	host_free(host, above);
	host_free(host, integral);
}

/*
 * Writes the steps and entries after the *size bytes of stored, and sets
 * sketch_dims in its header.
 */
static void
code_sketch(const Host *host, const FeatureMap *map, const double *projection,
			int dims, uint8_t *stored, size_t *size)
{
	Dimension dimensions[FEATMAP_MAX_SKETCH_DIMS];
	int used = rank_dimensions(host, map, projection, dims, dimensions);
	SketchCoder coder = {.dims = dims};
	uint8_t *steps = stored + *size;

	for (int k = 0; k < used; k++)
	{
		/*
		 * a second difference of rounded corners can pass the cell's value by
		 * two steps
		 */
		double least = dimensions[k].total / MOST_STEPS;
		float step =
			(float) fmax(dimensions[k].greatest / (sketch_number_limit(k) - 3),
						 least);

		store_sketch_step(steps, k, step);
		coder.inverse_step[dimensions[k].number] = 1 / (double) step;
	}
	code_cells(host, map, &coder, projection, dimensions, used,
			   steps + sketch_steps_size(used));
	store_sketch_dims(stored, used);
	*size += sketch_size(used, cell_count(map));
}

bool
sketch_append(const Host *host, const FeatureMap *map, uint8_t *stored,
			  size_t *size, CoreError *error)
{
	int dims = planned_dims(map->channels, cell_count(map));
	double *basis = host_new(host, double,
							 (size_t) map->channels *FEATMAP_MAX_SKETCH_DIMS);
	double *projection = host_new(host, double, cell_count(map) * dims);
	ValueWalk walk;
	bool done;

	value_walk_start(&walk, host, map);
	done = sketch_find_basis(host, &walk, dims, basis, error) &&
		   project_cells(&walk, basis, dims, projection, error);
	value_walk_end(&walk);
	if (done)
		code_sketch(host, map, projection, dims, stored, size);
	host_free(host, projection);
	host_free(host, basis);
	return done;
}

/* Norm of the errors of all dimensions. */
static double
decoding_error(const float *step, const float *greatest, int dims)
{
	double square = 0;

	for (int k = 0; k < dims; k++)
	{
		double error =
			SKETCH_CORNERS_ERROR * step[k] + FLOAT_ROUNDING * greatest[k];

		square += error * error;
	}
	return sqrt(square);
}

/* Repeats the first dimensions of a row of corners, each by itself. */
static void
copy_leading(const float *corners, int width, int padded, float *leading,
			 int row_stride)
{
	memset(leading, 0, sizeof(float) * LEADING_DIMS * row_stride);
	for (int x = 0; x <= width; x++, corners += padded)
		for (int k = 0; k < LEADING_DIMS; k++)
			leading[k * row_stride + x] = corners[k];
}

double
sketch_integral(const Host *host, const Kernels *kernels,
				const FeatureMap *map, double unit, float *corners,
				float *leading, int row_stride, int32_t *steps)
{
	float step[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	float greatest[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	SketchDecoder decoder = {
		.width = map->width,
		.dims = map->sketch_dims,
		.padded = sketch_padded_dims(map),
		.entry_size = (int) sketch_entry_size(map->sketch_dims),
		.limit = map->end,
		.step = step,
		.greatest = greatest,
	};
	int padded = decoder.padded;
	size_t row_size = (size_t) (map->width + 1) * padded;
	const uint8_t *entries = map->sketch;

	for (int k = 0; k < map->sketch_dims; k++)
		step[k] = (float) (load_sketch_step(map->sketch_steps, k) / unit);
	memset(steps, 0, sizeof(int32_t) * map->width * padded);
	memset(corners, 0, sizeof(float) * row_size);
	memset(leading, 0, sizeof(float) * LEADING_DIMS * row_stride);
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		corners += row_size;
		leading += LEADING_DIMS * row_stride;
		memset(corners, 0, sizeof(float) * padded);
		kernels->decode_row(&decoder, entries, steps, corners + padded);
		copy_leading(corners, map->width, padded, leading, row_stride);
		entries += (size_t) map->width * decoder.entry_size;
	}
	return decoding_error(step, greatest, map->sketch_dims);
}
