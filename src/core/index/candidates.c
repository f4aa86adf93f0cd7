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

/* True where the first item is to be kept rather than the second. */
static inline bool
is_better(const ScoredItem *first, const ScoredItem *second)
{
	return compare_items(first, first->scores[0], second, second->scores[0]) <
		   0;
}

static int
compare_promises(const void *a, const void *b)
{
	const ScoredItem *left = a;
	const ScoredItem *right = b;

	return compare_items(left, left->promise, right, right->promise);
}

/* The slot of a key, or the free one where it belongs. */
static int32_t *
find_slot(const Candidates *candidates, uint64_t key)
{
	uint64_t mask = (UINT64_C(1) << candidates->slot_bits) - 1;
	uint64_t at = candidates_slot(candidates, key);

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

/* Room for the codes of all items; each item has a place of its own. */
static void
reserve_codes(Candidates *candidates)
{
	candidates->codes =
		scratch_reserve(candidates->host, &candidates->code_space,
						sizeof(ListedCode) * SCORES_OF_ITEM *
							(size_t) candidates->room);
	for (int i = 0; i < candidates->room; i++)
		candidates->items[i].place = i;
}

void
candidates_start(Candidates *candidates, const Host *host, int most,
				 bool has_codes)
{
	int more = (ROOM_FACTOR - 1) * most;

	candidates->host = host;
	candidates->most = most;
	candidates->room = most + (more > LEAST_MORE ? more : LEAST_MORE);
	candidates->items =
		scratch_reserve(host, &candidates->space,
						sizeof(ScoredItem) * (size_t) candidates->room);
	/* most slots are free, so that most keys that are not there end at one */
	candidates->slot_bits = 2;
	while (candidates->room > 1 << (candidates->slot_bits - 2))
		candidates->slot_bits++;
	candidates->slots =
		scratch_reserve(host, &candidates->slot_space,
						sizeof(int32_t) << candidates->slot_bits);
	candidates->count = 0;
	candidates->threshold = candidates->floor = -INFINITY;
	candidates->codes = NULL;
	if (has_codes)
		reserve_codes(candidates);
	fill_slots(candidates);
}

static inline void
swap_items(ScoredItem *first, ScoredItem *second)
{
	ScoredItem item = *first;

	*first = *second;
	*second = item;
}

/*
 * Puts the better items than the one in the middle before those that are
 * worse; returns where it stands itself.
 */
static int
partition_items(ScoredItem *items, int count)
{
	int better = 0;

	swap_items(&items[count / 2], &items[count - 1]);
	for (int i = 0; i < count - 1; i++)
		if (is_better(&items[i], &items[count - 1]))
			swap_items(&items[i], &items[better++]);
	swap_items(&items[better], &items[count - 1]);
	return better;
}

/*
 * Puts the best `most` of more items first, the last of them last (Hoare's
 * selection).
 */
static void
select_items(ScoredItem *items, int count, int most)
{
	while (count > 1)
	{
		int better = partition_items(items, count);

		if (better == most - 1)
			return;
		if (better >= most)
			count = better;
		else
		{
			items += better + 1;
			count -= better + 1;
			most -= better + 1;
		}
	}
}

/* Keeps the best items, by their best scores. */
static void
sort_out(Candidates *candidates)
{
	ScoredItem *items = candidates->items;

	if (candidates->count < candidates->most)
		return;
	select_items(items, candidates->count, candidates->most);
	candidates->count = candidates->most;
	candidates->threshold = items[candidates->most - 1].scores[0];
	candidates->floor = candidates->threshold;
	if (candidates->codes != NULL)
		candidates->floor -= CODE_MARGIN;
}

/*
 * Puts a score in its place among the best of an item, if it is one; returns
 * the place of its code, or NULL.
 */
static ListedCode *
keep_score(const Candidates *candidates, ScoredItem *item, float score)
{
	int at = SCORES_OF_ITEM - 1;
	uint8_t code = item->code[at];

	if (score <= item->scores[at])
		return NULL;
	for (; at > 0 && item->scores[at - 1] < score; at--)
	{
		item->scores[at] = item->scores[at - 1];
		item->code[at] = item->code[at - 1];
	}
	item->scores[at] = score;
	item->code[at] = code;
	return item_code(candidates, item, at);
}

static ListedCode *
add_item(Candidates *candidates, uint64_t key, float score)
{
	ScoredItem *item;

	if (candidates->count == candidates->room)
	{
		host_check(candidates->host);
		sort_out(candidates);
		fill_slots(candidates);
		if (score < candidates->threshold)
			return NULL;
	}
	item = &candidates->items[candidates->count++];
	item->key = key;
	for (int k = 0; k < SCORES_OF_ITEM; k++)
	{
		item->scores[k] = k == 0 ? score : -INFINITY;
		item->code[k] = (uint8_t) k;
	}
	*find_slot(candidates, key) = candidates->count;
	return item_code(candidates, item, 0);
}

ListedCode *
candidates_add(Candidates *candidates, uint64_t key, float score)
{
	int32_t place = *find_slot(candidates, key);

	if (place == 0)
		return score < candidates->threshold
				   ? NULL
				   : add_item(candidates, key, score);
	return keep_score(candidates, &candidates->items[place - 1], score);
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

	for (int k = 1; k < SCORES_OF_PROMISE && item->scores[k] > threshold; k++)
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
		scratch_release(candidates->host, &candidates->code_space);
	}
	candidates->count = 0;
}
