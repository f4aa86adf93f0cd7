/*
 * featmap_access.c
 *		The size of a map, read from its header alone.
 */
#include "bridge/featmap.h"

PG_FUNCTION_INFO_V1(featmap_channels);
PG_FUNCTION_INFO_V1(featmap_height);
PG_FUNCTION_INFO_V1(featmap_width);
PG_FUNCTION_INFO_V1(featmap_bits);

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
