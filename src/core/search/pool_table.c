/*
 * pool_table.c
 *		The pooled vectors of all windows of a block, for max and gem.
 *
 * Extents, the pooled vectors of whole blocks, are made for all blocks of a
 * map at once: a span is its centre and its two halves, which are spans
 * themselves.  The table of parts is made for one block at a time, outwards
 * from the centre.
 */
#include "core/search/pool_table.h"

/* Preparing a map --------------------------------------------------------- */

/*
 * Pools the extent of one span to its centre, from the centre and the two
 * halves.  Entries are of a row or a column of cells, `step` bytes apart.
 */
static void
fill_extent(const PoolTable *table, const Span *spans, const Span *span,
			uint8_t *line, size_t step)
{
	uint8_t *centre = line + span->centre * step;
	const uint8_t *parts[MOST_PARTS] = {centre};
	int count = 1;

	if (span->before >= 0)
		parts[count++] = line + spans[span->before].centre * step;
	if (span->after >= 0)
		parts[count++] = line + spans[span->after].centre * step;
	pool_entries_combine(&table->entries, parts, count, centre);
}

/*
 * Pools the extents of all blocks, first along rows, then along columns;
 * halves come before the whole.
 */
static void
fill_extents(const Host *host, PoolTable *table, const Span *row_spans,
			 const Span *column_spans)
{
	const FeatureMap *map = table->entries.codes->map;
	size_t size = table->entries.size;
	size_t row_size = map->width * size;

	host_copy(host, table->extents, table->entries.cells,
			  map->height * row_size);
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		for (int i = map->width - 1; i >= 0; i--)
			fill_extent(table, column_spans, &column_spans[i],
						table->extents + y * row_size, size);
	}
	for (int i = map->height - 1; i >= 0; i--)
	{
		host_check(host);
		for (int x = 0; x < map->width; x++)
			fill_extent(table, row_spans, &row_spans[i],
						table->extents + x * size, row_size);
	}
}

/* Room for what is kept: sides, and an entry. */
static void
reserve_kept(const Host *host, PoolTable *table)
{
	size_t stride = table->entries.stride;
	size_t kept = KEPT_SIDES * stride;
	int16_t *sides =
		scratch_reserve(host, &table->kept_space,
						table->entries.size +
							2 * (kept + stride) * sizeof(int16_t));

	table->kept_smallest.sides = sides;
	table->kept_largest.sides = sides + kept;
	table->whole_low = sides + 2 * kept;
	table->whole_high = table->whole_low + stride;
	table->row = (uint8_t *) (table->whole_high + stride);
}

/* The entry of the extent of a block. */
static const uint8_t *
extent(const PoolTable *table, const Span *rows, const Span *columns)
{
	size_t width = table->entries.codes->map->width;

	return table->extents +
		   (rows->centre * width + columns->centre) * table->entries.size;
}

void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans)
{
	pool_entries_prepare(host, &table->entries, codes, pooler);
	reserve_kept(host, table);
	table->extents =
		scratch_reserve(host, &table->extents_space,
						cell_count(codes->map) * table->entries.size);
	fill_extents(host, table, row_spans, column_spans);
	/* the first spans are those of all rows and columns */
	pool_sides_prepare(host, &table->sides, &table->entries,
					   extent(table, row_spans, column_spans));
}

PooledBox
pool_table_whole(PoolTable *table, const Span *rows, const Span *columns)
{
	size_t width = table->entries.codes->map->width;
	const uint8_t *all = extent(table, rows, columns);

	pool_sides_of_cell(&table->sides, rows->centre * width + columns->centre,
					   table->whole_low);
	pool_sides_high(&table->sides, &all, 1,
					(double) (rows->last - rows->first + 1) *
						(columns->last - columns->first + 1),
					table->whole_high);
	return (PooledBox){table->whole_low, table->whole_high};
}

/* The table of a block ---------------------------------------------------- */

/* The part of the block at hand that reaches from a cell to the centre. */
static inline uint8_t *
part(const PoolTable *table, int y, int x)
{
	size_t columns = table->area.x2 - table->area.x1;

	return table->parts +
		   ((y - table->area.y1) * columns + (x - table->area.x1)) *
			   table->entries.size;
}

/*
 * Fills a part from the row so far, which is that of the part before in the
 * same row, the cell, and the part nearer to the centre, if there is one.
 */
static void
fill_part_of_bytes(const PoolTable *table, const uint8_t *row,
				   const uint8_t *cell, const uint8_t *nearer, uint8_t *out)
{
	const uint8_t *parts[MOST_PARTS];
	int count = 0;

	if (row != NULL)
		parts[count++] = row;
	parts[count++] = cell;
	if (nearer != NULL)
		parts[count++] = nearer;
	pool_entries_combine(&table->entries, parts, count, out);
}

/*
 * The same of sums, where a cell must not count twice: the row so far is
 * table->row.
 */
