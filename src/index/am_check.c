/*
 * am_check.c
 *		intsearch_index_check(): is an index what its table says?
 *
 * All lists and the free pages are walked, which checks them.  Beside that,
 * the regions of all maps that a snapshot sees are chosen and coded anew, and
 * compared with the entries: both are sorted by row and region, and merged.
 * An entry of a row that the snapshot does not see may be there, as long as
 * vacuum has not come by, but not of a row that is gone.  So that no row goes
 * after its entries were read, vacuum has to wait for the check.  A standby
 * cannot keep the primary's vacuum out, and does not look for such rows.
 */
#include "index/am_codes.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xlog.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "index/am_handler.h"
#include "index/am_lists.h"

PG_FUNCTION_INFO_V1(intsearch_index_check);

/* Entries, sorted by row and region. */
typedef struct EntrySort
{
	Tuplesortstate *sort;
	TupleTableSlot *in;
	TupleTableSlot *out;
	int64 count;
	bool has_entry; /* the one at hand, in order: */
	int64 key;      /* of row and region */
	ListedEntry entry;
} EntrySort;

typedef struct IndexCheck
{
	LOCKMODE lock; /* of the table */
	Relation heap;
	Relation index;
	const IndexModel *model; /* a copy */
	MapCoder *coder;
	MemoryContext row_context;
	EntrySort stored;
	EntrySort expected;
	int64 maps;
	int64 unseen; /* entries of rows that are not seen */
} IndexCheck;

static void
fault(const IndexCheck *check, const PostingEntry *entry, const char *trouble)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\": region %u of row (%u,%u) %s",
					RelationGetRelationName(check->index), entry->region,
					ItemPointerGetBlockNumberNoCheck(&entry->tid),
					ItemPointerGetOffsetNumberNoCheck(&entry->tid), trouble)));
}

/* Sorting ------------------------------------------------------------------*/

static void
entry_sort_start(EntrySort *sort)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(2);
	AttrNumber column = 1;
	Oid operator= Int8LessOperator;
	Oid collation = InvalidOid;
	bool nulls_first = false;

	TupleDescInitEntry(descriptor, 1, "key", INT8OID, -1, 0);
	TupleDescInitEntry(descriptor, 2, "entry", BYTEAOID, -1, 0);
	sort->sort =
		tuplesort_begin_heap(descriptor, 1, &column, &operator, & collation,
							 &nulls_first, maintenance_work_mem / 2, NULL,
							 TUPLESORT_NONE);
	sort->in = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	sort->out = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
}

/* 32 bits of block, 16 of offset, 16 of region. */
static int64
entry_key(const PostingEntry *entry)
{
	return (
		int64) ((uint64) ItemPointerGetBlockNumberNoCheck(&entry->tid) << 32 |
				(uint64) ItemPointerGetOffsetNumberNoCheck(&entry->tid) << 16 |
				entry->region);
}

static void
entry_sort_put(EntrySort *sort, const ListedEntry *listed)
{
	struct
	{
		int32 header;
		ListedEntry entry;
	} value = {.entry = *listed};

	SET_VARSIZE(&value, VARHDRSZ + sizeof(ListedEntry));
	ExecClearTuple(sort->in);
	sort->in->tts_values[0] = Int64GetDatum(entry_key(&listed->entry));
	sort->in->tts_values[1] = PointerGetDatum(&value);
	sort->in->tts_isnull[0] = sort->in->tts_isnull[1] = false;
	ExecStoreVirtualTuple(sort->in);
	tuplesort_puttupleslot(sort->sort, sort->in);
	sort->count++;
}

static void
entry_sort_next(EntrySort *sort)
{
	bool isnull;

	CHECK_FOR_INTERRUPTS();
	sort->has_entry =
		tuplesort_gettupleslot(sort->sort, true, false, sort->out, NULL);
	if (!sort->has_entry)
		return;
	memcpy(&sort->entry,
		   VARDATA_ANY(DatumGetPointer(slot_getattr(sort->out, 2, &isnull))),
		   sizeof(ListedEntry));
	sort->key = entry_key(&sort->entry.entry);
}

