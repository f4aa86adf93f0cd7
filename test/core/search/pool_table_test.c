/*
 * pool_table_test.c
 *		The boxes of a pool table contain the pooled vectors of all windows
 *		that they are for, channel by channel: over every set of windows of
 *		small maps, against pooling from the definition.
 */
#include "core/search/pool_table.h"

#include <float.h>
#include <math.h>

#include "lib/test_blocks.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

static const Pooling poolings[] = {
	{POOL_MAX, 1},  {POOL_GEM, 1},   {POOL_GEM, 1.5}, {POOL_GEM, 2},
	{POOL_GEM, 3},  {POOL_GEM, 5.5}, {POOL_GEM, 10},  {POOL_GEM, 15},
	{POOL_GEM, 30}, {POOL_GEM, 70},  {POOL_GEM, 100},
};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map, its table, and the exact pooled vectors of all windows. */
typedef struct Pooled
{
	const Host *host;
	const Pooling *pooling;
	const TestMap *made;
	Codes codes;
	Pooler pooler;
	Span *row_spans;
	Span *column_spans;
	PoolTable table;
	/* [windows][channels], by window_number, in units of codes */
	double *vectors;
	/* how many sides of boxes there were, and how many near to the vectors */
	long sides;
	long tight;
} Pooled;

static void
take_vector(void *context, const Window *window, const long double *pooled)
{
	Pooled *all = context;
	const FeatureMap *map = &all->made->map;
	double *vector = all->vectors + window_number(map, window) * map->channels;

	for (int c = 0; c < map->channels; c++)
		vector[c] =
			pooled[c] == 0 ? 0 : (double) (pooled[c] / channel_scale(map, c));
}

static void
pooled_start(const Host *host, Pooled *pooled, const TestMap *made,
			 const Pooling *pooling)
{
	const FeatureMap *map = &made->map;

	*pooled = (Pooled){.host = host, .pooling = pooling, .made = made};
	open_pooled(host, map, kernels, pooling, &pooled->codes, &pooled->pooler);
	pooled->row_spans = malloc(sizeof(Span) * map->height);
	pooled->column_spans = malloc(sizeof(Span) * map->width);
	list_spans(pooled->row_spans, map->height);
	list_spans(pooled->column_spans, map->width);
	pool_table_prepare(host, &pooled->table, &pooled->codes, &pooled->pooler,
					   pooled->row_spans, pooled->column_spans);
	pooled->vectors =
		malloc(sizeof(double) * window_count(map) * map->channels);
	pool_all_windows(host, map, pooling, take_vector, pooled);
}

static void
pooled_end(Pooled *pooled)
{
	free(pooled->vectors);
	free(pooled->column_spans);
	free(pooled->row_spans);
}

/* What a code of a channel is in the unit of sides. */
static double
code_in_sides(const Pooled *pooled, int c)
{
	const PoolSides *sides = &pooled->table.sides;

	return sides->scales[c] * sides->unit;
}

/* Fails unless the box contains the pooled vector of a window. */
static void
check_in_box(Pooled *pooled, const PooledBox *box, const Window *window)
{
	const FeatureMap *map = &pooled->made->map;
	const double *vector =
		pooled->vectors + window_number(map, window) * map->channels;

	for (int c = 0; c < map->channels; c++)
	{
		double side = vector[c] * code_in_sides(pooled, c);
		double rounding = fabs(side) * 16 * DBL_EPSILON;

		if (!(box->low[c] <= side + rounding &&
			  box->high[c] >= side - rounding))
			fail_msg(
				"%s: %s %g of a map %s, %d bits: (%d, %d, %d, %d) is %.12g in channel %d, "
				"in a box from %d to %d",
				kernels->name, test_pooling_name(pooled->pooling),
				pooled->pooling->exponent, map_kind_names[pooled->made->kind],
				map->bits, window->y1, window->x1, window->y2, window->x2,
				side, c, box->low[c], box->high[c]);
	}
}

static void
check_windows_in_box(Pooled *pooled, const PooledBox *box,
					 const WindowSet *set)
{
	const int16_t *least = set->least, *most = set->most;

	for (int y1 = least[EDGE_Y1]; y1 <= most[EDGE_Y1]; y1++)
		for (int x1 = least[EDGE_X1]; x1 <= most[EDGE_X1]; x1++)
			for (int y2 = least[EDGE_Y2]; y2 <= most[EDGE_Y2]; y2++)
				for (int x2 = least[EDGE_X2]; x2 <= most[EDGE_X2]; x2++)
					check_in_box(pooled, box, &(Window){y1, x1, y2, x2});
}

/*
 * Counts how many sides are near to the vector that they are made from: within
 * a tenth, or three units, or two steps of codes.  The powers that vanish
 * raise the high side by up to a fiftieth of the greatest code.
 */
static void
count_tight(Pooled *pooled, const PooledBox *box, const Window *smallest,
			const Window *largest)
{
	const FeatureMap *map = &pooled->made->map;
	const PoolEntries *entries = &pooled->table.entries;
	const double *least =
		pooled->vectors + window_number(map, smallest) * map->channels;
	const double *greatest =
		pooled->vectors + window_number(map, largest) * map->channels;
	double steps = (entries->by_powers ? 0.02 : 2) * entries->unit;

	for (int c = 0; c < map->channels; c++)
	{
		double code = code_in_sides(pooled, c);
		double low = least[c] * code, high = greatest[c] * code;
		double near = fmax(3, steps * code);

		pooled->sides += 2;
		pooled->tight += low - box->low[c] <= fmax(0.1 * fabs(low), near);
		pooled->tight += box->high[c] - high <= fmax(0.1 * fabs(high), near);
	}
}

