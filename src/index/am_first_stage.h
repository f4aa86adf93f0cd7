/*
 * am_first_stage.h
 *		The first stage of a scan: the rows whose codes promise most.
 */
#ifndef INTSEARCH_AM_FIRST_STAGE_H
#define INTSEARCH_AM_FIRST_STAGE_H

#include "index/am_pages.h"

/* Keeps its memory from run to run. */
typedef struct FirstStage FirstStage;

/* A stage that lives in the context at hand. */
extern FirstStage *first_stage_new(Relation index);

/* What a run found and how far it looked. */
typedef struct FirstStageRun
{
	int count; /* of rows, the best first */
	int lists; /* read, of all_lists */
	int all_lists;
	int64 codes;
} FirstStageRun;

/*
 * Scores the codes of the `probes` lists nearest to a query, [length], and
 * keeps the best `most` rows; none where the index has no map yet.
 */
extern FirstStageRun first_stage_run(FirstStage *stage, const float *query,
									 int length, int probes, int most);

/* The row of that rank, from 0 on, of the last run. */
extern ItemPointerData first_stage_row(const FirstStage *stage, int rank);

#endif
