/*
 * scan_search.h
 *		The best windows under sum pooling, by a scan of all bounds.
 */
#ifndef INTSEARCH_SCAN_SEARCH_H
#define INTSEARCH_SCAN_SEARCH_H

#include "core/search/bound_scan.h"
#include "core/search/engine.h"

/* State of the scan engine. */
typedef struct ScanSearch
{
	BoundScan scan;
	/* of the run at hand: */
	const Host *host;
	const EngineTask *task;
	SetConstraints sizes; /* that the task allows */
	double threshold;
	bool gave_up; /* then the threshold is infinite */
	/* [CANDIDATE_ROOM], gathered and not yet evaluated */
	Candidate *candidates;
	int candidate_count;
	Candidate likeliest; /* of the first look: the highest estimate */
	Scratch space;
} ScanSearch;

extern const Engine scan_engine;

#endif
