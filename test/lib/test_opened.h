/*
 * test_opened.h
 *		Maps that are open: unpacked, with a pooler or a scorer.
 */
#ifndef INTSEARCH_TEST_OPENED_H
#define INTSEARCH_TEST_OPENED_H

#include "core/search/score.h"
#include "lib/test_maps.h"

/* Unpacks a map's codes, and prepares a pooler for them. */
extern void
open_pooled(const Host *host, const FeatureMap *map, const Kernels *kernels,
			const Pooling *pooling, Codes *codes, Pooler *pooler);

/* Opens a scorer for unpacked codes, and sets its query, [channels]. */
extern void open_scorer(const Host *host, const Codes *codes,
						const float *query, Scorer *scorer);

/* A map with a query, and what scores its windows. */
typedef struct ScoredMap
{
	const Host *host;
	const TestMap *made;
	Codes codes;
	Pooler pooler; /* of which the test prepares each */
	Scorer scorer;
} ScoredMap;

/* With a random query. */
extern void
scored_map_start(const Host *host, ScoredMap *scored, const TestMap *made,
				 const Kernels *kernels, Random *random);

/* Fails for what was said of the score of a window. */
extern void fail_of_window(const ScoredMap *scored, const Window *window,
						   double said, double exact);

#endif
