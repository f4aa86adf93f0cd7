/*
 * pooling.h
 *		The pooling arguments of SQL functions.
 */
#ifndef INTSEARCH_POOLING_H
#define INTSEARCH_POOLING_H

#include "postgres.h"

/* Refuses poolings that are not known, or not yet: "sum" is. */
extern void check_pooling(text *name, double exponent);

#endif
