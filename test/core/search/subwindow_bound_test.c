/*
 * subwindow_bound_test.c
 *		The bounds of sets of windows are true bounds: of the pooled vectors,
 *		channel by channel, and of the scores, over every set of small maps and
 *		random ones of larger.
 */
#include "core/search/subwindow_bound.h"

#include <float.h>
#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_pooling.h"

static const Pooling poolings[] = {
	{POOL_MAX, 1},  {POOL_GEM, 1},  {POOL_GEM, 3},   {POOL_GEM, 10},
	{POOL_GEM, 30}, {POOL_GEM, 70}, {POOL_GEM, 100},
};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* Spans ------------------------------------------------------------------- */

static void
check_spans(int length)
{
	Span *spans = (Span *) test_exact_copy(NULL, sizeof(Span) * length);

	list_spans(spans, length);
	for (int i = 0; i < length; i++)
	{
		const Span *span = &spans[i];

		assert_int_in_range(span->centre, span->first, span->last);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(span->centre, spans[j].centre);
		if (span->first == span->centre)
			assert_int_equal(span->before, -1);
		else
		{
			assert_int_in_range(span->before, i + 1, length - 1);
			assert_int_equal(spans[span->before].first, span->first);
			assert_int_equal(spans[span->before].last, span->centre - 1);
		}
		if (span->last == span->centre)
			assert_int_equal(span->behind, -1);
		else
		{
			assert_int_in_range(span->behind, i + 1, length - 1);
			assert_int_equal(spans[span->behind].first, span->centre + 1);
			assert_int_equal(spans[span->behind].last, span->last);
		}
	}
	assert_int_equal(spans[0].first, 0);
	assert_int_equal(spans[0].last, length - 1);
	test_exact_free((uint8_t *) spans);
}

/* The one span that an interval of rows, from first to last, belongs to. */
static const Span *
span_of(const Span *spans, int count, int first, int last)
{
	const Span *found = NULL;

	for (int i = 0; i < count; i++)
		if (spans[i].first <= first && first <= spans[i].centre &&
			spans[i].centre <= last && last <= spans[i].last)
		{
			assert_null(found);
			found = &spans[i];
		}
	assert_non_null(found);
	return found;
}

static void
each_interval_belongs_to_one_span(void **state)
{
	(void) state;
	for (int length = 1; length <= 200; length++)
		check_spans(length);
	for (int length = 1; length <= 40; length++)
	{
		Span spans[40];

		list_spans(spans, length);
		for (int first = 0; first < length; first++)
			for (int last = first; last < length; last++)
				span_of(spans, length, first, last);
	}
}

/* Roots ------------------------------------------------------------------- */

/* Whether a root is an ordinary float, as those of the sums of a map are. */
static bool
is_ordinary(double root)
{
	return root == 0 || (root >= FLT_MIN && root <= FLT_MAX);
}

static void
check_roots(const float *sums, int count, double exponent)
{
	float *out = (float *) test_exact_copy(NULL, sizeof(float) * count);

	memset(out, 0xff, sizeof(float) * count);
	approximate_roots(sums, count, exponent, out);
	for (int i = 0; i < count; i++)
	{
		double expected = pow((double) sums[i] / SUM_UNIT, 1 / exponent);

		if (is_ordinary(expected) &&
			!(fabs(out[i] - expected) <= ROOT_ERROR * expected))
			fail_msg("root %g of %g is %.9g, expected %.9g", exponent,
					 sums[i] / SUM_UNIT, out[i], expected);
	}
	test_exact_free((uint8_t *) out);
}

