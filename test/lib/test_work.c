/*
 * test_work.c
 *		The limit on the work of each search, counted and not timed.
 */
#include "lib/test_work.h"

#include <math.h>

#include "lib/core_test.h"

/* What search.c allows the engine, in sweeps. */
#define ENGINE_SWEEPS 1.25
/* How many windows the first sweep of a query keeps, and the later ones. */
#define FIRST_KEPT 4096
#define MOST_KEPT  (1 << 20)
/* For gem, each keeps so many times what the last one did. */
#define GROWTH_OF_GEM 8

/* How often all of these windows may be swept. */
static double
most_sweeps(const SearchOptions *options, double windows)
{
	PoolingKind pooling = options->query.pooling.kind;
	double kept = pooling == POOL_SUM ? MOST_KEPT : FIRST_KEPT;
	int sweeps = 1;

	if (options->max_results == 1 || options->max_overlap >= 1)
		return 1;
	for (; kept < windows; windows -= kept, sweeps++)
		kept = fmin(kept * (pooling == POOL_GEM ? GROWTH_OF_GEM : MOST_KEPT),
					MOST_KEPT);
	return sweeps;
}

void
check_work(const Searcher *searcher, const SearchOptions *options)
{
	const Codes *codes = &searcher->codes;
	const Pooler *pooler = &searcher->pooler;
	const WindowConstraints *constraints = &options->query.constraints;
	double windows = window_sweep_size(codes->map, constraints).windows;
	double work = ENGINE_SWEEPS * sweep_work(codes, pooler, constraints);
	/* a set is split in two before the engine looks at what is left */
	double bounds = work / bound_work(codes, pooler) + 2;
	double scores = work / exact_work(codes, pooler, 1) + 1;

	if (searcher->subwindows.bounds > bounds)
		fail_msg("%lld sets were bounded, at most %g may be",
				 (long long) searcher->subwindows.bounds, bounds);
	if (searcher->swept > windows * most_sweeps(options, windows))
		fail_msg("%lld windows were swept of %g, at most %g times",
				 (long long) searcher->swept, windows,
				 most_sweeps(options, windows));
	if (searcher->exact_scores > scores + searcher->swept)
		fail_msg("%lld windows were scored, at most %g and %lld may be",
				 (long long) searcher->exact_scores, scores,
				 (long long) searcher->swept);
}
