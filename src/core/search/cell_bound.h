/*
 * cell_bound.h
 *		Upper bounds of the scores of windows of one cell.
 */
#ifndef INTSEARCH_CELL_BOUND_H
#define INTSEARCH_CELL_BOUND_H

#include "core/search/pool_sides.h"
#include "core/search/products.h"

typedef struct CellBound
{
	const Codes *codes;
	const PoolSides *sides;
	const Products *products;
	double least_norm_unit; /* of the squares, in units of the values */
	/*
	 * [height * width]: squared norms of the cells' lower sides; of codes of
	 * several bytes about that
	 */
	int32_t *squares;
	Scratch space;
} CellBound;

/* Prepares for a map that has sides; then come its queries. */
extern void cell_bound_open(const Host *host, CellBound *bound,
							const Codes *codes, const PoolSides *sides);

/* Prepares for the scorer's query, by the products with it. */
extern void cell_bound_set_query(CellBound *bound, const Scorer *scorer,
								 const Products *products);

/* True for maps that can be bounded: codes of 8 bits, none negative. */
static inline bool
cell_bound_takes(const Codes *codes)
{
	return codes->plane_count == 1 && !codes->map->is_signed;
}

/*
 * At least the score of the window of a cell, under max and gem, of a map that
 * cell_bound_takes.
 */
extern double cell_bound_score(const CellBound *bound, int y, int x);

#endif
