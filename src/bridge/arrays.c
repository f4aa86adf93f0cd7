/*
 * arrays.c
 *		PostgreSQL's arrays of numbers, as arguments and as results.
 */
#include "bridge/arrays.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

void
refuse_nulls(ArrayType *array, const char *name)
{
	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not contain nulls", name)));
}

/* The elements of a real[] argument with that number of dimensions. */
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

/* An element of an array of numbers as real; refuses what that cannot hold. */
static float
real_of_datum(Datum number, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return (float) DatumGetInt16(number);
		case INT4OID:
			return (float) DatumGetInt32(number);
		case INT8OID:
			return (float) DatumGetInt64(number);
		case FLOAT8OID:
			return DatumGetFloat4(DirectFunctionCall1(dtof, number));
		case NUMERICOID:
			return DatumGetFloat4(DirectFunctionCall1(numeric_float4, number));
	}
	elog(ERROR, "type %u is no type of numbers", type);
}

/* An array of any type of numbers as a real[] of the same shape. */
static ArrayType *
real_array(ArrayType *array, const char *name)
{
	Oid type = ARR_ELEMTYPE(array);
	int16 size;
	bool by_value;
	char align;
	Datum *numbers;
	int count;
	float *values;
	ArrayType *reals;

	if (type == FLOAT4OID)
		return array;
	refuse_nulls(array, name);
	get_typlenbyvalalign(type, &size, &by_value, &align);
	deconstruct_array(array, type, size, by_value, align, &numbers, NULL,
					  &count);
	reals = new_array(FLOAT4OID, ARR_NDIM(array), ARR_DIMS(array),
					  (void **) &values);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		values[i] = real_of_datum(numbers[i], type);
	}
	pfree(numbers);
	return reals;
}

const float *
number_vector(ArrayType *array, const char *name, int *length)
{
	return real_vector(real_array(array, name), name, length);
}

const float *
number_matrix(ArrayType *array, const char *name, int *rows, int *columns)
{
	return real_matrix(real_array(array, name), name, rows, columns);
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

ArrayType *
new_vector(int length, float **values)
{
	return new_array(FLOAT4OID, 1, &length, (void **) values);
}
