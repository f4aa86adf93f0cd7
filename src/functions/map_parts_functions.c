/*
 * map_parts_functions.c
 *		Parts and mirror images of maps, as SQL functions.
 */
#include "postgres.h"

#include "bridge/featmap.h"
#include "core/map/map_parts.h"

PG_FUNCTION_INFO_V1(featmap_crop);
PG_FUNCTION_INFO_V1(featmap_mirror);

/*
 * The featmap of a block with room for its header; raises an error for NULL.
 */
static Datum
featmap_of_block(uint8 *block, size_t size, const CoreError *error)
{
	if (block == NULL)
		featmap_raise(error);
	SET_VARSIZE(block, VARHDRSZ + size);
	return PointerGetDatum(block);
}

Datum
featmap_crop(PG_FUNCTION_ARGS)
{
	Window window = {PG_GETARG_INT32(1), PG_GETARG_INT32(2),
					 PG_GETARG_INT32(3), PG_GETARG_INT32(4)};
	Host host = featmap_host(CurrentMemoryContext);
	OpenMap open;
	CoreError error;
	size_t size = 0;
	uint8 *block;

	featmap_open(&open, PG_GETARG_DATUM(0));
	block = map_crop(&host, &open.map, &window, VARHDRSZ, &size, &error);
	featmap_close(&open);
	PG_RETURN_DATUM(featmap_of_block(block, size, &error));
}

Datum
featmap_mirror(PG_FUNCTION_ARGS)
{
	Host host = featmap_host(CurrentMemoryContext);
	OpenMap open;
	CoreError error;
	size_t size = 0;
	uint8 *block;

	featmap_open(&open, PG_GETARG_DATUM(0));
	block = map_mirror(&host, &open.map, VARHDRSZ, &size, &error);
	featmap_close(&open);
	PG_RETURN_DATUM(featmap_of_block(block, size, &error));
}
