/*
 * sketch.c
 *		Choosing the sketch's basis, and coding and decoding the sketch.
 *
 * The best basis for the sums of all windows, each window weighted by
 * area^-3 (so by about |S|^-3: a little more for small windows than
 * normalised sums would give), are the leading eigenvectors of
 *
 *		sum over windows S S' / area^3/2  =  X (Ky x Kx) X'
 *
 * where X is channels by cells, and Ky[i][j] = sum of length^-3/2 over the
 * intervals of rows that hold both i and j, Kx alike for columns: the sum over
 * all windows separates.  Some steps of subspace iteration, starting from the
 * lowest spatial frequencies, find them well enough at the cost of a few passes over the
 * non-zero codes.  (On real maps this leaves about a tenth of the windows to evaluate that
 * block sums of a coarse grid leave with as many dimensions.)
 *
 * Any basis gives a true bound; a bad one only makes it loose.
 */
#include "sketch.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define ITERATIONS 2
/* The basis is sought on a map of at most so many rows and columns, summed from larger ones. */
#define MAX_GRID_SIDE 64
/* A direction whose part outside the others is smaller than this has none. */
#define RANK_TOLERANCE 1e-9
/* Projections of other magnitudes have no step that is an ordinary float: they get no sketch. */
#define LEAST_PROJECTION    1e-30
#define GREATEST_PROJECTION 1e+36
/* Corners stay below this many steps, so that 32 bits hold them. */
#define MOST_STEPS 0x1p30
/* What float arithmetic adds to a window's sum, in parts of the integral image's greatest corner. */
#define FLOAT_ROUNDING (24 * 0x1p-24)

static int
planned_dims(int channels, size_t cells)
{
	size_t rank = (size_t) channels < cells ? (size_t) channels : cells;

	return rank < FEATMAP_MAX_SKETCH_DIMS ? (int) rank : FEATMAP_MAX_SKETCH_DIMS;
}

size_t
sketch_most_bytes(int channels, size_t cells)
{
	int dims = planned_dims(channels, cells);

	return dims * sizeof(float) + cells * sketch_entry_size(dims);
}

/*
 * What the choice of the basis works on.  Sides beyond MAX_GRID_SIDE are
 * divided into that many blocks, and cells of one block are summed.
 */
typedef struct BasisProblem
{
	const Host *host;
	const FeatureMap *map;
	int dims;
	int rows; /* of the grid */
	int columns;
	float *row_kernel;    /* [rows][rows] */
	float *column_kernel; /* [columns][columns] */
	float *grid;          /* [rows][columns][dims]: a pattern over the grid for each dimension */
	float *smooth;        /* the same, for the smoothing's halves */
	double *basis;        /* [channels][dims], the columns orthonormal after orthonormalise */
	float *rounded;       /* [channels][dims]: basis as floats */
	double *relative; /* [channels]: scales divided by the greatest, so that no float overflows */
	int *channel;     /* [channels]: the non-zero codes of one cell */
	int *code;
} BasisProblem;

/*
 * Kernel of all intervals [a, b) of a side, [side][side]: entry (i, j) is the sum of
 * length^-3/2 over those that hold both i and j, that is, for i <= j, over a <= i and b > j.
 */
static void
fill_interval_kernel(float *kernel, int side)
{
	for (int i = 0; i < side; i++)
		for (int j = side - 1; j >= i; j--)
		{
			int length = j + 1 - i;
			float above = i > 0 ? kernel[(i - 1) * side + j] : 0;
			float right = j + 1 < side ? kernel[i * side + j + 1] : 0;
			float both = i > 0 && j + 1 < side ? kernel[(i - 1) * side + j + 1] : 0;

			kernel[i * side + j] = above + right - both + (float) (1 / (length * sqrt(length)));
		}
	for (int i = 0; i < side; i++)
		for (int j = 0; j < i; j++)
			kernel[i * side + j] = kernel[j * side + i];
}

/* Number of the grid's block in which a cell lies. */
static inline size_t
grid_block(const BasisProblem *problem, size_t cell)
{
	size_t y = cell / problem->map->width;
	size_t x = cell % problem->map->width;

	return y * problem->rows / problem->map->height * problem->columns +
		   x * problem->columns / problem->map->width;
}

/* One spatial frequency, in half waves over each side. */
typedef struct Frequency
{
	int y;
	int x;
	double square; /* in half waves a cell, squared */
} Frequency;

