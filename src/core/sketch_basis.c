/*
 * sketch_basis.c
 *		Choosing the directions that the norm sketch keeps.
 *
 * The best basis for the sums S of all windows, each weighted by area^-3/2 (as
 * large windows would otherwise drown the small ones), are the leading
 * eigenvectors of
 *
 *		sum over windows of S S' / area^3/2  =  X (Ky x Kx) X'
 *
 * where X is channels by cells, and Ky[i][j] = sum of length^-3/2 over the
 * intervals of rows that hold both i and j, Kx alike for columns: the sum over
 * all windows separates.  Some steps of subspace iteration, starting from the
 * lowest spatial frequencies, find them well enough at the cost of a few
 * passes over the non-zero codes.  (On real maps this leaves a quarter of the
 * windows to evaluate that block sums of a coarse grid leave with as many
 * dimensions.)
 *
 * Any basis gives a true bound; a bad one only makes it loose.
 */
#include "sketch_basis.h"

#include <math.h>
#include <stdlib.h>

#include "code_walk.h"

#define ITERATIONS 2
/* The basis is sought on a map of at most so many rows and columns, summed from larger ones. */
#define MAX_GRID_SIDE 64
/* A direction whose part outside the others is smaller than this has none. */
#define RANK_TOLERANCE 1e-9

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
	CodeWalk walk;
	bool done = true;
	float *sums = problem->rounded;

	memset(sums, 0, sizeof(float) * map->channels * dims);
	code_walk_start(&walk, problem->host, map);
	for (size_t i = 0; done && i < cell_count(map); i++)
	{
		const float *pattern = problem->grid + grid_block(problem, i) * dims;

		done = code_walk_next(&walk, error);
		for (int n = 0; done && n < walk.count; n++)
		{
			float value = (float) (walk.code[n] * problem->relative[walk.channel[n]]);
			float *sum = sums + (size_t) walk.channel[n] * dims;

			for (int k = 0; k < dims; k++)
				sum[k] += value * pattern[k];
		}
	}
	code_walk_end(&walk);
	for (size_t i = 0; i < (size_t) map->channels * dims; i++)
		problem->basis[i] = sums[i];
	return done;
}

/* grid = basis' X */
VECTOR_CLONES static bool
basis_to_grid(BasisProblem *problem, CoreError *error)
{
	const FeatureMap *map = problem->map;
	int dims = problem->dims;
	CodeWalk walk;
	bool done = true;

	for (size_t i = 0; i < (size_t) map->channels * dims; i++)
		problem->rounded[i] = (float) problem->basis[i];
	memset(problem->grid, 0, sizeof(float) * problem->rows * problem->columns * dims);
	code_walk_start(&walk, problem->host, map);
	for (size_t i = 0; done && i < cell_count(map); i++)
	{
		float *sum = problem->grid + grid_block(problem, i) * dims;

		done = code_walk_next(&walk, error);
		for (int n = 0; done && n < walk.count; n++)
		{
			float value = (float) (walk.code[n] * problem->relative[walk.channel[n]]);
			const float *direction = problem->rounded + (size_t) walk.channel[n] * dims;

			for (int k = 0; k < dims; k++)
				sum[k] += value * direction[k];
		}
	}
	code_walk_end(&walk);
	return done;
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

/* The axes themselves, where there is room for every channel: they lose nothing. */
static void
fill_with_axes(double *basis, int dims)
{
	memset(basis, 0, sizeof(double) * dims * dims);
	for (int k = 0; k < dims; k++)
		basis[(size_t) k * dims + k] = 1;
}

bool
sketch_find_basis(const Host *host, const FeatureMap *map, int dims, double *basis,
				  CoreError *error)
{
	BasisProblem problem = {.host = host, .map = map, .dims = dims, .basis = basis};
	size_t grid_size;
	bool done;

	if (dims == map->channels)
	{
		fill_with_axes(basis, dims);
		return true;
	}
	problem.rows = map->height < MAX_GRID_SIDE ? map->height : MAX_GRID_SIDE;
	problem.columns = map->width < MAX_GRID_SIDE ? map->width : MAX_GRID_SIDE;
	grid_size = (size_t) problem.rows * problem.columns * dims;
	problem.row_kernel = host_new(host, float, (size_t) problem.rows *problem.rows);
	problem.column_kernel = host_new(host, float, (size_t) problem.columns *problem.columns);
	problem.grid = host_new(host, float, grid_size);
	problem.smooth = host_new(host, float, grid_size);
	problem.rounded = host_new(host, float, (size_t) map->channels *dims);
	problem.relative = host_new(host, double, map->channels);
	fill_interval_kernel(problem.row_kernel, problem.rows);
	fill_interval_kernel(problem.column_kernel, problem.columns);
	done = find_basis(&problem, error);
	host_free(host, problem.relative);
	host_free(host, problem.rounded);
	host_free(host, problem.smooth);
	host_free(host, problem.grid);
	host_free(host, problem.column_kernel);
	host_free(host, problem.row_kernel);
	return done;
}
