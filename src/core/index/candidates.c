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

/* By descending score, then by ascending key. */
static int
compare_scores(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	return (left->key > right->key) - (left->key < right->key);
}

/* By key, the best score of each first. */
static int
compare_keys(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return (left->score < right->score) - (left->score > right->score);
}

/* Keeps the best score of each item, then the best items. */
static void
sort_out(Candidates *candidates)
{
	ScoredItem *items = candidates->items;
	int kept = 0;

	qsort(items, candidates->count, sizeof(ScoredItem), compare_keys);
	for (int i = 0; i < candidates->count; i++)
		if (kept == 0 || items[i].key != items[kept - 1].key)
			items[kept++] = items[i];
	qsort(items, kept, sizeof(ScoredItem), compare_scores);
	candidates->count = kept;
	if (kept >= candidates->most)
	{
		candidates->count = candidates->most;
		candidates->threshold = items[candidates->most - 1].score;
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
	candidates->items[candidates->count++] = (ScoredItem){key, score};
}

int
candidates_finish(Candidates *candidates)
{
	sort_out(candidates);
	return candidates->count;
}

void
candidates_release(Candidates *candidates)
{
	if (candidates->host != NULL)
		scratch_release(candidates->host, &candidates->space);
	candidates->count = 0;
}
