/*
 * am_pages.c
 *		Reads and changes the pages of an intsearch index.
 */
#include "index/am_pages.h"

#include "access/generic_xlog.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/index/regions.h"

#define PAGE_START      MAXALIGN(SizeOfPageHeaderData)
#define FLOATS_PER_PAGE (INDEX_PAGE_ROOM / sizeof(float))

void
index_corrupted(Relation index, BlockNumber block, const char *trouble)
{
	ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
					errmsg("index \"%s\" is damaged at block %u: %s",
						   RelationGetRelationName(index), block, trouble),
					errhint("REINDEX makes it anew.")));
	pg_unreachable();
}

void
index_page_init(Page page, IndexPageKind kind, uint32 list)
{
	IndexPageTail *tail;

	PageInit(page, BLCKSZ, sizeof(IndexPageTail));
	tail = index_page_tail(page);
	tail->list = list;
	tail->next = InvalidBlockNumber;
	tail->kind = kind;
	tail->page_id = INDEX_PAGE_ID;
}

void
posting_set_count(Page page, int count)
{
	((PageHeader) page)->pd_lower =
		(LocationIndex) (PAGE_START + sizeof(PostingEntry) * count);
}

const char *
index_page_trouble(Page page, IndexPageKind kind)
{
	PageHeader header = (PageHeader) page;

	if (PageIsNew(page))
		return "the page is empty";
	if (PageGetPageSize(page) != BLCKSZ ||
		header->pd_special != BLCKSZ - MAXALIGN(sizeof(IndexPageTail)) ||
		header->pd_lower < PAGE_START || header->pd_lower > header->pd_special)
		return "the page's header is not one of this method";
	if (index_page_tail(page)->page_id != INDEX_PAGE_ID ||
		index_page_tail(page)->kind != kind)
		return "the page is of another kind";
	if (kind == INDEX_PAGE_POSTING &&
		(header->pd_lower - PAGE_START) % sizeof(PostingEntry) != 0)
		return "a part of an entry";
	return NULL;
}

Buffer
index_read_page(Relation index, BlockNumber block, IndexPageKind kind,
				int lock, BufferAccessStrategy strategy)
{
	Buffer buffer;
	const char *trouble;

	CHECK_FOR_INTERRUPTS();
	buffer =
		ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
	LockBuffer(buffer, lock);
	trouble = index_page_trouble(BufferGetPage(buffer), kind);
	if (trouble != NULL)
		index_corrupted(index, block, trouble);
	return buffer;
}

/* The metapage ------------------------------------------------------------*/

size_t
model_float_count(const IndexMeta *meta)
{
	if (meta->code_kind == CODE_UNTRAINED)
		return 0;
	return (size_t) CODE_DIMS * (meta->channels + meta->lists);
}

size_t
model_size(const IndexMeta *meta)
{
	return offsetof(IndexModel, floats) +
		   sizeof(float) * model_float_count(meta);
}

void
model_set_pointers(IndexModel *model)
{
	const IndexMeta *meta = &model->meta;
	bool is_trained = meta->code_kind == CODE_TRAINED;

	model->code = (CodeModel){
		.kind = (CodeKind) meta->code_kind,
		.channels = (int) meta->channels,
		.lists = (int) meta->lists,
		.basis = is_trained ? model->floats : NULL,
		.centres = is_trained
					   ? model->floats + (size_t) CODE_DIMS * meta->channels
					   : NULL,
	};
}

Pooling
index_pooling(const IndexMeta *meta)
{
	return (Pooling){.kind = (PoolingKind) meta->pooling,
					 .exponent = meta->exponent};
}

BlockNumber
model_page_count(const IndexMeta *meta)
{
	return (BlockNumber) ((model_float_count(meta) + FLOATS_PER_PAGE - 1) /
						  FLOATS_PER_PAGE);
}

/* Pages that the directory takes. */
static BlockNumber
directory_page_count(const IndexMeta *meta)
{
	return (BlockNumber) ((meta->lists + LISTS_PER_PAGE - 1) / LISTS_PER_PAGE);
}

