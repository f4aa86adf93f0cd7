/*
 * am_parallel.c
 *		Reads all maps of a table once, in parallel workers if there may be
 *		some, and sorts the entries of their regions by list.
 */
#include "index/am_build.h"

#include "access/parallel.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

extern PGDLLEXPORT void
intsearch_build_worker(dsm_segment *segment, shm_toc *toc);

#define KEY_SHARED UINT64CONST(0x1575ea7c00000001)
#define KEY_MODEL  UINT64CONST(0x1575ea7c00000002)
#define KEY_SORT   UINT64CONST(0x1575ea7c00000003)
#define KEY_SCAN   UINT64CONST(0x1575ea7c00000004)
#define KEY_QUERY  UINT64CONST(0x1575ea7c00000005)

/* What the processes of a build share. */
typedef struct BuildShared
{
	Oid heap;
	Oid index;
	bool is_concurrent;
	int processes; /* that might take part: memory is divided among them */
	pg_atomic_uint32 channels;
	ConditionVariable done;
	slock_t mutex; /* of what follows */
	int processes_done;
	double heap_rows;
	double entries;
} BuildShared;

/* The leader's view. */
typedef struct ParallelBuild
{
	ParallelContext *context;
	Snapshot snapshot;
	BuildShared *shared;
	Sharedsort *sort;
	ParallelTableScanDesc scan;
	IndexModel *model;
	int participants;
} ParallelBuild;

/* The sorted tuples: a list, and an entry as bytes. */
static TupleDesc
entry_descriptor(void)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(2);

	TupleDescInitEntry(descriptor, 1, "list", INT4OID, -1, 0);
	TupleDescInitEntry(descriptor, 2, "entry", BYTEAOID, -1, 0);
	return descriptor;
}

static Tuplesortstate *
begin_sort(TupleDesc descriptor, int memory, SortCoordinate coordinate)
{
	AttrNumber column = 1;
	Oid operator= Int4LessOperator;
	Oid collation = InvalidOid;
	bool nulls_first = false;

	return tuplesort_begin_heap(descriptor, 1, &column, &operator, & collation,
								&nulls_first, memory, coordinate,
								TUPLESORT_NONE);
}

static void
put_entry(MapReader *reader, const ListedEntry *listed)
{
	TupleTableSlot *slot = reader->slot;
	struct
	{
		int32 header;
		PostingEntry entry;
	} value = {.entry = listed->entry};

	SET_VARSIZE(&value, VARHDRSZ + sizeof(PostingEntry));
	ExecClearTuple(slot);
	slot->tts_values[0] = Int32GetDatum((int32) listed->list);
	slot->tts_values[1] = PointerGetDatum(&value);
	slot->tts_isnull[0] = slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(reader->sort, slot);
}

/* The first map of all processes tells the number of channels. */
static void
agree_on_channels(MapReader *reader, int channels)
{
	uint32 agreed = 0;

	if (!pg_atomic_compare_exchange_u32(reader->channels, &agreed,
										(uint32) channels) &&
		agreed != (uint32) channels)
		refuse_channels(reader->index, (int) agreed, channels);
	reader->model->meta.channels = (uint32) channels;
	model_set_pointers(reader->model);
}

static void
code_map(MapReader *reader, Datum map, const ItemPointerData *tid)
{
	MapCoder *coder = reader->coder;
	int channels = map_coder_choose(coder, &reader->model->meta, map);

	if (coder->chooser.count == 0)
		return;
	if (reader->model->meta.channels == 0)
		agree_on_channels(reader, channels);
	map_coder_code(coder, &reader->model->code, tid);
	for (int i = 0; i < coder->count; i++)
		put_entry(reader, &coder->entries[i]);
	reader->entries += coder->count;
}

static void
read_row(Relation index pg_attribute_unused(), ItemPointer tid, Datum *values,
		 bool *isnull, bool is_alive pg_attribute_unused(), void *state)
{
	MapReader *reader = state;
	MemoryContext old;

	if (isnull[0])
		return;
	old = MemoryContextSwitchTo(reader->row_context);
	code_map(reader, values[0], tid);
	MemoryContextSwitchTo(old);
	MemoryContextReset(reader->row_context);
}

