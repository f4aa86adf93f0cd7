/*
 * am_lists.c
 *		Walks and changes the lists of an intsearch index.
 */
#include "index/am_lists.h"

#include "access/generic_xlog.h"
#include "miscadmin.h"
#include "storage/lmgr.h"

#include "index/am_recent.h"

/* The first free page in the metapage, where there is none. */
#define NO_FREE_PAGE 0

/* Walks --------------------------------------------------------------------*/

void
list_walk_start(ListWalk *walk, Relation index, uint32 list, ListEntry entry,
				BlockNumber from, int lock, BufferAccessStrategy strategy)
{
	*walk = (ListWalk){
		.index = index,
		.strategy = strategy,
		.list = list,
		.lock = lock,
		.first = entry.first,
		.start = from,
		.blocks = RelationGetNumberOfBlocks(index),
	};
}

/*
 * A chain that is longer than the index, which may have grown, goes round in a
 * circle.
 */
static void
check_step(ListWalk *walk, BlockNumber block)
{
	if (walk->visited >= walk->blocks || block >= walk->blocks)
		walk->blocks = RelationGetNumberOfBlocks(walk->index);
	if (block >= walk->blocks)
		index_corrupted(walk->index, block,
						"a list goes on beyond the end of the index");
	if (walk->visited++ >= walk->blocks ||
		(BufferIsValid(walk->buffer) &&
		 block == BufferGetBlockNumber(walk->buffer)))
		index_corrupted(walk->index, block, "a list has no end");
}

static Buffer
pin_page(ListWalk *walk, BlockNumber block)
{
	CHECK_FOR_INTERRUPTS();
	check_step(walk, block);
	return read_recent_page(walk->index, block, walk->strategy);
}

/* A locked page is the one at hand from now on. */
static Buffer
arrive(ListWalk *walk, Buffer buffer)
{
	Page page = BufferGetPage(buffer);
	const char *trouble = index_page_trouble(page, INDEX_PAGE_POSTING);

	if (trouble == NULL && index_page_tail(page)->list != walk->list)
		trouble = "a page of another list";
	if (trouble != NULL)
		index_corrupted(walk->index, BufferGetBlockNumber(buffer), trouble);
	walk->buffer = buffer;
	walk->is_locked = true;
	walk->generation = index_page_tail(page)->generation;
	prefetch_recent_page(walk->index, index_page_tail(page)->next);
	return buffer;
}

/* True for a page that may have been in the list once, and is not now. */
static bool
is_elsewhere(const ListWalk *walk, Page page)
{
	if (index_page_trouble(page, INDEX_PAGE_POSTING) == NULL)
		return index_page_tail(page)->list != walk->list;
	return index_page_trouble(page, INDEX_PAGE_FREE) == NULL;
}

static Buffer
start_walk(ListWalk *walk)
{
	Buffer buffer;

	walk->visited = 0;
	walk->previous = InvalidBlockNumber;
	buffer = pin_page(walk, walk->start);
	LockBuffer(buffer, walk->lock);
	if (walk->start != walk->first &&
		is_elsewhere(walk, BufferGetPage(buffer)))
	{
		UnlockReleaseBuffer(buffer);
		walk->start = walk->first;
		buffer = pin_page(walk, walk->start);
		LockBuffer(buffer, walk->lock);
	}
	return arrive(walk, buffer);
}

void
list_walk_unlock(ListWalk *walk)
{
	if (!walk->is_locked)
		return;
	walk->next = index_page_tail(BufferGetPage(walk->buffer))->next;
	walk->is_locked = false;
	LockBuffer(walk->buffer, BUFFER_LOCK_UNLOCK);
}

void
list_walk_end(ListWalk *walk)
{
	if (!BufferIsValid(walk->buffer))
		return;
	list_walk_unlock(walk);
	ReleaseBuffer(walk->buffer);
	walk->buffer = InvalidBuffer;
}

