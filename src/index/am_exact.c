/*
 * am_exact.c
 *		The second stage of a scan: exact distances of rows of the table.
 */
#include "index/am_exact.h"

#include "access/tableam.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "bridge/kernel_setting.h"
#include "bridge/scratch_host.h"

ExactStage *
exact_stage_new(Relation heap, Relation index, Snapshot snapshot)
{
	ExactStage *stage = palloc0(sizeof(ExactStage));

	stage->heap = heap;
	stage->index = index;
	stage->snapshot = snapshot;
	stage->context = CurrentMemoryContext;
	stage->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "intsearch row",
							  ALLOCSET_DEFAULT_SIZES);
	stage->fetch = table_index_fetch_begin(heap);
	stage->slot = table_slot_create(heap, NULL);
	stage->info = BuildIndexInfo(index);
	stage->estate = CreateExecutorState();
	GetPerTupleExprContext(stage->estate)->ecxt_scantuple = stage->slot;
	stage->host = scratch_host(CurrentMemoryContext);
	stage->searcher.host = &stage->host;
	return stage;
}

/* A damaged entry may name any row, also none. */
static void
check_row(const ExactStage *stage, const ItemPointerData *tid)
{
	if (!ItemPointerIsValid(tid) || ItemPointerGetBlockNumber(tid) >=
										RelationGetNumberOfBlocks(stage->heap))
		ereport(
			ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg(
				 "index \"%s\" is damaged: it has a row beyond the end of the table",
				 RelationGetRelationName(stage->index)),
			 errhint("REINDEX makes it anew.")));
}

/* The indexed column or expression of the row in the slot. */
static bool
indexed_map(ExactStage *stage, Datum *map)
{
	MemoryContext old = MemoryContextSwitchTo(stage->row_context);
	bool is_null;

	FormIndexDatum(stage->info, stage->slot, stage->estate, map, &is_null);
	MemoryContextSwitchTo(old);
	return !is_null;
}

bool
exact_fetch(ExactStage *stage, ItemPointerData tid, Datum *map)
{
	bool call_again = false;
	bool all_dead;

	check_row(stage, &tid);
	return table_index_fetch_tuple(stage->fetch, &tid, stage->snapshot,
								   stage->slot, &call_again, &all_dead) &&
		   indexed_map(stage, map);
}

/* Searches an open map. */
static bool
search_map(ExactStage *stage, const FeatureMap *map,
		   const SearchOptions *request, double least_score, double *score)
{
	Searcher *searcher = &stage->searcher;
	SearchOptions options = *request;
	CoreError error;

	searcher->kernels = kernels_in_use;
	options.query.min_score = Max(options.query.min_score, least_score);
	if (!search_open_map(searcher, map, &options.query.pooling, &error) ||
		!search_query(searcher, &options, &error))
		featmap_raise(&error);
	if (searcher->result_count == 0)
		return false;
	*score = searcher->results[0].score;
	return true;
}

bool
exact_score(ExactStage *stage, Datum map, const SearchOptions *request,
			double least_score, double *score)
{
	MemoryContext old = MemoryContextSwitchTo(stage->row_context);
	OpenMap open;
	bool has_score;

	featmap_open(&open, map);
	has_score = search_map(stage, &open.map, request, least_score, score);
	featmap_close(&open);
	MemoryContextSwitchTo(old);
	return has_score;
}

void
exact_forget(ExactStage *stage)
{
	ExecClearTuple(stage->slot);
	ResetPerTupleExprContext(stage->estate);
	MemoryContextReset(stage->row_context);
}

void
exact_rest(ExactStage *stage)
{
	table_index_fetch_reset(stage->fetch);
}

void
exact_stage_end(ExactStage *stage)
{
	ExecDropSingleTupleTableSlot(stage->slot);
	table_index_fetch_end(stage->fetch);
	FreeExecutorState(stage->estate);
}
