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

/* Greatest magnitude and least value over all cells of one channel; false where one is not finite. */
static bool
channel_range(const float *values, size_t cells, float *greatest, float *least)
{
	float high = 0, low = 0, poison = 0;

	for (size_t i = 0; i < cells; i++)
	{
		high = values[i] > high ? values[i] : high;
		low = values[i] < low ? values[i] : low;
		poison += values[i] * 0; /* NaN from the first NaN or infinity on */
	}
	*greatest = fmaxf(high, fabsf(low)); /* not -low, which could be -0 */
	*least = low;
	return poison == 0;
}

static bool
find_scales(const float *values, int channels, int height, int width, int bits, uint8_t *scales,
			bool *is_signed, CoreError *error)
{
	size_t cells = (size_t) height * width;
	float greatest, least;

	*is_signed = false;
	for (int c = 0; c < channels; c++)
	{
		const float *channel = values + cells * c;

		if (!channel_range(channel, cells, &greatest, &least))
		{
			size_t i = 0;

			while (isfinite(channel[i]))
				i++;
			return core_error(error, ERROR_NOT_FINITE,
							  "value at channel %d, row %zu, column %zu is %s", c, i / width,
							  i % width,
							  isnan(channel[i]) ? "NaN" : "infinite, or beyond the range of real");
		}
		*is_signed |= least < 0;
	}
	for (int c = 0; c < channels; c++)
	{
		channel_range(values + cells * c, cells, &greatest, &least);
		store_le16(scales + 2 * c, encode_scale(greatest / (float) max_code(bits, *is_signed)));
	}
	return true;
}

/* Appends one cell of codes, [channels], in its shorter form; returns the end. */
static uint8_t *
pack_cell(uint8_t *out, const int32_t *codes, int channels, int bits, bool *is_dense)
{
	size_t bitmap_size = ((size_t) channels + 7) / 8;
	size_t width = bits / 8;
	int nonzero = 0;
	uint8_t *low, *high;

	for (int c = 0; c < channels; c++)
		nonzero += codes[c] != 0;
	*is_dense = width * channels <= bitmap_size + width * nonzero;
	low = out;
	if (!*is_dense)
	{
		memset(out, 0, bitmap_size);
		low = out + bitmap_size;
	}
	high = low + (*is_dense ? channels : nonzero);
	for (int c = 0; c < channels; c++)
	{
		if (!*is_dense)
		{
			if (codes[c] == 0)
				continue;
			out[c / 8] |= (uint8_t) (1 << (c % 8));
		}
		*low++ = (uint8_t) codes[c];
		if (bits == 16)
			*high++ = (uint8_t) ((uint32_t) codes[c] >> 8);
	}
	return bits == 16 ? high : low;
}

/*
 * Rounds a block of neighbouring cells to codes, [CELL_BLOCK][channels]: the
 * values lie channel by channel, the packed cells do not.
 */
static void
quantise_block(const float *values, size_t cells, size_t first, int count, const float *inverse,
			   int channels, int limit, int32_t *codes)
{
	for (int c = 0; c < channels; c++)
	{
		const float *channel = values + cells * c + first;

		for (int i = 0; i < count; i++)
		{
			int code = (int) lrintf(channel[i] * inverse[c]);

			/* the inverse is rounded, too: it may overshoot by one */
			code = code > limit ? limit : code;
			codes[(size_t) i * channels + c] = code < -limit ? -limit : code;
		}
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
		   bool is_signed, uint8_t *stored)
{
	size_t cells = (size_t) height * width;
	uint8_t *kinds = stored + FEATMAP_HEADER_SIZE + 2 * (size_t) channels;
	uint8_t *out = kinds + (cells + 7) / 8;
	float *inverse = host_new(host, float, channels);
	int32_t *codes = host_new(host, int32_t, (size_t) CELL_BLOCK * channels);

	memset(kinds, 0, (cells + 7) / 8);
	for (int c = 0; c < channels; c++)
	{
		float scale = load_scale(stored + FEATMAP_HEADER_SIZE + 2 * c);

		/* below that, 1 / scale is infinite: such a channel is nothing but zeros to a float */
		inverse[c] = scale > 1e-37f ? 1 / scale : 0;
	}
	for (size_t first = 0; first < cells; first += CELL_BLOCK)
	{
		int count = cells - first < CELL_BLOCK ? (int) (cells - first) : CELL_BLOCK;

		host->check_interrupt(host->context);
		quantise_block(values, cells, first, count, inverse, channels, max_code(bits, is_signed),
					   codes);
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
	bool is_signed;

	if (!feature_map_check_dimensions(channels, height, width, bits, error))
		return NULL;
	/* no cell is longer than a dense one */
	most = FEATMAP_HEADER_SIZE + 2 * (size_t) channels + (cells + 7) / 8 +
		   cells * channels * (bits / 8);
	block = host_new(host, uint8_t, room + most + sketch_most_bytes(channels, cells));
	stored = block + room;
	write_header(stored, channels, height, width, bits, false);
	if (!find_scales(values, channels, height, width, bits, stored + FEATMAP_HEADER_SIZE,
					 &is_signed, error))
		goto refuse;
	stored[2] = is_signed ? FEATMAP_FLAG_SIGNED : 0;
	end = pack_cells(host, values, channels, height, width, bits, is_signed, stored);
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
