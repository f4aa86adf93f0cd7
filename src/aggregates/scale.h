/*
 * scale.h
 *		Numbers scaled by a power of two, which changes nothing but their
 *		range.
 */
#ifndef INTSEARCH_SCALE_H
#define INTSEARCH_SCALE_H

#include "postgres.h"

/*
 * Scales the numbers, [count], so that the greatest is in 0.5..1, by 2 to the
 * power of minus the result. Numbers that are all 0 stay. Where one is NaN or
 * infinite, the error is 22003 with that message.
 */
extern int scale_to_unit(double *numbers, size_t count, const char *message);

#endif
