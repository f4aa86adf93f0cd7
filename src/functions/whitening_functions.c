/*
 * whitening_functions.c
 *		Whitening of vectors and of maps.
 */
#include "postgres.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "core/map/map_whitening.h"
#include "functions/whitening_argument.h"
#include "type/featmap_make.h"

PG_FUNCTION_INFO_V1(whiten);
PG_FUNCTION_INFO_V1(whiten_featmap);

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

/* (map, whitening): a map of as many bits, each of whose cells is whitened. */
Datum
whiten_featmap(PG_FUNCTION_ARGS)
{
	Host host = featmap_host(CurrentMemoryContext);
	Whitening whitening = whitening_argument(PG_GETARG_ARRAYTYPE_P(1));
	OpenMap open;
	FeatureMap map;
	float *values;
	CoreError error;

	featmap_open(&open, PG_GETARG_DATUM(0));
	map = open.map;
	values = featmap_alloc_values(whitening.dims, map.height, map.width, NULL);
	if (!map_whiten(&host, &map, &whitening, values, &error))
		featmap_raise(&error);
	featmap_close(&open);
	PG_RETURN_DATUM(featmap_construct(values, whitening.dims, map.height,
									  map.width, map.bits, NULL));
}
