/*
 * root_polynomials.h
 *		What the roots of sums of powers are computed by.
 *
 * A root is 2^(log2(sum) / exponent).  The logarithm of the mantissa m, from 1
 * to 2, and 2^r, r from -1/2 to 1/2, are polynomials with the least greatest
 * error.  The first is off by at most 8.8e-5, so that the root is, by ln(2)
 * times this part of itself at most.  The second is off by at most 7.5e-5 of
 * itself.  Beside that, the logarithm of the root is rounded, a few times by
 * less than 2^-17.  Together that is less than ANY_ROOT_ERROR.
 *
 * For a cube root, the bits of a float, as an integer, are nearly linear in
 * its logarithm.  So INVERSE_CUBE_ROOT less a third of them are the bits of
 * some i which is near to a multiple of sum^(-1/3); a third of the high 16
 * will do.  And r = sum i^3 is between 0.3364 and 0.4051.  The root is sum i^2
 * r^(-2/3), where the last factor is a polynomial, off by at most 1e-4 of
 * itself.
 *
 * The operations, in order, and none of them fused, are those of plain_root()
 * and plain_cube_root().
 */
#ifndef INTSEARCH_ROOT_POLYNOMIALS_H
#define INTSEARCH_ROOT_POLYNOMIALS_H

#include "core/kernels/kernels.h"

/* LOG_0 is less by the bias of a float's exponent. */
#define LOG_0 (-2.5128546248180954f - 127)
#define LOG_1 4.070090794467728f
#define LOG_2 (-2.1206751338627114f)
#define LOG_3 0.6451423648441851f
#define LOG_4 (-0.08161580870888815f)

#define EXP_0 0.9999280735404955f
#define EXP_1 0.6932609854573362f
#define EXP_2 0.24261112219433098f
#define EXP_3 0.055171669074864024f

#define INVERSE_CUBE_ROOT 1415816416
/* A third, in units of 2^-16. */
#define THIRD 21845

#define CUBE_0 4.3187359940047125f
#define CUBE_1 (-9.343759999324782f)
#define CUBE_2 7.879827244663867f

/*
 * Added to a float, rounds it to a whole number, which is in the last bits
 * then.
 */
#define ROUND_TO_WHOLE 0x1.8p23f

#endif
