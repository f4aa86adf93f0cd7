/*
 * rough_score.h
 *		The greatest score that a window may have under gem, for less than an
 *		exact score takes.
 */
#ifndef INTSEARCH_ROUGH_SCORE_H
#define INTSEARCH_ROUGH_SCORE_H

#include "core/search/score.h"

/* What it takes of an exact score, at most. */
#define ROUGH_SHARE 0.3

/*
 * True where there are such scores: for whole exponents that are not large,
 * and codes of one byte.
 */
extern bool rough_score_takes(const Pooler *pooler, const Codes *codes);

/*
 * At least the score of a window, by no more than 2 (scorer_error() of
 * rough_error()); false where it has none.  Overwrites scorer->pooled.
 */
extern bool
rough_score(const Host *host, const Scorer *scorer, const Pooler *pooler,
			const Codes *codes, const Window *window, double *score);

/* Relative error of the pooled values of a number of cells. */
extern double rough_error(double exponent, double cells);

#endif
