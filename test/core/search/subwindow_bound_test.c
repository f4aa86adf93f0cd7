/*
 * subwindow_bound_test.c
 *		The bounds of sets of windows are true bounds of the scores, over every
 *		set of small maps and random ones of larger.
 */
#include "core/search/subwindow_bound.h"

#include <float.h>
#include <math.h>

#include "lib/test_blocks.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"

static const Pooling poolings[] = {
	{POOL_MAX, 1},  {POOL_GEM, 1},  {POOL_GEM, 3},   {POOL_GEM, 10},
	{POOL_GEM, 30}, {POOL_GEM, 70}, {POOL_GEM, 100},
};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map and a query, ready to be bounded, and the scores of all windows. */
typedef struct Bounded
{
	const Host *host;
	const Pooling *pooling;
	TestMap made;
	Codes codes;
	Scorer scorer;
	Pooler pooler;
	Span *row_spans;
	Span *column_spans;
	SubwindowBound bound;
	long double *scores; /* [windows]; below -1 where there is none */
	int sets;            /* how many were bounded */
	/* how many of the bounds are near to what they bound */
	int tight;
} Bounded;

static void
take_score(void *context, const Window *window, const long double *pooled)
{
	Bounded *bounded = context;
	const FeatureMap *map = &bounded->made.map;
	size_t number = window_number(map, window);
	long double numerator = 0, square = 0;

	for (int c = 0; c < map->channels; c++)
	{
		numerator += bounded->scorer.unit[c] * pooled[c];
		square += pooled[c] * pooled[c];
	}
	bounded->scores[number] = square == 0 ? -2 : numerator / sqrtl(square);
}

static void
bounded_start(const Host *host, Bounded *bounded, const TestMap *made,
			  const Pooling *pooling, const float *query)
{
	const FeatureMap *map = &bounded->made.map;

	*bounded = (Bounded){.host = host, .pooling = pooling, .made = *made};
	open_pooled(host, map, kernels, pooling, &bounded->codes,
				&bounded->pooler);
	open_scorer(host, &bounded->codes, query, &bounded->scorer);
	bounded->row_spans = malloc(sizeof(Span) * map->height);
	bounded->column_spans = malloc(sizeof(Span) * map->width);
	list_spans(bounded->row_spans, map->height);
	list_spans(bounded->column_spans, map->width);
	subwindow_bound_open(host, &bounded->bound, &bounded->codes,
						 &bounded->pooler, bounded->row_spans,
						 bounded->column_spans);
	subwindow_bound_set_query(&bounded->bound, &bounded->scorer);
	bounded->scores = malloc(sizeof(long double) * window_count(map));
}

static void
bounded_end(Bounded *bounded)
{
	free(bounded->scores);
	free(bounded->column_spans);
	free(bounded->row_spans);
}

/*
 * Takes a block, whose windows begin at `first` of the two spans, and end
 * after their last.
 */
typedef void (*BlockSink)(Bounded *bounded, const Span *rows,
						  const Span *columns);

static void
for_each_block(Bounded *bounded, BlockSink sink)
{
	for (int i = 0; i < bounded->made.map.height; i++)
		for (int j = 0; j < bounded->made.map.width; j++)
			sink(bounded, &bounded->row_spans[i], &bounded->column_spans[j]);
}

/* Makes the table of a block, for windows of the set only. */
static void
enter_block(Bounded *bounded, const Span *rows, const Span *columns,
			const WindowSet *set)
{
	Window area = window_set_largest(set);

	pool_table_enter(bounded->host, &bounded->bound.table, rows->centre,
					 columns->centre, &area);
}

/* The highest score of a set. */
static long double
best_of_set(const Bounded *bounded, const WindowSet *set)
{
	long double best = -2;

	for (int y1 = set->least[EDGE_Y1]; y1 <= set->most[EDGE_Y1]; y1++)
		for (int x1 = set->least[EDGE_X1]; x1 <= set->most[EDGE_X1]; x1++)
			for (int y2 = set->least[EDGE_Y2]; y2 <= set->most[EDGE_Y2]; y2++)
				for (int x2 = set->least[EDGE_X2]; x2 <= set->most[EDGE_X2];
					 x2++)
					best = fmaxl(
						best,
						bounded->scores[window_number(
							&bounded->made.map, &(Window){y1, x1, y2, x2})]);
	return best;
}

