/*
 * test_opened.c
 *		Maps that are open: unpacked, with a pooler or a scorer.
 */
#include "lib/test_opened.h"

static void
unpack(const Host *host, const FeatureMap *map, const Kernels *kernels,
	   Codes *codes)
{
	CoreError error;

	assert_done(codes_unpack(host, codes, map, kernels, &error), &error);
}

void
open_pooled(const Host *host, const FeatureMap *map, const Kernels *kernels,
			const Pooling *pooling, Codes *codes, Pooler *pooler)
{
	CoreError error;

	unpack(host, map, kernels, codes);
	assert_done(pooler_prepare(host, pooler, pooling, codes, &error), &error);
}

void
open_scorer(const Host *host, const Codes *codes, const float *query,
			Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	CoreError error;

	scorer_open(host, scorer, map, codes->stride);
	assert_done(scorer_set_query(host, scorer, query, map->channels, &error),
				&error);
}

void
scored_map_start(const Host *host, ScoredMap *scored, const TestMap *made,
				 const Kernels *kernels, Random *random)
{
	int channels = made->map.channels;
	float *query = host_new(host, float, channels);

	*scored = (ScoredMap){.host = host, .made = made};
	for (int c = 0; c < channels; c++)
		query[c] = (float) random_normal(random);
	unpack(host, &made->map, kernels, &scored->codes);
	open_scorer(host, &scored->codes, query, &scored->scorer);
	host_free(host, query);
}

void
fail_of_window(const ScoredMap *scored, const Window *window, double said,
			   double exact)
{
	fail_msg("%s: exponent %g, map %s, window (%d, %d, %d, %d): %.17g, "
			 "exactly %.17g",
			 scored->codes.kernels->name, scored->pooler.pooling.exponent,
			 map_kind_names[scored->made->kind], window->y1, window->x1,
			 window->y2, window->x2, said, exact);
}
