/*
 * kmeans.c
 *		Lists of vectors that lie close together.
 */
#include "core/index/kmeans.h"

#include <string.h>

#include "core/index/projection.h"
#include "core/index/rotation.h"

#define ITERATIONS 10
#define SEED       UINT64_C(0x6b6d65616e73)
/* Vectors between two looks at interrupts. */
#define CHECK_EVERY 64

/* What an iteration works on. */
typedef struct Lists
{
	const float *vectors; /* [count][dims] */
	size_t count;
	int dims;
	int lists;
	float *centres;      /* [lists][dims] */
	float *half_squares; /* [lists] */
	float *products;     /* [lists] */
	double *sums;        /* [lists][dims]: of each list's vectors */
	size_t *sizes;       /* [lists] */
	uint64_t random;
} Lists;

void
centre_half_squares(const float *centres, int lists, int dims,
					float *half_squares)
{
	for (int i = 0; i < lists; i++)
	{
		const float *centre = centres + (size_t) i * dims;

		half_squares[i] = inner_product(centre, centre, dims) / 2;
	}
}

int
nearest_centre(const float *centres, const float *half_squares, int lists,
			   int dims, const float *vector, float *products)
{
	int nearest = 0;

	project(centres, lists, dims, vector, products);
	for (int i = 1; i < lists; i++)
		if (products[i] - half_squares[i] >
			products[nearest] - half_squares[nearest])
			nearest = i;
	return nearest;
}

static void
start_from_random_vector(Lists *lists, int list)
{
	size_t chosen = next_random(&lists->random) % lists->count;

	memcpy(lists->centres + (size_t) list * lists->dims,
		   lists->vectors + chosen * lists->dims, sizeof(float) * lists->dims);
}

/* Adds each vector to the list it is nearest to. */
static void
assign(const Host *host, Lists *lists)
{
	centre_half_squares(lists->centres, lists->lists, lists->dims,
						lists->half_squares);
	memset(lists->sizes, 0, sizeof(size_t) * lists->lists);
	memset(lists->sums, 0, sizeof(double) * lists->lists * lists->dims);
	for (size_t i = 0; i < lists->count; i++)
	{
		const float *vector = lists->vectors + i * lists->dims;
		int nearest;
		double *sum;

		if (i % CHECK_EVERY == 0)
			host_check(host);
		nearest =
			nearest_centre(lists->centres, lists->half_squares, lists->lists,
						   lists->dims, vector, lists->products);
		sum = lists->sums + (size_t) nearest * lists->dims;
		lists->sizes[nearest]++;
		for (int k = 0; k < lists->dims; k++)
			sum[k] += vector[k];
	}
}

/* Moves each centre to the mean of its vectors. */
static void
move_centres(Lists *lists)
{
	for (int i = 0; i < lists->lists; i++)
	{
		const double *sum = lists->sums + (size_t) i * lists->dims;
		float *centre = lists->centres + (size_t) i * lists->dims;

		if (lists->sizes[i] == 0)
			start_from_random_vector(lists, i);
		else
			for (int k = 0; k < lists->dims; k++)
				centre[k] = (float) (sum[k] / (double) lists->sizes[i]);
	}
}

void
kmeans(const Host *host, const float *vectors, size_t count, int dims,
	   int lists, float *centres)
{
	Lists work = {.vectors = vectors,
				  .count = count,
				  .dims = dims,
				  .lists = lists,
				  .centres = centres,
				  .half_squares = host_new(host, float, lists),
				  .products = host_new(host, float, lists),
				  .sums = host_new(host, double, (size_t) lists *dims),
				  .sizes = host_new(host, size_t, lists),
				  .random = SEED};

	for (int i = 0; i < lists; i++)
		start_from_random_vector(&work, i);
	for (int i = 0; i < (lists == 1 ? 1 : ITERATIONS); i++)
	{
		assign(host, &work);
		move_centres(&work);
	}
	host_free(host, work.sizes);
	host_free(host, work.sums);
	host_free(host, work.products);
	host_free(host, work.half_squares);
}
