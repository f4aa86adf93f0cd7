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

#include "core/bits.h"

/*
 * Where no more of a block than that is wanted, its cells are pooled for a
 * bound of what is.
 */
#define FEW_CELLS 30

/* Number of a cell of the map, row by row. */
static inline size_t
cell_number(const PoolTable *table, int y, int x)
{
	return (size_t) y * table->entries.codes->map->width + x;
}

/* The entry of a cell alone. */
static inline const uint8_t *
entry_of_cell(const PoolTable *table, int y, int x)
{
	return table->entries.cells +
		   cell_number(table, y, x) * table->entries.size;
}

/* Preparing a map --------------------------------------------------------- */

/*
 * Pools the extent of one span to its centre: its middle cell, or what that
 * has been pooled to, and the two halves.  Entries are of a row or a column of
 * cells, `step` bytes apart.
 */
static void
fill_extent(const PoolTable *table, const Span *spans, const Span *span,
			const uint8_t *middle, uint8_t *line, size_t step)
{
	uint8_t *centre = line + span->centre * step;
	const uint8_t *parts[MOST_PARTS] = {middle};
	int count = 1;

	if (span->before >= 0)
		parts[count++] = line + spans[span->before].centre * step;
	if (span->after >= 0)
		parts[count++] = line + spans[span->after].centre * step;
	if (count > 1 || middle != centre)
		pool_entries_combine(&table->entries, parts, count, centre);
}

/*
 * Pools the extents of all blocks, first along columns, then along rows;
 * halves come before the whole.
 */
static void
fill_extents(const Host *host, PoolTable *table, const Span *row_spans,
			 const Span *column_spans)
{
	const FeatureMap *map = table->entries.codes->map;
	size_t size = table->entries.size;
	size_t row_size = map->width * size;

	for (int i = map->height - 1; i >= 0; i--)
	{
		const Span *rows = &row_spans[i];

		host_check(host);
		for (int x = 0; x < map->width; x++)
			fill_extent(table, row_spans, rows,
						entry_of_cell(table, rows->centre, x),
						table->extents + x * size, row_size);
	}
	for (int y = 0; y < map->height; y++)
	{
		uint8_t *row = table->extents + y * row_size;

		host_check(host);
		for (int i = map->width - 1; i >= 0; i--)
			fill_extent(table, column_spans, &column_spans[i],
						row + column_spans[i].centre * size, row, size);
	}
}

/* Room for sides that are kept, and for what bounds a block. */
static void
reserve_kept(const Host *host, PoolTable *table)
{
	size_t stride = table->entries.stride;
	size_t kept = KEPT_SIDES * stride;
	int16_t *sides = scratch_reserve(host, &table->kept_space,
									 2 * (kept + stride) * sizeof(int16_t) +
										 table->entries.size);

	table->kept_smallest.sides = sides;
	table->kept_largest.sides = sides + kept;
	table->block_low = sides + 2 * kept;
	table->block_high = table->block_low + stride;
	table->few_cells = (uint8_t *) (table->block_high + stride);
}

/* Room for which runs have been made. */
static void
reserve_runs(const Host *host, PoolTable *table)
{
	const FeatureMap *map = table->entries.codes->map;

	table->reach[false] = scratch_reserve(host, &table->runs_space,
										  2 * (map->width * sizeof(int) +
											   map->height * sizeof(bool)));
	table->reach[true] = table->reach[false] + map->width;
	table->has_parts[false] = (bool *) (table->reach[true] + map->width);
	table->has_parts[true] = table->has_parts[false] + map->height;
}

/* The entry of the extent of a block. */
static const uint8_t *
extent(const PoolTable *table, const Span *rows, const Span *columns)
{
	return table->extents + cell_number(table, rows->centre, columns->centre) *
								table->entries.size;
}

