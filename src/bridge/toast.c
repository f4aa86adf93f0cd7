/*
 * toast.c
 *		Reading values that are stored out of line.
 *
 * PostgreSQL finds every chunk of a value, some 2 KB, by the index of the
 * TOAST table.  But a value is written at one go, and so its chunks mostly lie
 * in a row of pages, in order.  Here only the first one is looked up; the
 * others are taken from its page and the ones after it.  Where the next one is
 * not there, it is looked up in turn.  A map of 94 KB, which is searched in
 * some 80 us, is read in 12 in place of 22.
 *
 * A chunk is one of this value if it has its id, is next in number, is visible
 * to the snapshot that PostgreSQL uses for TOAST, and was written by the
 * transaction that wrote the one looked up.  That snapshot sees deleted
 * chunks, too.  Where ids wrapped around, an older value may have had the same
 * one; its chunks can lie in the table when they are no longer in the index.
 */
#include "bridge/toast.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/toast_internals.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "bridge/compat.h"
#include "bridge/recent_page.h"

/* Columns of a TOAST table. */
enum
{
	CHUNK_ID = 1,
	CHUNK_SEQ,
	CHUNK_DATA,
};

/* A value that is read chunk by chunk. */
typedef struct ToastWalk
{
	Relation table;
	BlockNumber blocks; /* of the table; 0 until they are counted */
	SnapshotData snapshot;
	Oid id;
	TransactionId writer; /* of the chunk that was looked up last */
	int32 next;           /* number of the next chunk */
	char *to;             /* where it goes */
	Size left;            /* bytes from there on */
	Buffer buffer;        /* of the page at hand or before; or InvalidBuffer */
} ToastWalk;

/*
 * The page of the next chunk by one of the table's indexes; sets its writer.
 */
static BlockNumber
look_up_chunk(ToastWalk *walk, Relation index)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple chunk;
	BlockNumber block = InvalidBlockNumber;

	ScanKeyInit(&keys[0], CHUNK_ID, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(walk->id));
	ScanKeyInit(&keys[1], CHUNK_SEQ, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(walk->next));
	scan = systable_beginscan_ordered(walk->table, index, &walk->snapshot,
									  lengthof(keys), keys);
	chunk = systable_getnext_ordered(scan, ForwardScanDirection);
	if (HeapTupleIsValid(chunk))
	{
		block = ItemPointerGetBlockNumber(&chunk->t_self);
		walk->writer = HeapTupleHeaderGetRawXmin(chunk->t_data);
	}
	systable_endscan_ordered(scan);
	return block;
}

/* The page of the next chunk; InvalidBlockNumber where there is none. */
static BlockNumber
next_block(ToastWalk *walk)
{
	Relation *indexes;
	int count;
	int valid =
		toast_open_indexes(walk->table, AccessShareLock, &indexes, &count);
	BlockNumber block = look_up_chunk(walk, indexes[valid]);

	toast_close_indexes(indexes, count, AccessShareLock);
	return block;
}

/* A column of a chunk, none of which is null. */
static Datum
chunk_column(const ToastWalk *walk, HeapTuple chunk, int column)
{
	bool is_null;

	return fastgetattr(chunk, column, RelationGetDescr(walk->table), &is_null);
}

/* Takes the next chunk of the value, if it is this one. */
static void
take_chunk(ToastWalk *walk, HeapTuple chunk)
{
	struct varlena *data;
	Datum datum;
	Size size;

	if (DatumGetObjectId(chunk_column(walk, chunk, CHUNK_ID)) != walk->id ||
		DatumGetInt32(chunk_column(walk, chunk, CHUNK_SEQ)) != walk->next ||
		HeapTupleHeaderGetRawXmin(chunk->t_data) != walk->writer ||
		!HeapTupleSatisfiesVisibility(chunk, &walk->snapshot, walk->buffer))
		return;
	datum = chunk_column(walk, chunk, CHUNK_DATA);
	data = (struct varlena *) DatumGetPointer(datum);
	size = VARSIZE_ANY_EXHDR(data);
	if (VARATT_IS_EXTERNAL(data) || VARATT_IS_COMPRESSED(data) ||
		size != Min(walk->left, TOAST_MAX_CHUNK_SIZE))
		return;
	memcpy(walk->to, VARDATA_ANY(data), size);
	walk->to += size;
	walk->left -= size;
	walk->next++;
}

