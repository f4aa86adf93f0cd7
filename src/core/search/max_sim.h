/*
 * max_sim.h
 *		The best cell of a map for each of several query vectors, by inner
 *		product.
 *
 * The late interaction of ColBERT (Khattab and Zaharia 2020) and ColPali sums,
 * over query vectors, their greatest inner product with a cell of the map:
 * vectors and cells as they are, neither normalised.
 */
#ifndef INTSEARCH_MAX_SIM_H
#define INTSEARCH_MAX_SIM_H

#include "core/pooling/codes.h"

typedef struct BestCell
{
	double similarity; /* inner product of query vector and cell */
	int y;
	int x;
} BestCell;

/* Keeps its scratch space from map to map.  Zero it, set host and kernels. */
typedef struct MaxSim
{
	const Host *host;
	const Kernels *kernels;
	Codes codes;
	double *scales;   /* [stride]: step of a code */
	double *weights;  /* [4][stride]: query vectors times the scales */
	double *values;   /* [stride]: the codes of one cell */
	int16_t *rounded; /* [4][stride] */
	/* between weights and rounded ones; 0 for weights of zeros */
	double factors[4];
	int64_t *products; /* [4][height * width]: rounded weights times codes */
	BestCell *best;    /* [number of query vectors], of the last call */
	Scratch channels_space;
	Scratch cells_space;
	Scratch best_space;
} MaxSim;

/*
 * Finds the best cell of the map for each query vector, [count][length], in
 * max_sim->best: the smallest (y, x) where several are as good.  Refuses
 * vectors of another length than the map's channels, or not finite, and a map
 * that is damaged.
 */
extern bool
max_sim_find(MaxSim *max_sim, const FeatureMap *map, const float *queries,
			 int count, int length, CoreError *error);

#endif
