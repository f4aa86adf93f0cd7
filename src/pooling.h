/*
 * pooling.h
 *		The pooling arguments of SQL functions.
 */
#ifndef INTSEARCH_POOLING_H
#define INTSEARCH_POOLING_H

#include "postgres.h"

#include "pool.h"

/* The pooling of that name; refuses others, and an exponent out of range. */
extern Pooling pooling_argument(text *name, double exponent);

#endif