static void
entry_sort_end(EntrySort *sort)
{
	ExecDropSingleTupleTableSlot(sort->in);
	ExecDropSingleTupleTableSlot(sort->out);
	tuplesort_end(sort->sort);
}

/* What is stored -----------------------------------------------------------*/

/* Takes the entries of a page. */
static void
read_page_entries(IndexCheck *check, uint32 list, Page page)
{
	for (int i = 0; i < posting_count(page); i++)
	{
		ListedEntry listed = {.list = list, .entry = posting_entries(page)[i]};

		entry_sort_put(&check->stored, &listed);
	}
}

/*
 * Walks a list; its insert page must be one of its pages.  Vacuum is kept out,
 * but what the primary's vacuum did is replayed on a standby at any time.
 */
static void
read_list_entries(IndexCheck *check, uint32 list)
{
	ListEntry entry = index_list(check->index, &check->model->meta, list);
	bool has_insert_page = RecoveryInProgress();
	ListWalk walk;
	Buffer buffer;
	PGAlignedBlock copy;

	list_walk_start(&walk, check->index, list, entry, entry.first,
					BUFFER_LOCK_SHARE, NULL);
	while ((buffer = list_walk_next(&walk)) != InvalidBuffer)
	{
		if (BufferGetBlockNumber(buffer) == entry.insert)
			has_insert_page = true;
		memcpy(copy.data, BufferGetPage(buffer), BLCKSZ);
		list_walk_unlock(&walk);
		read_page_entries(check, list, (Page) copy.data);
	}
	if (walk.restarts > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("index \"%s\" has lost pages while it was checked",
						RelationGetRelationName(check->index)),
				 errdetail("The primary has vacuumed it."),
				 errhint("Check it again.")));
	if (!has_insert_page)
		index_corrupted(check->index, entry.insert,
						"inserts go to a page that is not of their list");
}

/* What there should be -----------------------------------------------------*/

static void
expect_map(IndexCheck *check, Datum map, const ItemPointerData *tid)
{
	MapCoder *coder = check->coder;

	map_coder_choose(coder, &check->model->meta, map);
	if (coder->chooser.count == 0)
		return;
	map_coder_code(coder, &check->model->code, tid);
	for (int i = 0; i < coder->count; i++)
		entry_sort_put(&check->expected, &coder->entries[i]);
	check->maps++;
}

static void
expect_row(Relation index pg_attribute_unused(), ItemPointer tid,
		   Datum *values, bool *isnull, bool is_alive pg_attribute_unused(),
		   void *state)
{
	IndexCheck *check = state;
	MemoryContext old;

	if (isnull[0])
		return;
	old = MemoryContextSwitchTo(check->row_context);
	expect_map(check, values[0], tid);
	MemoryContextSwitchTo(old);
	MemoryContextReset(check->row_context);
}

/* Reads the rows that the snapshot sees. */
static void
read_heap(IndexCheck *check, Snapshot snapshot)
{
	IndexInfo *info = BuildIndexInfo(check->index);

	info->ii_Concurrent = true; /* MVCC, not SnapshotAny */
	info->ii_Unique = false;
	table_index_build_scan(check->heap, check->index, info, true, false,
						   expect_row, check,
						   table_beginscan_strat(check->heap, snapshot, 0,
												 NULL, true, true));
}

/* Comparison ---------------------------------------------------------------*/

/* True where there is a row, dead or alive, that vacuum has yet to remove. */
static bool
has_line(Relation heap, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);
	OffsetNumber offset = ItemPointerGetOffsetNumberNoCheck(tid);
	Buffer buffer;
	Page page;
	bool is_used;

	if (block >= RelationGetNumberOfBlocks(heap))
		return false;
	buffer = ReadBuffer(heap, block);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	is_used = offset >= FirstOffsetNumber &&
			  offset <= PageGetMaxOffsetNumber(page) &&
			  ItemIdIsUsed(PageGetItemId(page, offset));
	UnlockReleaseBuffer(buffer);
	return is_used;
}

