/*
 * max_bound_test.c
 *		Bounds in single precision are at least the exact score, and near it.
 */
#include "core/search/max_bound.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_kernels.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"

/* A map with a query, and how far bounds may be above the scores. */
typedef struct Bounded
{
	const Host *host;
	const Kernels *kernels;
	Codes codes;
	Pooler pooler;
	Scorer scorer;
	MaxBound bound;
	int64_t windows;
} Bounded;

static void
check_window(void *context, const Window *window, const long double *pooled)
{
	Bounded *bounded = context;
	Scorer *scorer = &bounded->scorer;
	float codes[256];
	double score, bound;

	(void) pooled;
	if (!scorer_score(bounded->host, scorer, &bounded->pooler, &bounded->codes,
					  window, &score))
		return;
	for (int c = 0; c < scorer->stride; c++)
		codes[c] = (float) scorer->pooled[c];
	bound = max_bound_score(&bounded->bound, bounded->kernels, codes);
	if (!(bound >= score && (bound == 1 || bound <= score + 1e-5)))
		fail_msg("the bound is %.17g, the score %.17g", bound, score);
	bounded->windows++;
}

/* All windows of a map, with queries of all kinds. */
static void
check_map(Bounded *bounded, Random *random, MapKind kind, int channels,
		  int bits)
{
	static const Pooling max = {POOL_MAX, 1};
	const Host *host = bounded->host;
	float query[200];
	CoreError error;
	TestMap made;

	make_map(host, &made, random, kind, channels, 5, 6, bits);
	open_pooled(host, &made.map, bounded->kernels, &max, &bounded->codes,
				&bounded->pooler);
	scorer_open(host, &bounded->scorer, &made.map, bounded->codes.stride);
	for (int of = 0; of < QUERY_KINDS; of++)
	{
		fill_query(random, (QueryKind) of, &made.map, made.values, query);
		assert_done(scorer_set_query(host, &bounded->scorer, query, channels,
									 &error),
					&error);
		max_bound_prepare(host, &bounded->bound, &bounded->scorer);
		pool_all_windows(host, &made.map, &max, check_window, bounded);
	}
	free_map(host, &made);
}

static void
bounds_are_above_exact_scores(void **state)
{
	Random random = {161};
	TestHost test;
	const Host *host = test_host_start(&test);
	const Kernels *const *tables;
	int count = test_kernels(&tables);
	Bounded bounded = {.host = host};

	(void) state;
	for (int table = 0; table < count; table++)
		for (MapKind kind = MAP_CONSTANT; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				bounded.kernels = tables[table];
				check_map(&bounded, &random, kind, 1, bits);
				check_map(&bounded, &random, kind, 200, bits);
			}
	assert_true(bounded.windows > 0);
	test_host_end(&test);
}

/* Where single precision would not do, the bound is 1. */
static void
tiny_scales_have_no_bound(void **state)
{
	float values[2 * 2] = {1e20f, 0, 0, 1e-17f}; /* two channels, two cells */
	float query[2] = {1, -1};
	TestHost test;
	const Host *host = test_host_start(&test);
	Bounded bounded = {.host = host, .kernels = &kernels_plain};
	float codes[KERNEL_LANES] = {0, 1};
	CoreError error;
	TestMap made;
	float *kept = host_new(host, float, 4);

	(void) state;
	memcpy(kept, values, sizeof(values));
	make_map_of_values(host, &made, kept, 2, 1, 2, 8);
	scorer_open(host, &bounded.scorer, &made.map, KERNEL_LANES);
	assert_done(scorer_set_query(host, &bounded.scorer, query, 2, &error),
				&error);
	max_bound_prepare(host, &bounded.bound, &bounded.scorer);
	assert_true(max_bound_score(&bounded.bound, bounded.kernels, codes) == 1);
	free_map(host, &made);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_above_exact_scores),
		cmocka_unit_test(tiny_scales_have_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