/*
 * Reads the maps of a scan, of the whole heap where it is NULL, into the sort;
 * returns the number of rows.
 */
static double
read_maps(MapReader *reader, TableScanDesc scan, bool shows_progress)
{
	double rows;

	reader->coder = map_coder_new(reader->index);
	reader->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "intsearch build",
							  ALLOCSET_DEFAULT_SIZES);
	rows =
		table_index_build_scan(reader->heap, reader->index, reader->info, true,
							   shows_progress, read_row, reader, scan);
	MemoryContextDelete(reader->row_context);
	return rows;
}

/* Several processes -------------------------------------------------------*/

/* Adds a process's numbers, and wakes the leader. */
static void
report_done(BuildShared *shared, double rows, double entries)
{
	SpinLockAcquire(&shared->mutex);
	shared->processes_done++;
	shared->heap_rows += rows;
	shared->entries += entries;
	SpinLockRelease(&shared->mutex);
	ConditionVariableSignal(&shared->done);
}

/* A process's part: reads and sorts until no blocks are left. */
static void
take_part(Relation heap, Relation index, BuildShared *shared, Sharedsort *sort,
		  ParallelTableScanDesc scan, IndexModel *model, bool is_leader)
{
	TupleDesc descriptor = entry_descriptor();
	SortCoordinateData coordinate = {.isWorker = true,
									 .nParticipants = -1,
									 .sharedsort = sort};
	MapReader reader = {.heap = heap,
						.index = index,
						.info = BuildIndexInfo(index),
						.model = model,
						.channels = &shared->channels};
	double rows;

	reader.info->ii_Concurrent = shared->is_concurrent;
	reader.slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	reader.sort =
		begin_sort(descriptor, maintenance_work_mem / shared->processes,
				   &coordinate);
	rows = read_maps(&reader, table_beginscan_parallel(heap, scan), is_leader);
	tuplesort_performsort(reader.sort);
	report_done(shared, rows, reader.entries);
	tuplesort_end(reader.sort);
	ExecDropSingleTupleTableSlot(reader.slot);
}

/* A model of its own, since it has pointers into itself. */
static IndexModel *
copy_model(const IndexModel *model)
{
	size_t size = model_size(&model->meta);
	IndexModel *copy = MemoryContextAllocHuge(CurrentMemoryContext, size);

	memcpy(copy, model, size);
	model_set_pointers(copy);
	return copy;
}

void
intsearch_build_worker(dsm_segment *segment, shm_toc *toc)
{
	BuildShared *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	Sharedsort *sort = shm_toc_lookup(toc, KEY_SORT, false);
	LOCKMODE heap_lock =
		shared->is_concurrent ? ShareUpdateExclusiveLock : ShareLock;
	LOCKMODE index_lock =
		shared->is_concurrent ? RowExclusiveLock : AccessExclusiveLock;
	Relation heap, index;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	/* the locks that index.c has the leader hold */
	heap = table_open(shared->heap, heap_lock);
	index = index_open(shared->index, index_lock);
	tuplesort_attach_shared(sort, segment);
	take_part(heap, index, shared, sort, shm_toc_lookup(toc, KEY_SCAN, false),
			  copy_model(shm_toc_lookup(toc, KEY_MODEL, false)), false);
	index_close(index, index_lock);
	table_close(heap, heap_lock);
}

static void
estimate_chunk(ParallelContext *context, Size size)
{
	shm_toc_estimate_chunk(&context->estimator, size);
	shm_toc_estimate_keys(&context->estimator, 1);
}

/* Memory of that key in the segment. */
static void *
shared_chunk(ParallelContext *context, uint64 key, Size size)
{
	void *chunk = shm_toc_allocate(context->toc, size);

	shm_toc_insert(context->toc, key, chunk);
	return chunk;
}