static void
check_bound(const Bounded *bounded, const WindowSet *set, long double best,
			float start, float threshold)
{
	if (!(set->bound >= best))
		fail_msg(
			"%s: %s %g of a map %s, %d bits: set y1 %d to %d, x1 %d to %d, y2 %d to %d, "
			"x2 %d to %d is bounded by %.9g from length %g and threshold %g, best score %.9Lg",
			kernels->name, test_pooling_name(bounded->pooling),
			bounded->pooling->exponent, map_kind_names[bounded->made.kind],
			bounded->made.map.bits, set->least[0], set->most[0], set->least[1],
			set->most[1], set->least[2], set->most[2], set->least[3],
			set->most[3], set->bound, start, threshold, best);
}

static const float starts[] = {1, 10, 100, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f};

/* From one of the starts to the length that it leads to, and on from there. */
static void
check_set_bound(void *context, const WindowSet *set)
{
	Bounded *bounded = context;
	long double best = best_of_set(bounded, set);
	float start = starts[bounded->sets++ % lengthof(starts)];
	WindowSet tried = *set;

	tried.bound = 1;
	tried.length = start;
	for (int i = 0; i < 3; i++)
	{
		float before = tried.bound;
		/*
		 * one that is never reached, one that always is, and one that may be
		 */
		float threshold = i == 0 ? 2 : i == 1 ? -2 : (float) best;

		subwindow_bound_sets(&bounded->bound, threshold, &tried, 1);
		check_bound(bounded, &tried, best, start, threshold);
		assert_true(tried.bound <= before);
		assert_true(tried.length > 0 && isfinite(tried.length));
	}
	bounded->tight += best >= -1 && tried.bound < best + 0.1;
}

/* Some or all windows of a block, among several such sets at once. */
static void
check_block_bound(Bounded *bounded, const Span *rows, const Span *columns,
				  const WindowSet *set)
{
	BlockSet blocks[MOST_BLOCKS_AT_ONCE];
	long double best = best_of_set(bounded, set);

	assert_int_equal(MOST_BLOCKS_AT_ONCE, lengthof(starts));
	for (int never = 0; never <= 1; never++)
	{
		for (size_t i = 0; i < lengthof(starts); i++)
		{
			blocks[i] = (BlockSet){rows, columns, *set};
			blocks[i].set.length = starts[i];
		}
		subwindow_bound_blocks(&bounded->bound, never ? -2 : 0.5f, blocks,
							   lengthof(starts));
		for (size_t i = 0; i < lengthof(starts); i++)
			check_bound(bounded, &blocks[i].set, best, starts[i], -2);
	}
}

static void
check_bounds_of_block(Bounded *bounded, const Span *rows, const Span *columns)
{
	WindowSet all = all_of_block(rows, columns), set = all;

	check_block_bound(bounded, rows, columns, &all);
	enter_block(bounded, rows, columns, &all);
	for_each_set_within(&all, 0, &set, check_set_bound, bounded);
}

static void
bounds_hold_for_every_set(void **state)
{
	static const int sizes[][3] = {{3, 5, 4},
								   {1, 3, 3},
								   {20, 4, 4},
								   {66, 1, 6}};
	Random random = {113};
	TestHost test;
	const Host *host = test_host_start(&test);
	long sets = 0, tight = 0;

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (size_t p = 0; p < lengthof(poolings); p++)
				for (int bits = 8; bits <= 24; bits += 8)
				{
					TestMap made;
					float query[66];
					Bounded bounded;

					if (!pooling_takes(&poolings[p], kind))
						continue;
					make_map(host, &made, &random, kind, sizes[s][0],
							 sizes[s][1], sizes[s][2], bits);
					fill_cell_query(&random, &made.map, made.values,
									random_int(&random, 0, 1), query);
					bounded_start(host, &bounded, &made, &poolings[p], query);
					pool_all_windows(host, &made.map, &poolings[p], take_score,
									 &bounded);
					for_each_block(&bounded, check_bounds_of_block);
					sets += bounded.sets;
					tight += bounded.tight;
					bounded_end(&bounded);
					free_map(host, &made);
				}
	/* the bounds say something */
	assert_true(tight > sets / 3);
	test_host_end(&test);
}

/* A set that holds a given window of the block, and others of the area. */
static WindowSet
random_set_around(Random *random, const Window *window, const WindowSet *area)
{
	const int edges[EDGES] = {window->y1, window->x1, window->y2, window->x2};
	int spread = random_int(random, 0, 4);
	WindowSet set = *area;

	for (int edge = 0; edge < EDGES; edge++)
	{
		int least = edges[edge] - random_int(random, 0, spread);
		int most = edges[edge] + random_int(random, 0, spread);

		set.least[edge] =
			(int16_t) (least > area->least[edge] ? least : area->least[edge]);
		set.most[edge] =
			(int16_t) (most < area->most[edge] ? most : area->most[edge]);
	}
	return set;
}

