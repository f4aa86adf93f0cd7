/*
 * feature_map.c
 *		Reading the stored form of a feature map; format.h has the layout.
 */
#include "core/map/feature_map.h"

#include <float.h>

static bool
check_header_limits(const FeatureMap *map, CoreError *error)
{
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

bool
feature_map_read_header(FeatureMap *map, const uint8_t *bytes, size_t size,
						CoreError *error)
{
	StoredHeader header;

	if (size < FEATMAP_HEADER_SIZE)
		return core_error(
			error, ERROR_FORMAT,
			"featmap of %zu bytes is shorter than its header of %d", size,
			FEATMAP_HEADER_SIZE);
	header = load_header(bytes);
	if (header.version < 1 || header.version > FEATMAP_VERSION)
		return core_error(error, ERROR_FORMAT,
						  "featmap has format version %d, expected 1 to %d",
						  header.version, FEATMAP_VERSION);
	map->version = header.version;
	map->bits = header.bits;
	map->is_signed = (header.flags & FEATMAP_FLAG_SIGNED) != 0;
	map->rounding_error_level = header.flags >> ROUNDING_ERROR_SHIFT;
	map->sketch_dims = header.sketch_dims;
	map->channels = header.channels;
	map->height = header.height;
	map->width = header.width;
	map->coded_size = header.coded_size;
	if (!code_bits_are_known(map->bits, map->version))
		return core_error(
			error, ERROR_FORMAT,
			"featmap of version %d has codes of %d bits, expected %s",
			map->version, map->bits,
			map->version == 1 ? "8 or 16" : "8, 16 or 24");
	if ((map->version == 1 && map->rounding_error_level != 0) ||
		header.reserved != 0)
		return core_error(error, ERROR_FORMAT, "featmap has unknown flags");
	return check_header_limits(map, error);
}

size_t
feature_map_size_without_sketch(const FeatureMap *map)
{
	return size_before_cells(map->channels, cell_count(map)) + map->coded_size;
}

const uint8_t *
feature_map_compared_bytes(const FeatureMap *map, size_t *size)
{
	*size = feature_map_size_without_sketch(map) - FEATMAP_COMPARED_OFFSET;
	return map->scales - FEATMAP_HEADER_SIZE + FEATMAP_COMPARED_OFFSET;
}

/* Points the view to the parts of the value. */
static void
locate_parts(FeatureMap *map, const uint8_t *bytes)
{
	size_t cells = cell_count(map);

	map->scales = bytes + FEATMAP_HEADER_SIZE;
	map->kinds = map->scales + scales_size(map->channels);
	map->cells = map->kinds + bitmap_size(cells);
	map->sketch_steps = map->cells + map->coded_size;
	map->sketch = map->sketch_steps + sketch_steps_size(map->sketch_dims);
	map->end = map->sketch + cells * sketch_entry_size(map->sketch_dims);
}

static bool
check_scales(const FeatureMap *map, CoreError *error)
{
	int above = 0;

	for (int c = 0; c < map->channels; c++)
		above |= load_scale_bits(map->scales, c) >= SCALE_LIMIT;
	if (above)
		return core_error(error, ERROR_FORMAT,
						  "featmap has a scale that is not a finite number");
	return true;
}

static bool
check_sketch_steps(const FeatureMap *map, CoreError *error)
{
	for (int k = 0; k < map->sketch_dims; k++)
	{
		float step = load_sketch_step(map->sketch_steps, k);

		if (!(step >= 0 && step <= FLT_MAX))
			return core_error(
				error, ERROR_FORMAT,
				"featmap has a sketch step that is not a finite number");
	}
	return true;
}

bool
feature_map_open(FeatureMap *map, const uint8_t *bytes, size_t size,
				 CoreError *error)
{
	size_t expected;

	if (!feature_map_read_header(map, bytes, size, error))
		return false;
	expected = feature_map_size_without_sketch(map) +
			   sketch_size(map->sketch_dims, cell_count(map));
	if (size != expected)
		return core_error(error, ERROR_FORMAT,
						  "featmap has %zu bytes, its header promises %zu",
						  size, expected);
	locate_parts(map, bytes);
	return check_scales(map, error) && check_sketch_steps(map, error);
}

void
cell_reader_start(CellReader *reader, const FeatureMap *map)
{
	reader->map = map;
	reader->cell = 0;
	reader->position = 0;
}

static bool
refuse_cell(size_t cell, CoreError *error)
{
	return core_error(error, ERROR_FORMAT, "featmap ends inside cell %zu",
					  cell);
}

bool
cell_reader_next(CellReader *reader, PackedCell *cell, CoreError *error)
{
	const FeatureMap *map = reader->map;
	const uint8_t *here = map->cells + reader->position;
	size_t left = map->coded_size - reader->position;
	size_t bitmap_bytes = 0;
	size_t need;

	if (bitmap_has(map->kinds, reader->cell))
	{
		cell->bitmap = NULL;
		cell->count = map->channels;
	}
	else
	{
		bitmap_bytes = bitmap_size(map->channels);
		if (bitmap_bytes > left)
			return refuse_cell(reader->cell, error);
		cell->bitmap = here;
		cell->count = count_bits(here, (int) bitmap_bytes);
	}
	cell->codes = here + bitmap_bytes;
	need = bitmap_bytes + (size_t) cell->count * code_size(map->bits);
	if (need > left || cell->count > map->channels)
		return refuse_cell(reader->cell, error);
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
	int nonzero = 0;
	int lowest = -max_code(map->bits, map->is_signed);
	bool is_dense;

	for (int i = 0; i < cell->count; i++)
	{
		int code = packed_code(map, cell, i);

		nonzero += code != 0;
		if (code < lowest)
			return false;
	}
	is_dense = dense_is_shorter(map->channels, map->bits, nonzero);
	if (cell->bitmap == NULL)
		return is_dense;
	return !is_dense && nonzero == cell->count &&
		   !bitmap_has_more(cell->bitmap, map->channels);
}

bool
feature_map_validate(const Host *host, const FeatureMap *map, CoreError *error)
{
	CellReader reader;
	PackedCell cell;
	size_t cells = cell_count(map);

	if (bitmap_has_more(map->kinds, cells))
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

/* Lists the first count codes of a packed cell. */
static void
unpack_codes(const FeatureMap *map, const PackedCell *cell, int count,
			 int *code)
{
	/* copies, which the compiler knows do not change in the loop */
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
