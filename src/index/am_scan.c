/*
 * am_scan.c
 *		Index scans: rows in the order of their exact distance.
 *
 * A scan takes rows from the first stage, the most promising first, and scores
 * a batch of them exactly; these it returns in the order of their distances.
 * If it is asked for more, it goes on with the next batch: the order is right
 * within each, and nearly right across them.  A row that the snapshot does not
 * see does not count.  When the first stage has no more rows, it runs again,
 * over more lists, to keep more rows; those that it found before are skipped.
 *
 * Rows are mostly asked for by a LIMIT, which a scan is not told.  So it
 * counts on some rows being enough: a map that cannot be among the best so
 * many of the batch need not be searched to the end.  If more are asked for,
 * such maps are searched again, for four times as many.
 *
 * A map without a window that meets the query has no distance, and is not
 * returned; nor are rows for a query that is NULL.
 */
#include "index/am_handler.h"

#include <math.h>

#include "access/relscan.h"
#include "funcapi.h"
#include "pgstat.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "index/am_exact.h"
#include "index/am_first_stage.h"
#include "index/am_options.h"

PG_FUNCTION_INFO_V1(intsearch_last_scan);

/*
 * More rows than a batch: some may be dead, and the most promising are not
 * those with the best scores.  The fewer there are, the more of them.
 */
#define LEAST_ROOM   1600
#define FIRST_ROOM   16
#define ROOM_OF_MANY 4
/* So many rows of a batch are told apart at first, then GROWTH times that. */
#define FIRST_READY 32
/* Each run of the first stage looks for so many times the rows. */
#define GROWTH    4
#define MOST_ROOM (1 << 24)

/* What a scan did since it was last started. */
typedef struct ScanCounts
{
	int lists;
	int all_lists;
	int64 codes;  /* in all runs */
	int64 exact;  /* maps scored exactly */
	int64 unseen; /* rows that the snapshot does not see */
} ScanCounts;

/* A row of a batch. */
typedef struct ScanRow
{
	ItemPointerData tid;
	bool is_scored;    /* else it is not among the best */
	double score;      /* of the first request */
	double *distances; /* [order_bys] */
} ScanRow;

typedef struct MapScan
{
	MemoryContext context;
	MemoryContext query_context; /* of one set of queries */
	int order_bys;
	SearchOptions *requests; /* [order_bys] */
	int *strategies;         /* [order_bys] */
	bool is_done;            /* no rows beyond the batch */

	FirstStage *first_stage;
	FirstStageRun run;
	int room; /* 0 before the first run */
	int probes;
	HTAB *taken; /* rows of earlier runs; NULL where there were none */

	ExactStage *exact;
	ScanRow *rows; /* [count] of the batch, room for batch_room */
	double *distances;
	int batch_room;
	int count;
	int ready;      /* so many are in their order, */
	int next;       /* and this is the next to return */
	int wanted;     /* so many were to be told apart */
	double *best;   /* [best_count] scores, descending, */
	int best_count; /* at most wanted; room for batch_room */
	ScanCounts counts;
} MapScan;

/* Of the last scan of this session. */
static ScanCounts last_scan;

IndexScanDesc
intsearch_begin_scan(Relation index, int keys, int order_bys)
{
	IndexScanDesc scan = RelationGetIndexScan(index, keys, order_bys);
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "intsearch scan",
							  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	MapScan *state = palloc0(sizeof(MapScan));

	state->context = context;
	state->query_context =
		AllocSetContextCreate(context, "intsearch scan query",
							  ALLOCSET_DEFAULT_SIZES);
	state->order_bys = order_bys;
	state->requests = palloc(sizeof(SearchOptions) * Max(order_bys, 1));
	state->strategies = palloc(sizeof(int) * Max(order_bys, 1));
	state->first_stage = first_stage_new(index);
	MemoryContextSwitchTo(old);
	scan->opaque = state;
	return scan;
}

