/*
 * am_first_stage.h
 *		The first stage of a scan: the rows whose codes promise most.
 *
 * A run goes through all codes of some lists, and keeps the rows with the best
 * of them.  Then it takes a second look at these, by combining the codes of
 * each.  The order of the rows is corrected as their exact scores become
 * known.
 */
#ifndef INTSEARCH_AM_FIRST_STAGE_H
#define INTSEARCH_AM_FIRST_STAGE_H

#include "index/am_pages.h"

/*
 * A run for more rows takes no second look, which takes 1.9 kB a row.
 */
#define FIRST_STAGE_COMBINED 16384

/* Keeps its memory from run to run. */
typedef struct FirstStage FirstStage;

/* A stage that lives in the context at hand. */
extern FirstStage *first_stage_new(Relation index);

/* What a run found and how far it looked. */
typedef struct FirstStageRun
{
	int count; /* of rows */
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

/* The row of that number, from 0 on, of the last run. */
extern ItemPointerData first_stage_row(const FirstStage *stage, int number);

/* The number of the next row of the run, the most promising; or -1. */
extern int first_stage_next(FirstStage *stage);

/*
 * Learns the exact score of a row of that number, or an upper bound of it: the
 * rows to come are chosen accordingly.
 */
extern void first_stage_learn(FirstStage *stage, int number, double score);
extern void first_stage_learn_most(FirstStage *stage, int number, double most);

#endif
