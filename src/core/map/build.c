/*
 * build.c
 *		From values to the stored form: find each channel's scale, round to
 *		codes cell by cell, pack, add the sketch.
 */
#include "core/map/build.h"

#include <math.h>

#include "core/rounding.h"
#include "core/map/rounding_error.h"
#include "core/map/sketch.h"

/*
 * Cells whose codes are gathered from the channels together: two cache lines
 * of floats.
 */
#define CELL_BLOCK 32

/*
 * One byte of the codes of eight channels, that of the first one lowest, for
 * each cell of a block: neighbouring cells can be worked on together, and the
 * codes of a cell eight together.
 */
typedef uint64_t CodeGroup[CELL_BLOCK];

static inline size_t
group_count(int channels)
{
	return ((size_t) channels + 7) / 8;
}

bool
feature_map_check_dimensions(int64_t channels, int64_t height, int64_t width,
							 CoreError *error)
{
	if (channels < 1 || height < 1 || width < 1)
		return core_error(
			error, ERROR_SHAPE,
			"featmap must have at least 1 channel, row and column, not %lld x %lld x %lld",
			(long long) channels, (long long) height, (long long) width);
	if (channels > FEATMAP_MAX_CHANNELS)
		return core_error(
			error, ERROR_LIMIT,
			"featmap cannot have more than %d channels, not %lld",
			FEATMAP_MAX_CHANNELS, (long long) channels);
	if (height > FEATMAP_MAX_SIDE || width > FEATMAP_MAX_SIDE)
		return core_error(
			error, ERROR_LIMIT,
			"featmap cannot be larger than %d x %d cells, not %lld x %lld",
			FEATMAP_MAX_SIDE, FEATMAP_MAX_SIDE, (long long) height,
			(long long) width);
	return true;
}

bool
feature_map_check_bits(int bits, CoreError *error)
{
	if (code_bits_are_known(bits, FEATMAP_VERSION))
		return true;
	return core_error(error, ERROR_INVALID_PARAMETER,
					  "bits must be 8, 16 or 24, not %d", bits);
}

#define FLOAT_INFINITY_BITS 0x7f800000

/*
 * Greatest magnitude over all cells of one channel, and whether any is
 * negative.  In the bits of floats without their sign the order is that of
 * integers, which compilers vectorise; infinity and NaN come out on top.
 */
VECTOR_CLONES static uint32_t
greatest_magnitude(const float *values, size_t cells, bool *has_negative)
{
	uint32_t greatest = 0;
	uint32_t negative = 0;

	for (size_t i = 0; i < cells; i++)
	{
		uint32_t bits = float_bits(values[i]);
		uint32_t magnitude = bits & 0x7fffffff;

		greatest =
			(int32_t) magnitude > (int32_t) greatest ? magnitude : greatest;
		/* the sign bit stays where the value is not -0 */
		negative |= bits & (0 - magnitude);
	}
	*has_negative = negative >> 31;
	return greatest;
}

static bool
refuse_value(const float *channel, int c, int width, CoreError *error)
{
	size_t i = 0;

	while (isfinite(channel[i]))
		i++;
	return core_error(error, ERROR_NOT_FINITE,
					  "value at channel %d, row %zu, column %zu is %s", c,
					  i / width, i % width,
					  isnan(channel[i])
						  ? "NaN"
						  : "infinite, or beyond the range of real");
}

/* Values to be stored, and how they are rounded to codes. */
typedef struct Quantiser
{
	const Host *host;
	const float *values; /* [channels][height][width] */
	int channels;
	int height;
	int width;
	int bits;
	bool is_signed;
	double rounding_error;
	float *greatest; /* [channels]: magnitude over all cells */
	uint8_t *scales; /* [channels] of SCALE_SIZE bytes */
} Quantiser;

static inline size_t
plane_size(const Quantiser *quantiser)
{
	return (size_t) quantiser->height * quantiser->width;
}

static bool
refuse_magnitude(float greatest, CoreError *error)
{
	return core_error(
		error, ERROR_NOT_FINITE,
		"values of a featmap are too small, the greatest is %g: at least %g is needed, unless all are zero",
		greatest, FEATMAP_LEAST_MAGNITUDE);
}

