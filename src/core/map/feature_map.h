/*
 * feature_map.h
 *		The stored form of a feature map, and a checked view of it.
 *
 * A feature map X[channel][y][x] is quantised once, at construction: every
 * value is code * scale[channel], with integer codes of 8 or 16 bits.  All
 * sums over windows are then sums of integers, exact in any order.  What is
 * stored is the integral image of the codes in its mixed second difference,
 * that is, the codes themselves, packed cell by cell; decoding and a prefix
 * sum give the integral image back.
 *
 * Layout, all numbers little-endian (doc/format.md has worked examples):
 *
 *	offset	size
 *	0		1		version, 1
 *	1		1		bits of a code, 8 or 16
 *	2		1		flags: 1 = codes are signed (two's complement)
 *	3		1		sketch_dims, 0 to FEATMAP_MAX_SKETCH_DIMS
 *	4		2		channels
 *	6		2		height, in cells
 *	8		2		width, in cells
 *	10		2		0
 *	12		4		coded_size
 *	16		2 * channels				scales: the upper half of an IEEE float32 each
 *	...		(height * width + 7) / 8	kinds: bit i (from the lowest) is 1 where cell i is dense
 *	...		coded_size					cells, row by row
 *	...		4 * sketch_dims				sketch steps, float32
 *	...		height * width * entry		sketch entries, see sketch.h
 *
 * A sparse cell is a bitmap of (channels + 7) / 8 bytes (bit c % 8 of byte c /
 * 8 is 1 where the code of channel c is not 0), then the non-zero codes in
 * order of channels.  A dense cell is all codes, without a bitmap.  Codes of
 * 16 bits are split: first the low bytes of all codes of the cell, then the
 * high bytes.  A cell is dense where that is not longer.
 *
 * A value without its sketch (sketch_dims = 0) is what text and binary output
 * carry: a sketch only speeds the search, and one that came from elsewhere
 * could not be trusted.
 */
#ifndef INTSEARCH_FEATURE_MAP_H
#define INTSEARCH_FEATURE_MAP_H

#include <stdint.h>
#include <string.h>

#include "core/host.h"

#define FEATMAP_VERSION         1
#define FEATMAP_MAX_CHANNELS    16384
#define FEATMAP_MAX_SIDE        4096 /* greatest height and width, in cells */
#define FEATMAP_MAX_SKETCH_DIMS 28
/*
 * PostgreSQL's largest value is 1 GB; what lies around the value needs a
 * little
 */
#define FEATMAP_MAX_BYTES ((size_t) 0x3fffffff - 64)

/*
 * Sizes are computed without looking for overflow: no map has more than 2^24
 * cells and 2^14 channels, and so none comes near 2^64.
 */
_Static_assert(sizeof(size_t) >= 8, "sizes of feature maps need 64 bits");

#define FEATMAP_HEADER_SIZE 16
#define FEATMAP_FLAG_SIGNED 1

/*
 * The first sketch dimensions carry most of the norm and are kept at 16 bits.
 */
#define SKETCH_WIDE_DIMS 4

/*
 * A view of a stored value: where its parts lie.  Made by feature_map_open,
 * which checks that the parts fill the value exactly; whether the cells are
 * well-formed is found while they are decoded.
 */
typedef struct FeatureMap
{
	int bits;
	bool is_signed;
	int channels;
	int height;
	int width;
	int sketch_dims;
	size_t coded_size;
	const uint8_t *scales;       /* [channels] of 2 bytes */
	const uint8_t *kinds;        /* [(height * width + 7) / 8] */
	const uint8_t *cells;        /* [coded_size] */
	const uint8_t *sketch_steps; /* [sketch_dims] of 4 bytes */
	/* [height * width][sketch_entry_size(sketch_dims)] */
	const uint8_t *sketch;
	const uint8_t *end; /* of the value */
} FeatureMap;