static void
fill_part_of_powers(const PoolTable *table, bool has_row, const uint8_t *cell,
					const uint8_t *nearer, uint8_t *out)
{
	const PoolEntries *entries = &table->entries;
	const uint8_t *parts[MOST_PARTS] = {cell};

	if (has_row && nearer != NULL)
	{
		extend_part((float *) table->row, (const float *) cell,
					(const float *) nearer, entries->stride, (float *) out);
		return;
	}
	if (has_row)
	{
		parts[0] = table->row;
		parts[1] = cell;
	}
	pool_entries_combine(entries, parts, has_row ? 2 : 1, table->row);
	parts[0] = table->row;
	parts[1] = nearer;
	pool_entries_combine(entries, parts, nearer != NULL ? 2 : 1, out);
}

/*
 * Fills one row of one quadrant: cells x = from, from + step, ... to `to`.  A
 * part is that of the row so far and of the part above or below that is nearer
 * to the centre.
 */
static void
fill_row_parts(PoolTable *table, int y, int nearer_y, int from, int to,
			   int step)
{
	const PoolEntries *entries = &table->entries;
	size_t row = (size_t) y * entries->codes->map->width;

	for (int x = from; x != to + step; x += step)
	{
		const uint8_t *cell = entries->cells + (row + x) * entries->size;
		const uint8_t *nearer =
			nearer_y != y ? part(table, nearer_y, x) : NULL;

		if (entries->by_powers)
			fill_part_of_powers(table, x != from, cell, nearer,
								part(table, y, x));
		else
			fill_part_of_bytes(table,
							   x != from ? part(table, y, x - step) : NULL,
							   cell, nearer, part(table, y, x));
	}
}

/* Fills the rows from `from` to `to`, away from the centre. */
static void
fill_parts(const Host *host, PoolTable *table, int from, int to, int step)
{
	int centre = table->centre_x;
	int nearer = from;

	for (int y = from; y != to + step; y += step)
	{
		host_check(host);
		fill_row_parts(table, y, nearer, centre, table->area.x1, -1);
		if (centre + 1 < table->area.x2)
			fill_row_parts(table, y, nearer, centre + 1, table->area.x2 - 1,
						   1);
		nearer = y;
	}
}

void
pool_table_enter(const Host *host, PoolTable *table, int centre_y,
				 int centre_x, const Window *area)
{
	table->centre_y = centre_y;
	table->centre_x = centre_x;
	table->area = *area;
	memset(table->kept_smallest.windows, 0,
		   sizeof(table->kept_smallest.windows));
	memset(table->kept_largest.windows, 0,
		   sizeof(table->kept_largest.windows));
	table->parts =
		scratch_reserve(host, &table->parts_space,
						(size_t) window_area(area) * table->entries.size);
	fill_parts(host, table, centre_y, area->y1, -1);
	if (centre_y + 1 < area->y2)
		fill_parts(host, table, centre_y + 1, area->y2 - 1, 1);
}

/* Windows of the block ---------------------------------------------------- */

/* The parts of a window of the block at hand; returns their number. */
static int
window_parts(const PoolTable *table, const Window *window,
			 const uint8_t **parts)
{
	bool has_below = window->y2 - 1 > table->centre_y;
	bool has_right = window->x2 - 1 > table->centre_x;
	int count = 0;

	parts[count++] = part(table, window->y1, window->x1);
	if (has_right)
		parts[count++] = part(table, window->y1, window->x2 - 1);
	if (has_below)
		parts[count++] = part(table, window->y2 - 1, window->x1);
	if (has_below && has_right)
		parts[count++] = part(table, window->y2 - 1, window->x2 - 1);
	return count;
}

/*
 * Where the side of a window of the block at hand is kept; *is_kept says
 * whether it is there.
 */
static int16_t *
kept_side(KeptSides *kept, const Window *window, int stride, bool *is_kept)
{
	unsigned number = (window->y1 * 5u + window->x1 * 23u + window->y2 * 91u +
					   window->x2 * 149u) %
					  KEPT_SIDES;

	*is_kept = window_compare(&kept->windows[number], window) == 0;
	kept->windows[number] = *window;
	return kept->sides + (size_t) number * stride;
}

static const int16_t *
lower_side(PoolTable *table, const Window *smallest)
{
	bool is_kept;
	int16_t *side = kept_side(&table->kept_smallest, smallest,
							  table->entries.stride, &is_kept);

	if (!is_kept)
	{
		const uint8_t *parts[MOST_PARTS];

		pool_sides_low(&table->sides, parts,
					   window_parts(table, smallest, parts), side);
	}
	return side;
}

static const int16_t *
upper_side(PoolTable *table, const Window *largest)
{
	bool is_kept;
	int16_t *side = kept_side(&table->kept_largest, largest,
							  table->entries.stride, &is_kept);

	if (!is_kept)
	{
		const uint8_t *parts[MOST_PARTS];

		pool_sides_high(&table->sides, parts,
						window_parts(table, largest, parts),
						window_area(largest), side);
	}
	return side;
}

PooledBox
pool_table_between(PoolTable *table, const Window *smallest,
				   const Window *largest)
{
	return (PooledBox){lower_side(table, smallest),
					   upper_side(table, largest)};
}
