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
 * Greatest codes are pooled in floats, which hold them exactly.  Where they
 * are those of the window before, as often where many windows tie, the sweep
 * says so.
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

/* Vectors ----------------------------------------------------------------- */

/* Raises codes to others where these are greater; true where any is. */
VECTOR_CLONES static bool
raise_codes(const float *others, int stride, float *codes)
{
	int raised = 0;

	for (int c = 0; c < stride; c++)
	{
		raised |= others[c] > codes[c];
		codes[c] = others[c] > codes[c] ? others[c] : codes[c];
	}
	return raised != 0;
}

/* Replaces codes; true where that changes any. */
static bool
replace_codes(const float *others, int stride, float *codes)
{
	size_t size = sizeof(float) * stride;
	bool is_changed = memcmp(codes, others, size) != 0;

	memcpy(codes, others, size);
	return is_changed;
}

VECTOR_CLONES static void
add_sums(const double *others, int stride, double *sums)
{
	for (int c = 0; c < stride; c++)
		sums[c] += others[c];
}

/* The codes from a place on. */
VECTOR_CLONES static void
widen_codes(const Codes *restrict codes, size_t at, float *restrict out)
{
	for (int c = 0; c < codes->stride; c++)
		out[c] = (float) unpacked_code(codes, at + c);
}

/* What a cell alone is pooled to. */
static void
pool_cell(const WindowSweep *sweep, size_t cell, const SweptVector *out)
{
	const Codes *codes = sweep->codes;
	size_t at = cell * codes->stride;

	if (out->codes != NULL)
		widen_codes(codes, at, out->codes);
	else
		for (int c = 0; c < codes->stride; c++)
			out->sums[c] = pooler_power(sweep->pooler, codes, at + c);
}

/* Pools a vector with another, or replaces it where that is the first. */
static void
pool_vector(const SweptVector *other, bool is_first, int stride,
			SweptVector *vector)
{
	if (other->codes != NULL)
		vector->is_same &=
			is_first ? !replace_codes(other->codes, stride, vector->codes)
					 : !raise_codes(other->codes, stride, vector->codes);
	else if (is_first)
		memcpy(vector->sums, other->sums, sizeof(double) * stride);
	else
		add_sums(other->sums, stride, vector->sums);
}

/* Columns and windows ----------------------------------------------------- */

/* The vector that comes `number` vectors after the first. */
static SweptVector
vector_after(const SweptVector *first, int stride, int number)
{
	size_t at = (size_t) number * stride;

	if (first->codes != NULL)
		return (SweptVector){.codes = first->codes + at};
	return (SweptVector){.sums = first->sums + at};
}

/* Pools the columns with a row; is_first where it is the only one. */
static void
add_row(const WindowSweep *sweep, int y, bool is_first)
{
	int stride = sweep->codes->stride;
	int width = sweep->codes->map->width;
	SweptVector columns = sweep->columns;
	SweptVector cell = vector_after(&columns, stride, width + 1);

	for (int x = 0; x < width; x++)
	{
		SweptVector column = vector_after(&columns, stride, x);

		pool_cell(sweep, (size_t) y * width + x, &cell);
		pool_vector(&cell, is_first, stride, &column);
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
widen(WindowSweep *sweep, Window window, int least, int most, SweepSink sink,
	  void *context)
{
	int stride = sweep->codes->stride;
	SweptVector columns = sweep->columns, pooled = {0};

	if (sweep->is_pooled)
		pooled = vector_after(&columns, stride, sweep->codes->map->width);
	pooled.is_same = sweep->is_same;
	for (int width = 1; width <= most; width++)
	{
		if (sweep->is_pooled)
		{
			SweptVector column =
				vector_after(&columns, stride, window.x1 + width - 1);

			pool_vector(&column, width == 1, stride, &pooled);
		}
		window.x2 = window.x1 + width;
		if (width < least)
			continue;
		sink(context, &window, &pooled);
		pooled.is_same = true;
	}
	sweep->is_same = pooled.is_same;
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
	if (sweep->columns.sums == NULL || bytes > MOST_SUMS_BYTES)
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

static void
reserve_vectors(const Host *host, WindowSweep *sweep)
{
	const FeatureMap *map = sweep->codes->map;
	size_t size = sizeof(double) * sweep->codes->stride * (map->width + 2);
	void *vectors;

	sweep->is_pooled = window_sweep_pools(sweep->pooler, map);
	sweep->is_same = false;
	sweep->columns = (SweptVector){0};
	if (!sweep->is_pooled)
		return;
	vectors = scratch_reserve(host, &sweep->space, size);
	/* no code has these bits */
	memset(vectors, 0xff, size);
	if (sweep->pooler->pooling.kind == POOL_MAX)
		sweep->columns.codes = vectors;
	else
		sweep->columns.sums = vectors;
}

void
window_sweep_run(const Host *host, WindowSweep *sweep, const Codes *codes,
				 const Pooler *pooler, const WindowConstraints *constraints,
				 SweepSink sink, void *context)
{
	const FeatureMap *map = codes->map;
	int tallest = most_height(map, constraints);

	sweep->codes = codes;
	sweep->pooler = pooler;
	reserve_vectors(host, sweep);
	reserve_sums(host, sweep);
	for (int y1 = 0; y1 + constraints->min_height <= map->height; y1++)
	{
		if (sweep->sums != NULL)
			memset(sweep->sum_ends, 0, sizeof(int) * column_pairs(map));
		for (int y2 = y1 + 1; y2 <= map->height && y2 - y1 <= tallest; y2++)
		{
			int least = 1, most = 0;

			host_check(host);
			if (sweep->is_pooled)
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
