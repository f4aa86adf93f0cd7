/*
 * vector_aggregates.h
 *		What the aggregates over vectors share.
 *
 * Their states are double precision[], which PostgreSQL passes from parallel
 * workers to their leader as they are.  An aggregate changes its state in
 * place.
 */
#ifndef INTSEARCH_VECTOR_AGGREGATES_H
#define INTSEARCH_VECTOR_AGGREGATES_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"

/* A new state of size zeros, which lives as long as the aggregate. */
extern ArrayType *new_state(FunctionCallInfo fcinfo, int64 size);

/*
 * A state that is given as argument `number`.  Refuses any caller but an
 * aggregate.
 */
extern ArrayType *state_argument(FunctionCallInfo fcinfo, int number);

static inline double *
state_numbers(ArrayType *state)
{
	return (double *) ARR_DATA_PTR(state);
}

static inline int
state_size(ArrayType *state)
{
	return ARR_DIMS(state)[0];
}

/* Refuses a vector of another number of channels than those before it. */
extern void check_same_channels(int channels, int before);

#endif
