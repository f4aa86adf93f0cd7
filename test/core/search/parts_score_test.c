/*
 * parts_score_test.c
 *		A score by parts is at least the exact one, and hardly more: over all
 *		windows of small maps.
 */
#include "core/search/parts_score.h"

#include "lib/test_blocks.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map with a query, and its blocks. */
typedef struct Scored
{
	ScoredMap map;
	Span *row_spans;
	Span *column_spans;
	PoolTable table;
	int windows;
} Scored;

static void
check_window(Scored *scored, const Window *window)
{
	ScoredMap *map = &scored->map;
	double slack =
		powers_rounding(&scored->table.entries) / map->pooler.pooling.exponent;
	double exact = 0;
	double score = parts_score(&scored->table, &map->scorer, window);
	bool has_exact = scorer_score(map->host, &map->scorer, &map->pooler,
								  &map->codes, window, &exact);

	scored->windows++;
	if (has_exact ? score < exact || score > exact + 1.1 * slack + 1e-5
				  : score != 1)
		fail_of_window(map, window, score, exact);
}

/* The windows of a block. */
static void
check_block(Scored *scored, const Span *rows, const Span *columns)
{
	Window area = {rows->first, columns->first, rows->last + 1,
				   columns->last + 1};

	pool_table_enter(scored->map.host, &scored->table, rows->centre,
					 columns->centre, &area);
	for (int y1 = rows->first; y1 <= rows->centre; y1++)
		for (int x1 = columns->first; x1 <= columns->centre; x1++)
			for (int y2 = rows->centre + 1; y2 <= rows->last + 1; y2++)
				for (int x2 = columns->centre + 1; x2 <= columns->last + 1;
					 x2++)
					check_window(scored, &(Window){y1, x1, y2, x2});
}

static void
check_pooling(Scored *scored, const Pooling *pooling)
{
	ScoredMap *open = &scored->map;
	const FeatureMap *map = &open->made->map;
	CoreError error;

	assert_done(pooler_prepare(open->host, &open->pooler, pooling,
							   &open->codes, &error),
				&error);
	pool_table_prepare(open->host, &scored->table, &open->codes, &open->pooler,
					   scored->row_spans, scored->column_spans);
	scored->windows = 0;
	if (parts_score_takes(&scored->table.entries))
	{
		for (int i = 0; i < map->height; i++)
			for (int j = 0; j < map->width; j++)
				check_block(scored, &scored->row_spans[i],
							&scored->column_spans[j]);
		assert_int_equal(scored->windows, window_count(map));
	}
	else
		assert_true(pooling->kind == POOL_MAX || pooling->exponent > 7);
}

static void
check_map(const Host *host, const TestMap *made, Random *random)
{
	static const double exponents[] = {1, 1.5, 2, 2.5, 3,    4,  5,
									   6, 7,   8, 10,  12.3, 15, 30};
	const FeatureMap *map = &made->map;
	Scored scored = {0};

	if (!pooling_takes(&(Pooling){POOL_GEM, 1}, made->kind))
		return;
	scored_map_start(host, &scored.map, made, kernels, random);
	scored.row_spans = host_new(host, Span, map->height);
	scored.column_spans = host_new(host, Span, map->width);
	list_spans(scored.row_spans, map->height);
	list_spans(scored.column_spans, map->width);
	for (size_t e = 0; e < lengthof(exponents); e++)
		check_pooling(&scored, &(Pooling){POOL_GEM, exponents[e]});
	check_pooling(&scored, &(Pooling){POOL_MAX, 1});
}

static void
scores_by_parts_are_near_above(void **state)
{
	static const int sizes[][3] = {{3, 5, 4}, {70, 4, 6}};
	Random random = {132};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	check_all_maps(host, &random, sizes, lengthof(sizes), check_map);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_by_parts_are_near_above),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
