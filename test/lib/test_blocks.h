/*
 * test_blocks.h
 *		The blocks of a map (pool_table.h), and the sets of windows of each.
 */
#ifndef INTSEARCH_TEST_BLOCKS_H
#define INTSEARCH_TEST_BLOCKS_H

#include "core/search/span.h"
#include "core/search/window_set.h"
#include "lib/core_test.h"

/* The one span that an interval of rows, from first to last, belongs to. */
static inline const Span *
span_of(const Span *spans, int count, int first, int last)
{
	const Span *found = NULL;

	for (int i = 0; i < count; i++)
		if (spans[i].first <= first && first <= spans[i].centre &&
			spans[i].centre <= last && last <= spans[i].last)
		{
			assert_null(found);
			found = &spans[i];
		}
	assert_non_null(found);
	return found;
}

/* The set of all windows of a block. */
static inline WindowSet
all_of_block(const Span *rows, const Span *columns)
{
	return (WindowSet){
		.least = {(int16_t) rows->first, (int16_t) columns->first,
				  (int16_t) (rows->centre + 1),
				  (int16_t) (columns->centre + 1)},
		.most = {(int16_t) rows->centre, (int16_t) columns->centre,
				 (int16_t) (rows->last + 1), (int16_t) (columns->last + 1)},
		.bound = 1,
		.length = 1,
	};
}

typedef void (*SetSink)(void *context, const WindowSet *set);

/*
 * Calls sink with each set that is in this one: of each edge from this one on,
 * each interval.
 */
static inline void
for_each_set_within(const WindowSet *all, int edge, WindowSet *set,
					SetSink sink, void *context)
{
	if (edge == EDGES)
	{
		sink(context, set);
		return;
	}
	for (int least = all->least[edge]; least <= all->most[edge]; least++)
		for (int most = least; most <= all->most[edge]; most++)
		{
			set->least[edge] = (int16_t) least;
			set->most[edge] = (int16_t) most;
			for_each_set_within(all, edge + 1, set, sink, context);
		}
}

#endif
