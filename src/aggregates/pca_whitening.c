/*
 * pca_whitening.c
 *		The aggregate that learns a whitening.
 *
 * Its state: the number of dimensions wanted, the number of channels, the
 * numbers of a covariance, and last, unless it is 1, the power of the
 * deviation that is divided out.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "aggregates/lapack.h"
#include "aggregates/vector_aggregates.h"
#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "core/vectors/covariance.h"
#include "core/vectors/whitening.h"

PG_FUNCTION_INFO_V1(pca_whitening_transition);
PG_FUNCTION_INFO_V1(pca_whitening_combine);
PG_FUNCTION_INFO_V1(pca_whitening_final);

enum
{
	STATE_DIMS,
	STATE_CHANNELS,
	STATE_COVARIANCE
};

static ArrayType *
new_whitening_state(FunctionCallInfo fcinfo, int channels, int dims,
					double power)
{
	ArrayType *state;

	if (channels > WHITENING_MOST_CHANNELS)
		ereport(
			ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a whitening is learned for at most %d channels, not %d",
					WHITENING_MOST_CHANNELS, channels)));
	if (dims < 1 || dims > channels)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "dims must be between 1 and the number of channels, %d, not %d",
				 channels, dims)));
	if (!(power >= 0 && power <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("power must be between 0 and 1, not %g", power)));
	state = new_state(fcinfo, STATE_COVARIANCE +
								  (int64) covariance_size(channels) +
								  (power != 1));
	state_numbers(state)[STATE_DIMS] = dims;
	if (power != 1)
		state_numbers(state)[state_size(state) - 1] = power;
	state_numbers(state)[STATE_CHANNELS] = channels;
	return state;
}

/* True where the state is that of so many channels, and has a power. */
static bool
has_power(ArrayType *state, int channels)
{
	return (size_t) state_size(state) ==
		   STATE_COVARIANCE + covariance_size(channels) + 1;
}

static double
state_power(ArrayType *state)
{
	double *numbers = state_numbers(state);

	return has_power(state, (int) numbers[STATE_CHANNELS])
			   ? numbers[state_size(state) - 1]
			   : 1;
}

/* Of a state that open_covariance() accepts. */
static void
check_same_arguments(int dims, double power, ArrayType *state)
{
	int dims_before = (int) state_numbers(state)[STATE_DIMS];
	double power_before = state_power(state);

	if (dims != dims_before)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dims must be the same for all vectors, not %d and %d",
						dims_before, dims)));
	if (power != power_before)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("power must be the same for all vectors, not %g and %g",
					power_before, power)));
}

/* Argument 3, which there is not in the form that whitens fully. */
static double
power_argument(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() == 3)
		return 1;
	if (PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("power must not be null")));
	return PG_GETARG_FLOAT8(3);
}

static Covariance
open_covariance(ArrayType *state)
{
	double *numbers = state_numbers(state);
	int channels = state_size(state) > STATE_COVARIANCE
					   ? (int) numbers[STATE_CHANNELS]
					   : 0;

	if (channels < 1 || channels > WHITENING_MOST_CHANNELS ||
		((size_t) state_size(state) !=
			 STATE_COVARIANCE + covariance_size(channels) &&
		 !has_power(state, channels)))
		elog(ERROR, "this is not the state of pca_whitening");
	return covariance_view(channels, numbers + STATE_COVARIANCE,
						   palloc(sizeof(double) * channels));
}

/* (state, vector, dims[, power]): vectors that are NULL do not count. */
Datum
pca_whitening_transition(PG_FUNCTION_ARGS)
{
	ArrayType *state = PG_ARGISNULL(0) ? NULL : state_argument(fcinfo, 0);
	const float *vector;
	Covariance covariance;
	int channels;
	double power;
	CoreError error;

	if (PG_ARGISNULL(1) && state == NULL)
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_ARRAYTYPE_P(state);
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("dims must not be null")));
	vector = real_vector(PG_GETARG_ARRAYTYPE_P(1), "vector", &channels);
	power = power_argument(fcinfo);
	if (state == NULL)
		state =
			new_whitening_state(fcinfo, channels, PG_GETARG_INT32(2), power);
	covariance = open_covariance(state);
	check_same_arguments(PG_GETARG_INT32(2), power, state);
	check_same_channels(channels, covariance.channels);
	if (!covariance_add(&covariance, vector, &error))
		featmap_raise(&error);
	PG_RETURN_ARRAYTYPE_P(state);
}

Datum
pca_whitening_combine(PG_FUNCTION_ARGS)
{
	ArrayType *state = state_argument(fcinfo, 0);
	ArrayType *other = state_argument(fcinfo, 1);
	Covariance covariance = open_covariance(state);
	Covariance more = open_covariance(other);

	check_same_arguments((int) state_numbers(other)[STATE_DIMS],
						 state_power(other), state);
	check_same_channels(more.channels, covariance.channels);
	covariance_merge(&covariance, &more);
	PG_RETURN_ARRAYTYPE_P(state);
}

/*
 * The dimensions wanted, of a state that open_covariance() accepts.  In the
 * state of an aggregate that somebody else made they may be any number.
 */
static int
state_dims(ArrayType *state)
{
	double *numbers = state_numbers(state);

	/* LAPACK would end the server process */
	if (!(numbers[STATE_DIMS] >= 1 &&
		  numbers[STATE_DIMS] <= numbers[STATE_CHANNELS]))
		elog(ERROR, "this is not the state of pca_whitening");
	return (int) numbers[STATE_DIMS];
}

Datum
pca_whitening_final(PG_FUNCTION_ARGS)
{
	ArrayType *state = state_argument(fcinfo, 0);
	Covariance covariance = open_covariance(state);
	int channels = covariance.channels;
	int shape[2] = {state_dims(state), channels + 1};
	double *matrix = alloc_matrix(channels, channels);
	double *variances = alloc_matrix(shape[0], 1);
	double *directions = alloc_matrix(shape[0], channels);
	ArrayType *array;
	float *rows;
	CoreError error;

	covariance_matrix(&covariance, matrix);
	symmetric_eigenvectors(matrix, channels, shape[0], variances, directions);
	array = new_array(FLOAT4OID, 2, shape, (void **) &rows);
	if (!whitening_learn(
			rows, shape[0],
			&(PrincipalComponents){
				.channels = channels,
				.mean = covariance.mean,
				.variances = variances,
				.directions = directions,
				.most_directions = covariance_most_directions(&covariance),
				.rounding_variance = covariance_of_rounding(&covariance),
			},
			state_power(state), &error))
		featmap_raise(&error);
	pfree(directions);
	pfree(variances);
	pfree(matrix);
	PG_RETURN_ARRAYTYPE_P(array);
}
