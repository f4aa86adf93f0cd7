/*
 * map_parts.c
 *		Parts and mirror images of stored maps.
 *
 * The packed cells are copied as they are, in another order, and the value
 * then comes in by the door for stored forms from outside, which adds the
 * sketch.
 */
#include "core/map/map_parts.h"

#include "core/map/build.h"

/* Where a packed cell lies in map->cells. */
typedef struct CellPlace
{
	size_t start;
	size_t end;
} CellPlace;

/* Finds the places of all cells, [height * width]. */
static bool
find_places(const Host *host, const FeatureMap *map, CellPlace *places,
			CoreError *error)
{
	CellReader reader;
	PackedCell cell;
	size_t cells = cell_count(map);

	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cells; i++)
	{
		if (i % map->width == 0)
			host_check(host);
		places[i].start = reader.position;
		if (!cell_reader_next(&reader, &cell, error))
			return false;
		places[i].end = reader.position;
	}
	return true;
}

/* Number of the cell that cell (y, x) of the window comes from. */
static inline size_t
source_cell(const FeatureMap *map, const Window *window, bool mirrored, int y,
			int x)
{
	int column = mirrored ? window->x2 - 1 - x : window->x1 + x;

	return (size_t) (window->y1 + y) * map->width + column;
}

/* Writes kinds and cells of the window; the kinds are zeros before. */
static void
copy_cells(const Host *host, const FeatureMap *map, const CellPlace *places,
		   const Window *window, bool mirrored, uint8_t *kinds, uint8_t *out)
{
	size_t cell = 0;

	for (int y = 0; y < window->y2 - window->y1; y++)
	{
		host_check(host);
		for (int x = 0; x < window->x2 - window->x1; x++, cell++)
		{
			size_t from = source_cell(map, window, mirrored, y, x);
			size_t length = places[from].end - places[from].start;

			memcpy(out, map->cells + places[from].start, length);
			out += length;
			if (bitmap_has(map->kinds, from))
				bitmap_add(kinds, cell);
		}
	}
}

/* Bytes of the window's packed cells. */
static size_t
packed_size(const FeatureMap *map, const CellPlace *places,
			const Window *window)
{
	size_t size = 0;

	for (int y = window->y1; y < window->y2; y++)
		size += places[(size_t) y * map->width + window->x2 - 1].end -
				places[(size_t) y * map->width + window->x1].start;
	return size;
}

/* The sign and the rounding error of the whole. */
static uint8_t
part_flags(const FeatureMap *map)
{
	return (uint8_t) ((map->is_signed ? FEATMAP_FLAG_SIGNED : 0) |
					  map->rounding_error_level << ROUNDING_ERROR_SHIFT);
}

/* The stored form of the window's cells, without a sketch. */
static uint8_t *
write_part(const Host *host, const FeatureMap *map, const CellPlace *places,
		   const Window *window, bool mirrored, size_t *size)
{
	int height = window->y2 - window->y1, width = window->x2 - window->x1;
	size_t cells = (size_t) height * width;
	size_t coded_size = packed_size(map, places, window);
	size_t before = size_before_cells(map->channels, cells);
	uint8_t *part = host_new(host, uint8_t, before + coded_size);
	uint8_t *scales = part + FEATMAP_HEADER_SIZE;
	uint8_t *kinds = scales + scales_size(map->channels);

	store_header(part, &(StoredHeader){
						   .version = (uint8_t) map->version,
						   .bits = (uint8_t) map->bits,
						   .flags = part_flags(map),
						   .channels = (uint16_t) map->channels,
						   .height = (uint16_t) height,
						   .width = (uint16_t) width,
						   .coded_size = (uint32_t) coded_size,
					   });
	memcpy(scales, map->scales, scales_size(map->channels));
	memset(kinds, 0, bitmap_size(cells));
	copy_cells(host, map, places, window, mirrored, kinds, part + before);
	*size = before + coded_size;
	return part;
}

static uint8_t *
make_part(const Host *host, const FeatureMap *map, const Window *window,
		  bool mirrored, size_t room, size_t *size, CoreError *error)
{
	CellPlace *places;
	uint8_t *block = NULL;

	if (!window_check(window, map->height, map->width, error))
		return NULL;
	places = host_new(host, CellPlace, cell_count(map));
	if (find_places(host, map, places, error))
	{
		size_t part_size;
		uint8_t *part =
			write_part(host, map, places, window, mirrored, &part_size);

		block = feature_map_admit(host, part, part_size, room, size, error);
		host_free(host, part);
	}
	host_free(host, places);
	return block;
}

uint8_t *
map_crop(const Host *host, const FeatureMap *map, const Window *window,
		 size_t room, size_t *size, CoreError *error)
{
	return make_part(host, map, window, false, room, size, error);
}

uint8_t *
map_mirror(const Host *host, const FeatureMap *map, size_t room, size_t *size,
		   CoreError *error)
{
	return make_part(host, map, &(Window){0, 0, map->height, map->width}, true,
					 room, size, error);
}
