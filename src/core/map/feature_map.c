/*
 * feature_map.c
 *		Reading the stored form of a feature map; see feature_map.h for the
 *		layout.
 */
#include "core/map/feature_map.h"

#include <float.h>

/* A scale's bits from here on are infinity, NaN or a negative number. */
#define SCALE_LIMIT 0x7f80

bool
feature_map_read_header(FeatureMap *map, const uint8_t *bytes, size_t size,
						CoreError *error)
{
	if (size < FEATMAP_HEADER_SIZE)
		return core_error(
			error, ERROR_FORMAT,
			"featmap of %zu bytes is shorter than its header of %d", size,
			FEATMAP_HEADER_SIZE);
	if (bytes[0] != FEATMAP_VERSION)
		return core_error(error, ERROR_FORMAT,
						  "featmap has format version %d, expected %d",
						  bytes[0], FEATMAP_VERSION);
	map->bits = bytes[1];
	map->is_signed = (bytes[2] & FEATMAP_FLAG_SIGNED) != 0;
	map->sketch_dims = bytes[3];
	map->channels = load_le16(bytes + 4);
	map->height = load_le16(bytes + 6);
	map->width = load_le16(bytes + 8);
	map->coded_size = load_le32(bytes + 12);
	if (map->bits != 8 && map->bits != 16)
		return core_error(error, ERROR_FORMAT,
						  "featmap has codes of %d bits, expected 8 or 16",
						  map->bits);
	if ((bytes[2] & ~FEATMAP_FLAG_SIGNED) != 0 || load_le16(bytes + 10) != 0)
		return core_error(error, ERROR_FORMAT, "featmap has unknown flags");
	if (map->sketch_dims > FEATMAP_MAX_SKETCH_DIMS)
		return core_error(
			error, ERROR_FORMAT,
			"featmap has a sketch of %d dimensions, at most %d are possible",
			map->sketch_dims, FEATMAP_MAX_SKETCH_DIMS);
	if (map->channels < 1 || map->channels > FEATMAP_MAX_CHANNELS ||
		map->height < 1 || map->height > FEATMAP_MAX_SIDE || map->width < 1 ||
		map->width > FEATMAP_MAX_SIDE)
		return core_error(error, ERROR_FORMAT,
						  "featmap has impossible dimensions %d x %d x %d",
						  map->channels, map->height, map->width);
	return true;
}

size_t
feature_map_size_without_sketch(const FeatureMap *map)
{
	return FEATMAP_HEADER_SIZE + 2 * (size_t) map->channels +
		   (cell_count(map) + 7) / 8 + map->coded_size;
}

bool
feature_map_open(FeatureMap *map, const uint8_t *bytes, size_t size,
				 CoreError *error)
{
	size_t expected;
	int above = 0;

	if (!feature_map_read_header(map, bytes, size, error))
		return false;
	expected = feature_map_size_without_sketch(map) +
			   map->sketch_dims * sizeof(float) +
			   cell_count(map) * sketch_entry_size(map->sketch_dims);
	if (size != expected)
		return core_error(error, ERROR_FORMAT,
						  "featmap has %zu bytes, its header promises %zu",
						  size, expected);
	map->scales = bytes + FEATMAP_HEADER_SIZE;
	map->kinds = map->scales + 2 * (size_t) map->channels;
	map->cells = map->kinds + (cell_count(map) + 7) / 8;
	map->sketch_steps = map->cells + map->coded_size;
	map->sketch = map->sketch_steps + map->sketch_dims * sizeof(float);
	map->end = bytes + size;
	for (int c = 0; c < map->channels; c++)
		above |= load_le16(map->scales + 2 * c) >= SCALE_LIMIT;
	if (above)
		return core_error(error, ERROR_FORMAT,
						  "featmap has a scale that is not a finite number");
	for (int k = 0; k < map->sketch_dims; k++)
	{
		float step = load_le_float(map->sketch_steps + sizeof(float) * k);

		if (!(step >= 0 && step <= FLT_MAX))
			return core_error(
				error, ERROR_FORMAT,
				"featmap has a sketch step that is not a finite number");
	}
	return true;
}

int
count_bits(const uint8_t *bytes, int size)
{
	int count = 0;

	for (int i = 0; i < size; i++)
	{
		/*
		 * pairs, nibbles, byte: vectorised, this beats the library's
		 * __builtin_popcount
		 */
		uint8_t bits = (uint8_t) (bytes[i] - ((bytes[i] >> 1) & 0x55));

		bits = (uint8_t) ((bits & 0x33) + ((bits >> 2) & 0x33));
		count += (bits + (bits >> 4)) & 0x0f;
	}
	return count;
}

