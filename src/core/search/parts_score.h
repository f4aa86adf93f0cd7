/*
 * parts_score.h
 *		The greatest score that a window may have under gem, by the sums of its
 *		parts.
 */
#ifndef INTSEARCH_PARTS_SCORE_H
#define INTSEARCH_PARTS_SCORE_H

#include "core/search/pool_table.h"
#include "core/search/score.h"

/* What it takes of the bound of a set of windows. */
#define PARTS_SHARE 3

/* True where a map is pooled by sums of powers of which none vanishes. */
extern bool parts_score_takes(const PoolEntries *entries);

/*
 * At least the score of a window of the table's block at hand; 1 where it has
 * none.  Overwrites scorer->pooled.
 */
extern double
parts_score(PoolTable *table, const Scorer *scorer, const Window *window);

#endif
