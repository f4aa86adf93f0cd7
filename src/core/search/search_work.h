/*
 * search_work.h
 *		What the steps of a search cost, to compare one way with another.
 *
 * The unit is about the time of an operation on one channel of a vector in
 * double precision, a tenth of a nanosecond.  The factors are measured on one
 * machine, and no answer depends on them.
 */
#ifndef INTSEARCH_SEARCH_WORK_H
#define INTSEARCH_SEARCH_WORK_H

#include "core/search/window_sweep.h"

/* The score of a vector that is pooled already. */
extern double score_work(const Codes *codes);

/* An exact score of a window of this many cells. */
extern double
exact_work(const Codes *codes, const Pooler *pooler, double cells);

/* Deciding by its exact norm that a window of one needs no score. */
extern double norm_work(const Codes *codes);

/* Bounding one set of windows, for max and gem. */
extern double bound_work(const Codes *codes, const Pooler *pooler);

/* Scoring each window that meets the constraints, by a sweep of them all. */
extern double sweep_work(const Codes *codes, const Pooler *pooler,
						 const WindowConstraints *constraints);

/* Bounding one window, for sum. */
#define SCAN_WORK 100

/* Comparing a window, or a set of them, with one result. */
#define OVERLAP_WORK 30

#endif
