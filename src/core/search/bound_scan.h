/*
 * bound_scan.h
 *		Upper bounds of the scores of all windows of a map, for sum pooling.
 */
#ifndef INTSEARCH_BOUND_SCAN_H
#define INTSEARCH_BOUND_SCAN_H

#include "core/pooling/codes.h"
#include "core/search/products.h"
#include "core/search/score.h"
#include "core/search/window_set.h"

/*
 * A window whose score may be as high as bound, and is likely to be about
 * estimate.  Its sum's product with the rounded query is at most numerator, in
 * units of the map's greatest scale.
 */
typedef struct Candidate
{
	double bound;
	double estimate;
	double numerator;
	Window window;
} Candidate;

typedef struct BoundScan
{
	const Codes *codes;
	/* columns of a padded row: width + 1 and padding, rounded up */
	int row_stride;
	/*
	 * [height + 1][row_stride]: integral image of query . X, in numerator
	 * units
	 */
	int32_t *numerators;
	double greatest_scale; /* what the units below are divided by */
	double numerator_unit;
	int numerator_error;    /* of a window's numerator, in numerator units */
	double direction_error; /* what rounding the query adds to any score */
	int dims;               /* of a corner of the sketch, padded */
	/* [height + 1][width + 1][dims]: integral image of the sketch */
	float *corners;
	/*
	 * [height + 1][LEADING_DIMS][row_stride]: its first dimensions, row by row
	 */
	float *leading;
	double sketch_error; /* |decoded - true sketch sum| of any window */
	/* [BLOCK_DIMS][row_stride]: difference of two rows of leading */
	float *strip;
	int32_t *strip_numerators; /* [row_stride] */
	float *slack;              /* [row_stride]: see BoundTest */
	float *scales; /* [codes->stride], in units of the greatest one */
	SelectedWindow *selected; /* [SELECT_LANES * width] */
	Scratch integrals;
	Scratch strips;
	Scratch scale_space;
} BoundScan;

/*
 * Takes a window that may score at least the threshold; returns the threshold
 * from then on.
 */
typedef double (*CandidateSink)(void *context, const Candidate *candidate);

/* Prepares for a map, which the scorer is open for; then come its queries. */
extern void bound_scan_open(const Host *host, BoundScan *scan,
							const Codes *codes, const Scorer *scorer);

/* Prepares for a query, by the products with it. */
extern void bound_scan_set_query(const Host *host, BoundScan *scan,
								 const Products *products);

/*
 * True where a candidate may still reach the threshold, as its exact sum shows
 * in single precision.
 */
extern bool
bound_scan_may_reach(const Host *host, const BoundScan *scan, Codes *codes,
					 const Candidate *candidate, double threshold);

/* The score that a window is likely to have. */
extern double bound_scan_estimate(const BoundScan *scan, const Window *window);

/*
 * Gives the sink every window that meets the constraints, has a positive
 * numerator, and may score at least the threshold.  All others score less than
 * the threshold, or at most direction_error.
 *
 * With a step above 1 only every step-th height, width and top row is tried.
 */
extern void
bound_scan_run(const Host *host, BoundScan *scan,
			   const SetConstraints *constraints, int step, double threshold,
			   CandidateSink sink, void *context);

#endif