void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans)
{
	size_t cells = cell_count(codes->map);

	pool_entries_prepare(host, &table->entries, codes, pooler);
	reserve_kept(host, table);
	table->extents = scratch_reserve(host, &table->extents_space,
									 cells * table->entries.size);
	table->columns = scratch_reserve(host, &table->columns_space,
									 cells * table->entries.size);
	reserve_runs(host, table);
	table->centre_y = -1;
	fill_extents(host, table, row_spans, column_spans);
	/* the first spans are those of all rows and columns */
	pool_sides_prepare(host, &table->sides, &table->entries,
					   extent(table, row_spans, column_spans));
}

/* Pools the cells of an area one by one; returns how many parts make it. */
static int
pool_cells(PoolTable *table, const Window *area, const uint8_t **parts)
{
	int count = 0;

	for (int y = area->y1; y < area->y2; y++)
		for (int x = area->x1; x < area->x2; x++)
		{
			if (count == MOST_PARTS)
			{
				pool_entries_combine(&table->entries, parts, count,
									 table->few_cells);
				parts[0] = table->few_cells;
				count = 1;
			}
			parts[count++] = entry_of_cell(table, y, x);
		}
	return count;
}

PooledBox
pool_table_block(PoolTable *table, const Span *rows, const Span *columns,
				 const Window *area)
{
	Window whole = {rows->first, columns->first, rows->last + 1,
					columns->last + 1};
	const uint8_t *parts[MOST_PARTS] = {extent(table, rows, columns)};
	int count = 1;

	if (window_area(area) <= FEW_CELLS &&
		window_area(area) < window_area(&whole))
	{
		count = pool_cells(table, area, parts);
		whole = *area;
	}
	pool_sides_of_cell(&table->sides,
					   cell_number(table, rows->centre, columns->centre),
					   table->block_low);
	pool_sides_high(&table->sides, parts, count, (double) window_area(&whole),
					table->block_high);
	return (PooledBox){table->block_low, table->block_high};
}

/* The table of a block ---------------------------------------------------- */

/*
 * A run of cells, of a column or a row, goes from the centre's outwards.  On
 * the far side it begins with the cell after that, so that no cell is in two.
 */
static inline int
run_start(int at, int centre)
{
	return at > centre ? centre + 1 : centre;
}

/*
 * Row y of column runs, [width]: each of the cells of a column from the
 * centre's row to this one, where it has been made.
 */
static inline const uint8_t *
column_runs(const PoolTable *table, int y)
{
	const uint8_t *rows = y == run_start(y, table->centre_y)
							  ? table->entries.cells
							  : table->columns;

	return rows + cell_number(table, y, 0) * table->entries.size;
}

/* Makes the run of a column to row y, and to the end of the area after it. */
static void
fill_column_run(PoolTable *table, int y, int x)
{
	const PoolEntries *entries = &table->entries;
	const FeatureMap *map = entries->codes->map;
	bool is_after = y > table->centre_y;
	ptrdiff_t row_size = map->width * entries->size;
	int start = run_start(y, table->centre_y);
	int end = is_after ? table->area.y2 - 1 : table->area.y1;
	int count = (is_after ? end - start : start - end) + 1;
	size_t first = cell_number(table, start, x) * entries->size;
	int *reach = &table->reach[is_after][x];

	if (*reach >= count)
		return;
	host_check(table->host);
	pool_entries_run(entries, entries->cells + first,
					 is_after ? row_size : -row_size, count,
					 table->columns + first, is_after ? row_size : -row_size);
	*reach = count;
}

/* The entry of a cell of the area in the table of parts. */
static inline uint8_t *
part_at(const PoolTable *table, int y, int x)
{
	const Window *area = &table->area;
	size_t width = area->x2 - area->x1;

	return table->parts +
		   ((y - area->y1) * width + (x - area->x1)) * table->entries.size;
}

/*
 * Makes the parts of row y that reach from the centre to a cell on one side of
 * it: a run of column runs.
 */
