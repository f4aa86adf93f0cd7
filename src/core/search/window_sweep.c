/*
 * window_sweep.c
 *		All windows of a map that meet constraints, pooled from one to the
 *		next.
 *
 * Windows that begin at a row are made longer row by row, and the columns of
 * the map are pooled over these rows: each from what it was before, and one
 * cell.  Within the rows, windows that begin at a column are made wider column
 * by column, each from the one before, and one pooled column.  So a window
 * takes one vector operation instead of one for each of its cells, plus what
 * the columns take, which is less where there are more than two of them.
 *
 * The greatest codes are those of pool_window().  Sums of powers are added in
 * another order: along a column, at most height - 1 additions, then along the
 * row, at most width - 1.  All terms are positive, so the relative error is
 * below (height + width) 2^-53.
 *
 * Sums in the order of pool_window(), row by row, are those of the window one
 * row shorter, and one row more.  They are kept for each pair of columns, and
 * made as far as they are asked for: for windows that the other sums leave
 * undecided.
 */
#include "core/search/window_sweep.h"

/* Sums in the order of pool_window() take no more than this. */
#define MOST_SUMS_BYTES ((size_t) 64 << 20)

bool
window_sweep_pools(const Pooler *pooler, const FeatureMap *map)
{
	return pooler->pooling.kind == POOL_MAX ||
		   (pooler->pooling.kind == POOL_GEM &&
			pooler_has_powers(pooler, map));
}

/* Pools a vector, [stride], with another. */
VECTOR_CLONES static void
pool_vectors(const double *more, int stride, bool is_max, double *pooled)
{
	if (is_max)
		for (int c = 0; c < stride; c++)
			pooled[c] = more[c] > pooled[c] ? more[c] : pooled[c];
	else
		for (int c = 0; c < stride; c++)
			pooled[c] += more[c];
}

/* What a cell alone is pooled to. */
static void
pool_cell(const WindowSweep *sweep, size_t cell, double *out)
{
	const Codes *codes = sweep->codes;
	size_t at = cell * codes->stride;

	if (sweep->pooler->pooling.kind == POOL_MAX)
		for (int c = 0; c < codes->stride; c++)
			out[c] = unpacked_code(codes, at + c);
	else
		for (int c = 0; c < codes->stride; c++)
			out[c] = pooler_power(sweep->pooler, codes, at + c);
}

/* Pools the columns with a row; is_first where it is the only one. */
static void
add_row(WindowSweep *sweep, int y, bool is_first)
{
	int stride = sweep->codes->stride;
	int width = sweep->codes->map->width;
	bool is_max = sweep->pooler->pooling.kind == POOL_MAX;

	for (int x = 0; x < width; x++)
	{
		double *column = sweep->columns + (size_t) x * stride;
		size_t cell = (size_t) y * width + x;

		if (is_first)
			pool_cell(sweep, cell, column);
		else
		{
			pool_cell(sweep, cell, sweep->pooled);
			pool_vectors(sweep->pooled, stride, is_max, column);
		}
	}
}

/* The greatest height of windows. */
static int
most_height(const FeatureMap *map, const WindowConstraints *constraints)
{
	return constraints->max_height < map->height ? constraints->max_height
												 : map->height;
}

/*
 * Gives the sink the windows of the rows at hand that begin at a column, of
 * the widths from least to most.
 */
static void
widen(const WindowSweep *sweep, Window window, int least, int most,
	  SweepSink sink, void *context)
{
	size_t stride = sweep->codes->stride;
	const double *column = sweep->columns + window.x1 * stride;
	bool is_max = sweep->pooler->pooling.kind == POOL_MAX;
	double *pooled = sweep->pooled;

	if (pooled != NULL)
		memcpy(pooled, column, sizeof(double) * stride);
	for (int width = 1; width <= most; width++, column += stride)
	{
		if (pooled != NULL && width > 1)
			pool_vectors(column, (int) stride, is_max, pooled);
		window.x2 = window.x1 + width;
		if (width >= least)
			sink(context, &window, pooled);
	}
}

