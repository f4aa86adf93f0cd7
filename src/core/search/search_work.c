/*
 * search_work.c
 *		What the steps of a search cost, to compare one way with another.
 */
#include "core/search/search_work.h"

/* What a step costs beside the work on its channels. */
#define STEP_WORK 400

/* For each channel: */
#define COSINE_WORK  4   /* multiplied with weights and scales */
#define POOL_WORK    2   /* pooled with another vector */
#define ROOT_WORK    8   /* approximate_roots() */
#define PRECISE_WORK 40  /* precise_roots() */
#define POWER_WORK   100 /* pow() */
#define BOX_WORK     8   /* a box pooled, and bounded */

double
score_work(const Codes *codes)
{
	return STEP_WORK + (double) COSINE_WORK * codes->stride;
}

double
norm_work(const Codes *codes)
{
	return score_work(codes) / 2;
}

/* What adding a cell to a window costs for each channel. */
static double
cell_work(const Codes *codes, const Pooler *pooler)
{
	switch (pooler->pooling.kind)
	{
		case POOL_SUM:
			return 0; /* by the integral image, mostly */
		case POOL_MAX:
			return codes->plane_count == 1 ? 0.2 : 4;
		case POOL_GEM:
			break;
	}
	return pooler_has_powers(pooler, codes->map) ? 5 : POWER_WORK;
}

double
exact_work(const Codes *codes, const Pooler *pooler, double cells)
{
	double roots = pooler->pooling.kind == POOL_GEM ? POWER_WORK : POOL_WORK;

	return score_work(codes) +
		   (roots + cells * cell_work(codes, pooler)) * codes->stride;
}

double
bound_work(const Codes *codes, const Pooler *pooler)
{
	double roots = pooler->pooling.kind == POOL_GEM ? ROOT_WORK : 0;

	return 5 * STEP_WORK + (BOX_WORK + roots) * codes->stride;
}

double
sweep_work(const Codes *codes, const Pooler *pooler,
		   const WindowConstraints *constraints)
{
	SweepSize size = window_sweep_size(codes->map, constraints);
	double each = score_work(codes);

	if (!window_sweep_pools(pooler, codes->map))
		return size.windows * exact_work(codes, pooler, 0) +
			   size.cells * cell_work(codes, pooler) * codes->stride;
	each += (double) POOL_WORK * codes->stride;
	if (pooler->pooling.kind == POOL_GEM)
		each += (double) PRECISE_WORK * codes->stride;
	return size.windows * each + size.vectors * POOL_WORK * codes->stride;
}
