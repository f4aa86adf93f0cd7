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

void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans)
{
	size_t size, kept;

	pool_entries_prepare(host, &table->entries, codes, pooler);
	size = table->entries.size;
	kept = KEPT_VECTORS * size;
	table->kept_smallest.vectors =
		scratch_reserve(host, &table->vectors_space, 2 * kept + size);
	table->kept_largest.vectors = table->kept_smallest.vectors + kept;
	table->row = table->kept_largest.vectors + kept;
	table->extents = scratch_reserve(host, &table->extents_space,
									 cell_count(codes->map) * size);
	fill_extents(host, table, row_spans, column_spans);
}

PooledBox
pool_table_whole(PoolTable *table, const Span *rows, const Span *columns)
{
	PoolEntries *entries = &table->entries;
	size_t centre =
		(size_t) rows->centre * entries->codes->map->width + columns->centre;
	const uint8_t *low = pool_entries_cell_vector(entries, centre);
	const uint8_t *high =
		pool_entries_vector(entries, table->extents + centre * entries->size,
							(uint8_t *) entries->high_values);

	return pool_entries_box(entries, low, high,
							(double) (rows->last - rows->first + 1) *
								(columns->last - columns->first + 1));
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
 * Fills one row of one quadrant: cells x = from, from + step, ... to `to`.  A
 * part is that of the row so far and of the part above or below that is nearer
 * to the centre.  Where a cell may count twice, it is that of three parts, and
 * the row's need not be kept.
 */
static void
fill_row_parts(PoolTable *table, int y, int nearer_y, int from, int to,
			   int step)
{
	const PoolEntries *entries = &table->entries;
	size_t row = (size_t) y * entries->codes->map->width;

	for (int x = from; x != to + step; x += step)
	{
		const uint8_t *parts[MOST_PARTS];
		int count = 0;

		if (x != from)
			parts[count++] =
				entries->by_powers ? table->row : part(table, y, x - step);
		parts[count++] = entries->cells + (row + x) * entries->size;
		if (entries->by_powers)
		{
			pool_entries_combine(entries, parts, count, table->row);
			parts[0] = table->row;
			count = 1;
		}
		if (nearer_y != y)
			parts[count++] = part(table, nearer_y, x);
		pool_entries_combine(entries, parts, count, part(table, y, x));
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

/* Pools a window of the block at hand. */
static void
pool_parts(const PoolTable *table, const Window *window, uint8_t *out)
{
	bool has_below = window->y2 - 1 > table->centre_y;
	bool has_right = window->x2 - 1 > table->centre_x;
	const uint8_t *parts[MOST_PARTS] = {part(table, window->y1, window->x1)};
	int count = 1;

	if (has_right)
		parts[count++] = part(table, window->y1, window->x2 - 1);
	if (has_below)
		parts[count++] = part(table, window->y2 - 1, window->x1);
	if (has_below && has_right)
		parts[count++] = part(table, window->y2 - 1, window->x2 - 1);
	pool_entries_combine(&table->entries, parts, count, out);
}

/*
 * The vector of a window of the block at hand, from those that are kept if it
 * is among them.
 */
static const uint8_t *
kept_vector(PoolTable *table, const Window *window, KeptVectors *kept)
{
	const PoolEntries *entries = &table->entries;
	unsigned number = (window->y1 * 5u + window->x1 * 23u + window->y2 * 91u +
					   window->x2 * 149u) %
					  KEPT_VECTORS;
	uint8_t *vector = kept->vectors + number * entries->size;

	if (window_compare(&kept->windows[number], window) != 0)
	{
		uint8_t *entry = entries->by_powers ? table->row : vector;

		pool_parts(table, window, entry);
		pool_entries_vector(entries, entry, vector);
		kept->windows[number] = *window;
	}
	return vector;
}

PooledBox
pool_table_between(PoolTable *table, const Window *smallest,
				   const Window *largest)
{
	const uint8_t *low = kept_vector(table, smallest, &table->kept_smallest);
	const uint8_t *high =
		window_compare(smallest, largest) == 0
			? low
			: kept_vector(table, largest, &table->kept_largest);

	return pool_entries_box(&table->entries, low, high, window_area(largest));
}
