/*
 * codes.c
 *		Unpacking the codes of a map, and exact sums of windows over them.
 */
#include "codes.h"

/* No integral image of codes beyond this many bytes. */
#define INTEGRAL_MOST_BYTES ((size_t) 256 << 20)
/* Making the integral image costs about as much as summing every cell so many times. */
#define INTEGRAL_COST 4

/* True where no sum over the whole map can pass 31 bits. */
static bool
sums_fit_int32(const FeatureMap *map, int rows)
{
	return ((uint64_t) rows * map->width) << map->bits < (uint64_t) 1 << 31;
}

bool
codes_unpack(const Host *host, Codes *codes, const FeatureMap *map, const Kernels *kernels,
			 CoreError *error)
{
	size_t cells = cell_count(map);
	int stride = (map->channels + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
	size_t plane = cells * stride;
	int *channel = scratch_reserve(host, &codes->lists, sizeof(int) * 2 * map->channels);
	int *code = channel + map->channels;
	CellReader reader;
	PackedCell cell;
	int32_t *occupied;

	codes->map = map;
	codes->kernels = kernels;
	codes->stride = stride;
	codes->low = scratch_reserve(host, &codes->planes, plane * (map->bits / 8));
	codes->high = map->bits == 16 ? codes->low + plane : NULL;
	codes->cells_summed = 0;
	codes->has_integral = false;
	codes->occupied = scratch_reserve(host, &codes->occupied_space,
									  sizeof(int32_t) * (map->height + 1) * (map->width + 1));
	memset(codes->low, 0, plane * (map->bits / 8));
	memset(codes->occupied, 0, sizeof(int32_t) * (map->width + 1));
	occupied = codes->occupied + map->width + 1;
	cell_reader_start(&reader, map);
	for (int y = 0; y < map->height; y++)
	{
		int in_row = 0;

		host->check_interrupt(host->context);
		*occupied++ = 0;
		for (int x = 0; x < map->width; x++)
		{
			size_t first = ((size_t) y * map->width + x) * stride;
			int count;

			if (!cell_reader_next(&reader, &cell, error))
				return false;
			count = cell_nonzero_codes(map, &cell, channel, code);
			for (int n = 0; n < count; n++)
			{
				codes->low[first + channel[n]] = (uint8_t) code[n];
				if (codes->high != NULL)
					codes->high[first + channel[n]] = (uint8_t) ((uint32_t) code[n] >> 8);
			}
			in_row += count > 0;
			*occupied = occupied[-(map->width + 1)] + in_row;
			occupied++;
		}
	}
	return true;
}

/* The code of one channel of one cell: low and high byte put together. */
static inline int32_t
unpacked_code(const Codes *codes, size_t at)
{
	bool is_signed = codes->map->is_signed;

	if (codes->high == NULL)
		return is_signed ? (int8_t) codes->low[at] : codes->low[at];
	return (is_signed ? (int8_t) codes->high[at] : codes->high[at]) * 256 + codes->low[at];
}

static void
make_integral(const Host *host, Codes *codes)
{
	const FeatureMap *map = codes->map;
	int stride = codes->stride;
	size_t row_size = (size_t) (map->width + 1) * stride;
	uint32_t *corner =
		scratch_reserve(host, &codes->integral, sizeof(uint32_t) * (map->height + 1) * row_size);
	uint32_t *row_sum = scratch_reserve(host, &codes->partial, sizeof(uint32_t) * stride);
	size_t at = 0;

	memset(corner, 0, sizeof(uint32_t) * row_size);
	corner += row_size;
	for (int y = 0; y < map->height; y++)
	{
		host->check_interrupt(host->context);
		memset(corner, 0, sizeof(uint32_t) * stride);
		memset(row_sum, 0, sizeof(uint32_t) * stride);
		corner += stride;
		for (int x = 0; x < map->width; x++, corner += stride, at += stride)
			for (int c = 0; c < stride; c++)
			{
				row_sum[c] += (uint32_t) unpacked_code(codes, at + c);
				corner[c] = corner[(ptrdiff_t) c - (ptrdiff_t) row_size] + row_sum[c];
			}
	}
	codes->has_integral = true;
}

/* Four look-ups a channel, modulo 2^32: the window's sum itself fits 31 bits. */
static void
sum_by_integral(const Codes *codes, const Window *window, double *sums)
{
	size_t stride = codes->stride;
	size_t row_size = (size_t) (codes->map->width + 1) * stride;
	const uint32_t *integral = codes->integral.block;
	const uint32_t *bottom_right = integral + window->y2 * row_size + window->x2 * stride;
	const uint32_t *bottom_left = integral + window->y2 * row_size + window->x1 * stride;
	const uint32_t *top_right = integral + window->y1 * row_size + window->x2 * stride;
	const uint32_t *top_left = integral + window->y1 * row_size + window->x1 * stride;

	for (size_t c = 0; c < stride; c++)
		sums[c] = (int32_t) (bottom_right[c] - bottom_left[c] - top_right[c] + top_left[c]);
}

/* sums[c] += factor * sum of one plane over the window, in bands of rows whose sums fit 31 bits. */
static void
add_plane_sums(const Host *host, Codes *codes, const uint8_t *plane, bool is_signed, double factor,
			   const Window *window, double *sums)
{
	int columns = window->x2 - window->x1;
	int most_rows = (1 << 23) / columns; /* a byte a cell, below 2^31 */
	size_t row_step = (size_t) codes->map->width * codes->stride;
	int32_t *partial = scratch_reserve(host, &codes->partial, sizeof(int32_t) * codes->stride);

	most_rows = most_rows > 1 ? most_rows - 1 : 1;
	for (int y = window->y1; y < window->y2; y += most_rows)
	{
		int rows = window->y2 - y < most_rows ? window->y2 - y : most_rows;

		codes->kernels->sum_cells(plane + y * row_step + (size_t) window->x1 * codes->stride,
								  row_step, rows, columns, codes->stride, is_signed, partial);
		for (int c = 0; c < codes->stride; c++)
			sums[c] += factor * partial[c];
	}
}

void
codes_sum_window(const Host *host, Codes *codes, const Window *window, double *sums)
{
	const FeatureMap *map = codes->map;
	size_t integral_size = sizeof(uint32_t) * (map->height + 1) * (map->width + 1) * codes->stride;

	host->check_interrupt(host->context);
	if (!codes->has_integral && codes->cells_summed > INTEGRAL_COST * cell_count(map) &&
		integral_size <= INTEGRAL_MOST_BYTES && sums_fit_int32(map, map->height))
		make_integral(host, codes);
	if (codes->has_integral)
	{
		sum_by_integral(codes, window, sums);
		return;
	}
	codes->cells_summed += (size_t) (window->y2 - window->y1) * (window->x2 - window->x1);
	for (int c = 0; c < codes->stride; c++)
		sums[c] = 0;
	add_plane_sums(host, codes, codes->low, map->is_signed && codes->high == NULL, 1, window, sums);
	if (codes->high != NULL)
		add_plane_sums(host, codes, codes->high, map->is_signed, 256, window, sums);
}
