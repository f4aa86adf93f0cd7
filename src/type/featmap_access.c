/*
 * featmap_access.c
 *		The size of a map and how it was rounded, read from its header alone.
 */
#include "bridge/featmap.h"

#include "core/map/rounding_error.h"

PG_FUNCTION_INFO_V1(featmap_channels);
PG_FUNCTION_INFO_V1(featmap_height);
PG_FUNCTION_INFO_V1(featmap_width);
PG_FUNCTION_INFO_V1(featmap_bits);
PG_FUNCTION_INFO_V1(featmap_rounding_error);

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

/* NULL of a map of version 1, of which nobody measured it. */
Datum
featmap_rounding_error(PG_FUNCTION_ARGS)
{
	FeatureMap map;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	if (map.version == 1)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rounding_error_of_level(map.rounding_error_level));
}
