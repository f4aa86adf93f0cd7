/*
 * featmap_make.c
 *		featmap from arrays and .npy files, and back to arrays.
 */
#include "bridge/featmap.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/builtins.h"

#include "type/featmap_make.h"
#include "core/map/npy.h"
#include "core/map/map_values.h"

PG_FUNCTION_INFO_V1(featmap_from_real_array);
PG_FUNCTION_INFO_V1(featmap_from_double_array);
PG_FUNCTION_INFO_V1(featmap_cast_real_array);
PG_FUNCTION_INFO_V1(featmap_cast_double_array);
PG_FUNCTION_INFO_V1(featmap_from_npy);
PG_FUNCTION_INFO_V1(featmap_to_array);
PG_FUNCTION_INFO_V1(integral_image);

#define DEFAULT_BITS 8

static void
refuse_nulls(ArrayType *array, const char *name)
{
	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not contain nulls", name)));
}

struct varlena *
featmap_from_pg_array(ArrayType *array, int bits)
{
	int *shape = ARR_DIMS(array);
	Host host = featmap_host(CurrentMemoryContext);
	float *values;
	size_t plane;

	if (ARR_NDIM(array) != 3)
		ereport(
			ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg(
				 "array has %d dimensions, expected 3: channels, height, width",
				 ARR_NDIM(array))));
	refuse_nulls(array, "array");
	values = alloc_values(shape[0], shape[1], shape[2], bits);
	plane = (size_t) shape[1] * shape[2];
	if (ARR_ELEMTYPE(array) == FLOAT4OID)
		host_copy(&host, values, ARR_DATA_PTR(array),
				  sizeof(float) * shape[0] * plane);
	else
	{
		const double *wide = (const double *) ARR_DATA_PTR(array);

		Assert(ARR_ELEMTYPE(array) == FLOAT8OID);
		for (int c = 0; c < shape[0]; c++)
		{
			CHECK_FOR_INTERRUPTS();
			for (size_t i = plane * c; i < plane * (c + 1); i++)
				values[i] = (float) wide[i];
		}
	}
	return featmap_construct(values, shape[0], shape[1], shape[2], bits);
}

/* The elements of a real[] argument of so many dimensions. */
static const float *
real_elements(ArrayType *array, const char *name, int dims)
{
	if (ARR_NDIM(array) != dims)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("%s has %d dimensions, expected %d", name,
							   ARR_NDIM(array), dims)));
	refuse_nulls(array, name);
	return (const float *) ARR_DATA_PTR(array);
}

const float *
real_vector(ArrayType *array, const char *name, int *length)
{
	const float *elements = real_elements(array, name, 1);

	*length = ARR_DIMS(array)[0];
	return elements;
}

const float *
real_matrix(ArrayType *array, const char *name, int *rows, int *columns)
{
	const float *elements = real_elements(array, name, 2);

	*rows = ARR_DIMS(array)[0];
	*columns = ARR_DIMS(array)[1];
	return elements;
}

ArrayType *
new_array(Oid element_type, int dims, const int *shape, void **values)
{
	size_t item = element_type == FLOAT8OID ? sizeof(double) : sizeof(float);
	uint64 size = item;
	ArrayType *array;

	/* no featmap has so many values that this could overflow */
	for (int i = 0; i < dims; i++)
		size *= shape[i];
	size += ARR_OVERHEAD_NONULLS(dims);
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("array of %llu bytes is larger than a value can be",
						(unsigned long long) size)));
	array = palloc(size);
	SET_VARSIZE(array, size);
	array->ndim = dims;
	array->dataoffset = 0;
	array->elemtype = element_type;
	for (int i = 0; i < dims; i++)
	{
		ARR_DIMS(array)[i] = shape[i];
		ARR_LBOUND(array)[i] = 1;
	}
	*values = ARR_DATA_PTR(array);
	return array;
}

Datum
featmap_from_real_array(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(
		featmap_from_pg_array(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_INT32(1)));
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
	struct varlena *value =
		featmap_from_pg_array(PG_GETARG_ARRAYTYPE_P(0), DEFAULT_BITS);
	FeatureMap map;

	featmap_open_header(&map, PointerGetDatum(value));
	featmap_check_typmod(&map, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(value);
}

Datum
featmap_cast_double_array(PG_FUNCTION_ARGS)
{
	return featmap_cast_real_array(fcinfo);
}

static NpyLayout
parse_layout(text *name)
{
	char *layout = text_to_cstring(name);

	if (pg_strcasecmp(layout, "chw") == 0)
		return NPY_CHANNELS_FIRST;
	if (pg_strcasecmp(layout, "hwc") == 0)
		return NPY_CHANNELS_LAST;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("layout must be \"chw\" or \"hwc\", not \"%s\"", layout)));
}

Datum
featmap_from_npy(PG_FUNCTION_ARGS)
{
	bytea *file = PG_GETARG_BYTEA_PP(0);
	int bits = PG_GETARG_INT32(1);
	NpyLayout layout = parse_layout(PG_GETARG_TEXT_PP(2));
	Host host = featmap_host(CurrentMemoryContext);
	NpyArray array;
	CoreError error;
	int64 channels, height, width;
	float *values;

	if (!npy_open(&array, (uint8 *) VARDATA_ANY(file), VARSIZE_ANY_EXHDR(file),
				  &error) ||
		!npy_map_shape(&array, layout, &channels, &height, &width, &error))
		featmap_raise(&error, ERRCODE_INVALID_BINARY_REPRESENTATION);
	values = alloc_values(channels, height, width, bits);
	if (!npy_read_values(&host, &array, layout, values, &error))
		featmap_raise(&error, ERRCODE_INVALID_BINARY_REPRESENTATION);
	PG_FREE_IF_COPY(file, 0);
	PG_RETURN_POINTER(
		featmap_construct(values, channels, height, width, bits));
}

/* The values of a map as a real[channels][height][width]. */
static ArrayType *
map_to_array(const FeatureMap *map, float **values)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	ArrayType *array =
		new_array(FLOAT4OID, 3,
				  (int[]){map->channels, map->height, map->width},
				  (void **) values);

	if (!region_values(&host, map, *values, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	return array;
}

Datum
featmap_to_array(PG_FUNCTION_ARGS)
{
	FeatureMap map;
	struct varlena *value = featmap_open(&map, PG_GETARG_DATUM(0));
	float *values;
	ArrayType *array = map_to_array(&map, &values);

	featmap_close(value, PG_GETARG_DATUM(0));
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
integral_image(PG_FUNCTION_ARGS)
{
	FeatureMap map;
	struct varlena *value = featmap_open(&map, PG_GETARG_DATUM(0));
	int shape[3] = {map.channels, map.height + 1, map.width + 1};
	double *integral;
	ArrayType *array = new_array(FLOAT8OID, 3, shape, (void **) &integral);
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;

	if (!region_integral_image(&host, &map, integral, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	featmap_close(value, PG_GETARG_DATUM(0));
	PG_RETURN_ARRAYTYPE_P(array);
}
