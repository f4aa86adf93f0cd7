/*
 * search.c
 *		Best windows first: scores the windows that the engine offers, until no
 *		remaining bound reaches the best score.
 *
 * Where results must not overlap, each result is one run of the engine, in
 * which windows that overlap an earlier result too much do not count.  Scores
 * evaluated on the way are kept, up to a number, so that later runs start with
 * a good threshold.  Where results may overlap in any way, one run finds them
 * all: its threshold is the score of the last of as many as are wanted.
 */
#include "core/search/search.h"

#include <math.h>
#include <stdlib.h>

#define EVALUATED_ROOM 4096
/*
 * A window is compared with this many earlier results between two looks at
 * interrupts.
 */
#define RESULTS_AT_ONCE 4096

/*
 * One run of the engine for the best `wanted` eligible windows.  They are the
 * first of searcher->kept after compact(), which drops what follows them.
 */
typedef struct ResultRun
{
	Searcher *searcher;
	const SearchOptions *options;
	int wanted;
	int kept_count;
	bool is_full;       /* there were as many as wanted, */
	ScoredWindow worst; /* of which this was the last */
} ResultRun;

bool
search_check_options(const SearchOptions *options, CoreError *error)
{
	if (options->max_results < 1)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "max_results must be at least 1, not %d",
						  options->max_results);
	if (!(options->max_overlap >= 0 && options->max_overlap <= 1))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "max_overlap must be between 0 and 1, not %g",
						  options->max_overlap);
	return query_check(&options->query, error);
}

/* Eligible windows -------------------------------------------------------- */

/*
 * Called in loops over the results so far, of which there may be hundreds of
 * thousands.
 */
static inline void
check_interrupt_at(const ResultRun *run, int result)
{
	if (result % RESULTS_AT_ONCE == RESULTS_AT_ONCE - 1)
		host_check(run->searcher->host);
}

/*
 * True where the window is not all zero, none of the earlier results, and
 * overlaps none too much.
 */
static bool
is_eligible(void *context, const Window *window)
{
	const ResultRun *run = context;
	const Searcher *searcher = run->searcher;

	if (codes_occupied(&searcher->codes, window) == 0)
		return false;
	for (int i = 0; i < searcher->result_count; i++)
	{
		const Window *result = &searcher->results[i].window;

		check_interrupt_at(run, i);
		if (window_overlap(result, window) > run->options->max_overlap ||
			window_compare(result, window) == 0)
			return false;
	}
	return true;
}

/*
 * True where every window between these two is zero, or overlaps a result too
 * much.
 */
static bool
is_excluded(void *context, const Window *smallest, const Window *largest)
{
	const ResultRun *run = context;
	const Searcher *searcher = run->searcher;

	if (codes_occupied(&searcher->codes, largest) == 0)
		return true;
	for (int i = 0; i < searcher->result_count; i++)
	{
		check_interrupt_at(run, i);
		if (window_least_overlap(smallest, largest,
								 &searcher->results[i].window) >
			run->options->max_overlap)
			return true;
	}
	return false;
}

/* The best windows so far ------------------------------------------------- */

static int
compare_scored(const void *a, const void *b)
{
	if (scored_window_better(a, b))
		return -1;
	return scored_window_better(b, a) ? 1 : 0;
}

/*
 * Sorts the windows kept, best first, and leaves as many as are wanted, each
 * once.
 */
static void
compact(ResultRun *run)
{
	ScoredWindow *kept = run->searcher->kept;
	int count = 0;

	/* C asks for an array even where there is nothing to sort */
	if (run->kept_count > 0)
		qsort(kept, run->kept_count, sizeof(ScoredWindow), compare_scored);
	for (int i = 0; i < run->kept_count && count < run->wanted; i++)
		if (count == 0 ||
			window_compare(&kept[i].window, &kept[count - 1].window) != 0)
			kept[count++] = kept[i];
	run->kept_count = count;
	if (count == run->wanted)
	{
		run->is_full = true;
		run->worst = kept[count - 1];
	}
}

/* Appends to a list that grows; a failed allocation leaves it as it was. */
static void
append_scored(const Host *host, ScoredWindow **list, int *count, int *room,
			  const ScoredWindow *scored)
{
	if (*count == *room)
	{
		int more = *room == 0 ? 16 : 2 * *room;

		*list =
			host->resize(host->context, *list, sizeof(ScoredWindow) * more);
		*room = more;
	}
	(*list)[(*count)++] = *scored;
}

/*
 * True where the windows kept are to be compacted: as soon as there are enough
 * for a threshold, and then when as many have come again.
 */
static bool
is_compact_due(const ResultRun *run)
{
	if (run->is_full)
		return run->kept_count / 2 >= run->wanted;
	return run->kept_count == run->wanted;
}

/* Keeps a scored window if it may be among those wanted. */
static void
keep_scored(ResultRun *run, const ScoredWindow *scored)
{
	Searcher *searcher = run->searcher;

	if (scored->score < run->options->query.min_score ||
		(run->is_full && !scored_window_better(scored, &run->worst)))
		return;
	append_scored(searcher->host, &searcher->kept, &run->kept_count,
				  &searcher->kept_room, scored);
	if (is_compact_due(run))
		compact(run);
}

