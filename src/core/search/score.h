/*
 * score.h
 *		The exact score of a window: the cosine of its pooled vector and the
 *		query.
 */
#ifndef INTSEARCH_SCORE_H
#define INTSEARCH_SCORE_H

#include "core/pooling/pool.h"

/*
 * A query on a map: arrays over the channels, [stride], zero beyond the last.
 */
typedef struct Scorer
{
	int channels; /* of the map */
	int stride;
	double *unit;    /* the query, of norm 1 */
	double *scales;  /* step of a code */
	double *weights; /* unit * scale: weighs codes */
	double *pooled;  /* of the window at hand, in units of codes */
	double greatest_scale;
	/*
	 * the query as it came, [length] of float; length is 0 for none.  Mostly
	 * the next map is searched for the same.
	 */
	Scratch query;
	int length;
	Scratch unit_space;
	Scratch space;
} Scorer;

/* Prepares for a map; then come its queries. */
extern void scorer_open(const Host *host, Scorer *scorer,
						const FeatureMap *map, int stride);

/* Refuses a query that is not of the map's channels. */
extern bool
scorer_set_query(const Host *host, Scorer *scorer, const float *query,
				 int query_length, CoreError *error);

/*
 * Pools the window as the pooler is prepared to; false where its pooled vector
 * is zero: it has no score.
 */
extern bool scorer_score(const Host *host, Scorer *scorer, Pooler *pooler,
						 Codes *codes, const Window *window, double *score);

/*
 * The same of a vector that is pooled already, [stride], in any unit.
 */
extern bool scorer_score_pooled(const Scorer *scorer, const Kernels *kernels,
								const double *pooled, double *score);

/*
 * At most the difference between two scores of scorer_score_pooled, from
 * vectors whose values are not negative and differ by this relative error.
 */
extern double scorer_error(const Scorer *scorer, double pooled_error);

/* Distance |descriptor - query / |query|| of a score. */
extern double score_distance(double score);

#endif
