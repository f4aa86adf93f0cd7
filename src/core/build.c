/*
 * build.c
 *		From values to the stored form: find each channel's scale, round to codes
 *		cell by cell, pack, add the sketch.
 */
#include "build.h"

#include <math.h>

#include "sketch.h"

/* Cells whose codes are gathered from the channels together: one cache line of floats. */
#define CELL_BLOCK 16

bool
feature_map_check_dimensions(int64_t channels, int64_t height, int64_t width, int bits,
							 CoreError *error)
{
	if (bits != 8 && bits != 16)
		return core_error(error, ERROR_INVALID_PARAMETER, "bits must be 8 or 16, not %d", bits);
	if (channels < 1 || height < 1 || width < 1)
		return core_error(
			error, ERROR_SHAPE,
			"featmap must have at least 1 channel, row and column, not %lld x %lld x %lld",
			(long long) channels, (long long) height, (long long) width);
	if (channels > FEATMAP_MAX_CHANNELS)
		return core_error(error, ERROR_LIMIT, "featmap cannot have more than %d channels, not %lld",
						  FEATMAP_MAX_CHANNELS, (long long) channels);
	if (height > FEATMAP_MAX_SIDE || width > FEATMAP_MAX_SIDE)
		return core_error(error, ERROR_LIMIT,
						  "featmap cannot be larger than %d x %d cells, not %lld x %lld",
						  FEATMAP_MAX_SIDE, FEATMAP_MAX_SIDE, (long long) height,
						  (long long) width);
	return true;
}

/* The stored form of a scale: the upper half of a float32, rounded up so that no code overflows. */
static uint16_t
encode_scale(float scale)
{
	uint32_t word;

	memcpy(&word, &scale, sizeof(word));
	return (uint16_t) ((word >> 16) + ((word & 0xffff) != 0));
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
		uint32_t bits;
		uint32_t magnitude;

		memcpy(&bits, values + i, sizeof(bits));
		magnitude = bits & 0x7fffffff;
		greatest = (int32_t) magnitude > (int32_t) greatest ? magnitude : greatest;
		negative |= bits & (0 - magnitude); /* the sign bit stays where the value is not -0 */
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
	return core_error(error, ERROR_NOT_FINITE, "value at channel %d, row %zu, column %zu is %s", c,
					  i / width, i % width,
					  isnan(channel[i]) ? "NaN" : "infinite, or beyond the range of real");
}

/* Writes the scales; greatest is scratch space, [channels]. */
static bool
find_scales(const Host *host, const float *values, int channels, int height, int width, int bits,
			float *greatest, uint8_t *scales, bool *is_signed, CoreError *error)
{
	size_t cells = (size_t) height * width;

	*is_signed = false;
	for (int c = 0; c < channels; c++)
	{
		bool has_negative;
		uint32_t magnitude;

		host->check_interrupt(host->context);
		magnitude = greatest_magnitude(values + cells * c, cells, &has_negative);

		if (magnitude >= FLOAT_INFINITY_BITS)
			return refuse_value(values + cells * c, c, width, error);
		memcpy(greatest + c, &magnitude, sizeof(magnitude));
		*is_signed |= has_negative;
	}
	for (int c = 0; c < channels; c++)
		store_le16(scales + 2 * c, encode_scale(greatest[c] / (float) max_code(bits, *is_signed)));
	return true;
}

/* Writes one byte of each code that is not zero, and perhaps one more; returns the end. */
static uint8_t *
pack_plane(uint8_t *out, const int32_t *codes, int channels, int shift)
{
	for (int c = 0; c < channels; c++)
	{
		*out = (uint8_t) ((uint32_t) codes[c] >> shift);
		out += codes[c] != 0;
	}
	return out;
}

/*
 * Appends one cell of codes, [channels], in its shorter form; returns the end,
 * behind which a byte may have been written, too.
 */
VECTOR_CLONES static uint8_t *
pack_cell(uint8_t *out, const int32_t *codes, int channels, int bits, bool *is_dense)
{
	size_t bitmap_size = ((size_t) channels + 7) / 8;
	size_t width = bits / 8;
	int nonzero = 0;

	for (int c = 0; c < channels; c++)
		nonzero += codes[c] != 0;
	*is_dense = width * channels <= bitmap_size + width * nonzero;
	if (*is_dense)
	{
		for (int shift = 0; shift < bits; shift += 8)
			for (int c = 0; c < channels; c++)
				*out++ = (uint8_t) ((uint32_t) codes[c] >> shift);
		return out;
	}
	memset(out, 0, bitmap_size);
	for (int c = 0; c < channels; c++)
		out[c / 8] |= (uint8_t) ((codes[c] != 0) << (c % 8));
	out += bitmap_size;
	for (int shift = 0; shift < bits; shift += 8)
		out = pack_plane(out, codes, channels, shift);
	return out;
}

/* To nearest, ties to even, for |value| < 2^31: the addition leaves the integer in the low bits. */
static inline int32_t
nearest_integer(double value)
{
	double sum = value + 0x1.8p52;
	int64_t bits;

	memcpy(&bits, &sum, sizeof(bits));
	return (int32_t) bits;
}

/*
 * Rounds a block of neighbouring cells to codes, [CELL_BLOCK][channels]: the
 * values lie channel by channel, the packed cells do not.  A scale is never
 * less than the greatest value divided by the greatest code, but for a float's
 * rounding, which is less than half a code: none comes out too large.
 */
