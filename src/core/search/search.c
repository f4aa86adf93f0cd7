/*
 * search.c
 *		Best windows first: evaluates candidates of the bound scan until no
 *		remaining bound reaches the best score.
 *
 * Candidates are gathered in a buffer; when it is full, and at the end, they
 * are evaluated in order of falling bound until the bound drops below the best
 * score, and the rest is forgotten.  So nothing grows with the number of
 * windows.
 *
 * Where results must not overlap, each result is one scan in which windows
 * that overlap an earlier result too much do not count.  Scores evaluated on
 * the way are kept, up to a number, so that later scans start with a good
 * threshold. Where they may overlap in any way, one scan finds them all: its
 * threshold is the score of the last of as many as are wanted.
 */
#include "core/search/search.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATE_ROOM 1024
#define EVALUATED_ROOM 4096
/*
 * The first look tries every third size and row, on a large map so many along
 * its shorter side.
 */
#define FIRST_LOOK_STEP  3
#define FIRST_LOOK_SIZES 12
/*
 * A window is compared with so many earlier results without looking at
 * interrupts.
 */
#define RESULTS_AT_ONCE 4096

/*
 * One scan for the best `wanted` eligible windows.  They are the first of
 * searcher->kept after compact(), which drops what is behind them.
 */
typedef struct ResultScan
{
	Searcher *searcher;
	const SearchOptions *options;
	int wanted;
	int kept_count;
	bool is_full;       /* there were as many as wanted, */
	ScoredWindow worst; /* of which this was the last */
	int candidate_count;
	Candidate likeliest; /* of the first look: the highest estimate */
} ResultScan;

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
	if (isnan(options->min_score))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "min_score must be a number, not NaN");
	return pooling_check(&options->pooling, error) &&
		   constraints_check(&options->constraints, error);
}

/*
 * Called in loops over the results so far, of which there may be hundreds of
 * thousands.
 */
static inline void
check_interrupt_at(const ResultScan *scan, int result)
{
	const Host *host = scan->searcher->host;

	if (result % RESULTS_AT_ONCE == RESULTS_AT_ONCE - 1)
		host_check(host);
}

/*
 * True where the window is not all zero, none of the earlier results, and
 * overlaps none too much.
 */
static bool
is_eligible(const ResultScan *scan, const Window *window)
{
	if (codes_occupied(&scan->searcher->codes, window) == 0)
		return false;
	for (int i = 0; i < scan->searcher->result_count; i++)
	{
		const Window *result = &scan->searcher->results[i].window;

		check_interrupt_at(scan, i);
		if (window_overlap(result, window) > scan->options->max_overlap ||
			window_compare(result, window) == 0)
			return false;
	}
	return true;
}

static int
compare_scored(const void *a, const void *b)
{
	return scored_window_better(a, b)   ? -1
		   : scored_window_better(b, a) ? 1
										: 0;
}

/*
 * Sorts the windows kept, best first, and leaves as many as are wanted, each
 * once.
 */