static Buffer
restart_walk(ListWalk *walk)
{
	list_walk_end(walk);
	walk->restarts++;
	walk->start = walk->first;
	return start_walk(walk);
}

/* Leaves the page at hand, which is locked, for the next one, pinned. */
static Buffer
step(ListWalk *walk, Buffer next)
{
	if (BufferIsValid(next))
		LockBuffer(next, walk->lock);
	walk->previous = BufferGetBlockNumber(walk->buffer);
	list_walk_end(walk);
	return BufferIsValid(next) ? arrive(walk, next) : InvalidBuffer;
}

Buffer
list_walk_next(ListWalk *walk)
{
	if (!BufferIsValid(walk->buffer))
		return start_walk(walk);
	list_walk_unlock(walk);
	for (;;)
	{
		BlockNumber block = walk->next;
		Buffer next = block == InvalidBlockNumber ? InvalidBuffer
												  : pin_page(walk, block);
		IndexPageTail *tail = index_page_tail(BufferGetPage(walk->buffer));

		LockBuffer(walk->buffer, BUFFER_LOCK_SHARE);
		walk->is_locked = true;
		if (tail->generation == walk->generation && tail->next == block)
			return step(walk, next);
		if (BufferIsValid(next))
		{
			ReleaseBuffer(next);
			walk->visited--;
		}
		if (tail->generation != walk->generation)
			return restart_walk(walk);
		list_walk_unlock(walk);
	}
}

/* Growing ------------------------------------------------------------------*/

static void
put_entries(Page page, const PostingEntry *entries, int count)
{
	int before = posting_count(page);

	memcpy(posting_entries(page) + before, entries,
		   sizeof(PostingEntry) * count);
	posting_set_count(page, before + count);
}

/* Fills the room of a locked page; returns how many entries went in. */
static int
fill_page(Relation index, Buffer buffer, const PostingEntry *entries,
		  int count)
{
	int room = (int) ENTRIES_PER_PAGE - posting_count(BufferGetPage(buffer));
	GenericXLogState *state;

	count = Min(count, room);
	if (count == 0)
		return 0;
	state = GenericXLogStart(index);
	put_entries(GenericXLogRegisterBuffer(state, buffer, 0), entries, count);
	GenericXLogFinish(state);
	return count;
}

/* A new block at the end of the index, locked. */
static Buffer
extend_index(Relation index)
{
	Buffer buffer;

	LockRelationForExtension(index, ExclusiveLock);
	buffer = ReadBuffer(index, P_NEW);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	UnlockRelationForExtension(index, ExclusiveLock);
	return buffer;
}

static void
check_free_page(Relation index, Buffer buffer)
{
	const char *trouble =
		index_page_trouble(BufferGetPage(buffer), INDEX_PAGE_FREE);

	if (trouble != NULL)
		index_corrupted(index, BufferGetBlockNumber(buffer), trouble);
}

/*
 * The first free page, locked; InvalidBuffer where there is none, or a process
 * is about to see that this is not the page that it remembers.
 */
static Buffer
lock_free_page(Relation index, BlockNumber block)
{
	Buffer buffer;

	if (block == NO_FREE_PAGE)
		return InvalidBuffer;
	if (block >= RelationGetNumberOfBlocks(index))
		index_corrupted(index, INDEX_META_BLOCK,
						"a free page beyond the end of the index");
	buffer = ReadBuffer(index, block);
	if (!ConditionalLockBuffer(buffer))
	{
		ReleaseBuffer(buffer);
		return InvalidBuffer;
	}
	check_free_page(index, buffer);
	return buffer;
}

/* Makes the free page after one the first. */
static void
set_next_free(GenericXLogState *state, Buffer meta_buffer, Buffer free)
{
	BlockNumber next = index_page_tail(BufferGetPage(free))->next;
	Page page = GenericXLogRegisterBuffer(state, meta_buffer, 0);

	((IndexMeta *) PageGetContents(page))->free =
		next == InvalidBlockNumber ? NO_FREE_PAGE : next;
}

