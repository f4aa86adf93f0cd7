/*
 * codes.c
 *		Unpacking the codes of a map, and exact sums of windows over them.
 */
#include "core/pooling/codes.h"

/* No integral image of codes beyond this many bytes. */
#define INTEGRAL_MOST_BYTES ((size_t) 256 << 20)
/* Bytes of codes that are added between two looks at interrupts. */
#define MOST_BYTES_AT_ONCE ((size_t) 16 << 20)
/*
 * Making the integral image costs about as much as summing every cell this
 * number of times.
 */
#define INTEGRAL_COST 64

/* True where no sum over the whole map can pass 31 bits. */
static bool
sums_fit_int32(const FeatureMap *map, int rows)
{
	return ((uint64_t) rows * map->width) << map->bits < (uint64_t) 1 << 31;
}

/*
 * True where a packed cell has a code other than zero: a dense one of few
 * channels need not.
 */
static bool
cell_is_occupied(const FeatureMap *map, const PackedCell *cell)
{
	int number = 0;

	while (number < cell->count && packed_code(map, cell, number) == 0)
		number++;
	return number < cell->count;
}

/* Copies the codes of a dense cell to a plane of their bytes. */
static void
copy_codes(const Codes *codes, const uint8_t *packed, uint8_t *out)
{
	int channels = codes->map->channels;

	memcpy(out, packed, channels);
	memset(out + channels, 0, codes->stride - channels);
}

/*
 * Unpacks up to count sparse cells, from number `cell` on, and moves *packed
 * after them.  Returns how many there are before one that is damaged.
 */
static int
unpack_sparse(const Codes *codes, const uint8_t **packed, int count,
			  size_t cell, int32_t *occupied)
{
	const FeatureMap *map = codes->map;
	PackedCells from = {
		.next = *packed,
		.end = map->cells + map->coded_size,
		.limit = map->end,
		.channels = map->channels,
		.planes = codes->plane_count,
	};
	UnpackedCells to = {
		.codes = codes->plane[0] + cell * codes->stride,
		.plane_size = cell_count(map) * codes->stride,
		.stride = codes->stride,
		.occupied = occupied,
	};
	int done = codes->kernels->unpack_cells(&from, count, &to);

	*packed = from.next;
	return done;
}

/*
 * How many of the next cells are sparse, at most `most`, and not the last one
 * of the map: that is left to the reader, which then looks for bytes beyond.
 */
static int
sparse_run(const CellReader *reader, int most)
{
	size_t cells = cell_count(reader->map);
	int place = (int) (reader->cell % 64);
	uint64_t dense = bitmap_word(reader->map->kinds, (int) cells,
								 (int) (reader->cell / 64)) >>
					 place;
	int run = dense == 0 ? 64 - place : __builtin_ctzll(dense);

	if ((size_t) run >= cells - reader->cell)
		run = (int) (cells - reader->cell - 1);
	return run < most ? run : most;
}

/*
 * Unpacks the sparse cells that come next, at most `most`, and returns their
 * number.
 */
static int
unpack_run(const Codes *codes, CellReader *reader, int most, int32_t *occupied)
{
	const uint8_t *packed = reader->map->cells + reader->position;
	int done = unpack_sparse(codes, &packed, sparse_run(reader, most),
							 reader->cell, occupied);

	reader->position = packed - reader->map->cells;
	reader->cell += done;
	return done;
}

/* Unpacks one cell of either kind; refuses it where it is damaged. */
static bool
unpack_cell(const Codes *codes, CellReader *reader, int32_t *occupied,
			CoreError *error)
{
	size_t cell = reader->cell;
	size_t at = cell * codes->stride;
	PackedCell packed;

	if (!cell_reader_next(reader, &packed, error))
		return false;
	if (packed.bitmap != NULL)
		unpack_sparse(codes, &packed.bitmap, 1, cell, occupied);
	else
	{
		for (int k = 0; k < codes->plane_count; k++)
			copy_codes(codes, packed.codes + (size_t) k * packed.count,
					   codes->plane[k] + at);
		*occupied = cell_is_occupied(codes->map, &packed);
	}
	return true;
}