static void
compact(ResultScan *scan)
{
	ScoredWindow *kept = scan->searcher->kept;
	int count = 0;

	/* C asks for an array even where there is nothing to sort */
	if (scan->kept_count > 0)
		qsort(kept, scan->kept_count, sizeof(ScoredWindow), compare_scored);
	for (int i = 0; i < scan->kept_count && count < scan->wanted; i++)
		if (count == 0 ||
			window_compare(&kept[i].window, &kept[count - 1].window) != 0)
			kept[count++] = kept[i];
	scan->kept_count = count;
	if (count == scan->wanted)
	{
		scan->is_full = true;
		scan->worst = kept[count - 1];
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

/* Keeps a scored window if it may be among those wanted. */
static void
offer(ResultScan *scan, const ScoredWindow *scored)
{
	Searcher *searcher = scan->searcher;

	if (scored->score < scan->options->min_score ||
		(scan->is_full && !scored_window_better(scored, &scan->worst)))
		return;
	append_scored(searcher->host, &searcher->kept, &scan->kept_count,
				  &searcher->kept_room, scored);
	/*
	 * at once when there are enough for a threshold, and then when as many
	 * have come again
	 */
	if (scan->is_full ? scan->kept_count / 2 >= scan->wanted
					  : scan->kept_count == scan->wanted)
		compact(scan);
}

static void
evaluate(ResultScan *scan, const Window *window)
{
	Searcher *searcher = scan->searcher;
	ScoredWindow scored = {*window, 0};

	searcher->exact_scores++;
	if (!scorer_score(searcher->host, &searcher->scorer, &searcher->pooler,
					  &searcher->codes, window, &scored.score))
		return;
	if (scan->wanted < scan->options->max_results &&
		searcher->evaluated_count < EVALUATED_ROOM)
		((ScoredWindow *)
			 searcher->evaluated.block)[searcher->evaluated_count++] = scored;
	offer(scan, &scored);
}

/* Scores below this cannot win, not even by a tie. */
static double
threshold(const ResultScan *scan)
{
	double least = scan->options->min_score;

	return scan->is_full ? fmax(scan->worst.score - SCORE_RESOLUTION, least)
						 : least;
}

static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *left = a;
	const Candidate *right = b;

	if (left->bound != right->bound)
		return left->bound > right->bound ? -1 : 1;
	return window_compare(&left->window, &right->window);
}

static void
evaluate_candidates(ResultScan *scan)
{
	Candidate *candidates = scan->searcher->candidates.block;

	qsort(candidates, scan->candidate_count, sizeof(Candidate),
		  compare_candidates);
	for (int i = 0;
		 i < scan->candidate_count && candidates[i].bound >= threshold(scan);
		 i++)
		evaluate(scan, &candidates[i].window);
	scan->candidate_count = 0;
}

static double
gather_candidate(void *context, const Candidate *candidate)
{
	ResultScan *scan = context;
	Candidate *candidates = scan->searcher->candidates.block;

	if (candidate->bound >= threshold(scan) &&
		is_eligible(scan, &candidate->window))
	{
		candidates[scan->candidate_count++] = *candidate;
		if (scan->candidate_count == CANDIDATE_ROOM)
			evaluate_candidates(scan);
	}
	return threshold(scan);
}

/*
 * First look: keeps the window of the highest estimate, and wants none that
 * cannot pass it.
 */
static double
keep_likeliest(void *context, const Candidate *candidate)
{
	ResultScan *scan = context;

	if (candidate->estimate > scan->likeliest.estimate &&
		is_eligible(scan, &candidate->window))
		scan->likeliest = *candidate;
	return fmax(scan->likeliest.estimate, threshold(scan));
}

/*
 * Evaluates one window that is likely to be good, so that the scan starts with
 * a threshold: the best estimate among windows on a coarser grid.
 */
static void
look_first(ResultScan *scan)
{
	const FeatureMap *map = scan->searcher->codes.map;
	int side = map->height < map->width ? map->height : map->width;
	int step = side / FIRST_LOOK_SIZES > FIRST_LOOK_STEP
				   ? side / FIRST_LOOK_SIZES
				   : FIRST_LOOK_STEP;

	scan->likeliest.estimate = 0;
	bound_scan_run(scan->searcher->host, &scan->searcher->scan,
				   &scan->options->constraints, step, threshold(scan),
				   keep_likeliest, scan);
	if (scan->likeliest.estimate > 0)
		evaluate(scan, &scan->likeliest.window);
}

/*
 * The scan passes over windows without a positive numerator: where these can
 * win, every window is evaluated.
 */
static void
evaluate_all(ResultScan *scan)
{
	const Host *host = scan->searcher->host;
	const FeatureMap *map = scan->searcher->codes.map;
	const WindowConstraints *constraints = &scan->options->constraints;
	int most_height = constraints->max_height < map->height
						  ? constraints->max_height
						  : map->height;

	for (int height = constraints->min_height; height <= most_height; height++)
	{
		int least, most;

		constraint_widths(constraints, height, map->width, &least, &most);
		for (int width = least; width <= most; width++)
			for (int y = 0; y + height <= map->height; y++)
			{
				host_check(host);
				for (int x = 0; x + width <= map->width; x++)
				{
					Window window = {y, x, y + height, x + width};

					if (is_eligible(scan, &window))
						evaluate(scan, &window);
				}
			}
	}
}

/* Sum pooling: all windows are bounded one by one. */
static void
search_by_scan(ResultScan *scan)
{
	Searcher *searcher = scan->searcher;

	if (!scan->is_full)
		look_first(scan);
	bound_scan_run(searcher->host, &searcher->scan,
				   &scan->options->constraints, 1, threshold(scan),
				   gather_candidate, scan);
	evaluate_candidates(scan);
	if (threshold(scan) <= searcher->scan.direction_error)
		evaluate_all(scan);
}

static double
take_window(void *context, const Window *window)
{
	ResultScan *scan = context;

	if (is_eligible(scan, window))
		evaluate(scan, window);
	return threshold(scan);
}

/*
 * True where every window between these two is zero, or overlaps a result too
 * much.
 */
static bool
is_ineligible(void *context, const Window *smallest, const Window *largest)
{
	const ResultScan *scan = context;

	if (codes_occupied(&scan->searcher->codes, largest) == 0)
		return true;
	for (int i = 0; i < scan->searcher->result_count; i++)
	{
		check_interrupt_at(scan, i);
		if (window_least_overlap(smallest, largest,
								 &scan->searcher->results[i].window) >
			scan->options->max_overlap)
			return true;
	}
	return false;
}

/* Other poolings: branch and bound over sets of windows. */
static void
search_by_sets(ResultScan *scan)
{
	SubwindowSink sink = {take_window, is_ineligible, scan};

	subwindow_search_run(scan->searcher->host, &scan->searcher->subwindows,
						 &scan->options->constraints, threshold(scan), &sink);
}

/*
 * The best windows that may stand beside the results so far: searcher->kept,
 * kept_count of them.
 */
static void
find_best(ResultScan *scan)
{
	Searcher *searcher = scan->searcher;
	const ScoredWindow *evaluated = searcher->evaluated.block;

	scan->kept_count = 0;
	scan->is_full = false;
	scan->candidate_count = 0;
	for (int i = 0; i < searcher->evaluated_count; i++)
		if (is_eligible(scan, &evaluated[i].window))
			offer(scan, &evaluated[i]);
	if (scan->options->pooling.kind == POOL_SUM)
		search_by_scan(scan);
	else
		search_by_sets(scan);
	compact(scan);
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
	if (pooling->kind == POOL_SUM)
		bound_scan_open(host, &searcher->scan, &searcher->codes,
						searcher->scorer.greatest_scale);
	else
		subwindow_search_open(host, &searcher->subwindows, &searcher->codes,
							  &searcher->pooler);
	scratch_reserve(host, &searcher->candidates,
					sizeof(Candidate) * CANDIDATE_ROOM);
	scratch_reserve(host, &searcher->evaluated,
					sizeof(ScoredWindow) * EVALUATED_ROOM);
	return true;
}

bool
search_query(Searcher *searcher, const float *query, int query_length,
			 const SearchOptions *options, CoreError *error)
{
	const Host *host = searcher->host;
	const FeatureMap *map = searcher->codes.map;
	bool may_overlap = options->max_overlap >= 1;
	/* one more than there may be tells that there are too many */
	int most = options->max_results > SEARCH_MOST_RESULTS
				   ? SEARCH_MOST_RESULTS + 1
				   : options->max_results;
	ResultScan scan = {
		.searcher = searcher,
		.options = options,
		.wanted = may_overlap ? most : 1,
	};

	searcher->result_count = 0;
	searcher->evaluated_count = 0;
	searcher->exact_scores = 0;
	/* the search before may have been of another pooling */
	searcher->subwindows.bounds = 0;
	if (!scorer_set_query(host, &searcher->scorer, query, query_length, error))
		return false;
	/* a blank image: no window could be found, but all would be looked at */
	if (codes_occupied(&searcher->codes,
					   &(Window){0, 0, map->height, map->width}) == 0)
		return true;
	products_fill(host, &searcher->products, &searcher->codes,
				  &searcher->scorer);
	if (options->pooling.kind == POOL_SUM)
		bound_scan_set_query(host, &searcher->scan, &searcher->products);
	else
		subwindow_search_set_query(host, &searcher->subwindows,
								   &searcher->scorer, &searcher->products);
	do
	{
		find_best(&scan);
		for (int i = 0; i < scan.kept_count; i++)
			append_scored(host, &searcher->results, &searcher->result_count,
						  &searcher->result_room, &searcher->kept[i]);
	} while (!may_overlap && scan.kept_count > 0 &&
			 searcher->result_count < most);
	if (searcher->result_count > SEARCH_MOST_RESULTS)
		return core_error(
			error, ERROR_LIMIT,
			"more than %d windows of one map qualify, and max_results is %d",
			SEARCH_MOST_RESULTS, options->max_results);
	return true;
}
