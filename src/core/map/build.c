/*
 * build.c
 *		From values to the stored form: find each channel's scale, round to
 *		codes cell by cell, pack, add the sketch.
 */
#include "core/map/build.h"

#include <math.h>

#include "core/rounding.h"
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
							 int bits, CoreError *error)
{
	if (bits != 8 && bits != 16)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "bits must be 8 or 16, not %d", bits);
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

/* Writes the scales; greatest is scratch space, [channels]. */
static bool
find_scales(const Host *host, const float *values, int channels, int height,
			int width, int bits, float *greatest, uint8_t *scales,
			bool *is_signed, CoreError *error)
{
	size_t cells = (size_t) height * width;

	*is_signed = false;
	for (int c = 0; c < channels; c++)
	{
		bool has_negative;
		uint32_t magnitude;

		host_check(host);
		magnitude =
			greatest_magnitude(values + cells * c, cells, &has_negative);

		if (magnitude >= FLOAT_INFINITY_BITS)
			return refuse_value(values + cells * c, c, width, error);
		greatest[c] = float_from_bits(magnitude);
		*is_signed |= has_negative;
	}
	for (int c = 0; c < channels; c++)
		store_scale(scales, c,
					greatest[c] / (float) max_code(bits, *is_signed));
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
		bitmap[g] =
			nonzero_bytes(planes[0][g][cell] | planes[width - 1][g][cell]);
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
 * byte of each, the one at shift, into the cells' group, number place.  A
 * scale is never less than the greatest value divided by the greatest code,
 * but for a float's rounding, which is less than half a code: none comes out
 * too large.
 */
static inline void
quantise_channel(const float *values, int count, double inverse, int shift,
				 int place, uint64_t *group)
{
	for (int i = 0; i < count; i++)
		group[i] |= (nearest_integer(values[i] * inverse) >> shift & 0xff)
					<< (8 * place);
}

/*
 * Rounds cells first to first + count - 1 to codes: a plane of groups,
 * [group_count], for each byte.
 */
VECTOR_CLONES static void
quantise_block(const float *values, size_t cells, size_t first, int count,
			   const double *inverse, int channels, int bits,
			   CodeGroup *const *planes)
{
	for (int plane = 0; plane < code_size(bits); plane++)
	{
		memset(planes[plane], 0, sizeof(CodeGroup) * group_count(channels));
		for (int c = 0; c < channels; c++)
			quantise_channel(values + cells * c + first, count, inverse[c],
							 8 * plane, c % 8, planes[plane][c / 8]);
	}
}

/* What brings the values of each channel to codes; 0 where all are 0. */
static double *
invert_scales(const Host *host, const uint8_t *scales, int channels)
{
	double *inverse = host_new(host, double, channels);

	for (int c = 0; c < channels; c++)
	{
		double scale = load_scale(scales, c);

		inverse[c] = scale > 0 ? 1 / scale : 0;
	}
	return inverse;
}

/*
 * Quantises and packs all cells by the scales that stand before them.  Writes
 * their kinds and the cells; returns the end.
 */
static uint8_t *
pack_cells(const Host *host, const float *values, int channels, int height,
		   int width, int bits, const uint8_t *scales, uint8_t *kinds)
{
	size_t cells = (size_t) height * width;
	uint8_t *out = kinds + bitmap_size(cells);
	double *inverse = invert_scales(host, scales, channels);
	CodeGroup *planes[2];

	planes[0] = host_new(host, CodeGroup, 2 * group_count(channels));
	planes[1] = planes[0] + group_count(channels);
	memset(kinds, 0, bitmap_size(cells));
	for (size_t first = 0; first < cells; first += CELL_BLOCK)
	{
		int count =
			cells - first < CELL_BLOCK ? (int) (cells - first) : CELL_BLOCK;

		host_check(host);
		quantise_block(values, cells, first, count, inverse, channels, bits,
					   planes);
		for (int i = 0; i < count; i++)
		{
			bool is_dense;

			out = pack_cell(out, planes, i, channels, bits, &is_dense);
			if (is_dense)
				bitmap_add(kinds, first + i);
		}
	}
	host_free(host, planes[0]);
	host_free(host, inverse);
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

/*
 * Writes a stored form without a sketch, of a size that it returns; 0 and an
 * error where a value is not finite.
 */
static size_t
write_map(const Host *host, const float *values, int channels, int height,
		  int width, int bits, uint8_t *stored, CoreError *error)
{
	size_t cells = (size_t) height * width;
	uint8_t *scales = stored + FEATMAP_HEADER_SIZE;
	uint8_t *kinds = scales + scales_size(channels);
	float *greatest = host_new(host, float, channels);
	bool is_signed;
	bool is_finite = find_scales(host, values, channels, height, width, bits,
								 greatest, scales, &is_signed, error);
	size_t coded_size;

	host_free(host, greatest);
	if (!is_finite)
		return 0;
	coded_size = pack_cells(host, values, channels, height, width, bits,
							scales, kinds) -
				 (kinds + bitmap_size(cells));
	store_header(stored, &(StoredHeader){
							 .version = FEATMAP_VERSION,
							 .bits = (uint8_t) bits,
							 .flags = is_signed ? FEATMAP_FLAG_SIGNED : 0,
							 .channels = (uint16_t) channels,
							 .height = (uint16_t) height,
							 .width = (uint16_t) width,
							 .coded_size = (uint32_t) coded_size,
						 });
	return size_before_cells(channels, cells) + coded_size;
}

uint8_t *
feature_map_build(const Host *host, const float *values, int channels,
				  int height, int width, int bits, size_t room, size_t *size,
				  CoreError *error)
{
	size_t cells = (size_t) height * width;
	size_t most, sketch_most;
	uint8_t *block;

	if (!feature_map_check_dimensions(channels, height, width, bits, error))
		return NULL;
	/* no cell is longer than a dense one */
	most = size_before_cells(channels, cells) +
		   cells * channels * code_size(bits);
	sketch_most = sketch_most_bytes(channels, cells);
	block = host_new(host, uint8_t, room + most + sketch_most);
	*size = write_map(host, values, channels, height, width, bits,
					  block + room, error);
	if (*size > 0 && check_size(*size + sketch_most, error) &&
		append_sketch(host, block + room, size, error))
		return block;
	host_free(host, block);
	return NULL;
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
