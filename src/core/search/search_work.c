/*
 * search_work.c
 *		What the steps of a search cost, to compare one way with another.
 */
#include "core/search/search_work.h"

/* What a step costs beside the work on its channels. */
#define STEP_WORK  400
#define SET_WORK   600 /* a set of windows bounded */
#define SWEPT_WORK 150 /* a window of a sweep bounded */

/* For each channel: */
#define COSINE_WORK  4   /* multiplied with weights and scales */
#define POOL_WORK    2   /* pooled with another vector */
#define ROOT_WORK    8   /* sides_of_powers() */
#define PRECISE_WORK 40  /* precise_roots() */
#define POWER_WORK   100 /* pow() */
#define BOX_WORK     3   /* a box pooled, and bounded */
#define RAISE_WORK   0.5 /* greatest codes pooled with others, in floats, */
#define SINGLE_WORK  0.7 /* and their score bounded */

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
			return codes->plane_count == 1 ? 0.2 : 8;
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

	return SET_WORK + (BOX_WORK + roots) * codes->stride;
}

double
sweep_work(const Codes *codes, const Pooler *pooler,
		   const WindowConstraints *constraints)
{
	SweepSize size = window_sweep_size(codes->map, constraints);
	double stride = codes->stride;

	if (!window_sweep_pools(pooler, codes->map))
		return size.windows * exact_work(codes, pooler, 0) +
			   size.cells * cell_work(codes, pooler) * stride;
	if (pooler->pooling.kind == POOL_MAX)
		return size.windows *
				   (SWEPT_WORK + (RAISE_WORK + SINGLE_WORK) * stride) +
			   size.vectors * RAISE_WORK * stride;
	return size.windows *
			   (score_work(codes) + (POOL_WORK + PRECISE_WORK) * stride) +
		   size.vectors * POOL_WORK * stride;
}
