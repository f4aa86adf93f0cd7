/*
 * format.h
 *		The stored form of a feature map: every offset, width and flag of it.
 *
 * A feature map X[channel][y][x] is quantised once, at construction: every
 * value is code * scale[channel], with integer codes of 8, 16 or 24 bits.  All
 * sums over windows are then sums of integers, exact in any order.  What is
 * stored is the integral image of the codes in its mixed second difference,
 * that is, the codes themselves, packed cell by cell.  Decoding and a prefix
 * sum give the integral image back.
 *
 * Layout, all numbers little-endian (doc/format.md has worked examples):
 *
 *	offset	size
 *	0		1		version, 2; or 1, where the rounding error is not known
 *	1		1		bits of a code: 8, 16 or, in version 2, 24
 *	2		1		flags: 1 = codes are signed (two's complement); in the bits
 *				from 2 on, the level of the rounding error, 0 in version 1
 *	3		1		sketch_dims, 0 to FEATMAP_MAX_SKETCH_DIMS
 *	4		2		channels
 *	6		2		height, in cells
 *	8		2		width, in cells
 *	10		2		0
 *	12		4		coded_size
 *	16		2 * channels		scales: the upper half of a float32 each
 *	...		(cells + 7) / 8		kinds: bit i (from the lowest) is 1 where
 *								cell i is dense; cells = height * width
 *	...		coded_size			cells, row by row
 *	...		4 * sketch_dims		sketch steps, float32
 *	...		cells * entry		sketch entries, see sketch.h
 *
 * A sparse cell is a bitmap of (channels + 7) / 8 bytes (bit c % 8 of byte c /
 * 8 is 1 where the code of channel c is not 0), then the non-zero codes in
 * order of channels.  A dense cell is all codes, without a bitmap.  Codes of
 * more than 8 bits are split: first the lowest bytes of all codes of the cell,
 * then the next ones, to the highest.  A cell is dense where that is not
 * longer.
 *
 * A sketch entry has one number for each dimension: the first SKETCH_WIDE_DIMS
 * of 16 bits, then the others of 8, all in two's complement.
 *
 * A value without its sketch (sketch_dims = 0) is what text and binary output
 * carry: a sketch only speeds the search, and one that came from elsewhere
 * could not be trusted.
 */
#ifndef INTSEARCH_FORMAT_H
#define INTSEARCH_FORMAT_H

#include "core/bits.h"

#define FEATMAP_VERSION         2 /* that is written; 1 is read, too */
#define FEATMAP_FLAG_SIGNED     1
#define ROUNDING_ERROR_SHIFT    1 /* of its level in the flags */
#define ROUNDING_ERROR_LEVELS   128
#define FEATMAP_MAX_CHANNELS    16384
#define FEATMAP_MAX_SIDE        4096 /* greatest height and width, in cells */
#define FEATMAP_MAX_SKETCH_DIMS 28
/*
 * PostgreSQL's largest value is 1 GB, and a row needs a little more than its
 * value
 */
#define FEATMAP_MAX_BYTES ((size_t) 0x3fffffff - 64)

/*
 * Sizes are computed without looking for overflow: no map has more than 2^24
 * cells and 2^14 channels, and so none comes near 2^64.
 */
_Static_assert(sizeof(size_t) >= 8, "sizes of feature maps need 64 bits");

/* The header -------------------------------------------------------------- */

/* Offsets of its fields, in bytes; FEATMAP_HEADER_SIZE is where they end. */
enum
{
	HEADER_VERSION = 0,
	HEADER_BITS = 1,
	HEADER_FLAGS = 2,
	HEADER_SKETCH_DIMS = 3,
	HEADER_CHANNELS = 4,
	HEADER_HEIGHT = 6,
	HEADER_WIDTH = 8,
	HEADER_RESERVED = 10,
	HEADER_CODED_SIZE = 12,
	FEATMAP_HEADER_SIZE = 16,
};

/*
 * The bytes from here to the sketch, with bits and flags, are the same for
 * equal maps: sketch_dims, which follows from them, and version and rounding
 * error, which say where the map came from, lie before.
 */
#define FEATMAP_COMPARED_OFFSET HEADER_CHANNELS

/* A header as it is stored, every field as it stands there. */
typedef struct StoredHeader
{
	uint8_t version;
	uint8_t bits;
	uint8_t flags;
	uint8_t sketch_dims;
	uint16_t channels;
	uint16_t height;
	uint16_t width;
	uint16_t reserved;
	uint32_t coded_size;
} StoredHeader;

static inline StoredHeader
load_header(const uint8_t *stored)
{
	return (StoredHeader){
		.version = stored[HEADER_VERSION],
		.bits = stored[HEADER_BITS],
		.flags = stored[HEADER_FLAGS],
		.sketch_dims = stored[HEADER_SKETCH_DIMS],
		.channels = load_le16(stored + HEADER_CHANNELS),
		.height = load_le16(stored + HEADER_HEIGHT),
		.width = load_le16(stored + HEADER_WIDTH),
		.reserved = load_le16(stored + HEADER_RESERVED),
		.coded_size = load_le32(stored + HEADER_CODED_SIZE),
	};
}

