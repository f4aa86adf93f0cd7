/*
 * am_build.c
 *		Writes a new index.
 *
 * Nobody else sees the index before it is done, so its pages are written
 * without WAL, and logged as a whole at the end.
 */
#include "index/am_build.h"

#include "access/xloginsert.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"

#include "index/am_handler.h"
#include "index/am_options.h"

/* Appends pages, one after the other. */
typedef struct PageWriter
{
	Relation index;
	ForkNumber fork;
	BlockNumber block; /* of the page at hand */
	PGAlignedBlock page;
} PageWriter;

void
set_build_phase(BuildPhase phase)
{
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
}

char *
intsearch_build_phase(int64 phase)
{
	switch (phase)
	{
		case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
			return "initializing";
		case BUILD_PHASE_SAMPLE:
			return "sampling maps";
		case BUILD_PHASE_LEARN:
			return "learning codes and lists";
		case BUILD_PHASE_CODE:
			return "coding maps";
		case BUILD_PHASE_WRITE:
			return "writing lists";
		default:
			return NULL;
	}
}

IndexMeta
new_index_meta(Relation index)
{
	IndexOptions options = index_options(index);
	int32 typmod = TupleDescAttr(RelationGetDescr(index), 0)->atttypmod;

	return (IndexMeta){
		.magic = INDEX_MAGIC,
		.version = INDEX_VERSION,
		.code_kind = CODE_UNTRAINED,
		.channels = typmod > 0 ? (uint32) typmod : 0,
		.pooling = (uint32) options.pooling,
		.regions = (uint32) options.regions,
		.exponent = options.exponent,
		.lists = (uint32) options.lists,
	};
}

IndexModel *
untrained_model(const IndexMeta *meta)
{
	IndexModel *model = palloc(model_size(meta));

	model->meta = *meta;
	model_set_pointers(model);
	return model;
}

/* Pages --------------------------------------------------------------------*/

static void
start_page(PageWriter *writer, IndexPageKind kind, uint32 list)
{
	index_page_init((Page) writer->page.data, kind, list);
}

/* Appends the page at hand; the next one will be the block after it. */
static void
write_page(PageWriter *writer)
{
	Buffer buffer;

	CHECK_FOR_INTERRUPTS();
	buffer = ReadBufferExtended(writer->index, writer->fork, P_NEW, RBM_NORMAL,
								NULL);
	if (BufferGetBlockNumber(buffer) != writer->block)
		elog(ERROR, "block %u of a new index is not the next one",
			 BufferGetBlockNumber(buffer));
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	memcpy(BufferGetPage(buffer), writer->page.data, BLCKSZ);
	MarkBufferDirty(buffer);
	UnlockReleaseBuffer(buffer);
	writer->block++;
}

/* Writes items over pages of a kind, as many on each as fit. */
static void
write_run(PageWriter *writer, IndexPageKind kind, const void *items,
		  size_t count, size_t size)
{
	const char *from = items;

	while (count > 0)
	{
		size_t fitting = Min(count, INDEX_PAGE_ROOM / size);
		Page page = (Page) writer->page.data;

		start_page(writer, kind, 0);
		memcpy(PageGetContents(page), from, fitting * size);
		((PageHeader) page)->pd_lower += fitting * size;
		write_page(writer);
		from += fitting * size;
		count -= fitting;
	}
}

/* Rewrites a run of pages that was written before. */
static void
rewrite_directory(PageWriter *writer, BlockNumber start,
				  const ListEntry *lists, size_t count)
{
	while (count > 0)
	{
		size_t fitting = Min(count, LISTS_PER_PAGE);
		Buffer buffer = ReadBufferExtended(writer->index, writer->fork,
										   start++, RBM_NORMAL, NULL);

		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		memcpy(PageGetContents(BufferGetPage(buffer)), lists,
			   fitting * sizeof(ListEntry));
		MarkBufferDirty(buffer);
		UnlockReleaseBuffer(buffer);
		lists += fitting;
		count -= fitting;
	}
}

/* Lists --------------------------------------------------------------------*/

