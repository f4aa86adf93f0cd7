/*
 * short_root_sides.c
 *		Sides of boxes from sums of powers by integers of 16 bits.
 *
 * kernels/short_roots.h has what is computed.  Let a sum in 16 bits, r, stand
 * for R = 2^(e - 127) (1 + m): with M the number of bits of its mantissa, r =
 * 2^M (e + m).  With p the exponent and w = 2^SHORT_LOG_UNIT / p, the
 * logarithm of the root of R in units of 2^-SHORT_LOG_UNIT is
 *
 *		w (e - 127 + log2(1 + m)) = w r / 2^M + w g(m) - 127 w,
 *
 *		g(m) = log2(1 + m) - m.
 *
 * The slope s is 2^16 w / 2^M, rounded down by some d < 1.  So the first term
 * is above the kernel's product, r s >> 16, or equal, by less than 1 + d.  g
 * has its one maximum at 1 / ln 2 - 1, so that in each cell its least value is
 * at an end, and the greatest there or at the maximum.  Corrections of lower
 * sides are w times the least, rounded down, so that logarithms are at most
 * the true ones; those of upper sides are w times the greatest, rounded up, so
 * that they are at least the true ones less 1 + d.
 *
 * The base is the product of the least power, less BASE_MARGIN, so that
 * logarithms begin at BASE_MARGIN.  It is at least w less 1 and that, which is
 * more than any correction; so logarithms fit 16 bits.
 *
 * A side is f times the root.  With t the logarithm, its start is 2^11 (15 -
 * log2(f)) + 127 w - base.  That of a lower side is rounded up.  That of an
 * upper one is less by 1 + d and by what SHORT_POWER_ERROR is on the scale,
 * and rounded down.  So z is at least the true distance of a lower side below
 * 2^15, and at most that of an upper one.  All tables of powers round down,
 * and so does the shift, to which an upper side's offset of 1 adds more than
 * what the shift dropped.  No side reaches 2^15 (pool_sides.c), so z is above
 * 0 where a channel is not zero everywhere.
 *
 * A start fits 16 bits unless f is small: there it is 2^16 - 1.  Where all
 * logarithms are below 2^15, which is 16 binary orders of sides, z is at least
 * 2^15 then; so the side is below 1/2, and comes out as 0 plus the offset.
 * Else such channels are refused, unless they are zero everywhere.  That holds
 * for channels without a scale, too, whose codes need not be zero.
 */
#include "core/search/short_root_sides.h"

#include <float.h>
#include <math.h>

#include "core/bits.h"
#include "core/kernels/short_roots.h"
#include "core/search/approximate_roots.h"

#define BASE_MARGIN 8
/* Rounding of what is computed here, in double precision. */
#define START_SLACK 0.001

/* Where g, see above, is greatest, and what it is there. */
#define GREATEST_AT         0.44269504088896341
#define GREATEST_CORRECTION 0.08607133205593421

/* The least sum of powers in 16 bits that is not 0, or less. */
static unsigned
least_sum(const PoolEntries *entries)
{
	float least = (float) (least_power(entries) * entries->power_unit);

	return float_bits(fmaxf(least, FLT_MIN)) >> entries->dropped;
}

/* See g above. */
static double
correction(double mantissa)
{
	return log2(1 + mantissa) - mantissa;
}

static void
fill_corrections(ShortRoots *roots)
{
	double start = 0;

	for (int i = 0; i < LOG_CELLS; i++)
	{
		double last = (i + 1.0) / LOG_CELLS;
		double end = correction(last);
		double greatest = fmax(start, end);

		if (i / (double) LOG_CELLS < GREATEST_AT && GREATEST_AT < last)
			greatest = GREATEST_CORRECTION;
		roots->low.corrections[i] = (uint8_t) (roots->unit * fmin(start, end));
		roots->high.corrections[i] = (uint8_t) ceil(roots->unit * greatest);
		start = end;
	}
}

void
short_roots_prepare(const Host *host, ShortRoots *roots,
					const PoolEntries *entries, const double *scales)
{
	double exponent = entries->pooling.exponent;
	double slope =
		ldexp(1 / exponent, 16 + SHORT_LOG_UNIT - (23 - entries->dropped));
	size_t stride = entries->stride;
	int greatest;

	roots->takes_sums =
		entries->by_powers && slope < 0x10000 &&
		(exponent != 3 || entries->codes->kernels->has_fast_short_roots);
	if (!roots->takes_sums)
		return;
	roots->stride = entries->stride;
	roots->logarithms =
		scratch_reserve(host, &roots->space,
						stride * (sizeof(double) + 2 * sizeof(uint16_t)));
	roots->low.starts = (uint16_t *) (roots->logarithms + stride);
	roots->high.starts = roots->low.starts + stride;
	roots->slope = (uint16_t) slope;
	roots->shortage = slope - roots->slope;
	roots->unit = (1 << SHORT_LOG_UNIT) / exponent;
	roots->base =
		(uint16_t) ((least_sum(entries) * roots->slope >> 16) - BASE_MARGIN);
	greatest = roots->slope + (int) ceil(roots->unit * GREATEST_CORRECTION) -
			   roots->base;
	roots->has_room = greatest < 0x8000;
	precise_logarithms(scales, entries->stride, roots->logarithms);
	fill_corrections(roots);
}

/* A start, rounded already, as 16 bits. */
static inline uint16_t
clamp_start(double start)
{
	if (start < 0)
		return 0;
	return start < UINT16_MAX ? (uint16_t) start : UINT16_MAX;
}

bool
short_roots_set_factors(ShortRoots *roots, const uint16_t *whole, double low,
						double high)
{
	const double unit = 1 << SHORT_LOG_UNIT;
	double all = 15 * unit + 127 * roots->unit - roots->base;
	double all_low = all - unit * log2(low) + START_SLACK;
	double all_high = all - unit * log2(high) - START_SLACK -
					  (1 + roots->shortage) -
					  unit * log2(1 + SHORT_POWER_ERROR);

	for (int c = 0; c < roots->stride; c++)
	{
		double of_scale = unit * roots->logarithms[c];
		double greatest = ceil(all_low - of_scale);

		roots->low.starts[c] = clamp_start(greatest);
		roots->high.starts[c] = clamp_start(floor(all_high - of_scale));
		if (whole[c] > 0 && greatest > UINT16_MAX && !roots->has_room)
			return false;
	}
	return true;
}
