/*
 * pooling_arguments.h
 *		The pooling arguments of SQL functions.
 */
#ifndef INTSEARCH_POOLING_H
#define INTSEARCH_POOLING_H

#include "postgres.h"

#include "fmgr.h"

#include "core/pooling/pool.h"

/*
 * The pooling that arguments `number` and the next, its name and exponent, ask
 * for; NULL stands for a pooling of the kind if_null, and for the exponent 3.
 * Refuses other names, and an exponent out of range.
 */
extern Pooling
pooling_arguments(FunctionCallInfo fcinfo, int number, PoolingKind if_null);

#endif
