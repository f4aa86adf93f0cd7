/*
 * scan_search.c
 *		The best windows under sum pooling, by a scan of all bounds.
 *
 * Candidates of the bound scan are gathered in a buffer.  When it is full, and
 * at the end, they are evaluated in order of descending bound until the bound
 * drops below the threshold, and the rest is forgotten.  So nothing grows with
 * the number of windows.
 *
 * A run is given up where the task has no work left: before it starts, or when
 * a window has been evaluated.
 */
#include "core/search/scan_search.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATE_ROOM 1024
/*
 * The first look tries every third size and row; on a large map, at least
 * FIRST_LOOK_SIZES along its shorter side.
 */
#define FIRST_LOOK_STEP  3
#define FIRST_LOOK_SIZES 12

static void
scan_open(const Host *host, void *state, const Codes *codes,
		  const Scorer *scorer, const Pooler *pooler)
{
	ScanSearch *search = state;

	(void) pooler;
	bound_scan_open(host, &search->scan, codes, scorer->greatest_scale);
	search->candidates = scratch_reserve(host, &search->space,
										 sizeof(Candidate) * CANDIDATE_ROOM);
}

static void
scan_set_query(const Host *host, void *state, const Scorer *scorer,
			   const Products *products)
{
	ScanSearch *search = state;

	(void) scorer;
	bound_scan_set_query(host, &search->scan, products);
}

static bool
is_eligible(const ScanSearch *search, const Window *window)
{
	return search->task->is_eligible(search->task->context, window);
}

static void
evaluate(ScanSearch *search, const Window *window)
{
	search->threshold = search->task->evaluate(search->task->context, window);
	if (*search->task->work_left <= 0)
	{
		search->gave_up = true;
		search->threshold = INFINITY;
	}
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
evaluate_candidates(ScanSearch *search)
{
	const Candidate *candidates = search->candidates;
	int count = search->candidate_count;

	qsort(search->candidates, count, sizeof(Candidate), compare_candidates);
	for (int i = 0; i < count && candidates[i].bound >= search->threshold; i++)
		evaluate(search, &candidates[i].window);
	search->candidate_count = 0;
}

static double
gather_candidate(void *context, const Candidate *candidate)
{
	ScanSearch *search = context;

	if (candidate->bound >= search->threshold &&
		is_eligible(search, &candidate->window))
	{
		search->candidates[search->candidate_count++] = *candidate;
		if (search->candidate_count == CANDIDATE_ROOM)
			evaluate_candidates(search);
	}
	return search->threshold;
}

/*
 * First look: keeps the window of the highest estimate, and wants none that
 * cannot pass it.
 */
static double
keep_likeliest(void *context, const Candidate *candidate)
{
	ScanSearch *search = context;

	if (candidate->estimate > search->likeliest.estimate &&
		is_eligible(search, &candidate->window))
		search->likeliest = *candidate;
	return fmax(search->likeliest.estimate, search->threshold);
}

/*
 * Evaluates one window that is likely to be good, so that the scan starts with
 * a threshold: the best estimate among windows on a coarser grid.
 */
static void
look_first(const Host *host, ScanSearch *search)
{
	const FeatureMap *map = search->scan.codes->map;
	int side = map->height < map->width ? map->height : map->width;
	int step = side / FIRST_LOOK_SIZES;

	if (step < FIRST_LOOK_STEP)
		step = FIRST_LOOK_STEP;
	search->likeliest.estimate = 0;
	bound_scan_run(host, &search->scan, search->task->constraints, step,
				   search->threshold, keep_likeliest, search);
	if (search->likeliest.estimate > 0)
		evaluate(search, &search->likeliest.window);
}

/* Evaluates the windows of one size. */
static void
evaluate_size(const Host *host, ScanSearch *search, int height, int width)
{
	const FeatureMap *map = search->scan.codes->map;

	for (int y = 0; y + height <= map->height && !search->gave_up; y++)
	{
		host_check(host);
		for (int x = 0; x + width <= map->width && !search->gave_up; x++)
		{
			Window window = {y, x, y + height, x + width};

			if (is_eligible(search, &window))
				evaluate(search, &window);
		}
	}
}

/*
 * The scan passes over windows without a positive numerator: where these can
 * win, every window is evaluated.
 */
static void
evaluate_all(const Host *host, ScanSearch *search)
{
	const FeatureMap *map = search->scan.codes->map;
	const WindowConstraints *constraints = search->task->constraints;
	int most_height = constraints->max_height < map->height
						  ? constraints->max_height
						  : map->height;

	for (int height = constraints->min_height; height <= most_height; height++)
	{
		int least, most;

		constraint_widths(constraints, height, map->width, &least, &most);
		for (int width = least; width <= most; width++)
			evaluate_size(host, search, height, width);
	}
}

static bool
scan_run(const Host *host, void *state, const EngineTask *task)
{
	ScanSearch *search = state;
	SweepSize size =
		window_sweep_size(search->scan.codes->map, task->constraints);

	if (*task->work_left <= 0)
		return false;
	*task->work_left -= size.windows * SCAN_WORK;
	search->task = task;
	search->threshold = task->threshold;
	search->gave_up = false;
	search->candidate_count = 0;
	if (!task->has_found)
		look_first(host, search);
	bound_scan_run(host, &search->scan, task->constraints, 1,
				   search->threshold, gather_candidate, search);
	evaluate_candidates(search);
	if (search->threshold <= search->scan.direction_error)
		evaluate_all(host, search);
	return !search->gave_up;
}

const Engine scan_engine = {scan_open, scan_set_query, scan_run};
