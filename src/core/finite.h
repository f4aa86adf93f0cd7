/*
 * finite.h
 *		The check of vectors for numbers that are none.
 */
#ifndef INTSEARCH_FINITE_H
#define INTSEARCH_FINITE_H

#include "core/host.h"

/*
 * Refuses a vector, [length], with NaN or infinity in it.  The error is "NAME
 * has NaN at position 3", counted from 1, where NAME is a printf format with
 * its arguments.
 */
extern bool
check_finite(const float *vector, int length, CoreError *error,
			 const char *name, ...) __attribute__((format(printf, 4, 5)));

#endif
