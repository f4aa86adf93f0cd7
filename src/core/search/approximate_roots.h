/*
 * approximate_roots.h
 *		Roots of sums of powers, many at a time.
 */
#ifndef INTSEARCH_APPROXIMATE_ROOTS_H
#define INTSEARCH_APPROXIMATE_ROOTS_H

/* Sums are in this unit, so that small powers do not vanish in a float. */
#define SUM_UNIT 0x1p100f

/* Relative error of a root. */
#define ROOT_ERROR 2e-5

/*
 * out[c] = (sums[c] / SUM_UNIT)^(1 / exponent), [count], up to the relative
 * error ROOT_ERROR; 0 where sums[c] is 0.  The exponent is at least 1, and
 * sums and roots are 0 or normal floats.
 */
extern void
approximate_roots(const float *sums, int count, double exponent, float *out);

/* Relative error of a root in double precision. */
#define PRECISE_ROOT_ERROR 2e-14

/*
 * out[c] = sums[c]^(1 / exponent), [count], up to the relative error
 * PRECISE_ROOT_ERROR; 0 where sums[c] is 0.  The exponent is at least 1, sums
 * are 0 or normal, and |log2 of a root| is at most 64.
 */
extern void
precise_roots(const double *sums, int count, double exponent, double *out);

#endif