static void
estimate_shared(ParallelContext *context, Relation heap, Snapshot snapshot,
				const IndexModel *model)
{
	estimate_chunk(context, sizeof(BuildShared));
	estimate_chunk(context, model_size(&model->meta));
	estimate_chunk(context, tuplesort_estimate_shared(context->nworkers + 1));
	estimate_chunk(context, table_parallelscan_estimate(heap, snapshot));
	if (debug_query_string != NULL)
		estimate_chunk(context, strlen(debug_query_string) + 1);
}

static void
fill_build_shared(BuildShared *shared, Relation heap, Relation index,
				  const IndexInfo *info, int processes, uint32 channels)
{
	shared->heap = RelationGetRelid(heap);
	shared->index = RelationGetRelid(index);
	shared->is_concurrent = info->ii_Concurrent;
	shared->processes = processes;
	pg_atomic_init_u32(&shared->channels, channels);
	ConditionVariableInit(&shared->done);
	SpinLockInit(&shared->mutex);
	shared->processes_done = 0;
	shared->heap_rows = 0;
	shared->entries = 0;
}

static void
fill_shared(ParallelBuild *build, Relation heap, Relation index,
			const IndexInfo *info)
{
	ParallelContext *context = build->context;
	int processes = context->nworkers + 1;
	Size size = model_size(&build->model->meta);

	build->shared = shared_chunk(context, KEY_SHARED, sizeof(BuildShared));
	fill_build_shared(build->shared, heap, index, info, processes,
					  build->model->meta.channels);
	memcpy(shared_chunk(context, KEY_MODEL, size), build->model, size);
	build->sort =
		shared_chunk(context, KEY_SORT, tuplesort_estimate_shared(processes));
	tuplesort_initialize_shared(build->sort, processes, context->seg);
	build->scan =
		shared_chunk(context, KEY_SCAN,
					 table_parallelscan_estimate(heap, build->snapshot));
	table_parallelscan_initialize(heap, build->scan, build->snapshot);
	if (debug_query_string != NULL)
	{
		size_t query_size = strlen(debug_query_string) + 1;

		memcpy(shared_chunk(context, KEY_QUERY, query_size),
			   debug_query_string, query_size);
	}
}

static void
end_parallel(ParallelBuild *build)
{
	WaitForParallelWorkersToFinish(build->context);
	if (IsMVCCSnapshot(build->snapshot))
		UnregisterSnapshot(build->snapshot);
	DestroyParallelContext(build->context);
	ExitParallelMode();
}

/* Starts workers; NULL where there are none to be had. */
static ParallelBuild *
begin_parallel(Relation heap, Relation index, const IndexInfo *info,
			   IndexModel *model, int workers)
{
	ParallelBuild *build = palloc0(sizeof(ParallelBuild));

	EnterParallelMode();
	build->model = model;
	build->context =
		CreateParallelContext("intsearch", "intsearch_build_worker", workers);
	build->snapshot = info->ii_Concurrent
						  ? RegisterSnapshot(GetTransactionSnapshot())
						  : SnapshotAny;
	estimate_shared(build->context, heap, build->snapshot, model);
	InitializeParallelDSM(build->context);
	if (build->context->seg != NULL)
	{
		fill_shared(build, heap, index, info);
		LaunchParallelWorkers(build->context);
	}
	build->participants = build->context->nworkers_launched + 1;
	if (build->participants > 1)
		return build;
	end_parallel(build);
	return NULL;
}

