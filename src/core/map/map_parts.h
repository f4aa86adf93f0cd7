/*
 * map_parts.h
 *		Parts and mirror images of stored maps, of the stored codes: no value
 *		is rounded again.
 */
#ifndef INTSEARCH_MAP_PARTS_H
#define INTSEARCH_MAP_PARTS_H

#include "core/map/feature_map.h"
#include "core/window.h"

/*
 * The map of a window's cells, with the codes, scales and sign of the whole,
 * and its rounding error, which is an estimate for a part. Returns a block of
 * the host's with the stored form after `room` bytes that are left for the
 * caller, and its size in *size; or NULL and an error where the window is not
 * in the map, or the map is damaged.
 */
extern uint8_t *
map_crop(const Host *host, const FeatureMap *map, const Window *window,
		 size_t room, size_t *size, CoreError *error);

/* The same of all cells, with left and right exchanged. */
extern uint8_t *map_mirror(const Host *host, const FeatureMap *map,
						   size_t room, size_t *size, CoreError *error);

#endif
