/*
 * am_exact.h
 *		The second stage of a scan: exact distances of rows of the table.
 */
#ifndef INTSEARCH_AM_EXACT_H
#define INTSEARCH_AM_EXACT_H

#include "index/am_request.h"

#include "access/relscan.h"
#include "nodes/execnodes.h"

/* Fetches rows under a snapshot.  Keeps its memory from row to row. */
typedef struct ExactStage
{
	Relation heap;
	Relation index;
	Snapshot snapshot;
	IndexFetchTableData *fetch;
	TupleTableSlot *slot;
	IndexInfo *info;
	EState *estate;
	MemoryContext context;
	MemoryContext row_context;
	Host host;
	Searcher searcher;
} ExactStage;

/* A stage that lives in the context at hand. */
extern ExactStage *
exact_stage_new(Relation heap, Relation index, Snapshot snapshot);

/*
 * Fetches the row of an index entry; false where the snapshot sees none, or
 * one without a map.
 */
extern bool exact_fetch(ExactStage *stage, ItemPointerData tid, Datum *map);

/*
 * The score of a fetched map's best window; false where none meets the
 * request, or where it is below least_score, which mostly takes less time.
 */
extern bool
exact_score(ExactStage *stage, Datum map, const SearchOptions *request,
			double least_score, double *score);

/* Forgets the row that was fetched, and frees what scoring it took. */
extern void exact_forget(ExactStage *stage);

/* Lets go of the page that the last row lies on. */
extern void exact_rest(ExactStage *stage);

extern void exact_stage_end(ExactStage *stage);

#endif