/* Pairs of a first and a last column. */
static size_t
column_pairs(const FeatureMap *map)
{
	return (size_t) map->width * (map->width + 1) / 2;
}

static void
reserve_sums(const Host *host, WindowSweep *sweep)
{
	size_t pairs = column_pairs(sweep->codes->map);
	size_t bytes =
		pairs * (sizeof(double) * sweep->codes->stride + sizeof(int));

	sweep->sums = NULL;
	if (sweep->pooler->pooling.kind != POOL_GEM || sweep->pooled == NULL ||
		bytes > MOST_SUMS_BYTES)
		return;
	sweep->sums = scratch_reserve(host, &sweep->sums_space, bytes);
	sweep->sum_ends = (int *) (sweep->sums + pairs * sweep->codes->stride);
}

const double *
window_sweep_sums(const Host *host, WindowSweep *sweep, const Window *window)
{
	size_t stride = sweep->codes->stride;
	size_t pair = (size_t) window->x2 * (window->x2 - 1) / 2 + window->x1;
	Window rows = *window;
	double *sums;

	if (sweep->sums == NULL)
		return NULL;
	sums = sweep->sums + pair * stride;
	if (sweep->sum_ends[pair] == 0)
		memset(sums, 0, sizeof(double) * stride);
	else
		rows.y1 = sweep->sum_ends[pair];
	pool_add_powers(host, sweep->pooler, sweep->codes, &rows, sums);
	sweep->sum_ends[pair] = window->y2;
	return sums;
}

void
window_sweep_run(const Host *host, WindowSweep *sweep, const Codes *codes,
				 const Pooler *pooler, const WindowConstraints *constraints,
				 SweepSink sink, void *context)
{
	const FeatureMap *map = codes->map;
	int tallest = most_height(map, constraints);
	size_t stride = codes->stride;

	sweep->codes = codes;
	sweep->pooler = pooler;
	sweep->columns =
		scratch_reserve(host, &sweep->space,
						sizeof(double) * (map->width + 1) * stride);
	sweep->pooled = window_sweep_pools(pooler, map)
						? sweep->columns + map->width * stride
						: NULL;
	reserve_sums(host, sweep);
	for (int y1 = 0; y1 + constraints->min_height <= map->height; y1++)
	{
		if (sweep->sums != NULL)
			memset(sweep->sum_ends, 0, sizeof(int) * column_pairs(map));
		for (int y2 = y1 + 1; y2 <= map->height && y2 - y1 <= tallest; y2++)
		{
			int least = 1, most = 0;

			host_check(host);
			if (sweep->pooled != NULL)
				add_row(sweep, y2 - 1, y2 == y1 + 1);
			if (y2 - y1 >= constraints->min_height)
				constraint_widths(constraints, y2 - y1, map->width, &least,
								  &most);
			for (int x1 = 0; least <= most && x1 + least <= map->width; x1++)
			{
				int room = map->width - x1;

				host_check(host);
				widen(sweep, (Window){y1, x1, y2, 0}, least,
					  most < room ? most : room, sink, context);
			}
		}
	}
}

SweepSize
window_sweep_size(const FeatureMap *map, const WindowConstraints *constraints)
{
	SweepSize size = {0};

	for (int h = 1; h <= most_height(map, constraints); h++)
	{
		double rows = map->height - h + 1;
		int least = 1, most = 0;

		size.vectors += rows * map->width;
		if (h >= constraints->min_height)
			constraint_widths(constraints, h, map->width, &least, &most);
		for (int w = least; w <= most; w++)
		{
			double places = rows * (map->width - w + 1);

			size.windows += places;
			size.cells += places * h * w;
		}
		/* windows narrower than the least are pooled on the way */
		if (least <= most)
			size.vectors += rows * (map->width - least + 1) * (least - 1);
	}
	return size;
}