static void
roots_are_within_their_error(void **state)
{
	static const double exponents[] = {1,  1.0001, 1.5, 2,    2.5, 3,
									   4,  5,      10,  17.3, 30,  63,
									   64, 100,    400, 1e6};
	Random random = {111};

	(void) state;
	for (size_t e = 0; e < lengthof(exponents); e++)
		for (int power = -126; power <= 127; power++)
		{
			float *sums = (float *) test_exact_copy(NULL, sizeof(float) * 2 *
															  KERNEL_LANES);

			for (int i = 0; i < 2 * KERNEL_LANES; i++)
				sums[i] =
					ldexpf((float) (1 + random_fraction(&random)), power);
			sums[0] = ldexpf(1, power);
			sums[1] = ldexpf(1 + FLT_EPSILON, power);
			sums[2] = ldexpf(2 - FLT_EPSILON, power);
			sums[3] = 0;
			check_roots(sums, 2 * KERNEL_LANES, exponents[e]);
			test_exact_free((uint8_t *) sums);
		}
}

/* Bounds ------------------------------------------------------------------ */

/*
 * A map and a query, ready to be bounded, and the exact pooled vectors and
 * scores of all windows.
 */
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
	/* [windows][channels], by window_number, in units of codes */
	double *pooled;
	long double *scores; /* [windows]; below -1 where there is none */
	int sets;            /* how many were bounded */
	/* how many of the bounds are near to what they bound */
	int tight;
} Bounded;