/* Walks the packed cells of a map in order. */
typedef struct CellReader
{
	const FeatureMap *map;
	int (*count_bits)(const uint8_t *bytes, int size); /* number of bits set */
	/* number of the next cell, y * width + x */
	size_t cell;
	/* of the next cell in map->cells */
	size_t position;
} CellReader;

/* Where the codes of one cell lie. */
typedef struct PackedCell
{
	const uint8_t *bitmap; /* NULL where the cell is dense */
	/* count low bytes, then, at 16 bits, count high bytes */
	const uint8_t *codes;
	/* of codes: channels where dense, else non-zero ones */
	int count;
} PackedCell;

static inline uint16_t
load_le16(const uint8_t *bytes)
{
	return (uint16_t) (bytes[0] | bytes[1] << 8);
}

static inline uint32_t
load_le32(const uint8_t *bytes)
{
	return (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 |
		   (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24;
}

static inline uint64_t
load_le64(const uint8_t *bytes)
{
	return load_le32(bytes) | (uint64_t) load_le32(bytes + 4) << 32;
}

static inline void
store_le16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t) value;
	bytes[1] = (uint8_t) (value >> 8);
}

static inline void
store_le32(uint8_t *bytes, uint32_t value)
{
	store_le16(bytes, (uint16_t) value);
	store_le16(bytes + 2, (uint16_t) (value >> 16));
}

static inline float
load_le_float(const uint8_t *bytes)
{
	uint32_t word = load_le32(bytes);
	float value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static inline void
store_le_float(uint8_t *bytes, float value)
{
	uint32_t word;

	memcpy(&word, &value, sizeof(word));
	store_le32(bytes, word);
}

/* A scale as stored: the upper half of a float32. */
static inline float
load_scale(const uint8_t *bytes)
{
	uint32_t word = (uint32_t) load_le16(bytes) << 16;
	float scale;

	memcpy(&scale, &word, sizeof(scale));
	return scale;
}

static inline size_t
cell_count(const FeatureMap *map)
{
	return (size_t) map->height * map->width;
}

/*
 * Bytes of one cell's sketch entry: SKETCH_WIDE_DIMS of 2 bytes, then 1 each.
 */
static inline size_t
sketch_entry_size(int sketch_dims)
{
	int wide = sketch_dims < SKETCH_WIDE_DIMS ? sketch_dims : SKETCH_WIDE_DIMS;

	return (size_t) sketch_dims + wide;
}

/* Greatest magnitude of a code. */
static inline int
max_code(int bits, bool is_signed)
{
	return (1 << (bits - is_signed)) - 1;
}

/* Code of a packed cell, by its number among the packed ones. */
static inline int
packed_code(const FeatureMap *map, const PackedCell *cell, int number)
{
	int low = cell->codes[number];

	if (map->bits == 8)
		return map->is_signed ? (int8_t) low : low;
	low |= cell->codes[cell->count + number] << 8;
	return map->is_signed ? (int16_t) low : low;
}

/* Bytes of the value up to its sketch: what text and binary output carry. */
extern size_t feature_map_size_without_sketch(const FeatureMap *map);

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

/* Number of bits set, in plain C. */
extern int count_bits(const uint8_t *bytes, int size);

/*
 * Bits of channels 64 * i and on, from a bitmap of (channels + 7) / 8 bytes;
 * none beyond the last channel.
 */
extern uint64_t bitmap_word(const uint8_t *bitmap, int channels, int i);

extern void cell_reader_start(CellReader *reader, const FeatureMap *map);

/*
 * Gives the next cell; false and an error where the cells do not fit the
 * value.
 */
extern bool
cell_reader_next(CellReader *reader, PackedCell *cell, CoreError *error);

/* The step between two codes of a channel, in the units of the values. */
static inline double
channel_scale(const FeatureMap *map, int channel)
{
	return load_scale(map->scales + 2 * channel);
}

/*
 * Lists the non-zero codes of a cell: their channels, rising, and the codes.
 * Both arrays have room for [channels].  Returns how many there are.
 */
extern int cell_nonzero_codes(const FeatureMap *map, const PackedCell *cell,
							  int *channel, int *code);

#endif
