/*
 * window_sweep_test.c
 *		A sweep gives each window that meets the constraints once, pooled as
 *		pool_window() pools it.
 */
#include "core/search/window_sweep.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

static const WindowConstraints any_window = {true,      0, 0.2,      1,
											 INT32_MAX, 1, INT32_MAX};
static const WindowConstraints square = {false, 1, 0.4, 2, 6, 1, INT32_MAX};
static const WindowConstraints wide = {true, 0, 0.2, 1, 3, 4, 5};
static const WindowConstraints none = {true, 0, 0.2, 100, 200, 1, INT32_MAX};

/* A sweep, and what it gave. */
typedef struct Swept
{
	const Host *host;
	Codes codes;
	Pooler pooler;
	WindowSweep sweep;
	const WindowConstraints *constraints;
	uint8_t *taken; /* [windows]: how often it was taken */
	float last[64]; /* vector taken, for max */
	double same;    /* vectors that were called the same as the last */
	double windows;
	double cells;
} Swept;

/* Vectors that are called the same as the last one are. */
static void
check_same(Swept *swept, const SweptVector *pooled)
{
	bool is_same = true;

	for (int c = 0; c < swept->codes.stride; c++)
	{
		is_same &= swept->last[c] == pooled->codes[c];
		swept->last[c] = pooled->codes[c];
	}
	assert_true(!pooled->is_same || is_same);
	swept->same += pooled->is_same;
}

static void
check_pooled(Swept *swept, const Window *window, const SweptVector *pooled)
{
	const Pooling *pooling = &swept->pooler.pooling;
	double greatest = max_code(swept->codes.map->bits, false);
	double expected[64], rooted[64];
	const double *sums = window_sweep_sums(swept->host, &swept->sweep, window);

	assert_int_equal(swept->codes.stride, lengthof(expected));
	pool_window(swept->host, &swept->pooler, &swept->codes, window, expected);
	assert_int_equal(sums != NULL, pooling->kind == POOL_GEM);
	if (sums != NULL)
	{
		pool_root_sums(&swept->pooler, &swept->codes, sums, rooted);
		assert_memory_equal(rooted, expected, sizeof(expected));
	}
	if (pooling->kind == POOL_MAX)
		check_same(swept, pooled);
	for (int c = 0; c < swept->codes.stride; c++)
		if (pooling->kind == POOL_MAX)
			assert_true(pooled->codes[c] == expected[c]);
		else
			assert_true(
				fabs(greatest * pow(pooled->sums[c], 1 / pooling->exponent) -
					 expected[c]) <= 1e-13 * expected[c]);
}

static void
take_window(void *context, const Window *window, const SweptVector *pooled)
{
	Swept *swept = context;
	int least, most;

	constraint_widths(swept->constraints, window->y2 - window->y1,
					  swept->codes.map->width, &least, &most);
	assert_int_in_range(window->x2 - window->x1, least, most);
	assert_int_in_range(window->y2 - window->y1,
						swept->constraints->min_height,
						swept->constraints->max_height);
	swept->taken[window_number(swept->codes.map, window)]++;
	swept->windows++;
	swept->cells += window_area(window);
	assert_int_equal(pooled->codes != NULL || pooled->sums != NULL,
					 window_sweep_pools(&swept->pooler, swept->codes.map));
	if (pooled->codes != NULL || pooled->sums != NULL)
		check_pooled(swept, window, pooled);
}

/* As many windows as there are, and none twice. */
static void
check_sweep(Swept *swept, const WindowConstraints *constraints)
{
	size_t count = window_count(swept->codes.map);
	SweepSize size = window_sweep_size(swept->codes.map, constraints);

	swept->taken = calloc(count, 1);
	swept->constraints = constraints;
	swept->windows = swept->cells = swept->same = 0;
	window_sweep_run(swept->host, &swept->sweep, &swept->codes, &swept->pooler,
					 constraints, take_window, swept);
	for (size_t i = 0; i < count; i++)
		assert_true(swept->taken[i] <= 1);
	assert_true(swept->windows == size.windows);
	assert_true(swept->cells == size.cells);
	free(swept->taken);
}

static void
each_window_is_pooled_once(void **state)
{
	static const Pooling poolings[] = {{POOL_SUM, 1},
									   {POOL_MAX, 1},
									   {POOL_GEM, 3},
									   {POOL_GEM, 300}};
	static const WindowConstraints *constraints[] = {&any_window, &square,
													 &wide, &none};
	static const int sizes[][2] = {{7, 8}, {1, 12}, {12, 1}, {1, 1}};
	Random random = {141};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t p = 0; p < lengthof(poolings); p++)
		for (size_t s = 0; s < lengthof(sizes); s++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				Swept swept = {.host = host};
				MapKind kind =
					poolings[p].kind == POOL_GEM ? MAP_SPARSE : MAP_SIGNED;
				TestMap made;

				make_map(host, &made, &random, kind, 12, sizes[s][0],
						 sizes[s][1], bits);
				open_pooled(host, &made.map, &kernels_plain, &poolings[p],
							&swept.codes, &swept.pooler);
				for (size_t c = 0; c < lengthof(constraints); c++)
					check_sweep(&swept, constraints[c]);
				free_map(host, &made);
			}
	test_host_end(&test);
}

/* On a map whose cells are all the same, only the first vector is new. */
static void
same_vectors_are_called_so(void **state)
{
	static const Pooling max = {POOL_MAX, 1};
	Random random = {142};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		Swept swept = {.host = host};
		TestMap made;

		make_map(host, &made, &random, MAP_CONSTANT, 12, 6, 7, bits);
		open_pooled(host, &made.map, &kernels_plain, &max, &swept.codes,
					&swept.pooler);
		check_sweep(&swept, &any_window);
		assert_true(swept.same == swept.windows - 1);
		check_sweep(&swept, &wide);
		assert_true(swept.same == swept.windows - 1);
		free_map(host, &made);
	}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_window_is_pooled_once),
		cmocka_unit_test(same_vectors_are_called_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
