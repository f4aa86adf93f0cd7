/*
 * rough_score.c
 *		The greatest score that a window may have under gem, for less than an
 *		exact score takes.
 *
 * An exact score looks up the power of every code, one by one.  The powers of
 * a whole exponent p are products, which vectors make, in single precision.
 *
 * With u = 2^-24, a code times the inverse of the greatest one has a relative
 * error of 2 u.  The product of powers x^j and x^k has the errors of both and
 * u; so x^p has fewer than 3 p errors of u.  The sum of n cells is rounded n
 * times at most.  So with x = (3 + n / p) u, the root of the sum has a
 * relative error below e^x - 1, which is at most x + x^2 up to x = 1.7; no map
 * has more than 2^24 cells, with which x is little more than 1.  The exact
 * score's own rounding, in double precision, is less than a hundredth of that.
 * The root has an error of its own: together rough_error().  No power vanishes
 * up to MOST_EXPONENT, as 255^-15 is above 2^-126.
 */
#include "core/search/rough_score.h"

#include <math.h>

#include "core/search/approximate_roots.h"

#define MOST_EXPONENT 15

/* Channels whose sums are made at once; KERNEL_LANES are a multiple. */
#define CHANNELS_AT_ONCE 32

bool
rough_score_takes(const Pooler *pooler, const Codes *codes)
{
	double exponent = pooler->pooling.exponent;

	return pooler->pooling.kind == POOL_GEM && exponent <= MOST_EXPONENT &&
		   exponent == floor(exponent) && codes->plane_count == 1;
}

double
rough_error(double exponent, double cells)
{
	double error = (3 + cells / exponent) * 0x1p-24;

	return 1.01 * error * (1 + error) + PRECISE_ROOT_ERROR;
}

/* Adds the powers of some channels of a row of cells. */
VECTOR_CLONES static void
add_whole_powers(const uint8_t *codes, int cells, int stride, int exponent,
				 float *sums)
{
	const float inverse = 1.0f / 255;

	for (int x = 0; x < cells; x++, codes += stride)
	{
		float base[CHANNELS_AT_ONCE], power[CHANNELS_AT_ONCE];

		for (int c = 0; c < CHANNELS_AT_ONCE; c++)
		{
			base[c] = (float) codes[c] * inverse;
			power[c] = exponent & 1 ? base[c] : 1;
		}
		for (int rest = exponent >> 1; rest > 0; rest >>= 1)
		{
			for (int c = 0; c < CHANNELS_AT_ONCE; c++)
				base[c] *= base[c];
			if (rest & 1)
				for (int c = 0; c < CHANNELS_AT_ONCE; c++)
					power[c] *= base[c];
		}
		for (int c = 0; c < CHANNELS_AT_ONCE; c++)
			sums[c] += power[c];
	}
}

/* Sums of powers over a window, from channel c on. */
static void
add_window_powers(const Codes *codes, const Window *window, int exponent,
				  int c, float *sums)
{
	int width = codes->map->width;

	for (int y = window->y1; y < window->y2; y++)
		add_whole_powers(
			codes->plane[0] +
				((size_t) y * width + window->x1) * codes->stride + c,
			window->x2 - window->x1, codes->stride, exponent, sums);
}

bool
rough_score(const Host *host, const Scorer *scorer, const Pooler *pooler,
			const Codes *codes, const Window *window, double *score)
{
	double exponent = pooler->pooling.exponent;
	double *pooled = scorer->pooled;

	for (int c = 0; c < codes->stride; c += CHANNELS_AT_ONCE)
	{
		float sums[CHANNELS_AT_ONCE] = {0};

		host_check(host);
		add_window_powers(codes, window, (int) exponent, c, sums);
		for (int i = 0; i < CHANNELS_AT_ONCE; i++)
			pooled[c + i] = sums[i];
	}
	precise_roots(pooled, codes->stride, exponent, pooled);
	if (!scorer_score_pooled(scorer, codes->kernels, pooled, score))
		return false;
	*score += scorer_error(scorer, rough_error(exponent, window_area(window)));
	return true;
}
