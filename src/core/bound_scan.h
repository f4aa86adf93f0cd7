/*
 * bound_scan.h
 *		Upper bounds of the scores of all windows of a map, for sum pooling.
 */
#ifndef INTSEARCH_BOUND_SCAN_H
#define INTSEARCH_BOUND_SCAN_H

#include "codes.h"
#include "score.h"

/* A window whose score may be as high as bound. */
typedef struct Candidate
{
	double bound;
	Window window;
} Candidate;

typedef struct BoundScan
{
	const Codes *codes;
	int stride;          /* width + 1 */
	int32_t *numerators; /* [height + 1][stride]: integral image of query . X, in numerator units */
	double numerator_unit;     /* units below are divided by the map's greatest scale */
	int numerator_error;       /* of a window's numerator, in numerator units */
	double direction_error;    /* what rounding the query adds to any score */
	float *sketch;             /* [sketch_dims][height + 1][stride] */
	double sketch_error;       /* |decoded - true sketch sum| of any window */
	float *strip;              /* [sketch_dims][stride]: difference of two rows of the sketch */
	int32_t *strip_numerators; /* [stride] */
	uint16_t *selected;        /* [stride] */
	Scratch integrals;
	Scratch strips;
	Scratch rounded;  /* [channels stride] of int16_t: the query */
	Scratch products; /* [height * width] of int64_t: query . X */
} BoundScan;

/*
 * Called with windows that may score at least the threshold; returns the threshold from then on.
 */
typedef double (*CandidateSink)(void *context, const Candidate *candidate);

extern void
bound_scan_prepare(const Host *host, BoundScan *scan, const Codes *codes, const Scorer *scorer);

/*
 * Hands the sink every window that satisfies the constraints, has a
 * positive numerator, and may score at least the threshold.  What it does not
 * hand over scores less than the threshold, or at most direction_error.
 */
extern void bound_scan_run(const Host *host, BoundScan *scan, const WindowConstraints *constraints,
						   double threshold, CandidateSink sink, void *context);

#endif