/* What brings the values of a channel to codes; 0 where all are 0. */
static double
code_factor(const uint8_t *scales, int channel)
{
	double scale = load_scale(scales, channel);

	return scale > 0 ? 1 / scale : 0;
}

/* Finds the magnitude of each channel, and whether any value is negative. */
static bool
find_greatest(Quantiser *quantiser, CoreError *error)
{
	size_t cells = plane_size(quantiser);
	float greatest = 0;

	for (int c = 0; c < quantiser->channels; c++)
	{
		const float *channel = quantiser->values + cells * c;
		bool has_negative;
		uint32_t magnitude;

		host_check(quantiser->host);
		magnitude = greatest_magnitude(channel, cells, &has_negative);
		if (magnitude >= FLOAT_INFINITY_BITS)
			return refuse_value(channel, c, quantiser->width, error);
		quantiser->greatest[c] = float_from_bits(magnitude);
		greatest = fmaxf(greatest, quantiser->greatest[c]);
		quantiser->is_signed |= has_negative;
	}
	if (greatest > 0 && greatest < FEATMAP_LEAST_MAGNITUDE)
		return refuse_magnitude(greatest, error);
	return true;
}

/*
 * Stores the scale with which a channel's greatest value is the code `most`. A
 * float's rounding makes the scale too small by up to a whole code of 24 bits;
 * then it is the next greater one.
 */
static void
store_scale_of(uint8_t *scales, int channel, float greatest, float most)
{
	float scale = greatest / most;
	uint32_t code;

	/* the quotient may vanish where the least scale holds the value */
	if (scale == 0 && greatest >= FEATMAP_LEAST_SCALE / 2)
		scale = FEATMAP_LEAST_SCALE;
	store_scale(scales, channel, scale);
	code = (uint32_t) nearest_integer(greatest * code_factor(scales, channel));
	if (code > (uint32_t) most)
		store_scale(scales, channel, nextafterf(scale, INFINITY));
}

/* Makes the scales for codes of so many bits, and measures what they do. */
static void
set_bits(Quantiser *quantiser, int bits)
{
	float most = (float) max_code(bits, quantiser->is_signed);

	quantiser->bits = bits;
	for (int c = 0; c < quantiser->channels; c++)
		store_scale_of(quantiser->scales, c, quantiser->greatest[c], most);
	quantiser->rounding_error =
		measure_rounding_error(quantiser->host, quantiser->values,
							   quantiser->channels, plane_size(quantiser),
							   quantiser->scales);
}

static bool
find_quantisation(Quantiser *quantiser, int bits, CoreError *error)
{
	if (!find_greatest(quantiser, error))
		return false;
	set_bits(quantiser, bits == FEATMAP_CHOOSE_BITS ? 8 : bits);
	while (bits == FEATMAP_CHOOSE_BITS &&
		   quantiser->rounding_error > PROMISED_ROUNDING_ERROR &&
		   quantiser->bits < 8 * MOST_CODE_SIZE)
		set_bits(quantiser, quantiser->bits + 8);
	return true;
}

/*
 * The lowest bit of each byte that is not zero, as a byte: that of the lowest
 * byte first.
 */
