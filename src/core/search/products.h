/*
 * products.h
 *		The product of a query, rounded to 16 bits, with each cell of a map.
 */
#ifndef INTSEARCH_PRODUCTS_H
#define INTSEARCH_PRODUCTS_H

#include "core/pooling/codes.h"
#include "core/search/score.h"

/*
 * More than the relative error of sums and differences in double precision.
 */
#define DOUBLE_SLACK 1e-9

typedef struct Products
{
	int64_t *of_cell; /* [height * width]: rounded query . X, exact */
	/*
	 * between weights and rounded ones: products are in units of 1 / factor; 0
	 * where all weights are
	 */
	double factor;
	/* at least |query - what the rounded weights stand for| */
	double direction_error;
	Scratch rounded; /* [stride] of int16_t: the query's weights */
	Scratch space;
} Products;

/*
 * Rounds weights, [stride] and zero beyond the channels, to 16 bits, so that
 * their magnitudes add up to at most `most`, of MOST_WEIGHTS.  rounded,
 * [stride], is the weights times the factor returned, to the nearest.  The
 * factor is 0 where all weights are, or are too small for one.
 */
extern double round_weights(const double *weights, int stride, int channels,
							double most, int16_t *rounded);

/*
 * Magnitudes of weights that add up to no more than that have a product with
 * one byte of each code of a cell that fits 31 bits.
 */
#define MOST_WEIGHTS ((1 << 23) - 1)

/*
 * The products of a map's cells and the query that the scorer was prepared
 * for.
 */
extern void products_fill(const Host *host, Products *products,
						  const Codes *codes, const Scorer *scorer);

#endif