/*
 * Makes a block the page after the locked last page of a list, with as many of
 * the entries as fit; returns how many.  An empty page would be vacuum's.
 */
static int
hang_on(GenericXLogState *state, Buffer last, Buffer added, uint32 list,
		const PostingEntry *entries, int count)
{
	Page last_page = GenericXLogRegisterBuffer(state, last, 0);
	Page page =
		GenericXLogRegisterBuffer(state, added, GENERIC_XLOG_FULL_IMAGE);
	uint32 generation =
		PageIsNew(page) ? 0 : index_page_tail(page)->generation;

	count = Min(count, (int) ENTRIES_PER_PAGE);
	index_page_init(page, INDEX_PAGE_POSTING, list);
	index_page_tail(page)->generation = generation;
	put_entries(page, entries, count);
	index_page_tail(last_page)->next = BufferGetBlockNumber(added);
	return count;
}

/*
 * Hangs a page, free or new, on the locked last page of a list, and fills it;
 * returns how many entries went in.
 */
static int
extend_list(Relation index, Buffer last, uint32 list,
			const PostingEntry *entries, int count, BlockNumber *block)
{
	const IndexMeta *meta;
	Buffer meta_buffer = index_lock_meta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	Buffer added = lock_free_page(index, meta->free);
	GenericXLogState *state;

	if (!BufferIsValid(added))
	{
		UnlockReleaseBuffer(meta_buffer);
		meta_buffer = InvalidBuffer;
		added = extend_index(index);
	}
	state = GenericXLogStart(index);
	if (BufferIsValid(meta_buffer))
		set_next_free(state, meta_buffer, added);
	count = hang_on(state, last, added, list, entries, count);
	GenericXLogFinish(state);
	*block = BufferGetBlockNumber(added);
	UnlockReleaseBuffer(added);
	if (BufferIsValid(meta_buffer))
		UnlockReleaseBuffer(meta_buffer);
	return count;
}

/*
 * While a page of the list is locked, the index cannot forget the number of
 * channels.
 */
static void
agree_again(Relation index, const IndexMeta *meta)
{
	int channels = (int) meta->channels;

	if (meta->code_kind == CODE_TRAINED ||
		index_read_meta(index).channels == meta->channels)
		return;
	if (index_agree_on_channels(index, channels) != channels)
		refuse_channels(index, (int) index_read_meta(index).channels,
						channels);
}

void
index_append(Relation index, const IndexMeta *meta, uint32 list,
			 const PostingEntry *entries, int count)
{
	ListEntry entry = index_list(index, meta, list);
	BlockNumber block = entry.insert;
	ListWalk walk;

	list_walk_start(&walk, index, list, entry, entry.insert,
					BUFFER_LOCK_EXCLUSIVE, NULL);
	while (count > 0)
	{
		Buffer buffer = list_walk_next(&walk);
		int filled;

		agree_again(index, meta);
		filled = fill_page(index, buffer, entries, count);
		block = BufferGetBlockNumber(buffer);
		if (filled < count &&
			index_page_tail(BufferGetPage(buffer))->next == InvalidBlockNumber)
			filled += extend_list(index, buffer, list, entries + filled,
								  count - filled, &block);
		entries += filled;
		count -= filled;
	}
	list_walk_end(&walk);
	if (block != entry.insert)
		index_set_insert_page(index, meta, list, block);
}

/* Shrinking ----------------------------------------------------------------*/

/* Takes a page out of its list, after the page before it; both are locked. */
static void
unlink_page(Relation index, Buffer before, Buffer buffer)
{
	const IndexMeta *meta;
	Buffer meta_buffer = index_lock_meta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	BlockNumber free = meta->free;
	GenericXLogState *state = GenericXLogStart(index);
	IndexPageTail *before_tail =
		index_page_tail(GenericXLogRegisterBuffer(state, before, 0));
	IndexPageTail *tail =
		index_page_tail(GenericXLogRegisterBuffer(state, buffer, 0));
	Page meta_page = GenericXLogRegisterBuffer(state, meta_buffer, 0);

	before_tail->next = tail->next;
	tail->kind = INDEX_PAGE_FREE;
	tail->next = free == NO_FREE_PAGE ? InvalidBlockNumber : free;
	tail->generation++;
	((IndexMeta *) PageGetContents(meta_page))->free =
		BufferGetBlockNumber(buffer);
	GenericXLogFinish(state);
	UnlockReleaseBuffer(meta_buffer);
}

