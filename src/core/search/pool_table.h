/*
 * pool_table.h
 *		Bounds of the pooled values of a set of windows, for max and gem.
 *
 * The rows of a map are put in a tree: each row is the centre of a span of
 * rows, the middle one of the whole map, and of each half that it leaves, and
 * so on; and each window has exactly one span whose centre it contains and
 * which contains it.  (So rows are the nodes of a balanced binary tree, and a
 * window's span is that of the topmost node among its rows.)  The same for
 * columns.  A span of rows and one of columns are a block, with one cell in
 * its centre; each window belongs to exactly one block.
 *
 * Within a block any window is put together from at most four parts that meet
 * at the centre; the pooled vectors of all such parts are a table as large as
 * the block.
 */
#ifndef INTSEARCH_POOL_TABLE_H
#define INTSEARCH_POOL_TABLE_H

#include "core/pooling/pool.h"

/*
 * Windows of the span begin at first to centre and end behind centre to last,
 * in cells.
 */
typedef struct Span
{
	int first;
	int centre;
	int last;
	/* span of first to centre - 1, by number; -1 if that is empty */
	int before;
	int behind; /* span of centre + 1 to last; -1 */
} Span;

/*
 * Vectors of windows pooled lately: a set shares its smallest or its largest
 * window with the set that it was split from.
 */
#define KEPT_VECTORS 128

typedef struct KeptVectors
{
	Window windows[KEPT_VECTORS]; /* of the block at hand, or empty */
	uint8_t *vectors;             /* [KEPT_VECTORS][stride] bytes or floats */
} KeptVectors;

typedef struct PoolTable
{
	const Codes *codes;
	Pooling pooling;
	int stride; /* of codes */
	/* entries are sums of powers, float, else greatest codes, bytes */
	bool by_powers;
	bool has_vanished; /* powers of small codes have become 0 */
	size_t entry;      /* bytes of an entry, [stride] and padding */
	/*
	 * codes in a step of the bytes, at 16 bits and by greatest codes; else 1
	 */
	int unit;
	const uint8_t *cells; /* [height * width] entries: of single cells */
	/*
	 * [height * width] entries: of whole blocks, by the cell in their centre
	 */
	uint8_t *extents;
	int centre_y; /* of the block at hand */
	int centre_x;
	Window area; /* of the block at hand, as far as it is wanted */
	/* [rows of the area][its columns] entries: from that cell to the centre */
	uint8_t *parts;
	uint8_t *row; /* an entry */
	KeptVectors kept_smallest;
	KeptVectors kept_largest;
	float *low_values; /* [stride] */
	float *high_values;
	Scratch planes;
	Scratch block;
	Scratch vectors;
	Scratch powers; /* [greatest code + 1] of float */
} PoolTable;

/*
 * A bound of pooled vectors, [stride], in steps of `unit` codes: bytes, or
 * values where low_codes is NULL.
 */
typedef struct PooledBox
{
	const uint8_t *low_codes;
	const uint8_t *high_codes;
	const float *low_values;
	const float *high_values;
} PooledBox;

/*
 * Lists the spans of `length` rows or columns in spans, [length]: each before
 * those of its halves.
 */
extern void list_spans(Span *spans, int length);

/* Prepares for a map; the pooler is prepared for it, and is max or gem. */
extern void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans);

/* Bounds of all windows of a block, without making its table. */
extern PooledBox
pool_table_whole(PoolTable *table, const Span *rows, const Span *columns);

/*
 * Makes the table of a block, the block at hand, for windows that contain the
 * cell in its centre and lie in the area.
 */
extern void pool_table_enter(const Host *host, PoolTable *table, int centre_y,
							 int centre_x, const Window *area);

/* Bounds of all windows between two of the block at hand. */
extern PooledBox pool_table_between(PoolTable *table, const Window *smallest,
									const Window *largest);

/*
 * Relative error of the values in a box: the true ones may be so much below
 * low and above high.
 */
extern double pool_table_error(const PoolTable *table);

/*
 * out[c] = (sums[c] / SUM_UNIT)^(1 / exponent), up to the relative error
 * ROOT_ERROR; 0 where sums[c] is 0.  Exponent at least 1; sums and roots are 0
 * or ordinary floats.
 */
#define SUM_UNIT   0x1p100f
#define ROOT_ERROR 2e-5
extern void
approximate_roots(const float *sums, int count, double exponent, float *out);

#endif
