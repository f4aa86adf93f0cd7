/*
 * root_polynomials.h
 *		What the roots of sums of powers are computed by.
 *
 * A root is 2^(log2(sum) / exponent).  The logarithm of the mantissa m, from 1
 * to 2, and 2^r, r from -1/2 to 1/2, are polynomials that interpolate at
 * Chebyshev's points.  The first is off by at most 1.2e-4, so that the root
 * is, by ln(2) times this part of itself at most, and less by the exponent.
 * The second is off by at most 1e-4 of itself.  Beside that, the logarithm of
 * the root is rounded, a few times by less than 2^-18.  Together that is less
 * than ROOT_ERROR.
 *
 * For a cube root, the bits of a float, as an integer, are nearly linear in
 * its logarithm.  So INVERSE_CUBE_ROOT less a third of them are the bits of
 * some i which is near to a multiple of sum^(-1/3), and r = sum i^3 is between
 * 0.683 and 0.811.  The root is sum i^2 r^(-2/3), where the last factor is a
 * polynomial, off by at most 8e-5 of itself.
 *
 * The operations, in order, and none of them fused, are those of plain_root()
 * and plain_cube_root().
 */
#ifndef INTSEARCH_ROOT_POLYNOMIALS_H
#define INTSEARCH_ROOT_POLYNOMIALS_H

/* LOG_0 is less by the bias of a float's exponent. */
#define LOG_0 (-2.498353148814169f - 127)
#define LOG_1 4.029211391071479f
#define LOG_2 (-2.0783351682517117f)
#define LOG_3 0.6260321821639283f
#define LOG_4 (-0.0784406762091458f)

#define EXP_0 0.9999245569508709f
#define EXP_1 0.6931367338836214f
#define EXP_2 0.24263947854625845f
#define EXP_3 0.055838282946220126f

#define INVERSE_CUBE_ROOT 1418700000.0f

#define CUBE_0 2.706064947683421f
#define CUBE_1 (-2.9046807354744812f)
#define CUBE_2 1.2157249564438743f

/*
 * Added to a float, rounds it to a whole number, which is in the last bits
 * then.
 */
#define ROUND_TO_WHOLE 0x1.8p23f

#endif