/* True where the codes' kind, channels and lists go together. */
static bool
codes_are_valid(const IndexMeta *meta)
{
	if (meta->channels > FEATMAP_MAX_CHANNELS || meta->lists < 1 ||
		meta->lists > CODE_MOST_LISTS)
		return false;
	return meta->code_kind == CODE_UNTRAINED
			   ? meta->lists == 1
			   : meta->code_kind == CODE_TRAINED && meta->channels > 0;
}

static bool
meta_is_valid(const IndexMeta *meta)
{
	Pooling pooling = index_pooling(meta);
	CoreError error;

	return meta->pooling <= POOL_GEM && pooling_check(&pooling, &error) &&
		   meta->regions >= 1 && meta->regions <= REGIONS_MOST &&
		   codes_are_valid(meta);
}

static void
check_meta(Relation index, const IndexMeta *meta)
{
	if (meta->magic != INDEX_MAGIC)
		index_corrupted(index, INDEX_META_BLOCK, "not an intsearch index");
	if (meta->version != INDEX_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("index \"%s\" has version %u, this library reads %d",
						RelationGetRelationName(index), meta->version,
						INDEX_VERSION),
				 errhint("REINDEX makes it anew.")));
	if (!meta_is_valid(meta))
		index_corrupted(index, INDEX_META_BLOCK,
						"settings that no index can have");
}

/* The content of a locked metapage, checked. */
static const IndexMeta *
meta_of_buffer(Relation index, Buffer buffer)
{
	Page page = BufferGetPage(buffer);
	IndexMeta *meta = (IndexMeta *) PageGetContents(page);

	if (((PageHeader) page)->pd_lower < PAGE_START + sizeof(IndexMeta))
		index_corrupted(index, INDEX_META_BLOCK, "the settings are cut off");
	check_meta(index, meta);
	return meta;
}

Buffer
index_lock_meta(Relation index, int lock, const IndexMeta **meta)
{
	Buffer buffer =
		index_read_page(index, INDEX_META_BLOCK, INDEX_PAGE_META, lock, NULL);

	*meta = meta_of_buffer(index, buffer);
	return buffer;
}

IndexMeta
index_read_meta(Relation index)
{
	const IndexMeta *meta;
	Buffer buffer = index_lock_meta(index, BUFFER_LOCK_SHARE, &meta);
	IndexMeta copy = *meta;

	UnlockReleaseBuffer(buffer);
	return copy;
}

/* Refuses a run of pages that does not lie in the index. */
static void
check_run(Relation index, BlockNumber start, BlockNumber count)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(index);

	if (start > blocks || count > blocks - start)
		index_corrupted(index, INDEX_META_BLOCK,
						"pages beyond the end of the index");
}

/* Copies the floats of one model page. */
static void
read_model_page(Relation index, BlockNumber block, float *floats, size_t count)
{
	Buffer buffer = index_read_page(index, block, INDEX_PAGE_MODEL,
									BUFFER_LOCK_SHARE, NULL);
	Page page = BufferGetPage(buffer);

	if (((PageHeader) page)->pd_lower < PAGE_START + sizeof(float) * count)
		index_corrupted(index, block, "the model is cut off");
	memcpy(floats, PageGetContents(page), sizeof(float) * count);
	UnlockReleaseBuffer(buffer);
}

static void
read_model_floats(Relation index, IndexModel *model)
{
	size_t left = model_float_count(&model->meta);
	float *floats = model->floats;
	BlockNumber block = model->meta.model_start;

	check_run(index, block, model_page_count(&model->meta));
	while (left > 0)
	{
		size_t count = Min(left, FLOATS_PER_PAGE);

		read_model_page(index, block++, floats, count);
		floats += count;
		left -= count;
	}
}

/*
 * The relation's cache takes the model only when it is whole: an error on the
 * way leaves it empty.  PostgreSQL frees it where the relation changes.
 */
