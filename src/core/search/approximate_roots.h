/*
 * approximate_roots.h
 *		Roots of sums of powers, many at a time.
 */
#ifndef INTSEARCH_APPROXIMATE_ROOTS_H
#define INTSEARCH_APPROXIMATE_ROOTS_H

/* Relative error of a root in double precision. */
#define PRECISE_ROOT_ERROR 2e-14

/*
 * out[c] = sums[c]^(1 / exponent), [count], up to the relative error
 * PRECISE_ROOT_ERROR; 0 where sums[c] is 0.  The exponent is at least 1, sums
 * are 0 or normal, and |log2 of a root| is at most 64.
 */
extern void
precise_roots(const double *sums, int count, double exponent, double *out);

/*
 * out[i] = log2(values[i]), [count], within 1e-12, of values that are normal;
 * of others it means nothing.
 */
extern void precise_logarithms(const double *values, int count, double *out);

#endif
