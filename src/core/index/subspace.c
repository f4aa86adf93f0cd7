/*
 * subspace.c
 *		The few dimensions in which vectors have most of their norm.
 *
 * An iteration replaces the basis B by (sum of x x') B, without that matrix:
 * each vector is projected, and added to each row as often as the projection
 * says.  The cost is that of 2 * count * dims * channels products, whatever
 * the number of channels, and no memory but a second basis.
 */
#include "core/index/subspace.h"

#include <math.h>
#include <string.h>

#include "core/index/projection.h"
#include "core/index/rotation.h"

#define ITERATIONS 6
#define SEED       UINT64_C(0x737562737061)
/* What is left of a row, and is shorter than this part of it, is rounding. */
#define RANK_TOLERANCE 1e-5f
/* Most attempts to find a random direction that is not in the others. */
#define ATTEMPTS 8

static void
fill_random(float *row, int channels, uint64_t *random)
{
	for (int c = 0; c < channels; c++)
		row[c] = (float) ((double) next_random(random) * 0x1p-63 - 1);
}

VECTOR_CLONES static void
add_multiple(float *row, float factor, const float *other, int channels)
{
	for (int c = 0; c < channels; c++)
		row[c] += factor * other[c];
}

/*
 * Makes row k orthogonal to those before it, and of length 1; false where
 * nothing is left of it.
 */
static bool
orthonormalise_row(float *basis, int channels, int k)
{
	float *row = basis + (size_t) k * channels;
	float before = sqrtf(inner_product(row, row, channels));
	float length;

	/* twice is enough (Giraud, Langou and Rozloznik 2005) */
	for (int pass = 0; pass < 2; pass++)
		for (int j = 0; j < k; j++)
		{
			const float *other = basis + (size_t) j * channels;

			add_multiple(row, -inner_product(row, other, channels), other,
						 channels);
		}
	length = sqrtf(inner_product(row, row, channels));
	if (!(length > RANK_TOLERANCE * before))
		return false;
	for (int c = 0; c < channels; c++)
		row[c] /= length;
	return true;
}

static void
orthonormalise(const Host *host, float *basis, int channels, int dims,
			   uint64_t *random)
{
	for (int k = 0; k < dims; k++)
	{
		float *row = basis + (size_t) k * channels;
		bool done = k < channels && orthonormalise_row(basis, channels, k);

		host_check(host);
		for (int i = 0; i < ATTEMPTS && k < channels && !done; i++)
		{
			fill_random(row, channels, random);
			done = orthonormalise_row(basis, channels, k);
		}
		if (!done)
			memset(row, 0, sizeof(float) * channels);
	}
}

/* row += sum of factors[i] * vectors[i], for size vectors */
static void
add_batch(const float *vectors, int size, int channels, const float *factors,
		  float *row)
{
	if (size == ROWS_AT_ONCE)
		add_rows(vectors, channels, factors, channels, row);
	else
		for (int i = 0; i < size; i++)
			add_multiple(row, factors[i], vectors + (size_t) i * channels,
						 channels);
}

/*
 * next = (sum of x x') basis.  factors is scratch space, [dims][ROWS_AT_ONCE],
 * and so is projected, [dims].
 */
static void
multiply(const Host *host, const float *vectors, size_t count, int channels,
		 int dims, const float *basis, float *next, float *factors,
		 float *projected)
{
	memset(next, 0, sizeof(float) * dims * channels);
	for (size_t first = 0; first < count; first += ROWS_AT_ONCE)
	{
		const float *batch = vectors + first * channels;
		int size = count - first < ROWS_AT_ONCE ? (int) (count - first)
												: ROWS_AT_ONCE;

		host_check(host);
		for (int i = 0; i < size; i++)
		{
			project(basis, dims, channels, batch + (size_t) i * channels,
					projected);
			for (int k = 0; k < dims; k++)
				factors[k * ROWS_AT_ONCE + i] = projected[k];
		}
		for (int k = 0; k < dims; k++)
			add_batch(batch, size, channels, factors + k * ROWS_AT_ONCE,
					  next + (size_t) k * channels);
	}
}

void
find_subspace(const Host *host, const float *vectors, size_t count,
			  int channels, int dims, float *basis)
{
	float *next = host_new(host, float, (size_t) dims *channels);
	float *factors = host_new(host, float, (size_t) (ROWS_AT_ONCE + 1) * dims);
	uint64_t random = SEED;

	for (int k = 0; k < dims; k++)
		fill_random(basis + (size_t) k * channels, channels, &random);
	orthonormalise(host, basis, channels, dims, &random);
	for (int i = 0; i < ITERATIONS; i++)
	{
		multiply(host, vectors, count, channels, dims, basis, next, factors,
				 factors + (size_t) ROWS_AT_ONCE * dims);
		memcpy(basis, next, sizeof(float) * dims * channels);
		orthonormalise(host, basis, channels, dims, &random);
	}
	host_free(host, factors);
	host_free(host, next);
}