/*
 * Windows drawn in a map, bounded in sets of their blocks, of which only an
 * area is entered.
 */
static void
check_random_sets(Random *random, Bounded *bounded, int count)
{
	const FeatureMap *map = &bounded->made.map;

	for (int i = 0; i < count; i++)
	{
		int y1 = random_int(random, 0, map->height - 1);
		int x1 = random_int(random, 0, map->width - 1);
		Window window = {y1, x1, random_int(random, y1 + 1, map->height),
						 random_int(random, x1 + 1, map->width)};
		const Span *rows =
			span_of(bounded->row_spans, map->height, window.y1, window.y2 - 1);
		const Span *columns = span_of(bounded->column_spans, map->width,
									  window.x1, window.x2 - 1);
		WindowSet all = all_of_block(rows, columns);
		WindowSet area = random_set_around(random, &window, &all);

		if (i % 4 == 0)
		{
			check_block_bound(bounded, rows, columns, &all);
			check_block_bound(bounded, rows, columns, &area);
		}
		enter_block(bounded, rows, columns, &area);
		for (int j = 0; j < 12; j++)
		{
			WindowSet set = random_set_around(random, &window, &area);

			check_set_bound(bounded, &set);
		}
	}
}

static void
bounds_hold_for_sets_of_larger_maps(void **state)
{
	static const int sizes[][3] = {{70, 8, 10},
								   {20, 13, 10},
								   {5, 1, 60},
								   {130, 4, 5}};
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SPARSE, MAP_DENSE,
									MAP_RANGES, MAP_SIGNED};
	Random random = {114};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (size_t k = 0; k < lengthof(kinds); k++)
			for (size_t p = 0; p < lengthof(poolings); p++)
			{
				TestMap made;
				float query[130];
				Bounded bounded;

				/* exponents take turns with kinds of maps */
				if (!pooling_takes(&poolings[p], kinds[k]) ||
					(p > 0 && (p + k + s) % 4 != 0))
					continue;
				make_map(host, &made, &random, kinds[k], sizes[s][0],
						 sizes[s][1], sizes[s][2],
						 8 + 8 * random_int(&random, 0, 1));
				fill_cell_query(&random, &made.map, made.values,
								random_int(&random, 0, 1), query);
				bounded_start(host, &bounded, &made, &poolings[p], query);
				pool_all_windows(host, &made.map, &poolings[p], take_score,
								 &bounded);
				check_random_sets(&random, &bounded, 40);
				bounded_end(&bounded);
				free_map(host, &made);
			}
	test_host_end(&test);
}

/*
 * Channels whose values, or whose squares, vanish in a float beside those of
 * others.
 */
static void
bounds_hold_beside_vanishing_channels(void **state)
{
	static const float factors[] = {1, 1e-7f, 1e-13f, 1e-15f, 1e-20f, 1e-36f};
	Random random = {115};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int i = 0; i < 40; i++)
		for (size_t p = 0; p < lengthof(poolings); p++)
		{
			int channels = lengthof(factors), cells = 4 * 3;
			float *values = host_new(host, float, (size_t) channels *cells);
			float query[lengthof(factors)];
			TestMap made = {.kind = MAP_RANGES};
			Bounded bounded;

			fill_values(&random, MAP_COUNTS, values, channels, 4, 3);
			for (int c = 0; c < channels; c++)
			{
				for (int cell = 0; cell < cells; cell++)
					values[c * cells + cell] *= factors[c];
				/* one that asks for the weak channels makes them count */
				query[c] = (float) random_normal(&random) *
						   (i % 2 == 0 ? 1 : 1e-37f / factors[c]);
			}
			make_map_of_values(host, &made, values, channels, 4, 3,
							   8 + i % 2 * 8);
			bounded_start(host, &bounded, &made, &poolings[p], query);
			pool_all_windows(host, &made.map, &poolings[p], take_score,
							 &bounded);
			for_each_block(&bounded, check_bounds_of_block);
			bounded_end(&bounded);
			free_map(host, &made);
		}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold_for_every_set),
		cmocka_unit_test(bounds_hold_for_sets_of_larger_maps),
		cmocka_unit_test(bounds_hold_beside_vanishing_channels),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
