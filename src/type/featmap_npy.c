/*
 * featmap_npy.c
 *		featmap from .npy files and from the tokens of a transformer, and back
 *		to .npy files.
 */
#include "type/featmap_npy.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "core/map/build.h"
#include "core/map/npy.h"
#include "core/map/npy_write.h"
#include "core/quote.h"
#include "type/featmap_make.h"

PG_FUNCTION_INFO_V1(featmap_from_npy);
PG_FUNCTION_INFO_V1(featmap_from_tokens_npy);
PG_FUNCTION_INFO_V1(featmap_from_tokens_real_array);
PG_FUNCTION_INFO_V1(featmap_from_tokens_double_array);
PG_FUNCTION_INFO_V1(featmap_to_npy);

/* Maps -------------------------------------------------------------------- */

pg_noreturn static void
refuse_file(const CoreError *error)
{
	featmap_raise_input(error, ERRCODE_INVALID_BINARY_REPRESENTATION);
}

static void
open_map_file(NpyArray *array, const uint8 *bytes, size_t size)
{
	CoreError error;

	if (npy_open(array, bytes, size, &error))
		return;
	if (error.class == ERROR_SHAPE && array->dims == 2)
		ereport(
			ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("%s", error.message),
			 errhint(
				 "Tokens of a transformer, (tokens, channels), are read by featmap_from_tokens.")));
	refuse_file(&error);
}

/* The file's values, [shape[0]][shape[1]][shape[2]]. */
static float *
read_map_file(const uint8 *bytes, size_t size, NpyLayout layout,
			  int64 shape[3])
{
	Host host = featmap_host(CurrentMemoryContext);
	NpyArray array;
	CoreError error;
	float *values;

	open_map_file(&array, bytes, size);
	if (!npy_map_shape(&array, layout, &shape[0], &shape[1], &shape[2],
					   &error))
		refuse_file(&error);
	values = featmap_alloc_values(shape[0], shape[1], shape[2], NULL);
	if (!npy_read_values(&host, &array, layout, values, &error))
		refuse_file(&error);
	return values;
}

Datum
featmap_of_npy(const uint8 *bytes, size_t size)
{
	int64 shape[3];
	float *values = read_map_file(bytes, size, NPY_CHANNELS_FIRST, shape);

	return featmap_construct(values, shape[0], shape[1], shape[2],
							 FEATMAP_CHOOSE_BITS, NULL);
}

static NpyLayout
parse_layout(text *name)
{
	char *layout = text_to_cstring(name);
	char quoted[QUOTE_ROOM];

	if (pg_strcasecmp(layout, "chw") == 0)
		return NPY_CHANNELS_FIRST;
	if (pg_strcasecmp(layout, "hwc") == 0)
		return NPY_CHANNELS_LAST;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("layout must be \"chw\" or \"hwc\", not \"%s\"",
						   quote_input(layout, strlen(layout), quoted))));
}

/* Not strict, as bits may be NULL. */
Datum
featmap_from_npy(PG_FUNCTION_ARGS)
{
	bytea *file;
	int bits;
	int64 shape[3];
	float *values;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	file = PG_GETARG_BYTEA_PP(0);
	bits = featmap_bits_argument(fcinfo, 1);
	values =
		read_map_file((uint8 *) VARDATA_ANY(file), VARSIZE_ANY_EXHDR(file),
					  parse_layout(PG_GETARG_TEXT_PP(2)), shape);
	PG_FREE_IF_COPY(file, 0);
	PG_RETURN_DATUM(
		featmap_construct(values, shape[0], shape[1], shape[2], bits, NULL));
}

Datum
featmap_to_npy(PG_FUNCTION_ARGS)
{
	OpenMap open;
	Host host = featmap_host(CurrentMemoryContext);
	size_t size;
	bytea *file;
	CoreError error;

	featmap_open(&open, PG_GETARG_DATUM(0));
	size = VARHDRSZ + npy_written_size(&open.map);
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg(".npy file of %zu bytes is larger than a value can be",
						size - VARHDRSZ)));
	file = palloc(size);
	SET_VARSIZE(file, size);
	if (!npy_write(&host, &open.map, VARDATA(file), &error))
		featmap_raise(&error);
	featmap_close(&open);
	PG_RETURN_BYTEA_P(file);
}

/* Tokens ------------------------------------------------------------------ */

/* The map of (tokens, height, width, bits), a square where width is NULL. */
static Datum
map_of_tokens(FunctionCallInfo fcinfo, const NpyArray *array)
{
	int height = PG_GETARG_INT32(1);
	int width = PG_ARGISNULL(2) ? height : PG_GETARG_INT32(2);
	int bits = featmap_bits_argument(fcinfo, 3);
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	int64 channels;
	float *values;

	if (!npy_tokens_shape(array, height, width, &channels, &error))
		featmap_raise(&error);
	values = featmap_alloc_values(channels, height, width, NULL);
	if (!npy_read_tokens(&host, array, height, width, values, &error))
		featmap_raise(&error);
	return featmap_construct(values, channels, height, width, bits, NULL);
}

static bool
lacks_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) || PG_ARGISNULL(1);
}

Datum
featmap_from_tokens_npy(PG_FUNCTION_ARGS)
{
	bytea *file;
	NpyArray array;
	CoreError error;

	if (lacks_argument(fcinfo))
		PG_RETURN_NULL();
	file = PG_GETARG_BYTEA_PP(0);
	if (!npy_open_tokens(&array, (uint8 *) VARDATA_ANY(file),
						 VARSIZE_ANY_EXHDR(file), &error))
		refuse_file(&error);
	PG_RETURN_DATUM(map_of_tokens(fcinfo, &array));
}

/* A view of the array as it would stand in a file. */
static NpyArray
array_as_npy(ArrayType *array)
{
	NpyArray view = {
		.kind = 'f',
		.item_size = ARR_ELEMTYPE(array) == FLOAT8OID ? 8 : 4,
		.is_big_endian = npy_machine_is_big_endian(),
		.dims = ARR_NDIM(array),
		.data = (uint8 *) ARR_DATA_PTR(array),
	};

	if (view.dims != 2 && view.dims != 3)
		ereport(
			ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg(
				 "array has %d dimensions, expected 2: tokens, channels; or 3 with a batch of one",
				 view.dims)));
	for (int i = 0; i < view.dims; i++)
		view.shape[i] = ARR_DIMS(array)[i];
	return view;
}

Datum
featmap_from_tokens_real_array(PG_FUNCTION_ARGS)
{
	ArrayType *tokens;
	NpyArray view;

	if (lacks_argument(fcinfo))
		PG_RETURN_NULL();
	tokens = PG_GETARG_ARRAYTYPE_P(0);
	refuse_nulls(tokens, "tokens");
	view = array_as_npy(tokens);
	PG_RETURN_DATUM(map_of_tokens(fcinfo, &view));
}

Datum
featmap_from_tokens_double_array(PG_FUNCTION_ARGS)
{
	return featmap_from_tokens_real_array(fcinfo);
}
