/*
 * pool_table.h
 *		The pooled vectors of all windows of a block, for max and gem.
 *
 * A span of rows and one of columns (span.h) are a block, with one cell in its
 * centre.  Each window belongs to exactly one block: it contains the centre
 * and lies within the spans.
 *
 * Within a block any window is put together from at most four parts that meet
 * at the centre.  The pooled vectors of all such parts are a table as large as
 * the block.
 *
 * The calls, in this order:
 *
 *	pool_table_prepare			once a map
 *		pool_table_block		bounds of any block
 *		pool_table_enter		once a block
 *			pool_table_between	bounds of its windows
 *			pool_table_sums		sums of one of them
 */
#ifndef INTSEARCH_POOL_TABLE_H
#define INTSEARCH_POOL_TABLE_H

#include "core/search/pool_sides.h"
#include "core/search/span.h"

/*
 * Sides of windows pooled lately: a set shares its smallest or its largest
 * window with the set that it was split from.
 */
#define KEPT_SIDES 256

typedef struct KeptSides
{
	Window windows[KEPT_SIDES]; /* of the block at hand, or empty */
	int16_t *sides;             /* [KEPT_SIDES][stride] */
} KeptSides;

typedef struct PoolTable
{
	PoolEntries entries;
	PoolSides sides;
	/*
	 * [height * width] entries: of whole blocks, by the cell in their centre
	 */
	uint8_t *extents;
	int centre_y; /* of the block at hand */
	int centre_x;
	Window area; /* of the block at hand, as far as it is wanted */
	/*
	 * [height * width] entries: the cells of a column from the centre's row to
	 * that one, for the blocks of one row of centres
	 */
	uint8_t *columns;
	/* [2][width]: rows of that made, before and after the centre's */
	int *reach[2];
	/* [rows of the area][its columns] entries: from that cell to the centre */
	uint8_t *parts;
	/* [2][rows of the area]: those before and after the centre are made */
	bool *has_parts[2];
	const Host *host;   /* of the block at hand */
	int16_t *block_low; /* [stride], of the block last bounded */
	int16_t *block_high;
	uint8_t *few_cells; /* an entry of some cells of that block */
	KeptSides kept_smallest;
	KeptSides kept_largest;
	Scratch extents_space;
	Scratch columns_space;
	Scratch runs_space;
	Scratch parts_space;
	Scratch kept_space;
} PoolTable;

/*
 * Prepares for a map of whose rows, [height], and columns, [width], these are
 * the spans; the pooler is prepared for it, and is max or gem.
 */
extern void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans);

/*
 * Bounds of the windows of a block that lie in an area of it, without making
 * its table; good until the next box.
 */
extern PooledBox pool_table_block(PoolTable *table, const Span *rows,
								  const Span *columns, const Window *area);

/*
 * Makes the table of a block, the block at hand, for windows that contain the
 * cell in its centre and lie in the area.
 */
extern void pool_table_enter(const Host *host, PoolTable *table, int centre_y,
							 int centre_x, const Window *area);

/*
 * The sums of powers of a window of the block at hand, [stride], where gem is
 * pooled by these: as parts of that of the greatest code, added up exactly.
 */
extern void
pool_table_sums(PoolTable *table, const Window *window, double *sums);

/*
 * Bounds of all windows between two of the block at hand; good until the next
 * box.
 */
extern PooledBox pool_table_between(PoolTable *table, const Window *smallest,
									const Window *largest);

#endif