/* Scores below this cannot win, not even by a tie. */
static double
run_threshold(const ResultRun *run)
{
	double least = run->options->query.min_score;

	if (!run->is_full)
		return least;
	return fmax(run->worst.score - SCORE_RESOLUTION, least);
}

static double
evaluate(void *context, const Window *window)
{
	ResultRun *run = context;
	Searcher *searcher = run->searcher;
	ScoredWindow scored = {*window, 0};

	searcher->exact_scores++;
	if (scorer_score(searcher->host, &searcher->scorer, &searcher->pooler,
					 &searcher->codes, window, &scored.score))
	{
		if (run->wanted < run->options->max_results &&
			searcher->evaluated_count < EVALUATED_ROOM)
			searcher->evaluated[searcher->evaluated_count++] = scored;
		keep_scored(run, &scored);
	}
	return run_threshold(run);
}

/*
 * The best windows that may stand beside the results so far: searcher->kept,
 * kept_count of them.
 */
static void
run_engine(ResultRun *run)
{
	Searcher *searcher = run->searcher;
	EngineTask task = {
		.constraints = &run->options->query.constraints,
		.is_eligible = is_eligible,
		.is_excluded = is_excluded,
		.evaluate = evaluate,
		.context = run,
	};

	run->kept_count = 0;
	run->is_full = false;
	for (int i = 0; i < searcher->evaluated_count; i++)
		if (is_eligible(run, &searcher->evaluated[i].window))
			keep_scored(run, &searcher->evaluated[i]);
	task.threshold = run_threshold(run);
	task.has_found = run->is_full;
	searcher->engine->run(searcher->host, searcher->engine_state, &task);
	compact(run);
}

/* Maps and queries -------------------------------------------------------- */

static void
choose_engine(Searcher *searcher, PoolingKind pooling)
{
	if (pooling == POOL_SUM)
	{
		searcher->engine = &scan_engine;
		searcher->engine_state = &searcher->scan;
	}
	else
	{
		searcher->engine = &subwindow_engine;
		searcher->engine_state = &searcher->subwindows;
	}
}

bool
search_open_map(Searcher *searcher, const FeatureMap *map,
				const Pooling *pooling, CoreError *error)
{
	const Host *host = searcher->host;

	if (!codes_unpack(host, &searcher->codes, map, searcher->kernels, error) ||
		!pooler_prepare(host, &searcher->pooler, pooling, &searcher->codes,
						error))
		return false;
	scorer_open(host, &searcher->scorer, map, searcher->codes.stride);
	choose_engine(searcher, pooling->kind);
	searcher->engine->open(host, searcher->engine_state, &searcher->codes,
						   &searcher->scorer, &searcher->pooler);
	searcher->evaluated =
		scratch_reserve(host, &searcher->evaluated_space,
						sizeof(ScoredWindow) * EVALUATED_ROOM);
	return true;
}

/* Fills the results, at most this many, of the query that is set. */
static void
find_results(Searcher *searcher, const SearchOptions *options, int most)
{
	bool may_overlap = options->max_overlap >= 1;
	ResultRun run = {
		.searcher = searcher,
		.options = options,
		.wanted = may_overlap ? most : 1,
	};

	do
	{
		run_engine(&run);
		for (int i = 0; i < run.kept_count; i++)
			append_scored(searcher->host, &searcher->results,
						  &searcher->result_count, &searcher->result_room,
						  &searcher->kept[i]);
	} while (!may_overlap && run.kept_count > 0 &&
			 searcher->result_count < most);
}

bool
search_query(Searcher *searcher, const SearchOptions *options,
			 CoreError *error)
{
	const Host *host = searcher->host;
	const FeatureMap *map = searcher->codes.map;
	Window whole = {0, 0, map->height, map->width};
	/* one result more than there may be shows that there are too many */
	int most = options->max_results > SEARCH_MOST_RESULTS
				   ? SEARCH_MOST_RESULTS + 1
				   : options->max_results;

	searcher->result_count = 0;
	searcher->evaluated_count = 0;
	searcher->exact_scores = 0;
	/* the search before may have been of another pooling */
	searcher->subwindows.bounds = 0;
	if (!scorer_set_query(host, &searcher->scorer, options->query.vector,
						  options->query.length, error))
		return false;
	/* a blank image: no window could be found, but all would be looked at */
	if (codes_occupied(&searcher->codes, &whole) == 0)
		return true;
	products_fill(host, &searcher->products, &searcher->codes,
				  &searcher->scorer);
	searcher->engine->set_query(host, searcher->engine_state,
								&searcher->scorer, &searcher->products);
	find_results(searcher, options, most);
	if (searcher->result_count > SEARCH_MOST_RESULTS)
		return core_error(
			error, ERROR_LIMIT,
			"more than %d windows of one map qualify, and max_results is %d",
			SEARCH_MOST_RESULTS, options->max_results);
	return true;
}
