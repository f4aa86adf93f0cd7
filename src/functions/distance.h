/*
 * distance.h
 *		The distances of the k nearest rows; see nearest.c.
 */
#ifndef INTSEARCH_DISTANCE_H
#define INTSEARCH_DISTANCE_H

/*
 * The most rows, LIMIT and OFFSET together, of which a call site keeps the
 * scores.  With more of them, nearly all rows would be among the best.
 */
#define MOST_NEAREST 10000

#endif
