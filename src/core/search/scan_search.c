/*
 * scan_search.c
 *		The best windows under sum pooling, by a scan of all bounds.
 *
 * Before the scan a window that is likely to be the best is looked for on a
 * coarse grid, moved uphill, and evaluated.  So the scan mostly starts with a
 * threshold that leaves little to find.
 *
 * Candidates of the bound scan are gathered in a buffer.  When it is full, and
 * at the end, they are evaluated, unless their bound is below the threshold by
 * then, and forgotten.  So nothing grows with the number of windows.  Where
 * one window is wanted, the candidate of the highest bound comes first, and
 * the others in the order of the scan, in which a window shares most of its
 * sum with the one before.  Where several are wanted, all come in the order of
 * descending bound.
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
	bound_scan_open(host, &search->scan, codes, scorer);
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

static void
evaluate(ScanSearch *search, const Window *window)
{
	search->threshold = task_evaluate(search->task, window);
	if (*search->task->work_left <= 0)
	{
		search->gave_up = true;
		search->threshold = INFINITY;
	}
}

/* In order of descending bound. */
static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *left = a;
	const Candidate *right = b;

	if (left->bound != right->bound)
		return left->bound > right->bound ? -1 : 1;
	return window_compare(&left->window, &right->window);
}

/* Puts the candidate of the highest bound first. */
static void
put_highest_first(Candidate *candidates, int count)
{
	int highest = 0;
	Candidate first = candidates[0];

	for (int i = 1; i < count; i++)
		if (candidates[i].bound > candidates[highest].bound)
			highest = i;
	candidates[0] = candidates[highest];
	candidates[highest] = first;
}

/* Evaluates a candidate, unless its norm shows that it cannot be wanted. */
static void
evaluate_candidate(ScanSearch *search, const Candidate *candidate)
{
	if (candidate->bound < search->threshold)
		return;
	if (bound_scan_may_reach(search->host, &search->scan, search->task->codes,
							 candidate, search->threshold))
		evaluate(search, &candidate->window);
	else
		*search->task->work_left -= norm_work(search->scan.codes);
}

static void
evaluate_candidates(ScanSearch *search)
{
	Candidate *candidates = search->candidates;
	int count = search->candidate_count;

	if (count > 0 && search->task->wanted == 1)
		put_highest_first(candidates, count);
	else if (count > 0)
		qsort(candidates, count, sizeof(Candidate), compare_candidates);
	for (int i = 0; i < count; i++)
		evaluate_candidate(search, &candidates[i]);
	search->candidate_count = 0;
}

static double
gather_candidate(void *context, const Candidate *candidate)
{
	ScanSearch *search = context;

	if (candidate->bound >= search->threshold &&
		task_is_eligible(search->task, &candidate->window))
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
		task_is_eligible(search->task, &candidate->window))
		search->likeliest = *candidate;
	return fmax(search->likeliest.estimate, search->threshold);
}

/* True where the window lies in the map and meets the constraints. */
static bool
is_allowed(const ScanSearch *search, const Window *window)
{
	const FeatureMap *map = search->scan.codes->map;
	int height = window->y2 - window->y1;
	int width = window->x2 - window->x1;

	return window->y1 >= 0 && window->x1 >= 0 && window->y2 <= map->height &&
		   window->x2 <= map->width && height > 0 &&
		   width >= search->sizes.least_width[height] &&
		   width <= search->sizes.most_width[height];
}

/* Takes a window in place of the likeliest one if it is likelier. */
static bool
try_window(ScanSearch *search, const Window *window)
{
	double estimate;

	if (!is_allowed(search, window))
		return false;
	estimate = bound_scan_estimate(&search->scan, window);
	if (!(estimate > search->likeliest.estimate) ||
		!task_is_eligible(search->task, window))
		return false;
	search->likeliest = (Candidate){.estimate = estimate, .window = *window};
	return true;
}

/*
 * Moves the edges of the likeliest window, one or two of them at a time, by a
 * cell, while that makes it likelier.
 */
static void
climb(const Host *host, ScanSearch *search)
{
	/* of y1, x1, y2 and x2 */
	static const int8_t moves[][EDGES] = {
		{1, 0, 0, 0},  {-1, 0, 0, 0},  {0, 1, 0, 0},  {0, -1, 0, 0},
		{0, 0, 1, 0},  {0, 0, -1, 0},  {0, 0, 0, 1},  {0, 0, 0, -1},
		{1, 0, 1, 0},  {-1, 0, -1, 0}, {0, 1, 0, 1},  {0, -1, 0, -1},
		{1, 1, 0, 0},  {-1, -1, 0, 0}, {0, 0, 1, 1},  {0, 0, -1, -1},
		{1, 0, 0, -1}, {-1, 0, 0, 1},  {0, 1, -1, 0}, {0, -1, 1, 0},
	};
	int count = sizeof(moves) / sizeof(moves[0]);
	int move = 0;

	for (int failed = 0; failed < count; failed++)
	{
		Window window = search->likeliest.window;

		window.y1 += moves[move][EDGE_Y1];
		window.x1 += moves[move][EDGE_X1];
		window.y2 += moves[move][EDGE_Y2];
		window.x2 += moves[move][EDGE_X2];
		if (try_window(search, &window))
			failed = -1;
		else
			move = (move + 1) % count;
	}
	host_check(host);
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
	bound_scan_run(host, &search->scan, &search->sizes, step,
				   search->threshold, keep_likeliest, search);
	if (search->likeliest.estimate > 0)
	{
		climb(host, search);
		evaluate(search, &search->likeliest.window);
	}
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

			if (task_is_eligible(search->task, &window))
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
	const SetConstraints *sizes = &search->sizes;

	for (int height = 1; height <= map->height; height++)
		for (int width = sizes->least_width[height];
			 width <= sizes->most_width[height]; width++)
			evaluate_size(host, search, height, width);
}

/* How many windows the task allows. */
static double
count_windows(const ScanSearch *search)
{
	const FeatureMap *map = search->scan.codes->map;
	const SetConstraints *sizes = &search->sizes;
	double count = 0;

	for (int height = 1; height <= map->height; height++)
		for (int width = sizes->least_width[height];
			 width <= sizes->most_width[height]; width++)
			count +=
				(double) (map->height - height + 1) * (map->width - width + 1);
	return count;
}

static bool
scan_run(const Host *host, void *state, const EngineTask *task)
{
	ScanSearch *search = state;
	const FeatureMap *map = search->scan.codes->map;

	if (*task->work_left <= 0)
		return false;
	set_constraints_fill(host, &search->sizes, task->constraints, map->height,
						 map->width);
	*task->work_left -= count_windows(search) * SCAN_WORK;
	search->host = host;
	search->task = task;
	search->threshold = task->threshold;
	search->gave_up = false;
	search->candidate_count = 0;
	if (!task->has_found)
		look_first(host, search);
	bound_scan_run(host, &search->scan, &search->sizes, 1, search->threshold,
				   gather_candidate, search);
	evaluate_candidates(search);
	if (search->threshold <= search->scan.direction_error)
		evaluate_all(host, search);
	return !search->gave_up;
}

const Engine scan_engine = {scan_open, scan_set_query, scan_run};