/* Reads the queries; there are no rows where one is NULL. */
static void
read_requests(IndexScanDesc scan, MapScan *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->query_context);

	for (int i = 0; i < state->order_bys; i++)
	{
		ScanKey key = &scan->orderByData[i];

		state->strategies[i] = key->sk_strategy;
		if (key->sk_flags & SK_ISNULL)
			state->is_done = true;
		else
			request_from_datum(&state->requests[i], key->sk_argument);
	}
	MemoryContextSwitchTo(old);
}

void
intsearch_rescan(IndexScanDesc scan, ScanKey keys pg_attribute_unused(),
				 int key_count pg_attribute_unused(), ScanKey order_bys,
				 int order_by_count pg_attribute_unused())
{
	MapScan *state = scan->opaque;

	if (order_bys != NULL && scan->numberOfOrderBys > 0)
		memmove(scan->orderByData, order_bys,
				sizeof(ScanKeyData) * scan->numberOfOrderBys);
	state->room = 0;
	state->count = state->ready = state->next = 0;
	state->run = (FirstStageRun){0};
	state->counts = (ScanCounts){0};
	state->is_done = false;
	state->taken = NULL;
	MemoryContextReset(state->query_context);
	read_requests(scan, state);
}

/* The first stage ----------------------------------------------------------*/

static void
run_first_stage(MapScan *state)
{
	const SearchQuery *query = &state->requests[0].query;

	state->run = first_stage_run(state->first_stage, query->vector,
								 query->length, state->probes, state->room);
	state->counts.lists = state->run.lists;
	state->counts.all_lists = state->run.all_lists;
	state->counts.codes += state->run.codes;
}