static void
take_pooled(void *context, const Window *window, const long double *pooled)
{
	Bounded *bounded = context;
	const FeatureMap *map = &bounded->made.map;
	size_t number = window_number(map, window);
	long double numerator = 0, square = 0;

	for (int c = 0; c < map->channels; c++)
	{
		if (bounded->pooled != NULL)
			bounded->pooled[number * map->channels + c] =
				pooled[c] == 0 ? 0
							   : (double) (pooled[c] / channel_scale(map, c));
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
	CoreError error;

	*bounded = (Bounded){.host = host, .pooling = pooling, .made = *made};
	assert_done(codes_unpack(host, &bounded->codes, map, kernels, &error),
				&error);
	assert_done(pooler_prepare(host, &bounded->pooler, pooling,
							   &bounded->codes, &error),
				&error);
	scorer_open(host, &bounded->scorer, map, bounded->codes.stride);
	assert_done(scorer_set_query(host, &bounded->scorer, query, map->channels,
								 &error),
				&error);
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
	free(bounded->pooled);
	free(bounded->column_spans);
	free(bounded->row_spans);
}

/*
 * Takes a block, whose windows begin at `first` of the two spans, and end
 * behind their last.
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

static WindowSet
all_of_block(const Span *rows, const Span *columns)
{
	return (WindowSet){
		.least = {(int16_t) rows->first, (int16_t) columns->first,
				  (int16_t) (rows->centre + 1),
				  (int16_t) (columns->centre + 1)},
		.most = {(int16_t) rows->centre, (int16_t) columns->centre,
				 (int16_t) (rows->last + 1), (int16_t) (columns->last + 1)},
		.bound = 1,
		.length = 1,
	};
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

/*
 * Calls sink with each set that is in this one: of each edge, each interval.
 */
static void
for_each_set_within(Bounded *bounded, const WindowSet *all, int edge,
					WindowSet *set,
					void (*sink)(Bounded *bounded, const WindowSet *set))
{
	if (edge == EDGES)
	{
		sink(bounded, set);
		return;
	}
	for (int least = all->least[edge]; least <= all->most[edge]; least++)
		for (int most = least; most <= all->most[edge]; most++)
		{
			set->least[edge] = (int16_t) least;
			set->most[edge] = (int16_t) most;
			for_each_set_within(bounded, all, edge + 1, set, sink);
		}
}

/*
 * Fails unless the box contains the pooled vector of a window, in units of the
 * greatest scale, and up to the rounding of a float, for which the slack of
 * the bounds is.
 */
static void
check_in_box(const Bounded *bounded, const PooledBox *box,
			 const Window *window)
{
	const FeatureMap *map = &bounded->made.map;
	const BoxQuery *query = &bounded->bound.query;
	const double *pooled =
		bounded->pooled + window_number(map, window) * map->channels;

	for (int c = 0; c < map->channels; c++)
	{
		double value =
			pooled[c] * channel_scale(map, c) / bounded->scorer.greatest_scale;
		double rounding = fabs(value) * FLT_EPSILON + FLT_MIN;
		double low, high;

		if (box->low_codes == NULL)
		{
			low = box->low_values[c];
			high = box->high_values[c];
		}
		else
		{
			low = map->is_signed ? (int8_t) box->low_codes[c]
								 : box->low_codes[c];
			high = map->is_signed ? (int8_t) box->high_codes[c]
								  : box->high_codes[c];
		}
		low *= query->low_scales[c];
		high *= query->high_scales[c];
		if (!(low <= value + rounding && high >= value - rounding))
			fail_msg(
				"%s: %s %g of a map %s, %d bits: (%d, %d, %d, %d) is %.12g in channel %d, "
				"in a box from %.12g to %.12g",
				kernels->name, pooling_name(bounded->pooling),
				bounded->pooling->exponent, map_kind_names[bounded->made.kind],
				map->bits, window->y1, window->x1, window->y2, window->x2,
				value, c, low, high);
	}
}

static void
check_windows_in_box(const Bounded *bounded, const PooledBox *box,
					 const WindowSet *set)
{
	for (int y1 = set->least[EDGE_Y1]; y1 <= set->most[EDGE_Y1]; y1++)
		for (int x1 = set->least[EDGE_X1]; x1 <= set->most[EDGE_X1]; x1++)
			for (int y2 = set->least[EDGE_Y2]; y2 <= set->most[EDGE_Y2]; y2++)
				for (int x2 = set->least[EDGE_X2]; x2 <= set->most[EDGE_X2];
					 x2++)
					check_in_box(bounded, box, &(Window){y1, x1, y2, x2});
}

static void
check_set_in_box(Bounded *bounded, const WindowSet *set)
{
	Window smallest = window_set_smallest(set),
		   largest = window_set_largest(set);
	PooledBox box =
		pool_table_between(&bounded->bound.table, &smallest, &largest);

	check_windows_in_box(bounded, &box, set);
}

static void
check_boxes_of_block(Bounded *bounded, const Span *rows, const Span *columns)
{
	WindowSet all = all_of_block(rows, columns), set = all;
	PooledBox box = pool_table_whole(&bounded->bound.table, rows, columns);

	check_windows_in_box(bounded, &box, &all);
	enter_block(bounded, rows, columns, &all);
	for_each_set_within(bounded, &all, 0, &set, check_set_in_box);
}

static void
fill_random_query(Random *random, const TestMap *made, bool is_of_window,
				  float *query)
{
	size_t cells = cell_count(&made->map);
	size_t cell = random_bits(random) % cells;

	for (int c = 0; c < made->map.channels; c++)
		query[c] = is_of_window ? made->values[cells * c + cell]
								: (float) random_normal(random);
	if (is_of_window)
		query[random_int(random, 0, made->map.channels - 1)] += 0.01f;
}

/* All poolings that the kind of map allows, of a map made. */
static void
check_boxes(const Host *host, const TestMap *made, const float *query)
{
	for (size_t p = 0; p < lengthof(poolings); p++)
	{
		Bounded bounded;

		if (!pooling_takes(&poolings[p], made->kind))
			continue;
		bounded_start(host, &bounded, made, &poolings[p], query);
		bounded.pooled = malloc(sizeof(double) * window_count(&made->map) *
								made->map.channels);
		pool_all_windows(host, &made->map, &poolings[p], take_pooled,
						 &bounded);
		for_each_block(&bounded, check_boxes_of_block);
		bounded_end(&bounded);
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
	for (size_t s = 0; s < lengthof(sizes); s++)
		/* a map of zeros has no greatest scale to measure by */
		for (int kind = MAP_ZERO + 1; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 16; bits += 8)
			{
				TestMap made;
				float query[70];

				make_map(host, &made, &random, kind, sizes[s][0], sizes[s][1],
						 sizes[s][2], bits);
				fill_random_query(&random, &made, false, query);
				check_boxes(host, &made, query);
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
	for (int i = 0; i < 40; i++)
	{
		const int cells = 3 * 4, channels = 3;
		const float query[] = {1, -2, 3};
		bool is_signed = i % 2 == 0;
		int bits = i % 4 < 2 ? 8 : 16;
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
		check_boxes(host, &made, query);
		free_map(host, &made);
	}
	test_host_end(&test);
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
			kernels->name, pooling_name(bounded->pooling),
			bounded->pooling->exponent, map_kind_names[bounded->made.kind],
			bounded->made.map.bits, set->least[0], set->most[0], set->least[1],
			set->most[1], set->least[2], set->most[2], set->least[3],
			set->most[3], set->bound, start, threshold, best);
}

static const float starts[] = {1e-15f, 1e-6f, 1e-3f, 0.1f, 1, 10, 1e4f, 1e15f};

/* From one of the starts to the length that it leads to, and on from there. */
static void
check_set_bound(Bounded *bounded, const WindowSet *set)
{
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

		subwindow_bound_set(&bounded->bound, threshold, &tried);
		check_bound(bounded, &tried, best, start, threshold);
		assert_true(tried.bound <= before);
		assert_true(tried.length > 0 && isfinite(tried.length));
	}
	bounded->tight += best >= -1 && tried.bound < best + 0.1;
}

static void
check_block_bound(Bounded *bounded, const Span *rows, const Span *columns,
				  const WindowSet *all)
{
	long double best = best_of_set(bounded, all);

	for (size_t i = 0; i < lengthof(starts); i++)
	{
		WindowSet tried = *all;

		tried.length = starts[i];
		subwindow_bound_block(&bounded->bound, rows, columns,
							  i % 2 == 0 ? -2 : 0.5f, &tried);
		check_bound(bounded, &tried, best, starts[i], -2);
	}
}

static void
check_bounds_of_block(Bounded *bounded, const Span *rows, const Span *columns)
{
	WindowSet all = all_of_block(rows, columns), set = all;

	check_block_bound(bounded, rows, columns, &all);
	enter_block(bounded, rows, columns, &all);
	for_each_set_within(bounded, &all, 0, &set, check_set_bound);
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
				for (int bits = 8; bits <= 16; bits += 8)
				{
					TestMap made;
					float query[66];
					Bounded bounded;

					if (!pooling_takes(&poolings[p], kind))
						continue;
					make_map(host, &made, &random, kind, sizes[s][0],
							 sizes[s][1], sizes[s][2], bits);
					fill_random_query(&random, &made,
									  random_int(&random, 0, 1), query);
					bounded_start(host, &bounded, &made, &poolings[p], query);
					pool_all_windows(host, &made.map, &poolings[p],
									 take_pooled, &bounded);
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
			check_block_bound(bounded, rows, columns, &all);
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
				fill_random_query(&random, &made, random_int(&random, 0, 1),
								  query);
				bounded_start(host, &bounded, &made, &poolings[p], query);
				pool_all_windows(host, &made.map, &poolings[p], take_pooled,
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
			pool_all_windows(host, &made.map, &poolings[p], take_pooled,
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
		cmocka_unit_test(each_interval_belongs_to_one_span),
		cmocka_unit_test(roots_are_within_their_error),
		cmocka_unit_test(boxes_contain_all_pooled_vectors),
		cmocka_unit_test(boxes_contain_the_greatest_codes),
		cmocka_unit_test(bounds_hold_for_every_set),
		cmocka_unit_test(bounds_hold_for_sets_of_larger_maps),
		cmocka_unit_test(bounds_hold_beside_vanishing_channels),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
