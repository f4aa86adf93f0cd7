/*
 * am_vacuum.c
 *		Removes the entries of dead rows.
 *
 * Entries move within their page only, and pages that have none left leave
 * their list, so inserts and scans go on meanwhile.  A scan that has read an
 * entry which is removed here fetches nothing wrong later: it uses an MVCC
 * snapshot, and whatever row takes the dead one's place is too new to be seen
 * by that.
 */
#include "index/am_handler.h"

#include "access/generic_xlog.h"
#include "commands/vacuum.h"

#include "index/am_lists.h"

/* One run over all lists. */
typedef struct BulkDelete
{
	Relation index;
	IndexMeta meta;
	IndexBulkDeleteResult *stats;
	IndexBulkDeleteCallback callback;
	void *state;
	BufferAccessStrategy strategy;
} BulkDelete;

/* Number of entries to remove of a page. */
static int
count_dead(const BulkDelete *run, Page page)
{
	PostingEntry *entries = posting_entries(page);
	int count = posting_count(page);
	int dead = 0;

	for (int i = 0; i < count; i++)
		dead += run->callback(&entries[i].tid, run->state);
	return dead;
}

/* Moves the entries that stay together. */
static void
compact_page(const BulkDelete *run, Page page)
{
	PostingEntry *entries = posting_entries(page);
	int count = posting_count(page);
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (!run->callback(&entries[i].tid, run->state))
			entries[kept++] = entries[i];
	posting_set_count(page, kept);
}

/* Returns whether the page has room now. */
static bool
vacuum_page(BulkDelete *run, Buffer buffer)
{
	int count = posting_count(BufferGetPage(buffer));
	int dead = count_dead(run, BufferGetPage(buffer));

	if (dead > 0)
	{
		GenericXLogState *state = GenericXLogStart(run->index);

		compact_page(run, GenericXLogRegisterBuffer(state, buffer, 0));
		GenericXLogFinish(state);
	}
	run->stats->tuples_removed += dead;
	run->stats->num_index_tuples += count - dead;
	return count - dead < (int) ENTRIES_PER_PAGE;
}

/*
 * Removes entries and empty pages.  Inserts start at the first page with room.
 */
static void
vacuum_list(BulkDelete *run, uint32 list)
{
	ListEntry entry = index_list(run->index, &run->meta, list);
	double removed_before = run->stats->tuples_removed;
	BlockNumber with_room = InvalidBlockNumber;
	ListWalk walk;
	Buffer buffer;

	list_walk_start(&walk, run->index, list, entry, entry.first,
					BUFFER_LOCK_EXCLUSIVE, run->strategy);
	while ((buffer = list_walk_next(&walk)) != InvalidBuffer)
	{
		BlockNumber block = BufferGetBlockNumber(buffer);
		bool has_room = vacuum_page(run, buffer);
		bool is_empty = posting_count(BufferGetPage(buffer)) == 0;

		list_walk_unlock(&walk);
		if (is_empty && list_walk_remove(&walk, &run->meta))
			run->stats->pages_newly_deleted++;
		else if (has_room && with_room == InvalidBlockNumber)
			with_room = block;
		delay_vacuum();
	}
	if (with_room != InvalidBlockNumber &&
		run->stats->tuples_removed > removed_before)
		index_set_insert_page(run->index, &run->meta, list, with_room);
}

IndexBulkDeleteResult *
intsearch_bulk_delete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
					  IndexBulkDeleteCallback callback, void *state)
{
	BulkDelete run = {
		.index = info->index,
		.meta = index_read_meta(info->index),
		.stats = stats,
		.callback = callback,
		.state = state,
		.strategy = GetAccessStrategy(BAS_BULKREAD),
	};

	if (stats == NULL)
		run.stats = palloc0(sizeof(IndexBulkDeleteResult));
	/* a vacuum of many rows calls this several times; the last one counts */
	run.stats->num_index_tuples = 0;
	for (uint32 list = 0; list < run.meta.lists; list++)
		vacuum_list(&run, list);
	FreeAccessStrategy(run.strategy);
	return run.stats;
}

IndexBulkDeleteResult *
intsearch_vacuum_cleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats)
{
	if (info->analyze_only)
		return stats;
	index_forget_channels(info->index);
	/* without rows to remove nothing is known of the entries */
	if (stats == NULL)
		return NULL;
	stats->num_pages = RelationGetNumberOfBlocks(info->index);
	stats->pages_deleted = stats->pages_free =
		index_count_free_pages(info->index);
	return stats;
}