static HTAB *
new_row_set(MemoryContext context)
{
	HASHCTL control = {.keysize = sizeof(ItemPointerData),
					   .entrysize = sizeof(ItemPointerData),
					   .hcxt = context};

	return hash_create("intsearch rows", 1024, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Notes the rows of the last run. */
static void
note_taken(MapScan *state)
{
	if (state->taken == NULL)
		state->taken = new_row_set(state->query_context);
	for (int i = 0; i < state->run.count; i++)
	{
		ItemPointerData tid = first_stage_row(state->first_stage, i);

		hash_search(state->taken, &tid, HASH_ENTER, NULL);
	}
}

/* Rows that the first run looks for. */
static int
first_room(Relation index)
{
	int64 candidates = scan_candidates(index);
	int64 room = Min(candidates * FIRST_ROOM, FIRST_STAGE_COMBINED);

	room = Max(room, candidates * ROOM_OF_MANY);
	return (int) Min(Max(room, LEAST_ROOM), MOST_ROOM);
}

/* Looks farther than before; false where there is nothing more. */
static bool
widen_first_stage(Relation index, MapScan *state)
{
	bool is_full = state->run.count == state->room;
	bool has_lists = state->probes < state->run.all_lists &&
					 iterative_setting != ITERATIVE_OFF;

	if (state->room == 0)
	{
		state->room = first_room(index);
		state->probes =
			scan_probes(index, (int) index_model(index)->meta.lists);
	}
	else if (is_full && state->room < MOST_ROOM)
	{
		note_taken(state);
		state->room = (int) Min((int64) state->room * GROWTH, MOST_ROOM);
	}
	else if (has_lists)
		note_taken(state);
	else
		return false;
	if (has_lists)
		state->probes = Min(state->probes * GROWTH, CODE_MOST_LISTS);
	run_first_stage(state);
	return true;
}

static bool
was_taken(const MapScan *state, const ItemPointerData *tid)
{
	return state->taken != NULL &&
		   hash_search(state->taken, tid, HASH_FIND, NULL) != NULL;
}

/*
 * The number of the next row in the run, each row once; -1 where there are no
 * more.
 */
static int
next_row(Relation index, MapScan *state, ItemPointerData *tid)
{
	do
	{
		int number;

		while (state->run.count > 0 &&
			   (number = first_stage_next(state->first_stage)) >= 0)
		{
			*tid = first_stage_row(state->first_stage, number);
			if (!was_taken(state, tid))
				return number;
		}
	} while (widen_first_stage(index, state));
	return -1;
}

/* Batches ------------------------------------------------------------------*/

/* Room for the rows of a batch. */
static void
reserve_batch(MapScan *state, int size)
{
	MemoryContext context = state->context;

	if (size <= state->batch_room)
		return;
	if (state->rows != NULL)
	{
		pfree(state->rows);
		pfree(state->distances);
		pfree(state->best);
	}
	state->batch_room = size;
	state->rows =
		MemoryContextAllocHuge(context, sizeof(ScanRow) * (size_t) size);
	state->distances =
		MemoryContextAllocHuge(context, sizeof(double) * (size_t) size *
											state->order_bys);
	state->best =
		MemoryContextAllocHuge(context, sizeof(double) * (size_t) size);
}

/* Least score of a row that can be among those wanted. */
static double
least_score(const MapScan *state)
{
	return state->best_count < state->wanted
			   ? -1
			   : state->best[state->wanted - 1] - SCORE_RESOLUTION;
}

/* Puts a score in its place among the best. */
static void
keep_best(MapScan *state, double score)
{
	double *best = state->best;
	int at;

	if (state->best_count < state->wanted)
		state->best_count++;
	else if (score <= best[state->wanted - 1])
		return;
	for (at = state->best_count - 1; at > 0 && best[at - 1] < score; at--)
		best[at] = best[at - 1];
	best[at] = score;
}

static double
distance_of_score(int strategy, double score)
{
	return strategy == STRATEGY_COSINE ? 1 - score : score_distance(score);
}

/* A distance after the first; without a window that meets it, it is last. */
static double
further_distance(MapScan *state, Datum map, int number)
{
	double score;

	if (!exact_score(state->exact, map, &state->requests[number], -1, &score))
		return INFINITY;
	return distance_of_score(state->strategies[number], score);
}

/* Computes the distances of a fetched row, unless others are better. */
static void
score_row(MapScan *state, ScanRow *row, Datum map)
{
	row->is_scored = exact_score(state->exact, map, &state->requests[0],
								 least_score(state), &row->score);
	if (!row->is_scored)
		return;
	keep_best(state, row->score);
	row->distances[0] = distance_of_score(state->strategies[0], row->score);
	for (int i = 1; i < state->order_bys; i++)
		row->distances[i] = further_distance(state, map, i);
}

/* What the score of a row says about those to come. */
static void
learn_row(MapScan *state, int number, const ScanRow *row, double least)
{
	if (row->is_scored)
		first_stage_learn(state->first_stage, number, row->score);
	else if (least > -1)
		first_stage_learn_most(state->first_stage, number, least);
}

/*
 * Adds a row, of that number in the run, to the batch, if the snapshot sees
 * it.
 */
static void
add_row(MapScan *state, int number, ItemPointerData tid)
{
	ScanRow *row = &state->rows[state->count];
	double least = least_score(state);
	Datum map;

	if (!exact_fetch(state->exact, tid, &map))
		state->counts.unseen++;
	else
	{
		row->tid = tid;
		row->distances =
			state->distances + (size_t) state->count * state->order_bys;
		score_row(state, row, map);
		learn_row(state, number, row, least);
		state->count++;
		state->counts.exact++;
	}
	exact_forget(state->exact);
}

/* By distance; those that are not scored come last. */
static int
compare_rows(const void *a, const void *b, void *context)
{
	const ScanRow *first = a;
	const ScanRow *second = b;
	const MapScan *state = context;

	if (first->is_scored != second->is_scored)
		return first->is_scored ? -1 : 1;
	for (int i = 0; first->is_scored && i < state->order_bys; i++)
		if (first->distances[i] != second->distances[i])
			return first->distances[i] < second->distances[i] ? -1 : 1;
	return ItemPointerCompare((ItemPointer) &first->tid,
							  (ItemPointer) &second->tid);
}

/*
 * Sorts the batch.  Every row that is not scored is worse than the best of
 * those wanted; where nobody can be better than all of the batch, it has no
 * distance.
 */
static void
order_batch(MapScan *state)
{
	int scored = 0;

	qsort_arg(state->rows, state->count, sizeof(ScanRow), compare_rows, state);
	while (scored < state->count && state->rows[scored].is_scored)
		scored++;
	if (state->best_count < state->wanted)
		state->count = scored;
	state->ready = scored == state->count ? scored : state->wanted;
	exact_rest(state->exact);
}

static void
fill_batch(Relation index, MapScan *state, int size)
{
	ItemPointerData tid;

	reserve_batch(state, size);
	state->count = state->next = state->best_count = 0;
	state->wanted = Min(FIRST_READY, size);
	while (state->count < size && !state->is_done)
	{
		int number = -1;

		if (state->counts.exact < max_candidates_setting)
			number = next_row(index, state, &tid);
		if (number < 0)
			state->is_done = true;
		else
			add_row(state, number, tid);
	}
	if (iterative_setting == ITERATIVE_OFF)
		state->is_done = true;
	order_batch(state);
}

/* Searches the maps again that were not among the best, for more of them. */
static void
extend_batch(MapScan *state)
{
	state->wanted = Min(state->wanted * GROWTH, state->batch_room);
	state->best_count = 0;
	for (int i = 0; i < state->count; i++)
		if (state->rows[i].is_scored)
			keep_best(state, state->rows[i].score);
	for (int i = state->ready; i < state->count; i++)
	{
		ScanRow *row = &state->rows[i];
		Datum map;

		if (row->is_scored)
			continue;
		if (exact_fetch(state->exact, row->tid, &map))
			score_row(state, row, map);
		exact_forget(state->exact);
	}
	order_batch(state);
}

static void
report_batch(Relation index, const MapScan *state)
{
	const ScanCounts *counts = &state->counts;

	last_scan = *counts;
	elog(
		DEBUG1,
		"intsearch: index \"%s\": %d of %d lists, %lld codes, %lld maps scored exactly, %lld rows not seen",
		RelationGetRelationName(index), counts->lists, counts->all_lists,
		(long long) counts->codes, (long long) counts->exact,
		(long long) counts->unseen);
}

/* Makes more rows ready to return, if there are any. */
static void
make_ready(IndexScanDesc scan, MapScan *state)
{
	Relation index = scan->indexRelation;

	while (state->next == state->ready)
	{
		if (state->ready < state->count)
			extend_batch(state);
		else if (!state->is_done)
		{
			fill_batch(index, state, scan_candidates(index));
			report_batch(index, state);
		}
		else
			return;
	}
}

/* Scans --------------------------------------------------------------------*/

static void
start_scan(IndexScanDesc scan, MapScan *state)
{
	MemoryContext old;

	if (scan->numberOfOrderBys == 0)
		elog(ERROR, "an intsearch index is scanned in an order only");
	if (!IsMVCCSnapshot(scan->xs_snapshot))
		elog(ERROR,
			 "an intsearch index is scanned under an MVCC snapshot only");
	pgstat_count_index_scan(scan->indexRelation);
	count_index_search(scan);
	if (state->exact != NULL)
		return;
	old = MemoryContextSwitchTo(state->context);
	state->exact = exact_stage_new(scan->heapRelation, scan->indexRelation,
								   scan->xs_snapshot);
	MemoryContextSwitchTo(old);
}

bool
intsearch_next(IndexScanDesc scan,
			   ScanDirection direction pg_attribute_unused())
{
	MapScan *state = scan->opaque;

	if (state->room == 0 && !state->is_done)
		start_scan(scan, state);
	make_ready(scan, state);
	if (state->next == state->ready)
		return false;
	scan->xs_heaptid = state->rows[state->next++].tid;
	scan->xs_recheck = false;
	scan->xs_recheckorderby = false;
	return true;
}

void
intsearch_end_scan(IndexScanDesc scan)
{
	MapScan *state = scan->opaque;

	if (state->exact != NULL)
		exact_stage_end(state->exact);
	MemoryContextDelete(state->context);
}

Datum
intsearch_last_scan(PG_FUNCTION_ARGS)
{
	Datum values[] = {
		Int32GetDatum(last_scan.lists),  Int32GetDatum(last_scan.all_lists),
		Int64GetDatum(last_scan.codes),  Int64GetDatum(last_scan.exact),
		Int64GetDatum(last_scan.unseen),
	};
	bool nulls[lengthof(values)] = {false};
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the result is a row");
	PG_RETURN_DATUM(HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
