/*
 * candidates.c
 *		The best of millions of scored items, each once.
 */
#include "core/index/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Items are sorted out when there are this many times as many as are kept.
 */
#define ROOM_FACTOR 2
/* There is room for at least so many more. */
#define LEAST_MORE 1024
/*
 * A second score that is lower by this counts a third of the best.  From 0.02
 * to 0.05 the step makes little difference.
 */
#define PROMISE_STEP 0.03f

/* By descending values, then by ascending key. */
static int
compare_items(const ScoredItem *left, float left_value,
			  const ScoredItem *right, float right_value)
{
	if (left_value != right_value)
		return left_value > right_value ? -1 : 1;
	return (left->key > right->key) - (left->key < right->key);
}

static int
compare_scores(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	return compare_items(left, left->scores[0], right, right->scores[0]);
}

static int
compare_promises(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	return compare_items(left, left->promise, right, right->promise);
}

/* The slot of a key, or the free one where it belongs (Knuth 6.4). */
static int32_t *
find_slot(const Candidates *candidates, uint64_t key)
{
	uint64_t mask = (UINT64_C(1) << candidates->slot_bits) - 1;
	uint64_t at =
		key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - candidates->slot_bits);

	while (candidates->slots[at] != 0 &&
		   candidates->items[candidates->slots[at] - 1].key != key)
		at = (at + 1) & mask;
	return &candidates->slots[at];
}

/* Notes where each key lies. */
static void
fill_slots(Candidates *candidates)
{
	memset(candidates->slots, 0, sizeof(int32_t) << candidates->slot_bits);
	for (int i = 0; i < candidates->count; i++)
		*find_slot(candidates, candidates->items[i].key) = i + 1;
}

void
candidates_start(Candidates *candidates, const Host *host, int most)
{
	int more = (ROOM_FACTOR - 1) * most;

	candidates->host = host;
	candidates->most = most;
	candidates->room = most + (more > LEAST_MORE ? more : LEAST_MORE);
	candidates->items =
		scratch_reserve(host, &candidates->space,
						sizeof(ScoredItem) * (size_t) candidates->room);
	/* half of the slots are free at least */
	candidates->slot_bits = 1;
	while (candidates->room > 1 << (candidates->slot_bits - 1))
		candidates->slot_bits++;
	candidates->slots =
		scratch_reserve(host, &candidates->slot_space,
						sizeof(int32_t) << candidates->slot_bits);
	candidates->count = 0;
	candidates->threshold = -INFINITY;
	fill_slots(candidates);
}

/* Sorts the items by their best scores, and keeps the best. */
static void
sort_out(Candidates *candidates)
{
	ScoredItem *items = candidates->items;

	qsort(items, candidates->count, sizeof(ScoredItem), compare_scores);
	if (candidates->count >= candidates->most)
	{
		candidates->count = candidates->most;
		candidates->threshold = items[candidates->most - 1].scores[0];
	}
}

/* Puts a score in its place among the best of an item, if it is one. */
static void
keep_score(ScoredItem *item, float score)
{
	int at = SCORES_OF_ITEM - 1;

	if (score <= item->scores[at])
		return;
	for (; at > 0 && item->scores[at - 1] < score; at--)
		item->scores[at] = item->scores[at - 1];
	item->scores[at] = score;
}

static void
add_item(Candidates *candidates, uint64_t key, float score)
{
	if (candidates->count == candidates->room)
	{
		host_check(candidates->host);
		sort_out(candidates);
		fill_slots(candidates);
		if (score < candidates->threshold)
			return;
	}
	candidates->items[candidates->count++] =
		(ScoredItem){.key = key,
					 .scores = {score, -INFINITY, -INFINITY, -INFINITY}};
	*find_slot(candidates, key) = candidates->count;
}

void
candidates_add(Candidates *candidates, uint64_t key, float score)
{
	int32_t place = *find_slot(candidates, key);

	if (place == 0)
		add_item(candidates, key, score);
	else
		keep_score(&candidates->items[place - 1], score);
}

/*
 * The promise of an item.  Scores up to the threshold do not count: whether
 * they were kept depends on the order of the offers.
 */
static float
promise(const ScoredItem *item, float threshold)
{
	float best = item->scores[0];
	float sum = 1;

	for (int k = 1; k < SCORES_OF_ITEM && item->scores[k] > threshold; k++)
		sum += expf((item->scores[k] - best) / PROMISE_STEP);
	return sum > 1 ? best + PROMISE_STEP * logf(sum) : best;
}

int
candidates_finish(Candidates *candidates)
{
	ScoredItem *items = candidates->items;

	sort_out(candidates);
	for (int i = 0; i < candidates->count; i++)
		items[i].promise = promise(&items[i], candidates->threshold);
	qsort(items, candidates->count, sizeof(ScoredItem), compare_promises);
	return candidates->count;
}

void
candidates_release(Candidates *candidates)
{
	if (candidates->host != NULL)
	{
		scratch_release(candidates->host, &candidates->space);
		scratch_release(candidates->host, &candidates->slot_space);
	}
	candidates->count = 0;
}
