/*
 * parts_score.c
 *		The greatest score that a window may have under gem, by the sums of its
 *		parts.
 *
 * The sides of a single window are rounded to integers, and their roots are
 * short.  With precise roots, little is left but the rounding of the sums: the
 * root M of a channel's sum is such that
 *
 *		low M <= m <= high M
 *
 * for the pooled value m.  With c in the middle of low and high, and h their
 * distance from it as a part of c, |m / c - M| <= h M in each channel, and so
 * |m / c - M| <= h |M|.  So the angle between m and M is at most a = asin(h),
 * and with t the angle between M and the query, the score is at most
 *
 *		cos(t - a) = cos(t) cos(a) + sin(t) sin(a) <= cos(t) + sin(t) a + a^2.
 *
 * (Where t is less than a, it may be 1, which is less than that, too: 1 -
 * cos(t) <= t^2 / 2 <= sin(t) a.)
 */
#include "core/search/parts_score.h"

#include <math.h>

#include "core/search/approximate_roots.h"

bool
parts_score_takes(const PoolEntries *entries)
{
	return entries->by_powers && !entries->has_vanished;
}

/* More than the angle between the roots of sums and the pooled vector. */
static double
greatest_angle(const PoolEntries *entries)
{
	double rounding = sums_rounding(entries);
	double low =
		pow(1 + powers_rounding(entries), -1 / entries->pooling.exponent) *
		(1 - rounding);
	double high = 1 + rounding;
	double share = (high - low) / (high + low);

	/* asin(x) is at most x + x^2 up to x = 0.9 */
	return share + share * share;
}

double
parts_score(PoolTable *table, const Scorer *scorer, const Window *window)
{
	const PoolEntries *entries = &table->entries;
	double *pooled = scorer->pooled;
	double rounding = scorer_error(scorer, PRECISE_ROOT_ERROR);
	double angle = greatest_angle(entries);
	double score, least;

	pool_table_sums(table, window, pooled);
	precise_roots(pooled, entries->stride, entries->pooling.exponent, pooled);
	if (!scorer_score_pooled(scorer, entries->codes->kernels, pooled, &score))
		return 1;
	least = fmax(fabs(score) - rounding, 0);
	return score + rounding + (sqrt(1 - least * least) + angle) * angle;
}
