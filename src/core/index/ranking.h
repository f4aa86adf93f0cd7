/*
 * ranking.h
 *		The order in which candidates are searched, corrected by what was
 *		found.
 *
 * The scores that codes promise are wrong alike for maps that look alike.  So
 * each exact score teaches something about the maps that are still to be
 * searched: a linear function of their combinations (combination.h) is fitted
 * to the differences between exact scores and promises, by recursive least
 * squares, and added to the promises of the rest.  It is a correction of the
 * query: (q + w) . x in place of q . x.
 *
 * The same promises and scores give the same order.
 */
#ifndef INTSEARCH_RANKING_H
#define INTSEARCH_RANKING_H

#include "core/index/code_model.h"

/* Candidates that are chosen together, before more is learned. */
#define RANKED_AT_ONCE 8

/* Zero it; keeps its memory from one start to the next. */
typedef struct Ranking
{
	const Host *host;
	int count;       /* of candidates */
	float *promises; /* [room] */
	float *current;  /* [room]: promises as they are now */
	bool *is_taken;  /* [room] */
	float *vectors;  /* [room][CODE_DIMS]; NULL: nothing is learned */
	/* [CODE_DIMS][CODE_DIMS]: of the sum of x x' over what was learned */
	float *inverse;
	float correction[CODE_DIMS]; /* w */
	int learned;                 /* scores */
	int corrected_at;            /* learned when current was made, or -1 */
	int next[RANKED_AT_ONCE];    /* candidates to return, */
	int next_count;              /* how many, */
	int next_at;                 /* from this one on */
	Scratch space;
	Scratch vector_space;
} Ranking;

/*
 * Starts anew, with room for candidates.  Without vectors they are returned in
 * the order in which they are added.
 */
extern void
ranking_start(Ranking *ranking, const Host *host, int room, bool has_vectors);

/*
 * Adds a candidate, numbered from 0 on; vector is its combination,
 * [CODE_DIMS].
 */
extern void ranking_add(Ranking *ranking, float promise, const float *vector);

/* The number of the most promising candidate that is left, or -1. */
extern int ranking_next(Ranking *ranking);

/* Learns the exact score of a candidate. */
extern void ranking_learn(Ranking *ranking, int candidate, float score);

/* Learns that the exact score of a candidate is at most that. */
extern void ranking_learn_most(Ranking *ranking, int candidate, float most);

extern void ranking_release(Ranking *ranking);

#endif
