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
 *
 * The work of a query.  Where many windows score alike, bounds rule out
 * little, and results that must not overlap need a run each.  So all runs of a
 * query together may spend WORK_FACTOR times what a sweep costs, which scores
 * every window that the constraints allow, one from the next (window_sweep.c).
 * When that is spent, the engine gives up, and a sweep takes its place.  Under
 * max and gem, exact scores count more than they take, as the engine needs few
 * of them where it helps.
 *
 * A sweep keeps the best windows, as many as there is room for, not only the
 * best one.  The results are taken from these: each in turn, unless it
 * overlaps a result before it.  That is right, since any window that is not
 * kept is worse than all that are.  Only when all kept have been looked at,
 * and more results are wanted, is there another sweep.  Each window is kept by
 * at most one sweep, as then it is a result or overlaps one.  So there are at
 * most 1 + windows / MOST_KEPT sweeps for sum, one for maps of up to a million
 * windows, and one more for max; and the whole costs about twice as much as
 * scoring every window once.  Which windows overlap a result is marked in bits
 * (exclusions.c), so that it costs little however many results there are.
 *
 * For max a sweep bounds scores in single precision (max_bound.c).  Windows
 * that cannot be among the best even so, by score or, where they tie, by
 * order, need no exact score; nor do those whose greatest codes are those of
 * the window before.
 *
 * For gem a sweep computes scores in another order of additions and with roots
 * of its own; they are off by at most scorer_error(), mostly far less than
 * SCORE_RESOLUTION.  Windows that cannot be among the best even so, by score
 * or, where they tie, by order, need no exact score; the others get one.  As
 * exact scores cost much more than a sweep, few windows are kept at first.
 */
#include "core/search/search.h"

#include <math.h>
#include <stdlib.h>

#include "core/search/approximate_roots.h"
#include "core/search/rough_score.h"

#define EVALUATED_ROOM 4096
/*
 * What the runs of a query may take, in sweeps: for sum, a run that evaluates
 * every window once comes to its end.
 */
#define WORK_FACTOR 1.25
/*
 * An exact score of max or gem counts as this many more, of windows without
 * cells: where more than a few are needed, windows score alike, and bounds
 * will not help.
 */
#define TIE_SCORES 24
/*
 * A sweep keeps this many windows, 24 bytes each and at times twice as many.
 */
#define MOST_KEPT (1 << 20)
/*
 * For max and gem a query's first sweep keeps fewer, as few are scored then.
 * Each further one keeps more: for gem, whose exact scores cost most, by and
 * by.
 */
#define FIRST_KEPT  4096
#define KEPT_GROWTH 16
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
	int kept_of_sweep; /* how many the next sweep keeps, for several results */
	int kept_count;
	bool is_full;       /* there were as many as wanted, */
	ScoredWindow worst; /* of which this was the last */
	/* for max, the score of the window last swept, or more unless exact */
	double swept_score;
	bool is_swept_exact;
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

/*
 * How many results are looked for: one more than there may be shows that there
 * are too many.
 */
