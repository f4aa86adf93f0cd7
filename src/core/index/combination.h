/*
 * combination.h
 *		A second look at a map: the best combination of its regions.
 *
 * A window that is put together of regions has a descriptor near to a
 * nonnegative combination of their vectors.  The one that is nearest to the
 * query is found from the codes alone (nonnegative least squares, by
 * coordinate descent); its cosine says more about the map's best window than
 * the best region does.
 */
#ifndef INTSEARCH_COMBINATION_H
#define INTSEARCH_COMBINATION_H

#include "core/index/candidates.h"

/*
 * Combines the codes of an item of candidates: fills vector, [CODE_DIMS], with
 * the best combination as the trained model projects it, of length 1, and
 * returns its cosine with the query.  Where the codes are damaged, the vector
 * is 0 and the cosine the best score.
 */
extern float
combine_codes(const CodeModel *model, const Candidates *candidates,
			  const ScoredItem *item, float *vector);

#endif
