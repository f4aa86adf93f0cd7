/*
 * engine.h
 *		What finds the windows of a map that are worth an exact score.
 *
 * An engine knows upper bounds of scores, and offers every window whose bound
 * reaches the threshold.  The search (search.c) scores the windows offered,
 * and raises the threshold as it finds better ones.  There are two:
 *
 *	scan_engine			for sum pooling: bounds single windows, scan_search.c;
 *	subwindow_engine	for max and gem: bounds sets, subwindow_search.c.
 *
 * The calls come in this order, on the same state; a new map may be opened at
 * any time:
 *
 *	open				once a map
 *		set_query		once a query
 *			run			once a result, or once for all of them
 *
 * Bounds do not always pay: where many windows score alike, they rule nothing
 * out.  So an engine has only so much work to spend on a query.
 */
#ifndef INTSEARCH_ENGINE_H
#define INTSEARCH_ENGINE_H

#include "core/search/products.h"
#include "core/search/search_work.h"

/* What one run looks for, and who scores what it finds. */
typedef struct EngineTask
{
	const WindowConstraints *constraints;
	Codes *codes; /* of the map, from which sums of windows may be asked */
	/* windows that score less are not wanted */
	double threshold;
	int wanted; /* how many windows, at least 1 */
	/* true where the threshold is the score of a window found before */
	bool has_found;
	/* true where a window may be a result, whatever it scores */
	bool (*is_eligible)(void *context, const Window *window);
	/* true where none that contains smallest and lies in largest may be one */
	bool (*is_excluded)(void *context, const Window *smallest,
						const Window *largest);
	/* scores an eligible window; returns the threshold from then on */
	double (*evaluate)(void *context, const Window *window);
	void *context;
	/* what is left to spend (search_work.h), from which all these take */
	double *work_left;
} EngineTask;

static inline bool
task_is_eligible(const EngineTask *task, const Window *window)
{
	return task->is_eligible(task->context, window);
}

/* Returns the threshold from then on. */
static inline double
task_evaluate(const EngineTask *task, const Window *window)
{
	return task->evaluate(task->context, window);
}

/* `state` is a struct of the engine's own; zero it before the first call. */
typedef struct Engine
{
	/*
	 * Prepares for a map, which the scorer and the pooler are prepared for.
	 */
	void (*open)(const Host *host, void *state, const Codes *codes,
				 const Scorer *scorer, const Pooler *pooler);
	/* Prepares for the scorer's query, by the products with it. */
	void (*set_query)(const Host *host, void *state, const Scorer *scorer,
					  const Products *products);
	/*
	 * Evaluates every window that meets the constraints, is eligible, and may
	 * score at least the threshold.  What it leaves scores less than the last
	 * threshold.  Returns false where it gave up, as no work was left.
	 */
	bool (*run)(const Host *host, void *state, const EngineTask *task);
} Engine;

#endif