static int
most_results(const SearchOptions *options)
{
	return options->max_results > SEARCH_MOST_RESULTS ? SEARCH_MOST_RESULTS + 1
													  : options->max_results;
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

/* True where a result overlaps the window too much, or is the window. */
static inline bool
excludes(const ResultRun *run, int result, const Window *window)
{
	const Window *other = &run->searcher->results[result].window;

	run->searcher->work_left -= OVERLAP_WORK;
	return window_overlap(other, window) > run->options->max_overlap ||
		   window_compare(other, window) == 0;
}

/*
 * True where the window is not all zero, none of the earlier results, and
 * overlaps none too much.
 */
static bool
is_eligible(void *context, const Window *window)
{
	const ResultRun *run = context;
	Searcher *searcher = run->searcher;

	if (codes_occupied(&searcher->codes, window) == 0)
		return false;
	if (searcher->has_exclusions)
		return !exclusions_contain(&searcher->exclusions, window);
	for (int i = 0; i < searcher->result_count; i++)
	{
		check_interrupt_at(run, i);
		if (excludes(run, i, window))
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
	Searcher *searcher = run->searcher;

	if (codes_occupied(&searcher->codes, largest) == 0)
		return true;
	for (int i = 0; i < searcher->result_count; i++)
	{
		check_interrupt_at(run, i);
		searcher->work_left -= OVERLAP_WORK;
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
	const ScoredWindow *left = a;
	const ScoredWindow *right = b;
	double left_rank = score_rank(left->score);
	double right_rank = score_rank(right->score);

	if (left_rank != right_rank)
		return left_rank > right_rank ? -1 : 1;
	return window_compare(&left->window, &right->window);
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

/* True where a window of this score, or less, may be among those wanted. */
static bool
may_be_kept(const ResultRun *run, const ScoredWindow *scored)
{
	return scored->score >= run->options->query.min_score &&
		   (!run->is_full || scored_window_better(scored, &run->worst));
}

/* Keeps a scored window if it may be among those wanted. */
static void
keep_scored(ResultRun *run, const ScoredWindow *scored)
{
	Searcher *searcher = run->searcher;

	if (!may_be_kept(run, scored))
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

/* True where a window cannot be among those wanted by its rough score. */
static bool
is_ruled_out(const ResultRun *run, const Window *window)
{
	Searcher *searcher = run->searcher;
	double score;

	if (!run->is_full ||
		!rough_score_takes(&searcher->pooler, &searcher->codes))
		return false;
	searcher->work_left -=
		ROUGH_SHARE *
		exact_work(&searcher->codes, &searcher->pooler, window_area(window));
	return rough_score(searcher->host, &searcher->scorer, &searcher->pooler,
					   &searcher->codes, window, &score) &&
		   score < run_threshold(run);
}

/* Scores a window exactly, and keeps it. */
static void
evaluate_exactly(ResultRun *run, const Window *window)
{
	Searcher *searcher = run->searcher;
	ScoredWindow scored = {*window, 0};

	searcher->exact_scores++;
	searcher->work_left -=
		exact_work(&searcher->codes, &searcher->pooler, window_area(window));
	if (searcher->engine == &subwindow_engine)
		searcher->work_left -=
			TIE_SCORES * exact_work(&searcher->codes, &searcher->pooler, 0);
	if (scorer_score(searcher->host, &searcher->scorer, &searcher->pooler,
					 &searcher->codes, window, &scored.score))
	{
		if (run->wanted < run->options->max_results &&
			searcher->evaluated_count < EVALUATED_ROOM)
			searcher->evaluated[searcher->evaluated_count++] = scored;
		keep_scored(run, &scored);
	}
}

static double
evaluate(void *context, const Window *window)
{
	ResultRun *run = context;

	if (!is_ruled_out(run, window))
		evaluate_exactly(run, window);
	return run_threshold(run);
}

/* Sweeps ------------------------------------------------------------------ */

/*
 * The score of a window from its sums of powers, or more, by no more than
 * twice the error.
 */
static bool
greatest_score(Searcher *searcher, const Window *window, const double *sums,
			   double *score)
{
	Scorer *scorer = &searcher->scorer;
	double exponent = searcher->pooler.pooling.exponent;
	/* additions of either way, and their rounding in the root */
	double additions = window_area(window) + window->y2 + window->x2 -
					   window->y1 - window->x1;
	double error = additions * 0x1p-53 / exponent + PRECISE_ROOT_ERROR;

	precise_roots(sums, scorer->stride, exponent, scorer->pooled);
	if (!scorer_score_pooled(scorer, searcher->kernels, scorer->pooled, score))
		return false;
	*score += scorer_error(scorer, error);
	return true;
}

/*
 * Scores a window of a sweep exactly, from the sweep's sums where there are
 * any, and keeps it.
 */
static void
evaluate_swept(ResultRun *run, const Window *window)
{
	Searcher *searcher = run->searcher;
	Scorer *scorer = &searcher->scorer;
	ScoredWindow scored = {*window, 0};
	const double *sums =
		window_sweep_sums(searcher->host, &searcher->sweep, window);

	if (sums == NULL)
	{
		evaluate_exactly(run, window);
		return;
	}
	searcher->exact_scores++;
	pool_root_sums(&searcher->pooler, &searcher->codes, sums, scorer->pooled);
	if (scorer_score_pooled(scorer, searcher->kernels, scorer->pooled,
							&scored.score))
		keep_scored(run, &scored);
}

VECTOR_CLONES static void
widen_floats(const float *restrict floats, int count, double *restrict out)
{
	for (int i = 0; i < count; i++)
		out[i] = floats[i];
}

/*
 * Scores the greatest codes of a sweep's window exactly: NAN where they are
 * all zero.
 */
static double
exact_greatest(Searcher *searcher, const float *codes)
{
	Scorer *scorer = &searcher->scorer;
	double score;

	searcher->exact_scores++;
	widen_floats(codes, scorer->stride, scorer->pooled);
	return scorer_score_pooled(scorer, searcher->kernels, scorer->pooled,
							   &score)
			   ? score
			   : NAN;
}

/* Takes a window of a sweep for max. */
static void
take_greatest(void *context, const Window *window, const SweptVector *pooled)
{
	ResultRun *run = context;
	Searcher *searcher = run->searcher;
	ScoredWindow scored = {*window, run->swept_score};

	searcher->swept++;
	if (!pooled->is_same)
	{
		scored.score = max_bound_score(&searcher->max_bound, searcher->kernels,
									   pooled->codes);
		run->is_swept_exact = false;
	}
	if (may_be_kept(run, &scored) && is_eligible(run, window))
	{
		if (!run->is_swept_exact)
			scored.score = exact_greatest(searcher, pooled->codes);
		run->is_swept_exact = true;
		keep_scored(run, &scored);
	}
	run->swept_score = scored.score;
}

/*
 * Takes a window of a sweep for gem, or one that is not pooled, and scores it
 * if it may be among those wanted.
 */
static void
take_sums(void *context, const Window *window, const SweptVector *pooled)
{
	ResultRun *run = context;
	ScoredWindow scored = {*window, 1};

	run->searcher->swept++;
	if (pooled->sums != NULL &&
		!greatest_score(run->searcher, window, pooled->sums, &scored.score))
		return;
	if (may_be_kept(run, &scored) && is_eligible(run, window))
		evaluate_swept(run, window);
}

/*
 * From the first sweep on, windows that results exclude are marked.  Where any
 * may overlap, all results come from one sweep.
 */
static void
mark_exclusions(ResultRun *run)
{
	Searcher *searcher = run->searcher;
	const FeatureMap *map = searcher->codes.map;

	if (searcher->has_exclusions || run->options->max_results == 1 ||
		run->options->max_overlap >= 1)
		return;
	searcher->has_exclusions =
		exclusions_start(searcher->host, &searcher->exclusions, map->height,
						 map->width, run->options->max_overlap);
	for (int i = 0; searcher->has_exclusions && i < searcher->result_count;
		 i++)
		exclusions_add(searcher->host, &searcher->exclusions,
					   &searcher->results[i].window);
}

/* Goes through all windows, whatever has been kept so far. */
static void
sweep_windows(ResultRun *run)
{
	Searcher *searcher = run->searcher;
	bool is_max = searcher->pooler.pooling.kind == POOL_MAX;

	if (run->wanted == 1 && run->options->max_results > 1)
	{
		run->wanted = run->kept_of_sweep;
		if (run->options->query.pooling.kind != POOL_GEM)
			run->kept_of_sweep = MOST_KEPT;
		else if (run->kept_of_sweep < MOST_KEPT)
			run->kept_of_sweep *= KEPT_GROWTH;
	}
	/* a sweep finds again what is kept, which counts twice unless it is one */
	if (run->wanted > 1)
	{
		run->kept_count = 0;
		run->is_full = false;
	}
	mark_exclusions(run);
	if (is_max)
		max_bound_prepare(searcher->host, &searcher->max_bound,
						  &searcher->scorer);
	window_sweep_run(searcher->host, &searcher->sweep, &searcher->codes,
					 &searcher->pooler, &run->options->query.constraints,
					 is_max ? take_greatest : take_sums, run);
}

/* Runs -------------------------------------------------------------------- */

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
		.codes = &searcher->codes,
		.is_eligible = is_eligible,
		.is_excluded = is_excluded,
		.evaluate = evaluate,
		.context = run,
		.work_left = &searcher->work_left,
	};

	run->wanted =
		run->options->max_overlap >= 1 ? most_results(run->options) : 1;
	run->kept_count = 0;
	run->is_full = false;
	for (int i = 0; i < searcher->evaluated_count; i++)
		if (is_eligible(run, &searcher->evaluated[i].window))
			keep_scored(run, &searcher->evaluated[i]);
	task.wanted = run->wanted;
	task.threshold = run_threshold(run);
	task.has_found = run->is_full;
	if (!searcher->engine->run(searcher->host, searcher->engine_state, &task))
		sweep_windows(run);
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

static void
append_result(Searcher *searcher, const ScoredWindow *result)
{
	append_scored(searcher->host, &searcher->results, &searcher->result_count,
				  &searcher->result_room, result);
	if (searcher->has_exclusions)
		exclusions_add(searcher->host, &searcher->exclusions, &result->window);
}

/* Appends those kept to the results, unless they overlap one before. */
static void
append_results(ResultRun *run)
{
	Searcher *searcher = run->searcher;
	bool may_overlap = run->options->max_overlap >= 1;
	int most = most_results(run->options);

	for (int i = 0; i < run->kept_count && searcher->result_count < most; i++)
	{
		check_interrupt_at(run, i);
		if (may_overlap || is_eligible(run, &searcher->kept[i].window))
			append_result(searcher, &searcher->kept[i]);
	}
}

/* Fills the results of the query that is set. */
static void
find_results(Searcher *searcher, const SearchOptions *options)
{
	ResultRun run = {
		.searcher = searcher,
		.options = options,
		.kept_of_sweep =
			options->query.pooling.kind == POOL_SUM ? MOST_KEPT : FIRST_KEPT,
	};

	/* where fewer than wanted were found, there are no more */
	do
	{
		run_engine(&run);
		append_results(&run);
	} while (run.is_full && searcher->result_count < most_results(options));
}

bool
search_query(Searcher *searcher, const SearchOptions *options,
			 CoreError *error)
{
	const Host *host = searcher->host;
	const FeatureMap *map = searcher->codes.map;
	Window whole = {0, 0, map->height, map->width};

	searcher->result_count = 0;
	searcher->has_exclusions = false;
	searcher->evaluated_count = 0;
	searcher->exact_scores = 0;
	searcher->swept = 0;
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
	searcher->work_left =
		WORK_FACTOR * sweep_work(&searcher->codes, &searcher->pooler,
								 &options->query.constraints);
	find_results(searcher, options);
	if (searcher->result_count > SEARCH_MOST_RESULTS)
		return core_error(
			error, ERROR_LIMIT,
			"more than %d windows of one map qualify, and max_results is %d",
			SEARCH_MOST_RESULTS, options->max_results);
	return true;
}