/*
 * Inserts that look up a list's insert page from now on will not find the page
 * at hand, unless one has put an entry there.
 */
static void
move_inserts(const ListWalk *walk, const IndexMeta *meta)
{
	if (index_list(walk->index, meta, walk->list).insert ==
		BufferGetBlockNumber(walk->buffer))
		index_set_insert_page(walk->index, meta, walk->list, walk->previous);
}

bool
list_walk_remove(ListWalk *walk, const IndexMeta *meta)
{
	Buffer before;
	Buffer buffer = walk->buffer;
	bool is_empty;

	if (walk->previous == InvalidBlockNumber)
		return false;
	move_inserts(walk, meta);
	before = index_read_page(walk->index, walk->previous, INDEX_PAGE_POSTING,
							 BUFFER_LOCK_EXCLUSIVE, walk->strategy);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	is_empty = posting_count(BufferGetPage(buffer)) == 0;
	if (is_empty)
		unlink_page(walk->index, before, buffer);
	UnlockReleaseBuffer(is_empty ? buffer : before);
	arrive(walk, is_empty ? before : buffer);
	list_walk_unlock(walk);
	return is_empty;
}

static void
set_no_channels(Relation index)
{
	const IndexMeta *meta;
	Buffer buffer = index_lock_meta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	GenericXLogState *state = GenericXLogStart(index);
	Page page = GenericXLogRegisterBuffer(state, buffer, 0);

	((IndexMeta *) PageGetContents(page))->channels = 0;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

void
index_forget_channels(Relation index)
{
	IndexMeta meta = index_read_meta(index);
	Buffer buffer;
	Page page;

	if (meta.code_kind == CODE_TRAINED || meta.channels == 0 ||
		TupleDescAttr(RelationGetDescr(index), 0)->atttypmod > 0)
		return;
	buffer = index_read_page(index, index_list(index, &meta, 0).first,
							 INDEX_PAGE_POSTING, BUFFER_LOCK_EXCLUSIVE, NULL);
	page = BufferGetPage(buffer);
	if (posting_count(page) == 0 &&
		index_page_tail(page)->next == InvalidBlockNumber)
		set_no_channels(index);
	UnlockReleaseBuffer(buffer);
}

/* Free pages ---------------------------------------------------------------*/

/* Looks at a free page; returns false if a list has taken it meanwhile. */
static bool
look_at_free_page(Relation index, BlockNumber block, BlockNumber *next)
{
	Buffer buffer;
	Page page;
	bool is_free;

	CHECK_FOR_INTERRUPTS();
	buffer = ReadBuffer(index, block);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	is_free = index_page_trouble(page, INDEX_PAGE_POSTING) != NULL;
	if (is_free)
		check_free_page(index, buffer);
	*next = index_page_tail(page)->next;
	UnlockReleaseBuffer(buffer);
	return is_free;
}

/* Lists take the first page, so those before one that was taken are, too. */
BlockNumber
index_count_free_pages(Relation index)
{
	BlockNumber block = index_read_meta(index).free;
	BlockNumber count = 0;

	if (block == NO_FREE_PAGE)
		return 0;
	while (block != InvalidBlockNumber)
	{
		BlockNumber blocks = RelationGetNumberOfBlocks(index);

		if (block >= blocks || count >= blocks)
			index_corrupted(index, block, "free pages have no end");
		if (look_at_free_page(index, block, &block))
			count++;
		else
			return count;
	}
	return count;
}
