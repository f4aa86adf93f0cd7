/*
 * code_walk.c
 *		The non-zero codes of a map, one cell after the other.
 */
#include "core/map/code_walk.h"

void
code_walk_start(CodeWalk *walk, const Host *host, const FeatureMap *map)
{
	walk->host = host;
	cell_reader_start(&walk->reader, map);
	walk->channel = host_new(host, int, map->channels);
	walk->code = host_new(host, int, map->channels);
	walk->count = 0;
}

bool
code_walk_next(CodeWalk *walk, CoreError *error)
{
	PackedCell cell;

	host_check(walk->host);
	if (!cell_reader_next(&walk->reader, &cell, error))
		return false;
	walk->count =
		cell_nonzero_codes(walk->reader.map, &cell, walk->channel, walk->code);
	return true;
}

void
code_walk_end(CodeWalk *walk)
{
	host_free(walk->host, walk->code);
	host_free(walk->host, walk->channel);
}
