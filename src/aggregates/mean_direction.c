/*
 * mean_direction.c
 *		The aggregate that averages unit vectors, for query expansion.
 */
#include "postgres.h"

#include <math.h>

#include "aggregates/scale.h"
#include "aggregates/vector_aggregates.h"
#include "bridge/arrays.h"
#include "core/vectors/unit_vector.h"

PG_FUNCTION_INFO_V1(mean_direction_transition);
PG_FUNCTION_INFO_V1(mean_direction_weighted_transition);
PG_FUNCTION_INFO_V1(mean_direction_combine);
PG_FUNCTION_INFO_V1(mean_direction_final);

/* The norm of a vector, which must have one that is finite and not 0. */
static double
norm_of_vector(const float *vector, int channels)
{
	double square = 0;

	for (int c = 0; c < channels; c++)
		square += (double) vector[c] * vector[c];
	if (square == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("vector of %d zeros has no direction", channels)));
	if (!isfinite(square))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("vector has NaN or an infinite value")));
	return sqrt(square);
}

/*
 * Adds weight times the direction of argument 1, unless that is NULL, to the
 * state, argument 0.
 */
static Datum
add_direction(FunctionCallInfo fcinfo, double weight)
{
	ArrayType *state = PG_ARGISNULL(0) ? NULL : state_argument(fcinfo, 0);
	const float *vector;
	double factor;
	double *sums;
	int channels;

	if (PG_ARGISNULL(1) && state == NULL)
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_ARRAYTYPE_P(state);
	if (!(weight >= 0 && isfinite(weight)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight must be at least 0 and finite, not %g",
							   weight)));
	vector = real_vector(PG_GETARG_ARRAYTYPE_P(1), "vector", &channels);
	factor = weight / norm_of_vector(vector, channels);
	if (state == NULL)
		state = new_state(fcinfo, channels);
	check_same_channels(channels, state_size(state));
	sums = state_numbers(state);
	for (int c = 0; c < channels; c++)
		sums[c] += factor * vector[c];
	PG_RETURN_ARRAYTYPE_P(state);
}

Datum
mean_direction_transition(PG_FUNCTION_ARGS)
{
	return add_direction(fcinfo, 1);
}

/* A NULL weight leaves the vector out, as a NULL vector does. */
Datum
mean_direction_weighted_transition(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		fcinfo->args[1].isnull = true;
	return add_direction(fcinfo, PG_ARGISNULL(2) ? 0 : PG_GETARG_FLOAT8(2));
}

Datum
mean_direction_combine(PG_FUNCTION_ARGS)
{
	ArrayType *state = state_argument(fcinfo, 0);
	ArrayType *other = state_argument(fcinfo, 1);
	double *sums = state_numbers(state);
	const double *more = state_numbers(other);

	check_same_channels(state_size(other), state_size(state));
	for (int c = 0; c < state_size(state); c++)
		sums[c] += more[c];
	PG_RETURN_ARRAYTYPE_P(state);
}

/* NULL where the directions cancel. */
Datum
mean_direction_final(PG_FUNCTION_ARGS)
{
	ArrayType *state = state_argument(fcinfo, 0);
	int channels = state_size(state);
	double *scaled = palloc(sizeof(double) * channels);
	float *mean;
	ArrayType *array = new_vector(channels, &mean);

	/* squares of very great or small sums would overflow or vanish */
	memcpy(scaled, state_numbers(state), sizeof(double) * channels);
	scale_to_unit(scaled, channels,
				  "sum of weighted directions is out of range");
	if (!unit_vector(scaled, channels, mean))
		PG_RETURN_NULL();
	pfree(scaled);
	PG_RETURN_ARRAYTYPE_P(array);
}