void
cell_reader_start(CellReader *reader, const FeatureMap *map)
{
	reader->map = map;
	reader->count_bits = count_bits;
	reader->cell = 0;
	reader->position = 0;
}

bool
cell_reader_next(CellReader *reader, PackedCell *cell, CoreError *error)
{
	const FeatureMap *map = reader->map;
	const uint8_t *here = map->cells + reader->position;
	size_t left = map->coded_size - reader->position;
	size_t bitmap_size = 0;
	size_t need;

	if (map->kinds[reader->cell / 8] >> (reader->cell % 8) & 1)
	{
		cell->bitmap = NULL;
		cell->count = map->channels;
	}
	else
	{
		bitmap_size = ((size_t) map->channels + 7) / 8;
		if (bitmap_size > left)
			return core_error(error, ERROR_FORMAT,
							  "featmap ends inside cell %zu", reader->cell);
		cell->bitmap = here;
		cell->count = reader->count_bits(here, (int) bitmap_size);
	}
	cell->codes = here + bitmap_size;
	need = bitmap_size + (size_t) cell->count * (map->bits / 8);
	if (need > left || cell->count > map->channels)
		return core_error(error, ERROR_FORMAT, "featmap ends inside cell %zu",
						  reader->cell);
	reader->position += need;
	reader->cell++;
	if (reader->cell == cell_count(map) && reader->position != map->coded_size)
		return core_error(error, ERROR_FORMAT,
						  "featmap has %zu bytes of cells, %zu are used",
						  map->coded_size, reader->position);
	return true;
}

/* True where the cell is in the form that construction gives it. */
static bool
cell_is_canonical(const FeatureMap *map, const PackedCell *cell)
{
	size_t width = map->bits / 8;
	size_t bitmap_size = ((size_t) map->channels + 7) / 8;
	int unused_bits = (int) (bitmap_size * 8) - map->channels;
	int nonzero = 0;
	int lowest = -max_code(map->bits, map->is_signed);

	for (int i = 0; i < cell->count; i++)
	{
		int code = packed_code(map, cell, i);

		nonzero += code != 0;
		if (code < lowest)
			return false;
	}
	if (cell->bitmap == NULL)
		return width * map->channels <= bitmap_size + width * nonzero;
	return nonzero == cell->count &&
		   cell->bitmap[bitmap_size - 1] >> (8 - unused_bits) == 0 &&
		   width * map->channels > bitmap_size + width * nonzero;
}

bool
feature_map_validate(const Host *host, const FeatureMap *map, CoreError *error)
{
	CellReader reader;
	PackedCell cell;
	size_t cells = cell_count(map);

	if (cells % 8 != 0 && map->kinds[cells / 8] >> (cells % 8) != 0)
		return core_error(error, ERROR_FORMAT,
						  "featmap marks cells beyond its last one");
	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cells; i++)
	{
		if (i % map->width == 0)
			host_check(host);
		if (!cell_reader_next(&reader, &cell, error))
			return false;
		if (!cell_is_canonical(map, &cell))
			return core_error(
				error, ERROR_FORMAT,
				"featmap has a cell in no valid form, number %zu", i);
	}
	return true;
}

uint64_t
bitmap_word(const uint8_t *bitmap, int channels, int i)
{
	int first = 64 * i;
	uint64_t word = 0;

	if (channels - first >= 64)
		return load_le64(bitmap + 8 * i);
	for (int byte = first / 8; byte < (channels + 7) / 8; byte++)
		word |= (uint64_t) bitmap[byte] << (8 * byte - first);
	return word & ((UINT64_C(1) << (channels - first)) - 1);
}

/* Lists the first count codes of a packed cell. */
static void
unpack_codes(const FeatureMap *map, const PackedCell *cell, int count,
			 int *code)
{
	/* copies, which the compiler knows not to change in the loop */
	FeatureMap kind = {.bits = map->bits, .is_signed = map->is_signed};
	PackedCell packed = *cell;

	for (int n = 0; n < count; n++)
		code[n] = packed_code(&kind, &packed, n);
}

int
cell_nonzero_codes(const FeatureMap *map, const PackedCell *cell, int *channel,
				   int *code)
{
	int count = 0;

	if (cell->bitmap == NULL)
	{
		unpack_codes(map, cell, map->channels, code);
		for (int c = 0; c < map->channels; c++)
		{
			channel[count] = c;
			code[count] = code[c];
			count += code[c] != 0;
		}
		return count;
	}
	for (int i = 0; i < (map->channels + 63) / 64; i++)
		for (uint64_t word = bitmap_word(cell->bitmap, map->channels, i);
			 word != 0; word &= word - 1)
			channel[count++] = i * 64 + __builtin_ctzll(word);
	unpack_codes(map, cell, count, code);
	return count;
}
