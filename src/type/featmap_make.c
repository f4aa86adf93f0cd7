/*
 * featmap_make.c
 *		featmap from arrays, its type modifier, and back to arrays.
 */
#include "type/featmap_make.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "core/map/build.h"
#include "core/map/map_values.h"
#include "core/map/rounding_error.h"
#include "core/rounding.h"

PG_FUNCTION_INFO_V1(featmap_from_real_array);
PG_FUNCTION_INFO_V1(featmap_from_double_array);
PG_FUNCTION_INFO_V1(featmap_cast_real_array);
PG_FUNCTION_INFO_V1(featmap_cast_double_array);
PG_FUNCTION_INFO_V1(featmap_to_array);
PG_FUNCTION_INFO_V1(integral_image);

float *
featmap_alloc_values(int64 channels, int64 height, int64 width, Node *context)
{
	CoreError error;

	if (!feature_map_check_dimensions(channels, height, width, &error))
	{
		featmap_save_error(context, &error, ERRCODE_DATA_CORRUPTED);
		return NULL;
	}
	return MemoryContextAllocHuge(CurrentMemoryContext,
								  sizeof(float) * channels * height * width);
}

/*
 * Warns where the bits that were chosen, the most there are, do not hold the
 * promise, once for each statement: one that loads many such maps would drown
 * in warnings.
 */
static void
warn_of_rounding(Datum featmap)
{
	static TimestampTz warned = 0;
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	FeatureMap map;
	double error;

	featmap_open_header(&map, featmap);
	error = rounding_error_of_level(map.rounding_error_level);
	if (error <= PROMISED_ROUNDING_ERROR || statement == warned)
		return;
	warned = statement;
	ereport(
		WARNING,
		(errmsg("rounding to %d bits moves scores of a featmap by about %.2g",
				map.bits, error),
		 errdetail("Up to 0.001 is expected of a featmap."),
		 errhint(
			 "Values far greater than the others of their channel, or cells far smaller than the others, are the cause; rounding_error() finds these maps.")));
}

Datum
featmap_construct(float *values, int64 channels, int64 height, int64 width,
				  int bits, Node *context)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	size_t size;
	uint8 *block =
		feature_map_build(&host, values, (int) channels, (int) height,
						  (int) width, bits, VARHDRSZ, &size, &error);

	if (block == NULL)
	{
		featmap_save_error(context, &error, ERRCODE_DATA_CORRUPTED);
		return 0;
	}
	pfree(values);
	SET_VARSIZE(block, VARHDRSZ + size);
	if (bits == FEATMAP_CHOOSE_BITS)
		warn_of_rounding(PointerGetDatum(block));
	return PointerGetDatum(block);
}

/* Rounds the elements of a double precision[] to floats, [rows][length]. */
static void
narrow(const double *elements, int rows, size_t length, float *values)
{
	for (int row = 0; row < rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		for (size_t i = length * row; i < length * (row + 1); i++)
			values[i] = nearest_float(elements[i]);
	}
}

/* Refuses an array of another number of dimensions, or with nulls. */
static bool
check_map_array(ArrayType *array, Node *context)
{
	if (ARR_NDIM(array) != 3)
	{
		errsave(
			context,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg(
				 "array has %d dimensions, expected 3: channels, height, width",
				 ARR_NDIM(array))));
		return false;
	}
	if (array_contains_nulls(array))
	{
		errsave(context, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						  errmsg("array must not contain nulls")));
		return false;
	}
	return true;
}

static Datum
map_of_array(ArrayType *array, int bits, Node *context)
{
	int *shape = ARR_DIMS(array);
	Host host = featmap_host(CurrentMemoryContext);
	float *values;
	size_t plane;

	if (!check_map_array(array, context))
		return 0;
	values = featmap_alloc_values(shape[0], shape[1], shape[2], context);
	if (values == NULL)
		return 0;
	plane = (size_t) shape[1] * shape[2];
	Assert(ARR_ELEMTYPE(array) == FLOAT4OID ||
		   ARR_ELEMTYPE(array) == FLOAT8OID);
	if (ARR_ELEMTYPE(array) == FLOAT4OID)
		host_copy(&host, values, ARR_DATA_PTR(array),
				  sizeof(float) * shape[0] * plane);
	else
		narrow((const double *) ARR_DATA_PTR(array), shape[0], plane, values);
	return featmap_construct(values, shape[0], shape[1], shape[2], bits,
							 context);
}

Datum
featmap_of_typmod(Datum featmap, int32 typmod, Node *context)
{
	FeatureMap map;

	featmap_open_header(&map, featmap);
	if (typmod == -1 || map.channels == typmod)
		return featmap;
	errsave(context, (errcode(ERRCODE_DATA_EXCEPTION),
					  errmsg("expected a featmap of %d channels, not %d",
							 typmod, map.channels)));
	return 0;
}

Datum
featmap_cast_array(ArrayType *array, int32 typmod, Node *context)
{
	Datum map = map_of_array(array, FEATMAP_CHOOSE_BITS, context);

	return map == 0 ? 0 : featmap_of_typmod(map, typmod, context);
}

int
featmap_bits_argument(FunctionCallInfo fcinfo, int number)
{
	CoreError error;
	int bits;

	if (PG_ARGISNULL(number))
		return FEATMAP_CHOOSE_BITS;
	bits = PG_GETARG_INT32(number);
	if (!feature_map_check_bits(bits, &error))
		featmap_raise(&error);
	return bits;
}

/* Not strict, as bits may be NULL; of NULL, the map is NULL. */
Datum
featmap_from_real_array(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(map_of_array(PG_GETARG_ARRAYTYPE_P(0),
								 featmap_bits_argument(fcinfo, 1), NULL));
}

Datum
featmap_from_double_array(PG_FUNCTION_ARGS)
{
	return featmap_from_real_array(fcinfo);
}

/* The casts: their second argument is the column's modifier. */
Datum
featmap_cast_real_array(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(featmap_cast_array(PG_GETARG_ARRAYTYPE_P(0),
									   PG_GETARG_INT32(1), NULL));
}

Datum
featmap_cast_double_array(PG_FUNCTION_ARGS)
{
	return featmap_cast_real_array(fcinfo);
}

/* The values of the map, as real[channels][height][width]. */
Datum
featmap_to_array(PG_FUNCTION_ARGS)
{
	OpenMap open;
	Host host = featmap_host(CurrentMemoryContext);
	ArrayType *array;
	float *values;
	CoreError error;

	featmap_open(&open, PG_GETARG_DATUM(0));
	array =
		new_array(FLOAT4OID, 3,
				  (int[]){open.map.channels, open.map.height, open.map.width},
				  (void **) &values);
	if (!region_values(&host, &open.map, values, &error))
		featmap_raise(&error);
	featmap_close(&open);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* As double precision[channels][height + 1][width + 1]. */
Datum
integral_image(PG_FUNCTION_ARGS)
{
	OpenMap open;
	Host host = featmap_host(CurrentMemoryContext);
	ArrayType *array;
	double *integral;
	CoreError error;

	featmap_open(&open, PG_GETARG_DATUM(0));
	array = new_array(FLOAT8OID, 3,
					  (int[]){open.map.channels, open.map.height + 1,
							  open.map.width + 1},
					  (void **) &integral);
	if (!region_integral_image(&host, &open.map, integral, &error))
		featmap_raise(&error);
	featmap_close(&open);
	PG_RETURN_ARRAYTYPE_P(array);
}
