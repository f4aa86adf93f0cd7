/*
 * projection.c
 *		Products of a vector with the rows of a matrix, in single precision.
 */
#include "core/index/projection.h"

#include <string.h>

#include "core/host.h"

#define LANES 8
/* Rows that go through a vector together. */
#define ROWS 4

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

/* A macro, since a function that returns it would have no fixed ABI. */
#define load_lanes(from, lanes) memcpy(&(lanes), (from), sizeof(Lanes))

static inline float
add_lanes(const float *lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
		   ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* The products of `count` rows, at most ROWS; inlined, so that it is fixed. */
static inline __attribute__((always_inline)) void
multiply_rows(const float *rows, int count, int columns, const float *vector,
			  float *out)
{
	Lanes sums[ROWS] = {{0}};
	int whole = columns / LANES * LANES;

	for (int c = 0; c < whole; c += LANES)
	{
		Lanes factor;

		load_lanes(vector + c, factor);
		for (int i = 0; i < count; i++)
		{
			Lanes row;

			load_lanes(rows + (size_t) i * columns + c, row);
			sums[i] += row * factor;
		}
	}
	for (int i = 0; i < count; i++)
	{
		float lanes[LANES];

		memcpy(lanes, &sums[i], sizeof(lanes));
		for (int c = whole; c < columns; c++)
			lanes[c - whole] += rows[(size_t) i * columns + c] * vector[c];
		out[i] = add_lanes(lanes);
	}
}

VECTOR_CLONES void
project(const float *rows, int count, int columns, const float *vector,
		float *out)
{
	int i = 0;

	for (; i + ROWS <= count; i += ROWS)
		multiply_rows(rows + (size_t) i * columns, ROWS, columns, vector,
					  out + i);
	for (; i < count; i++)
		multiply_rows(rows + (size_t) i * columns, 1, columns, vector,
					  out + i);
}

VECTOR_CLONES void
add_rows(const float *rows, size_t stride, const float *factors, int columns,
		 float *sums)
{
	/* a copy, which the compiler knows that the sums do not overlap */
	float factor[ROWS_AT_ONCE];

	memcpy(factor, factors, sizeof(factor));
	for (int c = 0; c < columns; c++)
	{
		float sum = sums[c];

		for (int i = 0; i < ROWS_AT_ONCE; i++)
			sum += factor[i] * rows[i * stride + c];
		sums[c] = sum;
	}
}

float
inner_product(const float *a, const float *b, int columns)
{
	float product;

	project(a, 1, columns, b, &product);
	return product;
}