static inline void
store_header(uint8_t *stored, const StoredHeader *header)
{
	stored[HEADER_VERSION] = header->version;
	stored[HEADER_BITS] = header->bits;
	stored[HEADER_FLAGS] = header->flags;
	stored[HEADER_SKETCH_DIMS] = header->sketch_dims;
	store_le16(stored + HEADER_CHANNELS, header->channels);
	store_le16(stored + HEADER_HEIGHT, header->height);
	store_le16(stored + HEADER_WIDTH, header->width);
	store_le16(stored + HEADER_RESERVED, header->reserved);
	store_le32(stored + HEADER_CODED_SIZE, header->coded_size);
}

/* Sets the one field that changes when a sketch comes or goes. */
static inline void
store_sketch_dims(uint8_t *stored, int sketch_dims)
{
	stored[HEADER_SKETCH_DIMS] = (uint8_t) sketch_dims;
}

/* Scales ------------------------------------------------------------------ */

/* The upper half of a float32. */
#define SCALE_SIZE 2
/* A scale's bits from here on are infinity, NaN or a negative number. */
#define SCALE_LIMIT 0x7f80
/*
 * What the greatest value of a map must reach, unless all are zero: 256 times
 * the least scale with 8 significant bits.  Values and scales below it lose
 * bits that count for nothing beside the greatest.
 */
#define FEATMAP_LEAST_MAGNITUDE 0x1p-118f
/* The least scale but 0: what is smaller than half of it becomes 0. */
#define FEATMAP_LEAST_SCALE 0x1p-133f

static inline size_t
scales_size(int channels)
{
	return SCALE_SIZE * (size_t) channels;
}

static inline uint16_t
load_scale_bits(const uint8_t *scales, int channel)
{
	return load_le16(scales + SCALE_SIZE * channel);
}

static inline float
load_scale(const uint8_t *scales, int channel)
{
	return float_from_bits((uint32_t) load_scale_bits(scales, channel) << 16);
}

/* Stores a scale, rounded up so that no code overflows. */
static inline void
store_scale(uint8_t *scales, int channel, float scale)
{
	uint32_t bits = float_bits(scale);

	store_le16(scales + SCALE_SIZE * channel,
			   (uint16_t) ((bits >> 16) + ((bits & 0xffff) != 0)));
}

/* Cells ------------------------------------------------------------------- */

/* What lies between the start of a value and its first cell. */
static inline size_t
size_before_cells(int channels, size_t cells)
{
	return FEATMAP_HEADER_SIZE + scales_size(channels) + bitmap_size(cells);
}

/* Bytes of the widest codes. */
#define MOST_CODE_SIZE 3

/* Whether a format version has codes of that number of bits. */
static inline bool
code_bits_are_known(int bits, int version)
{
	return bits == 8 || bits == 16 || (bits == 24 && version > 1);
}

/* Greatest magnitude of a code. */
static inline int
max_code(int bits, bool is_signed)
{
	return (1 << (bits - is_signed)) - 1;
}

/* Bytes of a code. */
static inline int
code_size(int bits)
{
	return bits / 8;
}

/* True where a cell with `nonzero` codes other than zero is stored dense. */
static inline bool
dense_is_shorter(int channels, int bits, int nonzero)
{
	return code_size(bits) * channels <=
		   (int) bitmap_size(channels) + code_size(bits) * nonzero;
}

/* The sketch -------------------------------------------------------------- */

#define SKETCH_STEP_SIZE 4
/* The first dimensions carry most of the norm and are kept at 16 bits. */
#define SKETCH_WIDE_DIMS 4

static inline size_t
sketch_steps_size(int sketch_dims)
{
	return SKETCH_STEP_SIZE * (size_t) sketch_dims;
}

static inline float
load_sketch_step(const uint8_t *steps, int k)
{
	return load_le_float(steps + SKETCH_STEP_SIZE * k);
}

static inline void
store_sketch_step(uint8_t *steps, int k, float step)
{
	store_le_float(steps + SKETCH_STEP_SIZE * k, step);
}

/* How many of the dimensions have 16 bits. */
static inline int
sketch_wide_dims(int sketch_dims)
{
	return sketch_dims < SKETCH_WIDE_DIMS ? sketch_dims : SKETCH_WIDE_DIMS;
}

/* Bytes of one cell's entry. */
static inline size_t
sketch_entry_size(int sketch_dims)
{
	return (size_t) sketch_dims + sketch_wide_dims(sketch_dims);
}

/* Bytes of the steps and of the entries of all cells. */
static inline size_t
sketch_size(int sketch_dims, size_t cells)
{
	return sketch_steps_size(sketch_dims) +
		   cells * sketch_entry_size(sketch_dims);
}

/* Greatest magnitude of number k of an entry. */
static inline int
sketch_number_limit(int k)
{
	return k < SKETCH_WIDE_DIMS ? INT16_MAX : INT8_MAX;
}

/* Number k of an entry, one of the wide ones, modulo 2^32. */
static inline uint32_t
load_wide_number(const uint8_t *entry, int k)
{
	return (uint32_t) (int16_t) load_le16(entry + 2 * k);
}

/* The same of one of the others. */
static inline uint32_t
load_narrow_number(const uint8_t *entry, int k)
{
	return (uint32_t) (int8_t) entry[SKETCH_WIDE_DIMS + k];
}

/* Stores number k of an entry, given modulo 2^32. */
static inline void
store_sketch_number(uint8_t *entry, int k, uint32_t number)
{
	if (k < SKETCH_WIDE_DIMS)
		store_le16(entry + 2 * k, (uint16_t) number);
	else
		entry[SKETCH_WIDE_DIMS + k] = (uint8_t) number;
}

#endif
