/*
 * candidates.c
 *		The best of millions of scored items, each once.
 */
#include "core/index/candidates.h"

#include <math.h>
#include <stdlib.h>

/*
 * Entries are sorted out when there are this many times as many as are kept.
 */
#define ROOM_FACTOR 2
/* There is room for at least so many more. */
#define LEAST_MORE 1024
/*
 * A second score that is lower by this counts a third of the best.  From 0.02
 * to 0.05 the step makes little difference.
 */
#define PROMISE_STEP 0.03f

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
	candidates->count = 0;
	candidates->threshold = -INFINITY;
}

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

static int
compare_keys(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	return (left->key > right->key) - (left->key < right->key);
}

/*
 * Puts a score in its place among those of an item, if it is one of the best.
 */
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

/* Puts the scores of each item together; returns how many items there are. */
static int
unite_items(ScoredItem *items, int count)
{
	int kept = 0;

	qsort(items, count, sizeof(ScoredItem), compare_keys);
	for (int i = 0; i < count; i++)
	{
		if (kept == 0 || items[i].key != items[kept - 1].key)
			items[kept++] = items[i];
		else
			for (int k = 0; k < SCORES_OF_ITEM; k++)
				keep_score(&items[kept - 1], items[i].scores[k]);
	}
	return kept;
}

/* Unites the offers of each item, and keeps the best items. */
static void
sort_out(Candidates *candidates)
{
	ScoredItem *items = candidates->items;
	int kept = unite_items(items, candidates->count);

	qsort(items, kept, sizeof(ScoredItem), compare_scores);
	candidates->count = kept;
	if (kept >= candidates->most)
	{
		candidates->count = candidates->most;
		candidates->threshold = items[candidates->most - 1].scores[0];
	}
}

void
candidates_add(Candidates *candidates, uint64_t key, float score)
{
	if (candidates->count == candidates->room)
	{
		host_check(candidates->host);
		sort_out(candidates);
		if (score < candidates->threshold)
			return;
	}
	candidates->items[candidates->count++] =
		(ScoredItem){.key = key,
					 .scores = {score, -INFINITY, -INFINITY, -INFINITY}};
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
		scratch_release(candidates->host, &candidates->space);
	candidates->count = 0;
}
