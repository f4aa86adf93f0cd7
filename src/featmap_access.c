/*
 * featmap_access.c
 *		What is in a map: its size, read from the header alone, and the vector of a region.
 */
#include "featmap.h"

#include "catalog/pg_type.h"
#include "utils/geo_decls.h"
#include "funcapi.h"

#include "featmap_array.h"
#include "kernel_setting.h"
#include "pixel_boxes.h"
#include "pooling.h"
#include "region.h"

PG_FUNCTION_INFO_V1(featmap_channels);
PG_FUNCTION_INFO_V1(featmap_height);
PG_FUNCTION_INFO_V1(featmap_width);
PG_FUNCTION_INFO_V1(featmap_bits);
PG_FUNCTION_INFO_V1(region_vector);
PG_FUNCTION_INFO_V1(region_vector_box);

Datum
featmap_channels(PG_FUNCTION_ARGS)
{
	FeatureMap map;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	PG_RETURN_INT32(map.channels);
}

Datum
featmap_height(PG_FUNCTION_ARGS)
{
	FeatureMap map;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	PG_RETURN_INT32(map.height);
}

Datum
featmap_width(PG_FUNCTION_ARGS)
{
	FeatureMap map;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	PG_RETURN_INT32(map.width);
}

Datum
featmap_bits(PG_FUNCTION_ARGS)
{
	FeatureMap map;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	PG_RETURN_INT32(map.bits);
}

/* The pooled, normalised vector of a window. */
static ArrayType *
window_vector(const FeatureMap *map, const Window *window, const Pooling *pooling)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	float *vector;
	ArrayType *array = new_array(FLOAT4OID, 1, &map->channels, (void **) &vector);

	if (!window_check(window, map->height, map->width, &error) ||
		!region_descriptor(&host, kernels_in_use, map, window, pooling, vector, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	return array;
}

Datum
region_vector(PG_FUNCTION_ARGS)
{
	Window window = {PG_GETARG_INT32(1), PG_GETARG_INT32(2), PG_GETARG_INT32(3),
					 PG_GETARG_INT32(4)};
	Pooling pooling = pooling_argument(PG_GETARG_TEXT_PP(5), PG_GETARG_FLOAT8(6));
	FeatureMap map;
	struct varlena *value;
	ArrayType *array;

	value = featmap_open(&map, PG_GETARG_DATUM(0));
	array = window_vector(&map, &window, &pooling);
	featmap_close(value, PG_GETARG_DATUM(0));
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
region_vector_box(PG_FUNCTION_ARGS)
{
	Pooling pooling = pooling_argument(PG_GETARG_TEXT_PP(4), PG_GETARG_FLOAT8(5));
	Window window;
	FeatureMap map;
	struct varlena *value;
	ArrayType *array;

	value = featmap_open(&map, PG_GETARG_DATUM(0));
	window =
		pixel_box_to_window(&map, PG_GETARG_BOX_P(1), PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3));
	array = window_vector(&map, &window, &pooling);
	featmap_close(value, PG_GETARG_DATUM(0));
	PG_RETURN_ARRAYTYPE_P(array);
}
