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
 * Any basis that lengthens no vector gives a true bound.  A bad one only makes
 * it loose.  So all this is done in single precision, and what rounding adds
 * to the norm of the basis is measured in the end and divided out: see
 * shrinking_factor.
 */
#include "core/map/sketch_basis.h"

#include <math.h>
#include <stdlib.h>

#define ITERATIONS 2
/*
 * The basis is computed on a grid of at most this many rows and columns; cells
 * of larger maps are summed.
 */
#define MAX_GRID_SIDE 64
/*
 * A direction whose part outside the others is smaller than this has none: it
 * would be all rounding.
 */
#define RANK_TOLERANCE 1e-6
/*
 * More than the error of the norm of a matrix of products, which are added in
 * double precision.
 */
#define GRAM_ROUNDING 1e-9
/*
 * Always as many dimensions, the last ones zero where fewer are wanted: loops
 * of fixed length are faster.
 */
#define DIMS FEATMAP_MAX_SKETCH_DIMS

/* Products of the columns of a basis with each other. */
typedef double Gram[DIMS][DIMS];

/*
 * What the choice of the basis works on.  Sides beyond MAX_GRID_SIDE are
 * divided into that many blocks, and cells of one block are summed.
 */
typedef struct BasisProblem
{
	ValueWalk *walk;
	int dims;
	int rows; /* of the grid */
	int columns;
	float *row_kernel;    /* [rows][rows] */
	float *column_kernel; /* [columns][columns] */
	/* [rows][columns][DIMS]: a pattern over the grid for each dimension */
	float *grid;
	float *smooth; /* the same, for the smoothing's halves */
	/* [channels][DIMS], the columns orthonormal after orthonormalise */
	float *basis;
} BasisProblem;

