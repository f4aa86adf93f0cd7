/*
 * sketch_basis_test.c
 *		The basis of the sketch: orthonormal, and never longer than what it
 *		projects.
 */
#include "core/map/sketch_basis.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"

#define DIMS FEATMAP_MAX_SKETCH_DIMS

static long double
column_product(const double *basis, int channels, int j, int k)
{
	long double product = 0;

	for (int c = 0; c < channels; c++)
		product += (long double) basis[c * DIMS + j] * basis[c * DIMS + k];
	return product;
}

/*
 * Square of the basis's norm as a matrix, by power iteration on its products.
 */
static long double
squared_norm(const double *basis, int channels, Random *random)
{
	long double gram[DIMS][DIMS], vector[DIMS], square = 0;

	for (int j = 0; j < DIMS; j++)
	{
		vector[j] = random_normal(random);
		for (int k = 0; k < DIMS; k++)
			gram[j][k] = column_product(basis, channels, j, k);
	}
	for (int i = 0; i < 2000; i++)
	{
		long double next[DIMS] = {0}, before = 0, after = 0;

		for (int j = 0; j < DIMS; j++)
			for (int k = 0; k < DIMS; k++)
				next[j] += gram[j][k] * vector[k];
		for (int j = 0; j < DIMS; j++)
		{
			before += vector[j] * vector[j];
			after += next[j] * next[j];
		}
		square = sqrtl(after / before);
		for (int j = 0; j < DIMS; j++)
			vector[j] = next[j] / sqrtl(after);
	}
	return square;
}

static void
check_basis(const TestMap *made, const double *basis, int dims, Random *random)
{
	int channels = made->map.channels;
	int directions = 0;

	for (int j = 0; j < DIMS; j++)
	{
		bool is_zero = column_product(basis, channels, j, j) == 0;

		directions += !is_zero;
		assert_true(is_zero || j < dims);
		for (int k = 0; k <= j; k++)
		{
			long double product = column_product(basis, channels, j, k);

			if (fabsl(product - (j == k && !is_zero)) > 1e-4L)
				fail_msg("%s: product of directions %d and %d is %Lg",
						 map_kind_names[made->kind], j, k, product);
		}
	}
	assert_true(directions > 0);
	if (squared_norm(basis, channels, random) > 1)
		fail_msg("%s: the basis is longer than 1 by %Lg",
				 map_kind_names[made->kind],
				 squared_norm(basis, channels, random) - 1);
}

static void
check_kind(Random *random, MapKind kind, int channels, int height, int width)
{
	int cells = height * width;
	int rank = channels < cells ? channels : cells;
	int dims = rank < DIMS ? rank : DIMS;
	TestHost test;
	const Host *host = test_host_start(&test);
	double *basis = host_new(host, double, (size_t) channels *DIMS);
	CoreError error;
	ValueWalk walk;
	TestMap made;

	make_map(host, &made, random, kind, channels, height, width, 8);
	value_walk_start(&walk, host, &made.map);
	assert_done(sketch_find_basis(host, &walk, dims, basis, &error), &error);
	value_walk_end(&walk);
	check_basis(&made, basis, dims, random);
	host_free(host, basis);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

static void
bases_are_orthonormal_and_not_too_long(void **state)
{
	static const int sizes[][3] = {{5, 10, 14}, {29, 6, 7},  {130, 7, 9},
								   {40, 3, 4},  {64, 70, 3}, {33, 1, 1}};
	Random random = {71};

	(void) state;
	for (int kind = MAP_CONSTANT; kind < MAP_KINDS; kind++)
		for (size_t s = 0; s < lengthof(sizes); s++)
			check_kind(&random, kind, sizes[s][0], sizes[s][1], sizes[s][2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bases_are_orthonormal_and_not_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
