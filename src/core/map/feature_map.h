/*
 * feature_map.h
 *		A checked view of a stored feature map, and a walk over its cells.
 *		format.h has the layout.
 */
#ifndef INTSEARCH_FEATURE_MAP_H
#define INTSEARCH_FEATURE_MAP_H

#include "core/host.h"
#include "core/map/format.h"

/*
 * A view of a stored value: where its parts lie.  Made by feature_map_open,
 * which checks that the parts fill the value exactly.  Whether the cells are
 * well-formed is found while they are decoded.
 */
typedef struct FeatureMap
{
	int version;
	int bits;
	bool is_signed;
	int rounding_error_level; /* see rounding_error.h; 0 in version 1 */
	int channels;
	int height;
	int width;
	int sketch_dims;
	size_t coded_size;
	const uint8_t *scales;       /* [channels] of SCALE_SIZE bytes */
	const uint8_t *kinds;        /* [(height * width + 7) / 8] */
	const uint8_t *cells;        /* [coded_size] */
	const uint8_t *sketch_steps; /* [sketch_dims] of SKETCH_STEP_SIZE bytes */
	/* [height * width][sketch_entry_size(sketch_dims)] */
	const uint8_t *sketch;
	const uint8_t *end; /* of the value */
} FeatureMap;

/* Walks the packed cells of a map in order. */
typedef struct CellReader
{
	const FeatureMap *map;
	size_t cell;     /* number of the next cell, y * width + x */
	size_t position; /* of the next cell in map->cells */
} CellReader;

/* Where the codes of one cell lie. */
typedef struct PackedCell
{
	const uint8_t *bitmap; /* NULL where the cell is dense */
	/* count bytes, the lowest of each code, then the next ones */
	const uint8_t *codes;
	int count; /* of codes: channels where dense, else non-zero ones */
} PackedCell;

static inline size_t
cell_count(const FeatureMap *map)
{
	return (size_t) map->height * map->width;
}

/* Code of a packed cell, by its number among the packed ones. */
static inline int
packed_code(const FeatureMap *map, const PackedCell *cell, int number)
{
	int low = cell->codes[number];
	int high;

	if (map->bits == 8)
		return map->is_signed ? (int8_t) low : low;
	low |= cell->codes[cell->count + number] << 8;
	if (map->bits == 16)
		return map->is_signed ? (int16_t) low : low;
	high = cell->codes[2 * (size_t) cell->count + number];
	return (map->is_signed ? (int8_t) high : high) * 0x10000 + low;
}

/* Bytes of the value up to its sketch: what text and binary output carry. */
extern size_t feature_map_size_without_sketch(const FeatureMap *map);

/*
 * The bytes of an opened map that say all about it but its bits and sign, and
 * their number in *size.  Equality and hashes go by them.
 */
extern const uint8_t *
feature_map_compared_bytes(const FeatureMap *map, size_t *size);

/*
 * Reads the header alone: fills bits to sketch_dims; refuses what cannot be a
 * header.
 */
extern bool feature_map_read_header(FeatureMap *map, const uint8_t *bytes,
									size_t size, CoreError *error);

/*
 * Opens a stored value: header, scales and sizes are checked, the cells are
 * not walked.
 */
extern bool feature_map_open(FeatureMap *map, const uint8_t *bytes,
							 size_t size, CoreError *error);

/*
 * Walks every cell and checks that the cells are in the form that construction
 * gives them, so that the same codes and scales always have the same bytes.
 */
extern bool feature_map_validate(const Host *host, const FeatureMap *map,
								 CoreError *error);

extern void cell_reader_start(CellReader *reader, const FeatureMap *map);

/*
 * Reads the next cell; false and an error where the cells do not fit the
 * value.
 */
extern bool
cell_reader_next(CellReader *reader, PackedCell *cell, CoreError *error);

/* The step between two codes of a channel, in the units of the values. */
static inline double
channel_scale(const FeatureMap *map, int channel)
{
	return load_scale(map->scales, channel);
}

/*
 * Lists the non-zero codes of a cell: their channels, ascending, and the
 * codes.  Both arrays have room for [channels].  Returns how many there are.
 */
extern int cell_nonzero_codes(const FeatureMap *map, const PackedCell *cell,
							  int *channel, int *code);

#endif