/* The entries to write; NULL for an empty index. */
typedef struct EntrySource
{
	SortedEntries *sorted;
	bool has_next;
	uint32 list;
	PostingEntry entry;
	int64 taken;
} EntrySource;

static void
advance(EntrySource *source)
{
	source->has_next =
		source->sorted != NULL &&
		next_sorted_entry(source->sorted, &source->list, &source->entry);
	if (source->has_next)
		pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
									 ++source->taken);
}

/* Fills the page at hand with entries of the list; true where more remain. */
static bool
fill_posting_page(PageWriter *writer, EntrySource *source, uint32 list)
{
	Page page = (Page) writer->page.data;
	int count = 0;

	start_page(writer, INDEX_PAGE_POSTING, list);
	while (source->has_next && source->list == list &&
		   count < (int) ENTRIES_PER_PAGE)
	{
		posting_entries(page)[count++] = source->entry;
		advance(source);
	}
	posting_set_count(page, count);
	return source->has_next && source->list == list;
}

/* The pages of a list follow each other; inserts start at the last one. */
static ListEntry
write_list(PageWriter *writer, EntrySource *source, uint32 list)
{
	ListEntry entry = {.first = writer->block};
	bool has_more;

	do
	{
		has_more = fill_posting_page(writer, source, list);
		if (has_more)
			index_page_tail((Page) writer->page.data)->next =
				writer->block + 1;
		entry.insert = writer->block;
		write_page(writer);
	} while (has_more);
	return entry;
}

static void
write_lists(PageWriter *writer, const IndexMeta *meta, SortedEntries *sorted)
{
	ListEntry *lists = palloc0(sizeof(ListEntry) * meta->lists);
	EntrySource source = {.sorted = sorted};

	write_run(writer, INDEX_PAGE_DIRECTORY, lists, meta->lists,
			  sizeof(ListEntry));
	advance(&source);
	for (uint32 list = 0; list < meta->lists; list++)
		lists[list] = write_list(writer, &source, list);
	rewrite_directory(writer, meta->directory_start, lists, meta->lists);
	pfree(lists);
}

/* Writes all pages; sorted is NULL for an empty index. */
static void
write_index(Relation index, ForkNumber fork, IndexModel *model,
			SortedEntries *sorted)
{
	PageWriter *writer = palloc(sizeof(PageWriter));
	IndexMeta *meta = &model->meta;

	*writer = (PageWriter){.index = index, .fork = fork};
	meta->model_start = INDEX_META_BLOCK + 1;
	meta->directory_start = meta->model_start + model_page_count(meta);
	write_run(writer, INDEX_PAGE_META, meta, 1, sizeof(IndexMeta));
	write_run(writer, INDEX_PAGE_MODEL, model->floats, model_float_count(meta),
			  sizeof(float));
	write_lists(writer, meta, sorted);
	if (RelationNeedsWAL(index) || fork == INIT_FORKNUM)
		log_newpage_range(index, fork, 0, writer->block, true);
	pfree(writer);
}

IndexBuildResult *
intsearch_build(Relation heap, Relation index, IndexInfo *info)
{
	IndexBuildResult *result = palloc(sizeof(IndexBuildResult));
	IndexModel *model;
	SortedEntries sorted;

	if (RelationGetNumberOfBlocks(index) != 0)
		elog(ERROR, "index \"%s\" already contains data",
			 RelationGetRelationName(index));
	model = learn_model(heap, index, info);
	sorted = sort_entries(heap, index, info, model);
	model->meta.channels = sorted.channels;
	set_build_phase(BUILD_PHASE_WRITE);
	pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL,
								 (int64) sorted.entries);
	write_index(index, MAIN_FORKNUM, model, &sorted);
	end_sorted_entries(&sorted);
	result->heap_tuples = sorted.heap_rows;
	result->index_tuples = sorted.entries;
	pfree(model);
	return result;
}

void
intsearch_build_empty(Relation index)
{
	IndexMeta meta = new_index_meta(index);
	IndexModel *model;

	meta.lists = 1;
	model = untrained_model(&meta);
	write_index(index, INIT_FORKNUM, model, NULL);
	pfree(model);
}
