/*
 * candidates.h
 *		The best of millions of scored items, each once.
 *
 * An item is offered as often as it has regions.  The items with the best
 * scores are kept, and then put in the order of their promise: the best score,
 * and more where other scores come near to it (see candidates_finish).  A
 * window between two regions that are both good is likely to be better than
 * either.
 *
 * Items with offers above a threshold are collected, and found again by a hash
 * table of their keys.  When the room is full, the best `most` items stay, and
 * the best score of the last of these is the new threshold.  So the memory
 * does not grow with the offers, and nearly all offers cost one comparison.
 *
 * Which items are kept, and their promises here, do not depend on the order of
 * the offers.
 *
 * The codes that the scores of an item come from can be kept with them, for a
 * second look at it (combination.h).  Then codes with somewhat lower scores
 * are kept, too, if the item had been collected before they came.  So which
 * ones are does depend on that order.
 */
#ifndef INTSEARCH_CANDIDATES_H
#define INTSEARCH_CANDIDATES_H

#include <math.h>
#include <stdint.h>

#include "core/index/code_model.h"

/* Scores of an item that are kept, */
#define SCORES_OF_ITEM 8
/* and those that its promise is made of. */
#define SCORES_OF_PROMISE 4
/* A code that is worse than the threshold by this is still of use. */
#define CODE_MARGIN 0.1f

typedef struct ScoredItem
{
	uint64_t key; /* of the item */
	/* the best, descending; -INFINITY where there are no more */
	float scores[SCORES_OF_ITEM];
	float promise; /* set at the end */
	int32_t place; /* of its codes, */
	/* among which that of a score has this number */
	uint8_t code[SCORES_OF_ITEM];
} ScoredItem;

/* A code and its list. */
typedef struct ListedCode
{
	int32_t list;
	RegionCode code;
} ListedCode;

/* Zero it; keeps its memory from one start to the next. */
typedef struct Candidates
{
	const Host *host;
	int most;
	int count;
	int room;          /* items before they are sorted out */
	float threshold;   /* offers below it bring no new item, */
	float floor;       /* and those below this change nothing */
	ScoredItem *items; /* [room] */
	/* [room][SCORES_OF_ITEM], by the place of an item; NULL: none are kept */
	ListedCode *codes;
	/* [1 << slot_bits]: where a key lies in items, plus 1; or 0 */
	int32_t *slots;
	int slot_bits;
	Scratch space;
	Scratch slot_space;
	Scratch code_space;
} Candidates;

/*
 * Starts anew, empty: the best `most` items will be kept, 1 or more, with
 * their codes or without.
 */
extern void candidates_start(Candidates *candidates, const Host *host,
							 int most, bool has_codes);

/* Where the search for a key begins in slots (Knuth 6.4). */
static inline uint64_t
candidates_slot(const Candidates *candidates, uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - candidates->slot_bits);
}

/* A key will be offered soon: its slot is brought near. */
static inline void
candidates_expect(const Candidates *candidates, uint64_t key)
{
	__builtin_prefetch(&candidates->slots[candidates_slot(candidates, key)]);
}

/*
 * Adds an offer that is not below the floor.  Returns where its code belongs,
 * or NULL.
 */
extern ListedCode *
candidates_add(Candidates *candidates, uint64_t key, float score);

/* Offers an item with a score.  NaN is passed over. */
static inline void
candidates_offer(Candidates *candidates, uint64_t key, float score)
{
	if (score >= candidates->floor)
		candidates_add(candidates, key, score);
}

/* The same with the code that the score was estimated from. */
static inline void
candidates_offer_code(Candidates *candidates, uint64_t key, float score,
					  int list, const RegionCode *code)
{
	ListedCode *kept;

	if (!(score >= candidates->floor))
		return;
	kept = candidates_add(candidates, key, score);
	if (kept != NULL)
		*kept = (ListedCode){.list = list, .code = *code};
}

/*
 * Puts the items with the best scores in the order of their promise, the
 * greatest first, then by ascending key, in candidates->items; returns how
 * many.  The promise of an item is
 *
 *		PROMISE_STEP * log(sum over its scores of exp(score / PROMISE_STEP)),
 *
 * where the best SCORES_OF_PROMISE of its scores count, those after the best
 * only if they are above the best score of the last item.  It is the score
 * where there is one.  No more may be offered until candidates_start.
 */
extern int candidates_finish(Candidates *candidates);

/* How many scores an item has. */
static inline int
item_score_count(const ScoredItem *item)
{
	int count = 1;

	while (count < SCORES_OF_ITEM && item->scores[count] > -INFINITY)
		count++;
	return count;
}

/* The code of an item's score of that rank; NULL where none are kept. */
static inline ListedCode *
item_code(const Candidates *candidates, const ScoredItem *item, int rank)
{
	if (candidates->codes == NULL)
		return NULL;
	return candidates->codes + (size_t) item->place * SCORES_OF_ITEM +
		   item->code[rank];
}

extern void candidates_release(Candidates *candidates);

#endif
