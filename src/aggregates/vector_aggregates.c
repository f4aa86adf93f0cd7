/*
 * vector_aggregates.c
 *		What the aggregates over vectors share.
 */
#include "aggregates/vector_aggregates.h"

#include "catalog/pg_type.h"

#include "bridge/arrays.h"

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	/* any other caller would find its arguments changed */
	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is called by an aggregate only")));
	return context;
}

ArrayType *
new_state(FunctionCallInfo fcinfo, int64 size)
{
	MemoryContext before = MemoryContextSwitchTo(aggregate_context(fcinfo));
	int length = (int) size;
	double *numbers;
	ArrayType *state = new_array(FLOAT8OID, 1, &length, (void **) &numbers);

	memset(numbers, 0, sizeof(double) * length);
	MemoryContextSwitchTo(before);
	return state;
}

ArrayType *
state_argument(FunctionCallInfo fcinfo, int number)
{
	ArrayType *state;

	aggregate_context(fcinfo);
	state = PG_GETARG_ARRAYTYPE_P(number);
	/* an aggregate that somebody else made may have any state */
	if (ARR_NDIM(state) != 1 || ARR_HASNULL(state))
		elog(ERROR, "this is not the state of an aggregate over vectors");
	return state;
}

void
check_same_channels(int channels, int before)
{
	if (channels != before)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg(
				 "different numbers of channels: vector has %d, those before have %d",
				 channels, before)));
}