static int
compare_frequencies(const void *a, const void *b)
{
	const Frequency *left = a;
	const Frequency *right = b;

	if (left->square != right->square)
		return left->square < right->square ? -1 : 1;
	return left->y - right->y;
}

/* Starts from the lowest spatial frequencies, which the sums of windows are made of. */
static void
fill_grid_with_waves(BasisProblem *problem)
{
	int rows = problem->rows;
	int columns = problem->columns;
	int most_y = rows < problem->dims ? rows : problem->dims;
	int most_x = columns < problem->dims ? columns : problem->dims;
	Frequency waves[FEATMAP_MAX_SKETCH_DIMS * FEATMAP_MAX_SKETCH_DIMS] = {0};
	float along_row[MAX_GRID_SIDE];
	int count = 0;

	for (int y = 0; y < most_y; y++)
		for (int x = 0; x < most_x; x++)
			waves[count++] =
				(Frequency){y, x,
							(double) y * y / rows / rows + (double) x * x / columns / columns};
	qsort(waves, count, sizeof(Frequency), compare_frequencies);
	for (int k = 0; k < problem->dims; k++)
	{
		/* with fewer waves than dimensions the others stay empty */
		double amplitude = k < count;

		for (int x = 0; x < columns; x++)
			along_row[x] = (float) (amplitude * cos(M_PI * (x + 0.5) * waves[k].x / columns));
		for (int y = 0; y < rows; y++)
		{
			float down = (float) cos(M_PI * (y + 0.5) * waves[k].y / rows);

			for (int x = 0; x < columns; x++)
				problem->grid[((size_t) y * columns + x) * problem->dims + k] = down * along_row[x];
		}
	}
}

/* basis = X grid': each dimension's pattern summed over the map, channel by channel. */
VECTOR_CLONES static bool
grid_to_basis(BasisProblem *problem, CoreError *error)
{
	const FeatureMap *map = problem->map;
	int dims = problem->dims;
	CellReader reader;
	PackedCell cell;
	float *sums = problem->rounded;

	memset(sums, 0, sizeof(float) * map->channels * dims);
	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		const float *pattern = problem->grid + grid_block(problem, i) * dims;
		int count;

		if (!cell_reader_next(&reader, &cell, error))
			return false;
		count = cell_nonzero_codes(map, &cell, problem->channel, problem->code);
		for (int n = 0; n < count; n++)
		{
			float value = (float) (problem->code[n] * problem->relative[problem->channel[n]]);
			float *sum = sums + (size_t) problem->channel[n] * dims;

			for (int k = 0; k < dims; k++)
				sum[k] += value * pattern[k];
		}
		problem->host->check_interrupt(problem->host->context);
	}
	for (size_t i = 0; i < (size_t) map->channels * dims; i++)
		problem->basis[i] = sums[i];
	return true;
}

/* grid = basis' X */
VECTOR_CLONES static bool
basis_to_grid(BasisProblem *problem, CoreError *error)
{
	const FeatureMap *map = problem->map;
	int dims = problem->dims;
	CellReader reader;
	PackedCell cell;

	for (size_t i = 0; i < (size_t) map->channels * dims; i++)
		problem->rounded[i] = (float) problem->basis[i];
	memset(problem->grid, 0, sizeof(float) * problem->rows * problem->columns * dims);
	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		float *sum = problem->grid + grid_block(problem, i) * dims;
		int count;

		if (!cell_reader_next(&reader, &cell, error))
			return false;
		count = cell_nonzero_codes(map, &cell, problem->channel, problem->code);
		for (int n = 0; n < count; n++)
		{
			float value = (float) (problem->code[n] * problem->relative[problem->channel[n]]);
			const float *direction = problem->rounded + (size_t) problem->channel[n] * dims;

			for (int k = 0; k < dims; k++)
				sum[k] += value * direction[k];
		}
		problem->host->check_interrupt(problem->host->context);
	}
	return true;
}

/* grid = (row_kernel x column_kernel) grid, one side after the other. */
VECTOR_CLONES static void
smooth_grid(BasisProblem *problem)
{
	int rows = problem->rows;
	int columns = problem->columns;
	int dims = problem->dims;

	memset(problem->smooth, 0, sizeof(float) * rows * columns * dims);
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < columns; x++)
			for (int from = 0; from < columns; from++)
			{
				float weight = problem->column_kernel[x * columns + from];
				const float *source = problem->grid + ((size_t) y * columns + from) * dims;
				float *sum = problem->smooth + ((size_t) y * columns + x) * dims;

				for (int k = 0; k < dims; k++)
					sum[k] += weight * source[k];
			}
	memset(problem->grid, 0, sizeof(float) * rows * columns * dims);
	for (int y = 0; y < rows; y++)
		for (int from = 0; from < rows; from++)
		{
			float weight = problem->row_kernel[y * rows + from];
			const float *source = problem->smooth + (size_t) from * columns * dims;
			float *sum = problem->grid + (size_t) y * columns * dims;

			for (int i = 0; i < columns * dims; i++)
				sum[i] += weight * source[i];
		}
}