/* Unpacks a row of cells; occupied is [width]. */
static bool
unpack_row(const Codes *codes, CellReader *reader, int32_t *occupied,
		   CoreError *error)
{
	int width = codes->map->width;
	int x = 0;

	while (x < width)
	{
		x += unpack_run(codes, reader, width - x, occupied + x);
		if (x < width && !unpack_cell(codes, reader, occupied + x++, error))
			return false;
	}
	return true;
}

bool
codes_unpack(const Host *host, Codes *codes, const FeatureMap *map,
			 const Kernels *kernels, CoreError *error)
{
	int stride =
		(map->channels + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
	size_t plane_size = cell_count(map) * stride;
	uint8_t *planes;
	uint32_t *sums;
	CellReader reader;
	int32_t *occupied;
	size_t row_size = map->width + 1;

	codes->map = map;
	codes->kernels = kernels;
	codes->stride = stride;
	codes->plane_count = code_size(map->bits);
	planes =
		scratch_reserve(host, &codes->planes, plane_size * codes->plane_count);
	sums = scratch_reserve(host, &codes->sums,
						   sizeof(uint32_t) * codes->plane_count * stride);
	for (int k = 0; k < codes->plane_count; k++)
	{
		codes->plane[k] = planes + k * plane_size;
		codes->plane_sums[k] = sums + (size_t) k * stride;
	}
	codes->summed = (Window){0};
	codes->cells_summed = 0;
	codes->has_integral = false;
	codes->occupied =
		scratch_reserve(host, &codes->occupied_space,
						sizeof(int32_t) * (map->height + 1) * row_size);
	memset(codes->occupied, 0, sizeof(int32_t) * row_size);
	occupied = codes->occupied + row_size;
	cell_reader_start(&reader, map);
	for (int y = 0; y < map->height; y++, occupied += row_size)
	{
		host_check(host);
		if (!unpack_row(codes, &reader, occupied + 1, error))
			return false;
		integral_row_int32(occupied + 1, occupied - row_size, map->width,
						   occupied);
	}
	return true;
}

void
codes_release(const Host *host, Codes *codes)
{
	scratch_release(host, &codes->planes);
	scratch_release(host, &codes->occupied_space);
	scratch_release(host, &codes->sums);
	scratch_release(host, &codes->row_sums);
	scratch_release(host, &codes->integral);
}

static void
make_integral(const Host *host, Codes *codes)
{
	const FeatureMap *map = codes->map;
	int stride = codes->stride;
	size_t row_size = (size_t) (map->width + 1) * stride;
	uint32_t *corner =
		scratch_reserve(host, &codes->integral,
						sizeof(uint32_t) * (map->height + 1) * row_size);
	uint32_t *row_sum =
		scratch_reserve(host, &codes->row_sums, sizeof(uint32_t) * stride);
	size_t at = 0;

	memset(corner, 0, sizeof(uint32_t) * row_size);
	corner += row_size;
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		memset(corner, 0, sizeof(uint32_t) * stride);
		memset(row_sum, 0, sizeof(uint32_t) * stride);
		corner += stride;
		for (int x = 0; x < map->width; x++, corner += stride, at += stride)
			for (int c = 0; c < stride; c++)
				corner[c] = integral_step_uint32(
					row_sum + c, (uint32_t) unpacked_code(codes, at + c),
					corner[(ptrdiff_t) c - (ptrdiff_t) row_size]);
	}
	codes->has_integral = true;
}

/*
 * Four look-ups a channel, modulo 2^32: the window's sum itself fits 31 bits.
 */
static void
sum_by_integral(const Codes *codes, const Window *window, double *sums)
{
	size_t stride = codes->stride;
	const uint32_t *integral = codes->integral.block;
	Corners corners =
		window_corners(window, (codes->map->width + 1) * stride, stride);

	for (size_t c = 0; c < stride; c++)
		sums[c] = (int32_t) CORNERS_SUM(uint32_t, integral + c, &corners);
}

/* Adds the codes of some rows of a window to the sums, or subtracts them. */
static void
add_window_rows(Codes *codes, const Window *window, int y, int rows,
				bool subtract)
{
	const FeatureMap *map = codes->map;
	int columns = window->x2 - window->x1;
	size_t row_step = (size_t) map->width * codes->stride;
	size_t first = y * row_step + (size_t) window->x1 * codes->stride;

	for (int k = 0; k < codes->plane_count; k++)
		codes->kernels->add_cells(codes->plane[k] + first, row_step, rows,
								  columns, codes->stride,
								  plane_is_signed(codes, k), subtract,
								  codes->plane_sums[k]);
}

