/*
 * rounding_error.h
 *		How much the rounding of values to codes moves scores.
 *
 * For a cell with the unit vector u, which rounding turns by d, the score of a
 * unit query q moves by q . d.  The rounding error of a map is the greater of
 * two numbers, for queries of two kinds:
 *
 *	- windows of such maps: the root mean square of q . d over directions of
 *	  the map's cells, averaged over the cells that are not zero.  The cell's
 *	  own part of the query shrinks by |d|^2 / 2, and what is left of it,
 *	  u_other - u, meets d, where the errors of channels are taken to be
 *	  independent:
 *		mean over other of sum over c of d_c^2 (u_other - u)_c^2 + |d|^4 / 4
 *	  or |d|^2 / channels, where that is more;
 *	- any direction: twice the root mean square, |d| / sqrt(channels), in the
 *	  cell that such queries find, the one with the greatest sum of |u|.  It is
 *	  0 where that is less than the sum of the cells' mean direction: large
 *	  windows are nearer to such queries then, and rounding hardly moves them.
 *
 * A cell that rounds to nothing has d = -u.  It is an estimate: 19 of 20 best
 * scores moved by less than it, and 99 of 100 by less than twice as much, for
 * queries that were windows of maps of the same kind (doc/reliability.md).
 */
#ifndef INTSEARCH_ROUNDING_ERROR_H
#define INTSEARCH_ROUNDING_ERROR_H

#include <stdint.h>

#include "core/host.h"

/*
 * The error up to which construction takes 8 bits, and then 16, where it has
 * the choice: the level next to 0.001.
 */
#define PROMISED_ROUNDING_ERROR 0x1p-10

/*
 * Measures the rounding error of values, [channels][cells], that are rounded
 * by stored scales, [channels].  Of more than 1,024 cells it takes as many,
 * spread evenly.
 */
extern double
measure_rounding_error(const Host *host, const float *values, int channels,
					   size_t cells, const uint8_t *scales);

/*
 * Errors are stored as one of 128 levels, a quarter of an octave apart: 0 for
 * none, 1 to 127 for up to 2^((level - 123) / 4).
 */
extern int rounding_error_level(double error);

/* The greatest error of a level. */
extern double rounding_error_of_level(int level);

#endif