/*
 * Kernel of all intervals [a, b) of a side, [side][side]: entry (i, j) is the
 * sum of length^-3/2 over those that hold both i and j, that is, for i <= j,
 * over a <= i and b > j.
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
			float both =
				i > 0 && j + 1 < side ? kernel[(i - 1) * side + j + 1] : 0;

			kernel[i * side + j] =
				above + right - both + (float) (1 / (length * sqrt(length)));
		}
	for (int i = 0; i < side; i++)
		for (int j = 0; j < i; j++)
			kernel[i * side + j] = kernel[j * side + i];
}

/* Number of the grid's block in which a cell lies. */
static inline size_t
grid_block(const BasisProblem *problem, size_t cell)
{
	size_t y = cell / problem->walk->map->width;
	size_t x = cell % problem->walk->map->width;

	return y * problem->rows / problem->walk->map->height * problem->columns +
		   x * problem->columns / problem->walk->map->width;
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

/*
 * Starts from the lowest spatial frequencies, which the sums of windows are
 * made of.
 */
static void
fill_grid_with_waves(BasisProblem *problem)
{
	int rows = problem->rows;
	int columns = problem->columns;
	Frequency waves[DIMS * DIMS];
	float along_row[MAX_GRID_SIDE];
	int count = 0;

	/*
	 * a wave comes after all that are no higher on both sides: with itself, (y
	 * + 1) (x + 1)
	 */
	for (int y = 0; y < rows && y < problem->dims; y++)
		for (int x = 0; x < columns && (y + 1) * (x + 1) <= problem->dims; x++)
			waves[count++] =
				(Frequency){y, x,
							(double) y * y / rows / rows +
								(double) x * x / columns / columns};
	qsort(waves, count, sizeof(Frequency), compare_frequencies);
	memset(problem->grid, 0, sizeof(float) * rows * columns * DIMS);
	for (int k = 0; k < problem->dims; k++)
	{
		for (int x = 0; x < columns; x++)
			along_row[x] =
				(float) cos(M_PI * (x + 0.5) * waves[k].x / columns);
		for (int y = 0; y < rows; y++)
		{
			float down = (float) cos(M_PI * (y + 0.5) * waves[k].y / rows);

			for (int x = 0; x < columns; x++)
				problem->grid[((size_t) y * columns + x) * DIMS + k] =
					down * along_row[x];
		}
	}
}

/*
 * Adds a cell's pattern, times its values, to its channels' rows of the basis.
 */
static inline void
add_pattern(const ValueWalk *walk, const float *cell_pattern, float *basis)
{
	const uint16_t *channel = walk->channel;
	const float *value = walk->value;
	int count = walk->count;
	/* a copy, which the compiler knows that the basis does not overlap */
	float pattern[DIMS];

	memcpy(pattern, cell_pattern, sizeof(pattern));
	for (int n = 0; n < count; n++)
	{
		float *sum = basis + (size_t) channel[n] * DIMS;

		for (int k = 0; k < DIMS; k++)
			sum[k] += value[n] * pattern[k];
	}
}

/*
 * basis = X grid': each dimension's pattern summed over the map, channel by
 * channel.
 */
VECTOR_CLONES static bool
grid_to_basis(BasisProblem *problem, CoreError *error)
{
	ValueWalk *walk = problem->walk;

	memset(problem->basis, 0, sizeof(float) * walk->map->channels * DIMS);
	value_walk_rewind(walk);
	for (size_t i = 0; i < cell_count(walk->map); i++)
	{
		if (!value_walk_next(walk, error))
			return false;
		add_pattern(walk, problem->grid + grid_block(problem, i) * DIMS,
					problem->basis);
	}
	return true;
}

/*
 * Adds the directions of a cell's channels, times its values, to total,
 * [DIMS]: four at a time, as each sum waits for the one before.
 */
static inline void
add_directions(const ValueWalk *walk, const float *basis, float *total)
{
	const uint16_t *channel = walk->channel;
	const float *value = walk->value;
	int count = walk->count;
	float sum[DIMS] = {0};
	int n = 0;

	for (; n + 4 <= count; n += 4)
	{
		const float *first = basis + (size_t) channel[n] * DIMS;
		const float *second = basis + (size_t) channel[n + 1] * DIMS;
		const float *third = basis + (size_t) channel[n + 2] * DIMS;
		const float *fourth = basis + (size_t) channel[n + 3] * DIMS;

		for (int k = 0; k < DIMS; k++)
			sum[k] += (value[n] * first[k] + value[n + 1] * second[k]) +
					  (value[n + 2] * third[k] + value[n + 3] * fourth[k]);
	}
	for (; n < count; n++)
		for (int k = 0; k < DIMS; k++)
			sum[k] += value[n] * basis[(size_t) channel[n] * DIMS + k];
	for (int k = 0; k < DIMS; k++)
		total[k] += sum[k];
}

/* grid = basis' X */
VECTOR_CLONES static bool
basis_to_grid(BasisProblem *problem, CoreError *error)
{
	ValueWalk *walk = problem->walk;

	memset(problem->grid, 0,
		   sizeof(float) * problem->rows * problem->columns * DIMS);
	value_walk_rewind(walk);
	for (size_t i = 0; i < cell_count(walk->map); i++)
	{
		if (!value_walk_next(walk, error))
			return false;
		add_directions(walk, problem->basis,
					   problem->grid + grid_block(problem, i) * DIMS);
	}
	return true;
}

/*
 * Multiplies one row or column of a grid, whose patterns are step floats
 * apart, by a kernel.
 */
static inline void
smooth_side(const float *kernel, int side, size_t step, const float *source,
			float *smoothed)
{
	for (int i = 0; i < side; i++)
	{
		float sum[DIMS] = {0};

		for (int from = 0; from < side; from++)
			for (int k = 0; k < DIMS; k++)
				sum[k] += kernel[i * side + from] * source[from * step + k];
		memcpy(smoothed + i * step, sum, sizeof(sum));
	}
}

/* grid = (row_kernel x column_kernel) grid, one side after the other. */
VECTOR_CLONES static void
smooth_grid(BasisProblem *problem)
{
	size_t row = (size_t) problem->columns * DIMS;

	for (int y = 0; y < problem->rows; y++)
		smooth_side(problem->column_kernel, problem->columns, DIMS,
					problem->grid + y * row, problem->smooth + y * row);
	for (int x = 0; x < problem->columns; x++)
		smooth_side(problem->row_kernel, problem->rows, row,
					problem->smooth + (size_t) x * DIMS,
					problem->grid + (size_t) x * DIMS);
}

/*
 * gram = basis' basis; four channels at a time, as each sum waits for the one
 * before.
 */
VECTOR_CLONES static void
fill_gram(const float *basis, int channels, Gram gram)
{
	memset(gram, 0, sizeof(Gram));
	for (int c = 0; c < channels; c += 4)
	{
		double row[4][DIMS] = {{0}};

		for (int i = 0; i < 4 && c + i < channels; i++)
			for (int k = 0; k < DIMS; k++)
				row[i][k] = basis[(size_t) (c + i) * DIMS + k];
		for (int j = 0; j < DIMS; j++)
			for (int k = 0; k < DIMS; k++)
				gram[j][k] += (row[0][j] * row[0][k] + row[1][j] * row[1][k]) +
							  (row[2][j] * row[2][k] + row[3][j] * row[3][k]);
	}
}

/*
 * Gram-Schmidt on columns of which only the products with each other, gram,
 * are known: writes the matrix that, multiplied from the right, makes them
 * orthonormal.  That is elimination on gram and the identity side by side.  A
 * column that has next to nothing outside the ones before it becomes zero.
 */
VECTOR_CLONES static void
find_orthonormaliser(Gram gram, Gram multiplier)
{
	Gram combination = {{0}}; /* row k: what column k is made of */
	double least[DIMS];

	for (int k = 0; k < DIMS; k++)
	{
		combination[k][k] = 1;
		least[k] = gram[k][k] * RANK_TOLERANCE * RANK_TOLERANCE;
	}
	for (int k = 0; k < DIMS; k++)
	{
		double square = gram[k][k];
		double inverse = square > least[k] ? 1 / square : 0;

		for (int j = k + 1; j < DIMS; j++)
		{
			double factor = gram[j][k] * inverse;

			for (int i = 0; i < DIMS; i++)
			{
				gram[j][i] -= factor * gram[k][i];
				combination[j][i] -= factor * combination[k][i];
			}
		}
		for (int i = 0; i < DIMS; i++)
			multiplier[i][k] = combination[k][i] * sqrt(inverse);
	}
}

/* basis = basis multiplier, where multiplier is upper triangular */
VECTOR_CLONES static void
multiply_basis(float *basis, int channels, Gram multiplier)
{
	for (int c = 0; c < channels; c++)
	{
		float *row = basis + (size_t) c * DIMS;
		double sum[DIMS] = {0};

		for (int j = 0; j < DIMS; j += 4)
			for (int k = 0; k < DIMS; k++)
				sum[k] += (row[j] * multiplier[j][k] +
						   row[j + 1] * multiplier[j + 1][k]) +
						  (row[j + 2] * multiplier[j + 2][k] +
						   row[j + 3] * multiplier[j + 3][k]);
		for (int k = 0; k < DIMS; k++)
			row[k] = (float) sum[k];
	}
}

static void
orthonormalise(BasisProblem *problem)
{
	int channels = problem->walk->map->channels;
	Gram gram, multiplier;

	fill_gram(problem->basis, channels, gram);
	find_orthonormaliser(gram, multiplier);
	multiply_basis(problem->basis, channels, multiplier);
}

/*
 * Factor that makes the basis never lengthen a vector.  Its columns are
 * orthonormal but for rounding, and projections would be too long by that:
 * with gram = I + E on the columns that are not zero, the norm of the basis
 * squared is at most 1 + the Frobenius norm of E.
 */
static double
shrinking_factor(const float *basis, int channels)
{
	Gram gram;
	double square = 0;

	fill_gram(basis, channels, gram);
	for (int j = 0; j < DIMS; j++)
		for (int k = 0; k < DIMS; k++)
		{
			double excess = gram[j][k] - (j == k && gram[k][k] > 0);

			square += excess * excess;
		}
	return 1 / sqrt(1 + sqrt(square) + GRAM_ROUNDING);
}

static bool
find_basis(BasisProblem *problem, CoreError *error)
{
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
	return true;
}

/*
 * The axes themselves, where there is room for every channel: they lose
 * nothing.
 */
static void
fill_with_axes(double *basis, int channels)
{
	memset(basis, 0, sizeof(double) * channels * DIMS);
	for (int c = 0; c < channels; c++)
		basis[(size_t) c * DIMS + c] = 1;
}

bool
sketch_find_basis(const Host *host, ValueWalk *walk, int dims, double *basis,
				  CoreError *error)
{
	BasisProblem problem = {.walk = walk, .dims = dims};
	const FeatureMap *map = walk->map;
	size_t basis_size = (size_t) map->channels * DIMS;
	size_t grid_size;
	bool done;

	if (dims == map->channels)
	{
		fill_with_axes(basis, dims);
		return true;
	}
	problem.rows = map->height < MAX_GRID_SIDE ? map->height : MAX_GRID_SIDE;
	problem.columns = map->width < MAX_GRID_SIDE ? map->width : MAX_GRID_SIDE;
	grid_size = (size_t) problem.rows * problem.columns * DIMS;
	problem.row_kernel =
		host_new(host, float, (size_t) problem.rows *problem.rows);
	problem.column_kernel =
		host_new(host, float, (size_t) problem.columns *problem.columns);
	problem.grid = host_new(host, float, grid_size);
	problem.smooth = host_new(host, float, grid_size);
	problem.basis = host_new(host, float, basis_size);
	fill_interval_kernel(problem.row_kernel, problem.rows);
	fill_interval_kernel(problem.column_kernel, problem.columns);
	done = find_basis(&problem, error);
	if (done)
	{
		double factor = shrinking_factor(problem.basis, map->channels);

		for (size_t i = 0; i < basis_size; i++)
			basis[i] = problem.basis[i] * factor;
	}
	host_free(host, problem.basis);
	host_free(host, problem.smooth);
	host_free(host, problem.grid);
	host_free(host, problem.column_kernel);
	host_free(host, problem.row_kernel);
	return done;
}