static void
wait_for_workers(ParallelBuild *build)
{
	BuildShared *shared = build->shared;
	bool is_done = false;

	while (!is_done)
	{
		SpinLockAcquire(&shared->mutex);
		is_done = shared->processes_done == build->participants;
		SpinLockRelease(&shared->mutex);
		if (!is_done)
			ConditionVariableSleep(&shared->done,
								   WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	ConditionVariableCancelSleep();
}

static void
read_in_parallel(SortedEntries *sorted, Relation heap, Relation index)
{
	ParallelBuild *build = sorted->parallel;
	BuildShared *shared = build->shared;
	SortCoordinate coordinate = palloc0(sizeof(SortCoordinateData));

	elog(DEBUG1, "intsearch: %d processes build index \"%s\"",
		 build->participants, RelationGetRelationName(index));
	take_part(heap, index, shared, build->sort, build->scan,
			  copy_model(build->model), true);
	WaitForParallelWorkersToAttach(build->context);
	wait_for_workers(build);
	coordinate->nParticipants = build->participants;
	coordinate->sharedsort = build->sort;
	sorted->sort =
		begin_sort(entry_descriptor(), maintenance_work_mem, coordinate);
	sorted->heap_rows = shared->heap_rows;
	sorted->entries = shared->entries;
	sorted->channels = pg_atomic_read_u32(&shared->channels);
}

/* One process --------------------------------------------------------------*/

static void
read_alone(SortedEntries *sorted, Relation heap, Relation index,
		   IndexInfo *info, IndexModel *model)
{
	TupleDesc descriptor = entry_descriptor();
	pg_atomic_uint32 channels;
	MapReader reader = {.heap = heap,
						.index = index,
						.info = info,
						.model = model,
						.channels = &channels};

	pg_atomic_init_u32(&channels, model->meta.channels);
	reader.slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	reader.sort = begin_sort(descriptor, maintenance_work_mem, NULL);
	sorted->heap_rows = read_maps(&reader, NULL, true);
	ExecDropSingleTupleTableSlot(reader.slot);
	sorted->sort = reader.sort;
	sorted->entries = reader.entries;
	sorted->channels = pg_atomic_read_u32(&channels);
}

/*
 * PostgreSQL goes by the size of the heap, but most maps lie in its TOAST
 * table: as if the heap had all of both.
 */
static int
worker_count(Relation heap, Relation index)
{
	Oid toast = heap->rd_rel->reltoastrelid;
	double pages = RelationGetNumberOfBlocks(heap);
	double all = pages;
	int level = NewGUCNestLevel();
	int workers;

	if (OidIsValid(toast))
	{
		Relation relation = table_open(toast, AccessShareLock);

		all += RelationGetNumberOfBlocks(relation);
		table_close(relation, AccessShareLock);
	}
	if (all > 0)
		(void) set_config_option("min_parallel_table_scan_size",
								 psprintf("%d",
										  (int) (min_parallel_table_scan_size *
												 (pages / all))),
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	workers = plan_create_index_workers(RelationGetRelid(heap),
										RelationGetRelid(index));
	AtEOXact_GUC(false, level);
	return workers;
}

SortedEntries
sort_entries(Relation heap, Relation index, IndexInfo *info, IndexModel *model)
{
	SortedEntries sorted = {0};
	int workers = worker_count(heap, index);

	set_build_phase(BUILD_PHASE_CODE);
	if (workers > 0)
		sorted.parallel = begin_parallel(heap, index, info, model, workers);
	if (sorted.parallel != NULL)
		read_in_parallel(&sorted, heap, index);
	else
		read_alone(&sorted, heap, index, info, model);
	tuplesort_performsort(sorted.sort);
	sorted.slot =
		MakeSingleTupleTableSlot(entry_descriptor(), &TTSOpsMinimalTuple);
	return sorted;
}

bool
next_sorted_entry(SortedEntries *sorted, uint32 *list, PostingEntry *entry)
{
	bool isnull;
	struct varlena *value;

	if (!tuplesort_gettupleslot(sorted->sort, true, false, sorted->slot, NULL))
		return false;
	*list = (uint32) DatumGetInt32(slot_getattr(sorted->slot, 1, &isnull));
	value = (struct varlena *) DatumGetPointer(
		slot_getattr(sorted->slot, 2, &isnull));
	memcpy(entry, VARDATA_ANY(value), sizeof(PostingEntry));
	return true;
}

void
end_sorted_entries(SortedEntries *sorted)
{
	ExecDropSingleTupleTableSlot(sorted->slot);
	tuplesort_end(sorted->sort);
	if (sorted->parallel != NULL)
		end_parallel(sorted->parallel);
}
