/*
 * kmeans.c
 *		Lists of vectors that lie close together.
 */
#include "core/index/kmeans.h"

#include <string.h>

#include "core/index/centres.h"
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
	float *centres; /* [lists][dims] */
	CentreTable table;
	double *sums;  /* [lists][dims]: of each list's vectors */
	size_t *sizes; /* [lists] */
	uint64_t random;
} Lists;

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
	centre_table_fill(&lists->table, host, lists->centres, lists->lists,
					  lists->dims);
	memset(lists->sizes, 0, sizeof(size_t) * lists->lists);
	memset(lists->sums, 0, sizeof(double) * lists->lists * lists->dims);
	for (size_t i = 0; i < lists->count; i++)
	{
		const float *vector = lists->vectors + i * lists->dims;
		int nearest;
		double *sum;

		if (i % CHECK_EVERY == 0)
			host_check(host);
		nearest = centre_table_nearest(&lists->table, vector);
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
	scratch_release(host, &work.table.space);
}
