/*
 * nearest.h
 *		ORDER BY a distance LIMIT k.
 */
#ifndef INTSEARCH_NEAREST_H
#define INTSEARCH_NEAREST_H

/*
 * A greater LIMIT (and OFFSET) is not told to the distances: nearly all rows
 * would be among the best.
 */
#define MOST_NEAREST 10000

#endif
