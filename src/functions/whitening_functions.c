/*
 * whitening_functions.c
 *		Whitening of vectors.
 */
#include "postgres.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "functions/whitening_argument.h"

PG_FUNCTION_INFO_V1(whiten);

/* NULL where the vector has no direction once it is whitened. */
Datum
whiten(PG_FUNCTION_ARGS)
{
	int channels;
	const float *vector =
		real_vector(PG_GETARG_ARRAYTYPE_P(0), "vector", &channels);
	Whitening whitening = whitening_argument(PG_GETARG_ARRAYTYPE_P(1));
	double *whitened = palloc(sizeof(double) * whitening.dims);
	Host host = featmap_host(CurrentMemoryContext);
	ArrayType *array;
	float *result;
	bool found;
	CoreError error;

	if (!whitening_apply(&host, &whitening, vector, channels, whitened, &found,
						 &error))
		featmap_raise(&error);
	if (!found)
		PG_RETURN_NULL();
	array = new_vector(whitening.dims, &result);
	for (int k = 0; k < whitening.dims; k++)
		result[k] = (float) whitened[k];
	pfree(whitened);
	PG_RETURN_ARRAYTYPE_P(array);
}
