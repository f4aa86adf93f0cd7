/*
 * rounding_error.h
 *		How much the rounding of values to codes moves scores.
 *
 * For a cell with the unit vector u, which rounding turns by d, the score of a
 * unit query q moves by q . d.  The rounding error of a map is the root mean
 * square of that over queries, averaged over the cells that are not zero.  The
 * queries are of one of two kinds, whichever gives a cell more:
 *
 *	- directions of the map's cells.  The cell's own part of the query shrinks
 *	  by |d|^2 / 2, and what is left of it, u_other - u, meets d, where the
 *	  errors of channels are taken to be independent:
 *	  mean over other of sum over c of d_c^2 (u_other - u)_c^2 + |d|^4 / 4
 *	- queries in any direction, all equally likely: |d|^2 / channels
 *
 * A cell that rounds to nothing has d = -u.  It is an estimate, no bound: the
 * best score of a query moved by less in nine of ten cases that were measured,
 * and by up to three or four times as much in the others.
 */
#ifndef INTSEARCH_ROUNDING_ERROR_H
#define INTSEARCH_ROUNDING_ERROR_H

#include <stdint.h>

#include "core/host.h"

/* The error up to which construction takes 8 bits, where it has the choice. */
#define PROMISED_ROUNDING_ERROR 1e-3

/*
 * Measures the rounding error of values, [channels][cells], that are rounded
 * by stored scales, [channels].  Of more than 256 cells it takes a part,
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