static void
fill_parts(PoolTable *table, int y, int x)
{
	const PoolEntries *entries = &table->entries;
	bool is_after = x > table->centre_x;
	ptrdiff_t step =
		is_after ? (ptrdiff_t) entries->size : -(ptrdiff_t) entries->size;
	int start = run_start(x, table->centre_x);
	int first = is_after ? start : table->area.x1;
	int last = is_after ? table->area.x2 - 1 : start;

	for (int column = first; column <= last; column++)
		fill_column_run(table, y, column);
	pool_entries_run(entries, column_runs(table, y) + start * entries->size,
					 step, last - first + 1, part_at(table, y, start), step);
}

/* The part that reaches from the centre to a cell. */
static const uint8_t *
part(PoolTable *table, int y, int x)
{
	bool *has_parts =
		&table->has_parts[x > table->centre_x][y - table->area.y1];

	if (!*has_parts)
		fill_parts(table, y, x);
	*has_parts = true;
	if (x == run_start(x, table->centre_x))
		return column_runs(table, y) + x * table->entries.size;
	return part_at(table, y, x);
}

/* Forgets the column runs of another centre. */
static void
start_columns(PoolTable *table, int centre_y)
{
	size_t size = sizeof(int) * table->entries.codes->map->width;

	if (centre_y == table->centre_y)
		return;
	table->centre_y = centre_y;
	memset(table->reach[false], 0, size);
	memset(table->reach[true], 0, size);
}

void
pool_table_enter(const Host *host, PoolTable *table, int centre_y,
				 int centre_x, const Window *area)
{
	size_t rows = area->y2 - area->y1;

	table->host = host;
	start_columns(table, centre_y);
	table->centre_x = centre_x;
	table->area = *area;
	memset(table->kept_smallest.windows, 0,
		   sizeof(table->kept_smallest.windows));
	memset(table->kept_largest.windows, 0,
		   sizeof(table->kept_largest.windows));
	memset(table->has_parts[false], false, rows);
	memset(table->has_parts[true], false, rows);
	table->parts =
		scratch_reserve(host, &table->parts_space,
						(size_t) window_area(area) * table->entries.size);
}

/* Windows of the block ---------------------------------------------------- */

/* The parts of a window of the block at hand; returns their number. */
static int
window_parts(PoolTable *table, const Window *window, const uint8_t **parts)
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

/* Adds an entry of powers, in units of `unit`. */
VECTOR_CLONES static void
add_sums(const uint16_t *powers, int dropped, int stride, double unit,
		 double *sums)
{
	for (int c = 0; c < stride; c++)
		sums[c] += float_from_bits((uint32_t) powers[c] << dropped) * unit;
}

void
pool_table_sums(PoolTable *table, const Window *window, double *sums)
{
	const PoolEntries *entries = &table->entries;
	const uint8_t *parts[MOST_PARTS];
	int count = window_parts(table, window, parts);

	memset(sums, 0, sizeof(double) * entries->stride);
	for (int i = 0; i < count; i++)
		add_sums((const uint16_t *) parts[i], entries->dropped,
				 entries->stride, 1 / entries->power_unit, sums);
}

/* The side of a window of the block at hand, made unless it is kept. */
static const int16_t *
window_side(PoolTable *table, KeptSides *kept, const Window *window)
{
	unsigned number = (window->y1 * 5u + window->x1 * 23u + window->y2 * 91u +
					   window->x2 * 149u) %
					  KEPT_SIDES;
	int16_t *side = kept->sides + (size_t) number * table->entries.stride;
	const uint8_t *parts[MOST_PARTS];
	int count;

	if (window_compare(&kept->windows[number], window) == 0)
		return side;
	count = window_parts(table, window, parts);
	if (kept == &table->kept_smallest)
		pool_sides_low(&table->sides, parts, count, side);
	else
		pool_sides_high(&table->sides, parts, count, window_area(window),
						side);
	kept->windows[number] = *window;
	return side;
}

PooledBox
pool_table_between(PoolTable *table, const Window *smallest,
				   const Window *largest)
{
	return (PooledBox){window_side(table, &table->kept_smallest, smallest),
					   window_side(table, &table->kept_largest, largest)};
}