/*
 * Adds the codes of a window to the sums, or subtracts them; nothing where it
 * is empty.
 */
static void
add_window(const Host *host, Codes *codes, const Window *window, bool subtract)
{
	int rows = window->y2 - window->y1;
	int columns = window->x2 - window->x1;
	int at_once;

	if (rows <= 0 || columns <= 0)
		return;
	codes->cells_summed += (size_t) rows * columns;
	at_once =
		1 + (int) (MOST_BYTES_AT_ONCE / ((size_t) columns * codes->stride));
	for (int y = window->y1; y < window->y2; y += at_once)
	{
		int left = window->y2 - y;

		host_check(host);
		add_window_rows(codes, window, y, left < at_once ? left : at_once,
						subtract);
	}
}

/* Adds, or subtracts, what lies in the window and not in its part `common`. */
static void
add_around(const Host *host, Codes *codes, const Window *window,
		   const Window *common, bool subtract)
{
	add_window(host, codes,
			   &(Window){window->y1, window->x1, common->y1, window->x2},
			   subtract);
	add_window(host, codes,
			   &(Window){common->y2, window->x1, window->y2, window->x2},
			   subtract);
	add_window(host, codes,
			   &(Window){common->y1, window->x1, common->y2, common->x1},
			   subtract);
	add_window(host, codes,
			   &(Window){common->y1, common->x2, common->y2, window->x2},
			   subtract);
}

/* Brings the sums from the window they are of to another one. */
static void
move_sums(const Host *host, Codes *codes, const Window *window)
{
	Window common = window_intersection(&codes->summed, window);
	double kept = window_area(&common);

	if (window_area(&codes->summed) + window_area(window) - 2 * kept <
		window_area(window))
	{
		add_around(host, codes, &codes->summed, &common, true);
		add_around(host, codes, window, &common, false);
	}
	else
	{
		memset(codes->plane_sums[0], 0,
			   sizeof(uint32_t) * codes->plane_count * codes->stride);
		add_window(host, codes, window, false);
	}
	codes->summed = *window;
}

/* A sum modulo 2^32 of bytes, as the number it stands for. */
static inline double
plane_sum(uint32_t sum, bool is_signed)
{
	return is_signed ? (double) (int32_t) sum : (double) sum;
}

VECTOR_CLONES static void
widen_sums(const Codes *codes, double *sums)
{
	bool is_signed = plane_is_signed(codes, 0);
	double factor = 1;

	for (int c = 0; c < codes->stride; c++)
		sums[c] = plane_sum(codes->plane_sums[0][c], is_signed);
	for (int k = 1; k < codes->plane_count; k++)
	{
		factor *= 256;
		is_signed = plane_is_signed(codes, k);
		for (int c = 0; c < codes->stride; c++)
			sums[c] += factor * plane_sum(codes->plane_sums[k][c], is_signed);
	}
}

/* Makes the integral image where it is due; true where there is one. */
static bool
has_integral(const Host *host, Codes *codes)
{
	const FeatureMap *map = codes->map;
	size_t integral_size = sizeof(uint32_t) * (map->height + 1) *
						   (map->width + 1) * codes->stride;

	if (!codes->has_integral &&
		codes->cells_summed > INTEGRAL_COST * cell_count(map) &&
		integral_size <= INTEGRAL_MOST_BYTES &&
		sums_fit_int32(map, map->height))
		make_integral(host, codes);
	return codes->has_integral;
}

void
codes_sum_window(const Host *host, Codes *codes, const Window *window,
				 double *sums)
{
	host_check(host);
	if (has_integral(host, codes))
		sum_by_integral(codes, window, sums);
	else
	{
		move_sums(host, codes, window);
		widen_sums(codes, sums);
	}
}

const uint32_t *
codes_integer_sums(const Host *host, Codes *codes, const Window *window)
{
	host_check(host);
	if (codes->plane_count > 1 ||
		!sums_fit_int32(codes->map, codes->map->height) ||
		has_integral(host, codes))
		return NULL;
	move_sums(host, codes, window);
	return codes->plane_sums[0];
}