static inline uint8_t
nonzero_bytes(uint64_t word)
{
	uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t nonzero = (((word & low_bits) + low_bits) | word) & ~low_bits;

	/* each bit is moved to its own place in the highest byte */
	return (uint8_t) ((nonzero >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* Writes the byte of every code; returns the end. */
static uint8_t *
pack_dense_plane(uint8_t *out, const CodeGroup *groups, int cell, int channels)
{
	for (int c = 0; c < channels; c++)
		*out++ = (uint8_t) (groups[c / 8][cell] >> (8 * (c % 8)));
	return out;
}

/*
 * Writes the bytes of the codes whose bit is set in the bitmap; returns the
 * end.
 */
static uint8_t *
pack_sparse_plane(uint8_t *out, const CodeGroup *groups, int cell,
				  const uint8_t *bitmap, int channels)
{
	for (int i = 0; i < (channels + 63) / 64; i++)
		for (uint64_t word = bitmap_word(bitmap, channels, i); word != 0;
			 word &= word - 1)
		{
			int place = __builtin_ctzll(word);

			*out++ = (uint8_t) (groups[8 * i + place / 8][cell] >>
								(8 * (place % 8)));
		}
	return out;
}

/*
 * Appends one cell of a block, of planes of codes, in its shorter form;
 * returns the end.
 */
static uint8_t *
pack_cell(uint8_t *out, CodeGroup *const *planes, int cell, int channels,
		  int bits, bool *is_dense)
{
	int bitmap_bytes = (int) bitmap_size(channels);
	int width = code_size(bits);
	uint8_t *bitmap = out;

	/* a dense cell is at least as long as the bitmap, and overwrites it */
	for (int g = 0; g < bitmap_bytes; g++)
	{
		uint64_t bytes = planes[0][g][cell];

		for (int plane = 1; plane < width; plane++)
			bytes |= planes[plane][g][cell];
		bitmap[g] = nonzero_bytes(bytes);
	}
	*is_dense =
		dense_is_shorter(channels, bits, count_bits(bitmap, bitmap_bytes));
	if (!*is_dense)
		out += bitmap_bytes;
	for (int plane = 0; plane < width; plane++)
		out = *is_dense ? pack_dense_plane(out, planes[plane], cell, channels)
						: pack_sparse_plane(out, planes[plane], cell, bitmap,
											channels);
	return out;
}

/*
 * Rounds one channel of a block of neighbouring cells to codes, and puts a
 * byte of each, the one at shift, into the cells' group, number place.  By
 * store_scale_of(), none comes out too large.
 */
static inline void
quantise_channel(const float *values, int count, double factor, int shift,
				 int place, uint64_t *group)
{
	for (int i = 0; i < count; i++)
		group[i] |= (nearest_integer(values[i] * factor) >> shift & 0xff)
					<< (8 * place);
}

/*
 * Rounds cells first to first + count - 1 to codes: a plane of groups,
 * [group_count], for each byte.
 */
VECTOR_CLONES static void
quantise_block(const float *values, size_t cells, size_t first, int count,
			   const double *factors, int channels, int bits,
			   CodeGroup *const *planes)
{
	for (int plane = 0; plane < code_size(bits); plane++)
	{
		memset(planes[plane], 0, sizeof(CodeGroup) * group_count(channels));
		for (int c = 0; c < channels; c++)
			quantise_channel(values + cells * c + first, count, factors[c],
							 8 * plane, c % 8, planes[plane][c / 8]);
	}
}

static double *
code_factors(const Host *host, const uint8_t *scales, int channels)
{
	double *factors = host_new(host, double, channels);

	for (int c = 0; c < channels; c++)
		factors[c] = code_factor(scales, c);
	return factors;
}

/* Writes the kinds of all cells and the cells; returns the end. */
static uint8_t *
pack_cells(const Quantiser *quantiser, uint8_t *kinds)
{
	const Host *host = quantiser->host;
	int channels = quantiser->channels;
	size_t cells = plane_size(quantiser);
	uint8_t *out = kinds + bitmap_size(cells);
	double *factors = code_factors(host, quantiser->scales, channels);
	CodeGroup *planes[MOST_CODE_SIZE];

	planes[0] =
		host_new(host, CodeGroup, MOST_CODE_SIZE * group_count(channels));
	for (int plane = 1; plane < MOST_CODE_SIZE; plane++)
		planes[plane] = planes[plane - 1] + group_count(channels);
	memset(kinds, 0, bitmap_size(cells));
	for (size_t first = 0; first < cells; first += CELL_BLOCK)
	{
		int count =
			cells - first < CELL_BLOCK ? (int) (cells - first) : CELL_BLOCK;

		host_check(host);
		quantise_block(quantiser->values, cells, first, count, factors,
					   channels, quantiser->bits, planes);
		for (int i = 0; i < count; i++)
		{
			bool is_dense;

			out = pack_cell(out, planes, i, channels, quantiser->bits,
							&is_dense);
			if (is_dense)
				bitmap_add(kinds, first + i);
		}
	}
	host_free(host, planes[0]);
	host_free(host, factors);
	return out;
}

/* Adds the sketch to a stored form that ends where its cells end. */
static bool
append_sketch(const Host *host, uint8_t *stored, size_t *size,
			  CoreError *error)
{
	FeatureMap map;

	if (!feature_map_open(&map, stored, *size, error))
		return false;
	return sketch_append(host, &map, stored, size, error);
}

static bool
check_size(size_t size, CoreError *error)
{
	if (size <= FEATMAP_MAX_BYTES)
		return true;
	return core_error(
		error, ERROR_LIMIT,
		"featmap of %zu bytes is larger than a value can be, %zu", size,
		FEATMAP_MAX_BYTES);
}

static uint8_t
header_flags(const Quantiser *quantiser)
{
	int level = rounding_error_level(quantiser->rounding_error);

	return (uint8_t) (level << ROUNDING_ERROR_SHIFT |
					  (quantiser->is_signed ? FEATMAP_FLAG_SIGNED : 0));
}

/* Writes a stored form without a sketch, of a size that it returns. */
static size_t
write_map(const Quantiser *quantiser, uint8_t *stored)
{
	size_t cells = plane_size(quantiser);
	uint8_t *scales = stored + FEATMAP_HEADER_SIZE;
	uint8_t *kinds = scales + scales_size(quantiser->channels);
	size_t coded_size =
		pack_cells(quantiser, kinds) - (kinds + bitmap_size(cells));

	memcpy(scales, quantiser->scales, scales_size(quantiser->channels));
	store_header(stored, &(StoredHeader){
							 .version = FEATMAP_VERSION,
							 .bits = (uint8_t) quantiser->bits,
							 .flags = header_flags(quantiser),
							 .channels = (uint16_t) quantiser->channels,
							 .height = (uint16_t) quantiser->height,
							 .width = (uint16_t) quantiser->width,
							 .coded_size = (uint32_t) coded_size,
						 });
	return size_before_cells(quantiser->channels, cells) + coded_size;
}

/* The block of feature_map_build. */
static uint8_t *
build_block(const Quantiser *quantiser, size_t room, size_t *size,
			CoreError *error)
{
	const Host *host = quantiser->host;
	int channels = quantiser->channels;
	size_t cells = plane_size(quantiser);
	/* no cell is longer than a dense one */
	size_t most = size_before_cells(channels, cells) +
				  cells * channels * code_size(quantiser->bits);
	size_t sketch_most = sketch_most_bytes(channels, cells);
	uint8_t *block = host_new(host, uint8_t, room + most + sketch_most);

	*size = write_map(quantiser, block + room);
	if (check_size(*size + sketch_most, error) &&
		append_sketch(host, block + room, size, error))
		return block;
	host_free(host, block);
	return NULL;
}

uint8_t *
feature_map_build(const Host *host, const float *values, int channels,
				  int height, int width, int bits, size_t room, size_t *size,
				  CoreError *error)
{
	Quantiser quantiser = {
		.host = host,
		.values = values,
		.channels = channels,
		.height = height,
		.width = width,
	};
	uint8_t *block = NULL;

	if (!feature_map_check_dimensions(channels, height, width, error) ||
		(bits != FEATMAP_CHOOSE_BITS && !feature_map_check_bits(bits, error)))
		return NULL;
	quantiser.greatest = host_new(host, float, channels);
	quantiser.scales = host_new(host, uint8_t, scales_size(channels));
	if (find_quantisation(&quantiser, bits, error))
		block = build_block(&quantiser, room, size, error);
	host_free(host, quantiser.scales);
	host_free(host, quantiser.greatest);
	return block;
}

uint8_t *
feature_map_admit(const Host *host, const uint8_t *bytes, size_t bytes_size,
				  size_t room, size_t *size, CoreError *error)
{
	FeatureMap map;
	uint8_t *block;
	size_t most;

	if (!feature_map_open(&map, bytes, bytes_size, error) ||
		!feature_map_validate(host, &map, error))
		return NULL;
	*size = feature_map_size_without_sketch(&map);
	most = *size + sketch_most_bytes(map.channels, cell_count(&map));
	if (!check_size(most, error))
		return NULL;
	block = host_new(host, uint8_t, room + most);
	host_copy(host, block + room, bytes, *size);
	/* whatever sketch came with it is left out */
	store_sketch_dims(block + room, 0);
	if (!append_sketch(host, block + room, size, error))
	{
		host_free(host, block);
		return NULL;
	}
	return block;
}
