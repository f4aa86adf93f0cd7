/*
 * test_brute.c
 *		The search against brute force from the definition: every window, in
 *		long double, on the values that are stored.
 */
#include "lib/test_brute.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_pooling.h"
#include "lib/test_search.h"

/* Greatest difference of a score from the one in long double. */
#define SCORE_TOLERANCE 1e-9
/* Windows whose scores are closer than this may stand for each other. */
#define TIE_TOLERANCE 1e-11

/* The scores of all windows. */
typedef struct Brute
{
	const FeatureMap *map;
	const SearchOptions *options;
	long double *query; /* [channels], of norm 1 */
	/* [windows], by window_number; NaN where the pooled vector is zero */
	long double *scores;
} Brute;

static void
brute_take(void *context, const Window *window, const long double *pooled)
{
	Brute *brute = context;
	long double numerator = 0, square = 0;

	for (int c = 0; c < brute->map->channels; c++)
	{
		numerator += brute->query[c] * pooled[c];
		square += pooled[c] * pooled[c];
	}
	brute->scores[window_number(brute->map, window)] =
		square == 0 ? NAN : numerator / sqrtl(square);
}

static void
brute_start(const Host *host, Brute *brute, const FeatureMap *map,
			const float *query, const SearchOptions *options)
{
	long double square = 0;

	*brute = (Brute){.map = map, .options = options};
	brute->query = malloc(sizeof(long double) * map->channels);
	brute->scores = malloc(sizeof(long double) * window_count(map));
	for (int c = 0; c < map->channels; c++)
		square += (long double) query[c] * query[c];
	for (int c = 0; c < map->channels; c++)
		brute->query[c] = query[c] / sqrtl(square);
	pool_all_windows(host, map, &options->query.pooling, brute_take, brute);
}

static void
brute_end(Brute *brute)
{
	free(brute->query);
	free(brute->scores);
}

/* False where the window has no score. */
static bool
brute_score(const Brute *brute, const Window *window, long double *score)
{
	*score = brute->scores[window_number(brute->map, window)];
	return !isnan(*score);
}

/* Whether the constraints and the results before the window allow it. */
static bool
brute_allows(const Brute *brute, const Window *window,
			 const ScoredWindow *results, int count)
{
	const WindowConstraints *constraints = &brute->options->query.constraints;
	int height = window->y2 - window->y1, width = window->x2 - window->x1;
	double ratio = (double) height / width / constraints->aspect;

	if (height < constraints->min_height || height > constraints->max_height ||
		width < constraints->min_width || width > constraints->max_width)
		return false;
	if (!constraints->any_aspect && (ratio <= 1 - constraints->tolerance ||
									 ratio >= 1 + constraints->tolerance))
		return false;
	for (int i = 0; i < count; i++)
	{
		const Window *other = &results[i].window;
		int rows = (window->y2 < other->y2 ? window->y2 : other->y2) -
				   (window->y1 > other->y1 ? window->y1 : other->y1);
		int columns = (window->x2 < other->x2 ? window->x2 : other->x2) -
					  (window->x1 > other->x1 ? window->x1 : other->x1);
		int common = rows > 0 && columns > 0 ? rows * columns : 0;
		int either = height * width +
					 (other->y2 - other->y1) * (other->x2 - other->x1) -
					 common;

		if (common == either ||
			(double) common / either > brute->options->max_overlap)
			return false;
	}
	return true;
}

/*
 * The best window after the results so far: highest score, of ties the first
 * in order.
 */