VECTOR_CLONES static void
quantise_block(const float *values, size_t cells, size_t first, int count, const double *inverse,
			   int channels, int32_t *codes)
{
	for (int c = 0; c < channels; c++)
	{
		const float *channel = values + cells * c + first;

		for (int i = 0; i < count; i++)
			codes[(size_t) i * channels + c] = nearest_integer(channel[i] * inverse[c]);
	}
}

static void
write_header(uint8_t *bytes, int channels, int height, int width, int bits, bool is_signed)
{
	memset(bytes, 0, FEATMAP_HEADER_SIZE);
	bytes[0] = FEATMAP_VERSION;
	bytes[1] = (uint8_t) bits;
	bytes[2] = is_signed ? FEATMAP_FLAG_SIGNED : 0;
	store_le16(bytes + 4, (uint16_t) channels);
	store_le16(bytes + 6, (uint16_t) height);
	store_le16(bytes + 8, (uint16_t) width);
}

/* Quantises and packs all cells behind the header and scales; returns the end. */
static uint8_t *
pack_cells(const Host *host, const float *values, int channels, int height, int width, int bits,
		   uint8_t *stored)
{
	size_t cells = (size_t) height * width;
	uint8_t *kinds = stored + FEATMAP_HEADER_SIZE + 2 * (size_t) channels;
	uint8_t *out = kinds + (cells + 7) / 8;
	double *inverse = host_new(host, double, channels);
	int32_t *codes = host_new(host, int32_t, (size_t) CELL_BLOCK * channels);

	memset(kinds, 0, (cells + 7) / 8);
	for (int c = 0; c < channels; c++)
	{
		double scale = load_scale(stored + FEATMAP_HEADER_SIZE + 2 * c);

		inverse[c] = scale > 0 ? 1 / scale : 0;
	}
	for (size_t first = 0; first < cells; first += CELL_BLOCK)
	{
		int count = cells - first < CELL_BLOCK ? (int) (cells - first) : CELL_BLOCK;

		host->check_interrupt(host->context);
		quantise_block(values, cells, first, count, inverse, channels, codes);
		for (int i = 0; i < count; i++)
		{
			bool is_dense;

			out = pack_cell(out, codes + (size_t) i * channels, channels, bits, &is_dense);
			kinds[(first + i) / 8] |= (uint8_t) (is_dense << ((first + i) % 8));
		}
	}
	host_free(host, codes);
	host_free(host, inverse);
	return out;
}

/* Adds the sketch to a stored form that ends where its cells end. */
static bool
append_sketch(const Host *host, uint8_t *stored, size_t *size, CoreError *error)
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
	return core_error(error, ERROR_LIMIT, "featmap of %zu bytes is larger than a value can be, %zu",
					  size, FEATMAP_MAX_BYTES);
}

uint8_t *
feature_map_build(const Host *host, const float *values, int channels, int height, int width,
				  int bits, size_t room, size_t *size, CoreError *error)
{
	size_t cells = (size_t) height * width;
	size_t most;
	uint8_t *block, *stored, *end;
	float *greatest;
	bool is_signed, is_finite;

	if (!feature_map_check_dimensions(channels, height, width, bits, error))
		return NULL;
	/* no cell is longer than a dense one; packing may write one byte more */
	most = FEATMAP_HEADER_SIZE + 2 * (size_t) channels + (cells + 7) / 8 +
		   cells * channels * (bits / 8) + 1;
	block = host_new(host, uint8_t, room + most + sketch_most_bytes(channels, cells));
	stored = block + room;
	write_header(stored, channels, height, width, bits, false);
	greatest = host_new(host, float, channels);
	is_finite = find_scales(host, values, channels, height, width, bits, greatest,
							stored + FEATMAP_HEADER_SIZE, &is_signed, error);
	host_free(host, greatest);
	if (!is_finite)
		goto refuse;
	stored[2] = is_signed ? FEATMAP_FLAG_SIGNED : 0;
	end = pack_cells(host, values, channels, height, width, bits, stored);
	*size = end - stored;
	if (!check_size(*size + sketch_most_bytes(channels, cells), error))
		goto refuse;
	store_le32(stored + 12,
			   (uint32_t) (*size - FEATMAP_HEADER_SIZE - 2 * (size_t) channels - (cells + 7) / 8));
	if (!append_sketch(host, stored, size, error))
		goto refuse;
	return block;
refuse:
	host_free(host, block);
	return NULL;
}

uint8_t *
feature_map_admit(const Host *host, const uint8_t *bytes, size_t bytes_size, size_t room,
				  size_t *size, CoreError *error)
{
	FeatureMap map;
	uint8_t *block;
	size_t most;

	if (!feature_map_open(&map, bytes, bytes_size, error) || !feature_map_validate(&map, error))
		return NULL;
	*size = feature_map_size_without_sketch(&map);
	most = *size + sketch_most_bytes(map.channels, cell_count(&map));
	if (!check_size(most, error))
		return NULL;
	block = host_new(host, uint8_t, room + most);
	memcpy(block + room, bytes, *size);
	block[room + 3] = 0; /* whatever sketch came with it is left behind */
	if (!append_sketch(host, block + room, size, error))
	{
		host_free(host, block);
		return NULL;
	}
	return block;
}
