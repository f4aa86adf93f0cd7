/*
 * search.c
 *		Best windows first: evaluates candidates of the bound scan until no
 *		remaining bound reaches the best score.
 *
 * Candidates are gathered in a buffer; when it is full, and at the end, they
 * are evaluated in order of falling bound until the bound drops below the best score,
 * and the rest is forgotten.  So nothing grows with the number of windows.
 *
 * Each result is one scan in which windows that overlap an earlier result too
 * much do not count.  Scores evaluated on the way are kept, up to a
 * number, so that later scans start with a good threshold.
 */
#include "search.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATE_ROOM 4096
#define EVALUATED_ROOM 4096

/* One scan for one result. */
typedef struct ResultScan
{
	Searcher *searcher;
	const SearchOptions *options;
	bool found;
	ScoredWindow best;
	int candidate_count;
} ResultScan;

bool
search_check_options(const SearchOptions *options, CoreError *error)
{
	if (options->max_results < 1)
		return core_error(error, ERROR_INVALID_PARAMETER, "max_results must be at least 1, not %d",
						  options->max_results);
	if (!(options->max_overlap >= 0 && options->max_overlap <= 1))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "max_overlap must be between 0 and 1, not %g", options->max_overlap);
	return constraints_check(&options->constraints, error);
}

/* True where the window is not all zero, none of the earlier results, and overlaps none too much. */
static bool
is_eligible(const ResultScan *scan, const Window *window)
{
	if (codes_occupied(&scan->searcher->codes, window) == 0)
		return false;
	for (int i = 0; i < scan->searcher->result_count; i++)
	{
		const Window *result = &scan->searcher->results[i].window;

		if (window_overlap(result, window) > scan->options->max_overlap ||
			window_compare(result, window) == 0)
			return false;
	}
	return true;
}

static void
offer(ResultScan *scan, const ScoredWindow *scored)
{
	if (!scan->found || scored_window_better(scored, &scan->best))
	{
		scan->best = *scored;
		scan->found = true;
	}
}

static void
evaluate(ResultScan *scan, const Window *window)
{
	Searcher *searcher = scan->searcher;
	ScoredWindow scored = {*window, 0};

	if (!scorer_score(searcher->host, &searcher->scorer, &searcher->codes, window, &scored.score))
		return;
	if (scan->options->max_results > 1 && searcher->evaluated_count < EVALUATED_ROOM)
		((ScoredWindow *) searcher->evaluated.block)[searcher->evaluated_count++] = scored;
	offer(scan, &scored);
}

/* Scores below this cannot win, not even by a tie. */
static double
threshold(const ResultScan *scan)
{
	return scan->found ? scan->best.score - SCORE_RESOLUTION : -1;
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

	qsort(candidates, scan->candidate_count, sizeof(Candidate), compare_candidates);
	for (int i = 0; i < scan->candidate_count && candidates[i].bound >= threshold(scan); i++)
		evaluate(scan, &candidates[i].window);
	scan->candidate_count = 0;
}

static double
gather_candidate(void *context, const Candidate *candidate)
{
	ResultScan *scan = context;
	Candidate *candidates = scan->searcher->candidates.block;

	if (candidate->bound >= threshold(scan) && is_eligible(scan, &candidate->window))
	{
		candidates[scan->candidate_count++] = *candidate;
		if (scan->candidate_count == CANDIDATE_ROOM)
			evaluate_candidates(scan);
	}
	return threshold(scan);
}

/* The scan passes over windows without a positive numerator: where these can win, every window is evaluated. */
static void
evaluate_all(ResultScan *scan)
{
	const FeatureMap *map = scan->searcher->codes.map;
	const WindowConstraints *constraints = &scan->options->constraints;
	int most_height = constraints->max_height < map->height ? constraints->max_height : map->height;

	for (int height = constraints->min_height; height <= most_height; height++)
	{
		int least, most;

		constraint_widths(constraints, height, map->width, &least, &most);
		for (int width = least; width <= most; width++)
			for (int y = 0; y + height <= map->height; y++)
				for (int x = 0; x + width <= map->width; x++)
				{
					Window window = {y, x, y + height, x + width};

					if (is_eligible(scan, &window))
						evaluate(scan, &window);
				}
	}
}

/* The best window that may stand beside the results so far. */
static void
find_next(ResultScan *scan)
{
	Searcher *searcher = scan->searcher;
	const ScoredWindow *evaluated = searcher->evaluated.block;

	scan->found = false;
	scan->candidate_count = 0;
	for (int i = 0; i < searcher->evaluated_count; i++)
		if (is_eligible(scan, &evaluated[i].window))
			offer(scan, &evaluated[i]);
	bound_scan_run(searcher->host, &searcher->scan, &scan->options->constraints, threshold(scan),
				   gather_candidate, scan);
	evaluate_candidates(scan);
	if (!scan->found || threshold(scan) <= searcher->scan.direction_error)
		evaluate_all(scan);
}

static void
add_result(Searcher *searcher, const ScoredWindow *result)
{
	if (searcher->result_count == searcher->result_room)
	{
		searcher->result_room = searcher->result_room == 0 ? 16 : 2 * searcher->result_room;
		searcher->results = searcher->host->resize(searcher->host->context, searcher->results,
												   sizeof(ScoredWindow) * searcher->result_room);
	}
	searcher->results[searcher->result_count++] = *result;
}

bool
search_map(Searcher *searcher, const FeatureMap *map, const float *query, int query_length,
		   const SearchOptions *options, CoreError *error)
{
	const Host *host = searcher->host;
	ResultScan scan = {.searcher = searcher, .options = options};

	searcher->result_count = 0;
	searcher->evaluated_count = 0;
	if (!codes_unpack(host, &searcher->codes, map, searcher->kernels, error) ||
		!scorer_prepare(host, &searcher->scorer, map, searcher->codes.stride, query, query_length,
						error))
		return false;
	bound_scan_prepare(host, &searcher->scan, &searcher->codes, &searcher->scorer);
	scratch_reserve(host, &searcher->candidates, sizeof(Candidate) * CANDIDATE_ROOM);
	scratch_reserve(host, &searcher->evaluated, sizeof(ScoredWindow) * EVALUATED_ROOM);
	do
	{
		find_next(&scan);
		if (scan.found)
			add_result(searcher, &scan.best);
	} while (scan.found && searcher->result_count < options->max_results);
	return true;
}