static bool
brute_best(const Brute *brute, const ScoredWindow *results, int count,
		   Window *best, long double *best_score)
{
	bool found = false;

	for (int y1 = 0; y1 < brute->map->height; y1++)
		for (int x1 = 0; x1 < brute->map->width; x1++)
			for (int y2 = y1 + 1; y2 <= brute->map->height; y2++)
				for (int x2 = x1 + 1; x2 <= brute->map->width; x2++)
				{
					Window window = {y1, x1, y2, x2};
					long double score;

					if (!brute_allows(brute, &window, results, count) ||
						!brute_score(brute, &window, &score))
						continue;
					/*
					 * the loops run in the order of ties: only a better score
					 * replaces
					 */
					if (found && rintl(score / SCORE_RESOLUTION) <=
									 rintl(*best_score / SCORE_RESOLUTION))
						continue;
					found = true;
					*best = window;
					*best_score = score;
				}
	return found;
}

static void
check_result(const Brute *brute, const ScoredWindow *results, int i,
			 Tally *tally)
{
	const Window *window = &results[i].window;
	long double score, best_score;
	CoreError error;
	Window best;

	assert_done(window_check(window, brute->map->height, brute->map->width,
							 &error),
				&error);
	assert_true(brute_allows(brute, window, results, i));
	assert_true(results[i].score >= brute->options->query.min_score);
	assert_true(brute_score(brute, window, &score));
	assert_true(brute_best(brute, results, i, &best, &best_score));
	if (!(fabsl(results[i].score - score) <= SCORE_TOLERANCE))
		fail_msg("score is %.15g, expected %.15Lg", results[i].score, score);
	if (window_compare(window, &best) != 0)
	{
		if (!(fabsl(best_score - score) <= TIE_TOLERANCE))
			fail_msg(
				"result %d is (%d, %d, %d, %d) of %.15Lg, expected (%d, %d, %d, %d) of %.15Lg",
				i, window->y1, window->x1, window->y2, window->x2, score,
				best.y1, best.x1, best.y2, best.x2, best_score);
		tally->tied++;
	}
	tally->results++;
}

void
check_tables_agree(Searcher *searcher, const FeatureMap *map,
				   const float *query, const SearchOptions *options)
{
	int expected_count = searcher->result_count;
	ScoredWindow *expected = malloc(sizeof(ScoredWindow) * expected_count);
	const Kernels *const *tables;
	int count = test_kernels(&tables);
	CoreError error;

	if (expected_count > 0)
		memcpy(expected, searcher->results,
			   sizeof(ScoredWindow) * expected_count);
	for (int i = 0; i < count; i++)
	{
		searcher->kernels = tables[i];
		assert_done(search_map(searcher, map, query, map->channels, options,
							   &error),
					&error);
		assert_int_equal(searcher->result_count, expected_count);
		for (int r = 0; r < expected_count; r++)
		{
			const ScoredWindow *result = &searcher->results[r];

			if (window_compare(&result->window, &expected[r].window) != 0 ||
				memcmp(&result->score, &expected[r].score, sizeof(double)) !=
					0)
				fail_msg(
					"%s: result %d is (%d, %d, %d, %d) of %a, expected (%d, %d, %d, %d) of %a",
					tables[i]->name, r, result->window.y1, result->window.x1,
					result->window.y2, result->window.x2, result->score,
					expected[r].window.y1, expected[r].window.x1,
					expected[r].window.y2, expected[r].window.x2,
					expected[r].score);
		}
	}
	free(expected);
}

void
check_search(Searcher *searcher, const FeatureMap *map, const float *query,
			 const SearchOptions *options, Tally *tally)
{
	Brute brute;
	Window best;
	long double best_score;
	CoreError error;

	assert_done(search_map(searcher, map, query, map->channels, options,
						   &error),
				&error);
	brute_start(searcher->host, &brute, map, query, options);
	assert_true(searcher->result_count <= options->max_results);
	for (int i = 0; i < searcher->result_count; i++)
		check_result(&brute, searcher->results, i, tally);
	if (searcher->result_count < options->max_results &&
		brute_best(&brute, searcher->results, searcher->result_count, &best,
				   &best_score))
		assert_true(options->query.min_score > -1 &&
					best_score < options->query.min_score + SCORE_TOLERANCE);
	brute_end(&brute);
	check_tables_agree(searcher, map, query, options);
	tally->searches++;
}