/* The norm of no vector of a box overflows a kernel's sums. */
static void
check_norm(const Pooled *pooled, const PooledBox *box)
{
	double square = 0;

	for (int c = 0; c < pooled->codes.stride; c++)
		square += fmax((double) box->low[c] * box->low[c],
					   (double) box->high[c] * box->high[c]);
	assert_true(square <= (double) MOST_SIDE_NORM * MOST_SIDE_NORM);
}

static void
check_set(void *context, const WindowSet *set)
{
	Pooled *pooled = context;
	Window smallest = window_set_smallest(set);
	Window largest = window_set_largest(set);
	PooledBox box = pool_table_between(&pooled->table, &smallest, &largest);

	check_windows_in_box(pooled, &box, set);
	check_norm(pooled, &box);
	count_tight(pooled, &box, &smallest, &largest);
}

static void
check_block(Pooled *pooled, const Span *rows, const Span *columns)
{
	WindowSet all = all_of_block(rows, columns), set = all;
	Window area = window_set_largest(&all);
	PooledBox box = pool_table_block(&pooled->table, rows, columns, &area);

	check_windows_in_box(pooled, &box, &all);
	check_norm(pooled, &box);
	pool_table_enter(pooled->host, &pooled->table, rows->centre,
					 columns->centre, &area);
	for_each_set_within(&all, 0, &set, check_set, pooled);
}

/* All poolings that the kind of map allows. */
static void
check_boxes(const Host *host, const TestMap *made, Random *random)
{
	(void) random;
	for (size_t p = 0; p < lengthof(poolings); p++)
	{
		Pooled pooled;

		if (!pooling_takes(&poolings[p], made->kind))
			continue;
		pooled_start(host, &pooled, made, &poolings[p]);
		for (int i = 0; i < made->map.height; i++)
			for (int j = 0; j < made->map.width; j++)
				check_block(&pooled, &pooled.row_spans[i],
							&pooled.column_spans[j]);
		/* boxes say something: all but those of large powers are close */
		if (poolings[p].kind == POOL_MAX || pooled.table.entries.by_powers)
			assert_true(pooled.tight > pooled.sides * 9 / 10);
		pooled_end(&pooled);
	}
}

static void
boxes_contain_all_pooled_vectors(void **state)
{
	static const int sizes[][3] = {{3, 5, 4}, {2, 1, 7}, {70, 3, 2}};
	Random random = {112};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	check_all_maps(host, &random, sizes, lengthof(sizes), check_boxes);
	test_host_end(&test);
}

/* Only an area of a block is entered, and its windows are in the table. */
static void
an_area_of_a_block_is_enough(void **state)
{
	static const Window area = {2, 1, 6, 8};
	Random random = {117};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t p = 0; p < lengthof(poolings); p++)
	{
		TestMap made;
		Pooled pooled;
		const Span *rows, *columns;
		WindowSet all, set;

		make_map(host, &made, &random, MAP_SPARSE, 5, 8, 9, p % 2 ? 8 : 16);
		pooled_start(host, &pooled, &made, &poolings[p]);
		rows = &pooled.row_spans[0];
		columns = &pooled.column_spans[0];
		pool_table_enter(host, &pooled.table, rows->centre, columns->centre,
						 &area);
		all = all_of_block(rows, columns);
		all.least[EDGE_Y1] = (int16_t) area.y1;
		all.least[EDGE_X1] = (int16_t) area.x1;
		all.most[EDGE_Y2] = (int16_t) area.y2;
		all.most[EDGE_X2] = (int16_t) area.x2;
		set = all;
		for_each_set_within(&all, 0, &set, check_set, &pooled);
		pooled_end(&pooled);
		free_map(host, &made);
	}
	test_host_end(&test);
}

/*
 * Whole numbers up to the greatest code, which occurs: the step of a code is
 * 1.
 */
static void
boxes_contain_the_greatest_codes(void **state)
{
	Random random = {116};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int i = 0; i < 60; i++)
	{
		const int cells = 3 * 4, channels = 3;
		bool is_signed = i % 2 == 0;
		int bits = 8 + i / 2 % 3 * 8;
		int greatest = max_code(bits, is_signed);
		float *values = host_new(host, float, (size_t) channels *cells);
		TestMap made = {.kind = is_signed ? MAP_SIGNED : MAP_DENSE};

		for (int n = 0; n < channels * cells; n++)
			values[n] =
				(float) (random_int(&random, 0, 1)
							 ? random_int(&random, is_signed ? -greatest : 0,
										  greatest)
							 : random_int(&random, 0, 3) * (greatest / 3));
		for (int c = 0; c < channels; c++)
			values[c * cells + random_int(&random, 0, cells / 2)] =
				(float) greatest;
		values[cells - 1] = (float) (is_signed ? -greatest : greatest);
		make_map_of_values(host, &made, values, channels, 3, 4, bits);
		assert_true(channel_scale(&made.map, 0) == 1);
		check_boxes(host, &made, &random);
		free_map(host, &made);
	}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes_contain_all_pooled_vectors),
		cmocka_unit_test(an_area_of_a_block_is_enough),
		cmocka_unit_test(boxes_contain_the_greatest_codes),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