/*
 * Modified Gram-Schmidt on the columns of the basis: one sweep over the rows
 * for each column takes the column before it out of all later ones, and sums
 * the products that its own coefficients need.  A column that has next to
 * nothing outside the ones before it becomes zero.  Once will do between
 * iterations; twice leaves the columns orthonormal to the last digits.
 */
VECTOR_CLONES static void
orthonormalise(BasisProblem *problem)
{
	int channels = problem->map->channels;
	int dims = problem->dims;
	double original[FEATMAP_MAX_SKETCH_DIMS] = {0};
	double coefficient[FEATMAP_MAX_SKETCH_DIMS] = {0}; /* 0 up to the column itself */
	double factor[FEATMAP_MAX_SKETCH_DIMS];

	for (int c = 0; c < channels; c++)
		for (int k = 0; k < dims; k++)
		{
			double value = problem->basis[(size_t) c * dims + k];

			original[k] += value * value;
		}
	for (int k = 0; k < dims; k++)
	{
		double product[FEATMAP_MAX_SKETCH_DIMS] = {0};
		bool has_direction;

		for (int c = 0; c < channels; c++)
		{
			double *row = problem->basis + (size_t) c * dims;
			double before = k > 0 ? row[k - 1] : 0;
			double pivot = row[k] - coefficient[k] * before;

			for (int j = 0; j < dims; j++)
			{
				row[j] -= coefficient[j] * before;
				product[j] += pivot * row[j];
			}
		}
		has_direction = product[k] > original[k] * RANK_TOLERANCE * RANK_TOLERANCE;
		factor[k] = has_direction ? 1 / sqrt(product[k]) : 0;
		for (int j = 0; j < dims; j++)
			coefficient[j] = j > k && has_direction ? product[j] / product[k] : 0;
	}
	for (int c = 0; c < channels; c++)
		for (int k = 0; k < dims; k++)
			problem->basis[(size_t) c * dims + k] *= factor[k];
}

static void
fill_relative_scales(BasisProblem *problem)
{
	const FeatureMap *map = problem->map;
	double greatest = 0;

	for (int c = 0; c < map->channels; c++)
		greatest = fmax(greatest, channel_scale(map, c));
	for (int c = 0; c < map->channels; c++)
		problem->relative[c] = greatest > 0 ? channel_scale(map, c) / greatest : 0;
}

static bool
find_basis(BasisProblem *problem, CoreError *error)
{
	if (problem->dims == problem->map->channels)
	{
		/* room for every channel: the axes themselves, which lose nothing */
		memset(problem->basis, 0, sizeof(double) * problem->dims * problem->dims);
		for (int k = 0; k < problem->dims; k++)
			problem->basis[(size_t) k * problem->dims + k] = 1;
		return true;
	}
	fill_relative_scales(problem);
	fill_grid_with_waves(problem);
	if (!grid_to_basis(problem, error))
		return false;
	for (int i = 0; i < ITERATIONS; i++)
	{
		if (!basis_to_grid(problem, error))
			return false;
		smooth_grid(problem);
		if (!grid_to_basis(problem, error))
			return false;
		orthonormalise(problem);
	}
	orthonormalise(problem);
	return true;
}

/* projection = basis' X, [height * width][dims], in double precision: its errors must vanish beside the steps. */
VECTOR_CLONES static bool
project_cells(BasisProblem *problem, double *projection, CoreError *error)
{
	const FeatureMap *map = problem->map;
	int dims = problem->dims;
	CellReader reader;
	PackedCell cell;

	memset(projection, 0, sizeof(double) * cell_count(map) * dims);
	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		double *sum = projection + i * dims;
		int count;

		if (!cell_reader_next(&reader, &cell, error))
			return false;
		count = cell_nonzero_codes(map, &cell, problem->channel, problem->code);
		for (int n = 0; n < count; n++)
		{
			double value = problem->code[n] * channel_scale(map, problem->channel[n]);
			const double *direction = problem->basis + (size_t) problem->channel[n] * dims;

			for (int k = 0; k < dims; k++)
				sum[k] += value * direction[k];
		}
		problem->host->check_interrupt(problem->host->context);
	}
	return true;
}

