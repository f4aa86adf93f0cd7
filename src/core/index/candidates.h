/*
 * candidates.h
 *		The best of millions of scored items, each once.
 *
 * An item is offered as often as it has regions, and counts with its best
 * score.  Offers above a threshold are collected; when the room is full, they
 * are sorted, each item is kept once, the best `most` stay, and the last of
 * these is the new threshold.  So the memory does not grow with the offers,
 * and nearly all offers cost one comparison.
 *
 * What is kept does not depend on the order of the offers: the best by
 * descending score, then by ascending key.
 */
#ifndef INTSEARCH_CANDIDATES_H
#define INTSEARCH_CANDIDATES_H

#include <stdint.h>

#include "core/host.h"

typedef struct ScoredItem
{
	uint64_t key; /* of the item */
	float score;
} ScoredItem;

/* Zero it; keeps its memory from one start to the next. */
typedef struct Candidates
{
	const Host *host;
	int most;
	int count;
	int room;          /* entries before they are sorted out */
	float threshold;   /* offers below it change nothing */
	ScoredItem *items; /* [room] */
	Scratch space;
} Candidates;

/* Starts anew, empty: the best `most` items will be kept, 1 or more. */
extern void
candidates_start(Candidates *candidates, const Host *host, int most);

/* Adds an offer that is not below the threshold. */
extern void candidates_add(Candidates *candidates, uint64_t key, float score);

/* Offers an item with a score.  NaN is passed over. */
static inline void
candidates_offer(Candidates *candidates, uint64_t key, float score)
{
	if (score >= candidates->threshold)
		candidates_add(candidates, key, score);
}

/*
 * Sorts what was kept, the best first, each key once, in candidates->items;
 * returns how many.  More may be offered after it, and it may be called again.
 */
extern int candidates_finish(Candidates *candidates);

extern void candidates_release(Candidates *candidates);

#endif