static const IndexModel *
load_model(Relation index)
{
	IndexMeta meta = index_read_meta(index);
	IndexModel *model;

	if (index->rd_amcache != NULL)
		pfree(index->rd_amcache);
	index->rd_amcache = NULL;
	model = MemoryContextAllocHuge(index->rd_indexcxt, model_size(&meta));
	model->meta = meta;
	PG_TRY();
	{
		read_model_floats(index, model);
	}
	PG_CATCH();
	{
		pfree(model);
		PG_RE_THROW();
	}
	PG_END_TRY();
	model_set_pointers(model);
	index->rd_amcache = model;
	return model;
}

/*
 * Only a trained model stays what it is: another session may have put in the
 * first map, or vacuum may have found no more of them.
 */
static bool
is_current(Relation index, const IndexModel *model)
{
	return model->meta.code_kind == CODE_TRAINED ||
		   model->meta.channels == index_read_meta(index).channels;
}

const IndexModel *
index_model(Relation index)
{
	const IndexModel *model = index->rd_amcache;

	return model != NULL && is_current(index, model) ? model
													 : load_model(index);
}

int
index_agree_on_channels(Relation index, int channels)
{
	const IndexMeta *meta;
	Buffer buffer = index_lock_meta(index, BUFFER_LOCK_EXCLUSIVE, &meta);

	if (meta->channels != 0)
		channels = (int) meta->channels;
	else
	{
		GenericXLogState *state = GenericXLogStart(index);
		Page page = GenericXLogRegisterBuffer(state, buffer, 0);

		((IndexMeta *) PageGetContents(page))->channels = (uint32) channels;
		GenericXLogFinish(state);
	}
	UnlockReleaseBuffer(buffer);
	return channels;
}

void
refuse_channels(Relation index, int index_channels, int map_channels)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("index \"%s\" is of maps of %d channels, not %d",
						   RelationGetRelationName(index), index_channels,
						   map_channels),
					errdetail("All maps of an index have the same number.")));
	pg_unreachable();
}

/* The directory -----------------------------------------------------------*/

/* Reads the directory page of a list; *at is the list's place on it. */
static Buffer
read_directory_page(Relation index, const IndexMeta *meta, uint32 list,
					int lock, int *at)
{
	BlockNumber block =
		meta->directory_start + (BlockNumber) (list / LISTS_PER_PAGE);
	Buffer buffer;

	check_run(index, meta->directory_start, directory_page_count(meta));
	buffer = index_read_page(index, block, INDEX_PAGE_DIRECTORY, lock, NULL);
	*at = (int) (list % LISTS_PER_PAGE);
	if (((PageHeader) BufferGetPage(buffer))->pd_lower <
		PAGE_START + sizeof(ListEntry) * (*at + 1))
		index_corrupted(index, block, "the directory is cut off");
	return buffer;
}

static ListEntry *
directory_entries(Page page)
{
	return (ListEntry *) PageGetContents(page);
}

ListEntry
index_list(Relation index, const IndexMeta *meta, uint32 list)
{
	int at;
	Buffer buffer =
		read_directory_page(index, meta, list, BUFFER_LOCK_SHARE, &at);
	ListEntry entry = directory_entries(BufferGetPage(buffer))[at];

	UnlockReleaseBuffer(buffer);
	return entry;
}

void
index_set_insert_page(Relation index, const IndexMeta *meta, uint32 list,
					  BlockNumber block)
{
	int at;
	Buffer buffer =
		read_directory_page(index, meta, list, BUFFER_LOCK_EXCLUSIVE, &at);

	if (directory_entries(BufferGetPage(buffer))[at].insert != block)
	{
		GenericXLogState *state = GenericXLogStart(index);
		Page page = GenericXLogRegisterBuffer(state, buffer, 0);

		directory_entries(page)[at].insert = block;
		GenericXLogFinish(state);
	}
	UnlockReleaseBuffer(buffer);
}