/*
 * Where the page after the one in walk->buffer is likely to be: pages that
 * were read one after the other are mostly in buffers one after the other.
 */
static Buffer
likely_buffer(const ToastWalk *walk)
{
	return walk->buffer > 0 && walk->buffer < NBuffers ? walk->buffer + 1
													   : InvalidBuffer;
}

/* Reads a page; InvalidBuffer where the table has none of that number. */
static Buffer
read_page(ToastWalk *walk, BlockNumber block)
{
	Buffer likely = likely_buffer(walk);

	if (pin_recent_page(walk->table, block, likely))
		return likely;
	/* a system call, which the guess mostly spares */
	if (walk->blocks == 0)
		walk->blocks = RelationGetNumberOfBlocks(walk->table);
	return block < walk->blocks ? ReadBuffer(walk->table, block)
								: InvalidBuffer;
}

/* Takes the chunks that come next of the page in walk->buffer, locked. */
static void
take_chunks(ToastWalk *walk, BlockNumber block)
{
	Page page = BufferGetPage(walk->buffer);
	OffsetNumber last = PageGetMaxOffsetNumber(page);

	for (OffsetNumber at = FirstOffsetNumber; at <= last && walk->left > 0;
		 at++)
	{
		ItemId item = PageGetItemId(page, at);
		HeapTupleData chunk;

		if (!ItemIdIsNormal(item))
			continue;
		chunk.t_data = (HeapTupleHeader) PageGetItem(page, item);
		chunk.t_len = ItemIdGetLength(item);
		chunk.t_tableOid = RelationGetRelid(walk->table);
		ItemPointerSet(&chunk.t_self, block, at);
		take_chunk(walk, &chunk);
	}
}

/* Takes the chunks of a page that come next; false where it has none. */
static bool
take_page(ToastWalk *walk, BlockNumber block)
{
	int32 before = walk->next;

	CHECK_FOR_INTERRUPTS();
	walk->buffer = read_page(walk, block);
	if (!BufferIsValid(walk->buffer))
		return false;
	/* with less left, it mostly ends on this page */
	if (walk->left > BLCKSZ)
		prefetch_buffer(likely_buffer(walk));
	LockBuffer(walk->buffer, BUFFER_LOCK_SHARE);
	take_chunks(walk, block);
	UnlockReleaseBuffer(walk->buffer);
	return walk->next > before;
}

/* Reads the whole value; false where a chunk is not to be found. */
static bool
take_value(ToastWalk *walk)
{
	if (walk->table->rd_tableam != GetHeapamTableAmRoutine())
		return false;
	while (walk->left > 0)
	{
		BlockNumber block = next_block(walk);

		if (block == InvalidBlockNumber || !take_page(walk, block))
			return false;
		while (walk->left > 0 && take_page(walk, ++block))
			;
	}
	return true;
}

/* NULL where PostgreSQL has to read it. */
static struct varlena *
read_pages(struct varlena *external)
{
	struct varatt_external pointer;
	ToastWalk walk = {.snapshot = {.snapshot_type = SNAPSHOT_TOAST}};
	struct varlena *value;
	bool done;

	VARATT_EXTERNAL_GET_POINTER(pointer, external);
	if (VARATT_EXTERNAL_IS_COMPRESSED(pointer))
		return NULL;
	walk.id = pointer.va_valueid;
	walk.left = VARATT_EXTERNAL_GET_EXTSIZE(pointer);
	value = palloc(walk.left + VARHDRSZ);
	SET_VARSIZE(value, walk.left + VARHDRSZ);
	walk.to = VARDATA(value);
	walk.table = table_open(pointer.va_toastrelid, AccessShareLock);
	done = take_value(&walk);
	table_close(walk.table, AccessShareLock);
	if (done)
		return value;
	pfree(value);
	return NULL;
}

struct varlena *
toast_read(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	struct varlena *read = NULL;

	/* without a snapshot, VACUUM may remove chunks; PostgreSQL refuses */
	if (VARATT_IS_EXTERNAL_ONDISK(value) && HaveRegisteredOrActiveSnapshot())
		read = read_pages(value);
	return read != NULL ? read : PG_DETOAST_DATUM(datum);
}