/* One dimension of the projection, and what decides its place and its step. */
typedef struct Dimension
{
	int number;
	double energy;   /* sum of squares over the cells */
	double greatest; /* magnitude of a cell */
	double total;    /* sum of magnitudes: no corner of the integral image is beyond it */
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

/* Orders the dimensions by falling energy; returns how many have any. */
VECTOR_CLONES static int
rank_dimensions(const BasisProblem *problem, const double *projection, Dimension *dimensions)
{
	int dims = problem->dims;
	int used = 0;

	for (int k = 0; k < dims; k++)
		dimensions[k] = (Dimension){k, 0, 0, 0};
	for (size_t i = 0; i < cell_count(problem->map); i++)
		for (int k = 0; k < dims; k++)
		{
			double value = fabs(projection[i * dims + k]);

			dimensions[k].energy += value * value;
			dimensions[k].total += value;
			if (value > dimensions[k].greatest)
				dimensions[k].greatest = value;
		}
	qsort(dimensions, dims, sizeof(Dimension), compare_dimensions);
	while (used < dims && dimensions[used].greatest > LEAST_PROJECTION &&
		   dimensions[used].greatest < GREATEST_PROJECTION)
		used++;
	return used;
}

/* Greatest entry of a dimension as it is stored. */
static inline int
entry_limit(int k)
{
	return k < SKETCH_WIDE_DIMS ? INT16_MAX : INT8_MAX;
}

/*
 * Codes one dimension: the integral image of column `number` of the projection,
 * rounded to multiples of the step, in mixed second differences.
 */
VECTOR_CLONES static void
code_dimension(const BasisProblem *problem, const double *projection, int number, int k, float step,
			   uint8_t *entries, size_t entry_size, double *integral, int64_t *rounded)
{
	const FeatureMap *map = problem->map;

	memset(integral, 0, sizeof(double) * map->width);
	memset(rounded, 0, sizeof(int64_t) * (map->width + 1));
	for (int y = 0; y < map->height; y++)
	{
		double row_sum = 0;
		int64_t left_above = 0, /* rounded corners: above left, and left */
			left = 0;

		for (int x = 0; x < map->width; x++)
		{
			size_t i = (size_t) y * map->width + x;
			int64_t above = rounded[x + 1];
			int64_t here;
			int entry;

			row_sum += projection[i * problem->dims + number];
			integral[x] += row_sum;
			here = llrint(integral[x] / step);
			entry = (int) (here - above - left + left_above);
			if (k < SKETCH_WIDE_DIMS)
				store_le16(entries + i * entry_size + 2 * k, (uint16_t) entry);
			else
				entries[i * entry_size + SKETCH_WIDE_DIMS + k] = (uint8_t) entry;
			left_above = above;
			left = here;
			rounded[x + 1] = here;
		}
	}
}

static void
code_sketch(const BasisProblem *problem, const double *projection, uint8_t *stored, size_t *size)
{
	const FeatureMap *map = problem->map;
	Dimension dimensions[FEATMAP_MAX_SKETCH_DIMS];
	int used = rank_dimensions(problem, projection, dimensions);
	size_t entry_size = sketch_entry_size(used);
	uint8_t *steps = stored + *size;
	uint8_t *entries = steps + sizeof(float) * used;
	double *integral = host_new(problem->host, double, map->width);
	int64_t *rounded = host_new(problem->host, int64_t, map->width + 1);

	for (int k = 0; k < used; k++)
	{
		/* a second difference of rounded corners can pass the cell's value by two steps */
		double least = dimensions[k].total / MOST_STEPS;
		float step = (float) fmax(dimensions[k].greatest / (entry_limit(k) - 3), least);

		store_le_float(steps + sizeof(float) * k, step);
		code_dimension(problem, projection, dimensions[k].number, k, step, entries, entry_size,
					   integral, rounded);
	}
	host_free(problem->host, integral);
	host_free(problem->host, rounded);
	stored[3] = (uint8_t) used;
	*size += sizeof(float) * used + cell_count(map) * entry_size;
}

bool
sketch_append(const Host *host, const FeatureMap *map, uint8_t *stored, size_t *size,
			  CoreError *error)
{
	BasisProblem problem = {.host = host, .map = map};
	size_t grid_size, basis_size;
	double *projection;
	bool done;

	problem.dims = planned_dims(map->channels, cell_count(map));
	problem.rows = map->height < MAX_GRID_SIDE ? map->height : MAX_GRID_SIDE;
	problem.columns = map->width < MAX_GRID_SIDE ? map->width : MAX_GRID_SIDE;
	grid_size = (size_t) problem.rows * problem.columns * problem.dims;
	basis_size = (size_t) map->channels * problem.dims;
	problem.row_kernel = host_new(host, float, (size_t) problem.rows *problem.rows);
	problem.column_kernel = host_new(host, float, (size_t) problem.columns *problem.columns);
	problem.grid = host_new(host, float, grid_size);
	problem.smooth = host_new(host, float, grid_size);
	problem.basis = host_new(host, double, basis_size);
	problem.rounded = host_new(host, float, basis_size);
	problem.relative = host_new(host, double, map->channels);
	problem.channel = host_new(host, int, map->channels);
	problem.code = host_new(host, int, map->channels);
	projection = host_new(host, double, cell_count(map) * problem.dims);
	fill_interval_kernel(problem.row_kernel, problem.rows);
	fill_interval_kernel(problem.column_kernel, problem.columns);

	done = find_basis(&problem, error) && project_cells(&problem, projection, error);
	if (done)
		code_sketch(&problem, projection, stored, size);

	host_free(host, projection);
	host_free(host, problem.code);
	host_free(host, problem.channel);
	host_free(host, problem.relative);
	host_free(host, problem.rounded);
	host_free(host, problem.basis);
	host_free(host, problem.smooth);
	host_free(host, problem.grid);
	host_free(host, problem.column_kernel);
	host_free(host, problem.row_kernel);
	return done;
}

/* Adds one cell's entry to the running sums of its row, [dims]. */
static inline void
add_entry(uint32_t *sums, const uint8_t *entry, int dims)
{
	int wide = dims < SKETCH_WIDE_DIMS ? dims : SKETCH_WIDE_DIMS;

	for (int k = 0; k < wide; k++)
		sums[k] += (uint32_t) (int16_t) load_le16(entry + 2 * k);
	entry += SKETCH_WIDE_DIMS;
	for (int k = SKETCH_WIDE_DIMS; k < dims; k++)
		sums[k] += (uint32_t) (int8_t) entry[k];
}

VECTOR_CLONES double
sketch_integral(const FeatureMap *map, double unit, float *corners, float *leading, int row_stride,
				int32_t *steps)
{
	int dims = map->sketch_dims;
	int padded = sketch_padded_dims(map);
	size_t entry_size = sketch_entry_size(dims);
	const uint8_t *entry = map->sketch;
	/* unsigned, since in a damaged sketch they may wrap around; int32 fits what construction made */
	uint32_t sums[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	float step[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	float greatest[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	double error_square = 0;

	for (int k = 0; k < dims; k++)
		step[k] = (float) (load_le_float(map->sketch_steps + sizeof(float) * k) / unit);
	memset(steps, 0, sizeof(int32_t) * (map->width + 1) * padded);
	memset(corners, 0, sizeof(float) * (map->width + 1) * padded);
	memset(leading, 0, sizeof(float) * (map->height + 1) * LEADING_DIMS * row_stride);
	corners += (size_t) (map->width + 1) * padded;
	for (int y = 0; y < map->height; y++)
	{
		int32_t *above = steps + padded;

		memset(sums, 0, sizeof(sums));
		memset(corners, 0, sizeof(float) * padded);
		corners += padded;
		leading += LEADING_DIMS * row_stride;
		for (int x = 1; x <= map->width; x++)
		{
			add_entry(sums, entry, dims);
			for (int k = 0; k < padded; k++)
			{
				above[k] = (int32_t) ((uint32_t) above[k] + sums[k]);
				corners[k] = (float) above[k] * step[k];
				greatest[k] = fabsf(corners[k]) > greatest[k] ? fabsf(corners[k]) : greatest[k];
			}
			for (int k = 0; k < LEADING_DIMS; k++)
				leading[k * row_stride + x] = corners[k];
			entry += entry_size;
			above += padded;
			corners += padded;
		}
	}
	for (int k = 0; k < dims; k++)
	{
		double error = SKETCH_CORNERS_ERROR * step[k] + FLOAT_ROUNDING * greatest[k];

		error_square += error * error;
	}
	return sqrt(error_square);
}