static void
check_unseen(IndexCheck *check)
{
	const PostingEntry *entry = &check->stored.entry.entry;

	if (check->lock == ShareUpdateExclusiveLock &&
		check->heap->rd_rel->relam == HEAP_TABLE_AM_OID &&
		!has_line(check->heap, &entry->tid))
		fault(check, entry, "is of a row that does not exist");
	check->unseen++;
}

static void
check_same(const IndexCheck *check)
{
	const ListedEntry *stored = &check->stored.entry;
	const ListedEntry *expected = &check->expected.entry;

	if (stored->list != expected->list)
		fault(check, &stored->entry, "is in another list than it should be");
	if (stored->entry.code.factor != expected->entry.code.factor ||
		memcmp(stored->entry.code.code, expected->entry.code.code,
			   sizeof(stored->entry.code.code)) != 0)
		fault(check, &stored->entry, "has another code than it should have");
}

/* Goes to the next entry, which must not be the same once more. */
static void
next_stored(IndexCheck *check)
{
	EntrySort *stored = &check->stored;
	int64 before = stored->key;

	entry_sort_next(stored);
	if (stored->has_entry && stored->key == before)
		fault(check, &stored->entry.entry, "is there twice");
}

static void
compare_entries(IndexCheck *check)
{
	EntrySort *stored = &check->stored;
	EntrySort *expected = &check->expected;

	entry_sort_next(stored);
	entry_sort_next(expected);
	while (stored->has_entry || expected->has_entry)
	{
		if (!stored->has_entry ||
			(expected->has_entry && expected->key < stored->key))
			fault(check, &expected->entry.entry, "is missing");
		if (!expected->has_entry || stored->key < expected->key)
			check_unseen(check);
		else
		{
			check_same(check);
			entry_sort_next(expected);
		}
		next_stored(check);
	}
}

static void
run_check(IndexCheck *check)
{
	/* entries of the rows that it sees were made before it */
	Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
	const IndexModel *model = index_model(check->index);
	IndexModel *copy = palloc(model_size(&model->meta));

	memcpy(copy, model, model_size(&model->meta));
	model_set_pointers(copy);
	check->model = copy;
	check->coder = map_coder_new(check->index);
	check->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "intsearch check",
							  ALLOCSET_DEFAULT_SIZES);
	entry_sort_start(&check->stored);
	entry_sort_start(&check->expected);
	for (uint32 list = 0; list < copy->meta.lists; list++)
		read_list_entries(check, list);
	if (!RecoveryInProgress())
		index_count_free_pages(check->index);
	read_heap(check, snapshot);
	tuplesort_performsort(check->stored.sort);
	tuplesort_performsort(check->expected.sort);
	compare_entries(check);
	entry_sort_end(&check->stored);
	entry_sort_end(&check->expected);
	UnregisterSnapshot(snapshot);
}

/* Opens an index that may be checked, and its table. */
static void
open_index(IndexCheck *check, Oid oid)
{
	Oid heap = IndexGetRelation(oid, true);

	if (!OidIsValid(heap))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("relation %u is not an index", oid)));
	if (!owns_relation(heap))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(heap));
	check->lock =
		RecoveryInProgress() ? AccessShareLock : ShareUpdateExclusiveLock;
	check->heap = table_open(heap, check->lock);
	check->index = index_open(oid, AccessShareLock);
	if (!is_intsearch_index(check->index) ||
		check->index->rd_rel->relkind != RELKIND_INDEX)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not an intsearch index with pages",
							   RelationGetRelationName(check->index))));
	if (!check->index->rd_index->indisvalid)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("index \"%s\" is not valid",
							   RelationGetRelationName(check->index))));
}

Datum
intsearch_index_check(PG_FUNCTION_ARGS)
{
	IndexCheck check = {0};
	Datum values[3];
	bool nulls[3] = {false};
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the result is a row");
	open_index(&check, PG_GETARG_OID(0));
	run_check(&check);
	values[0] = Int64GetDatum(check.maps);
	values[1] = Int64GetDatum(check.stored.count);
	values[2] = Int64GetDatum(check.unseen);
	index_close(check.index, AccessShareLock);
	table_close(check.heap, check.lock);
	PG_RETURN_DATUM(HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
