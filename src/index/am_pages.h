/*
 * am_pages.h
 *		The pages of an intsearch index.
 *
 *	block				content
 *	0					IndexMeta
 *	model_start ...		the model, a run of floats over consecutive pages: the
 *						basis, [CODE_DIMS][channels], then the centres,
 *						[lists][CODE_DIMS]; no pages where codes are untrained
 *	directory_start ...	a ListEntry a list, over consecutive pages
 *	the rest			posting pages, PostingEntry after PostingEntry, and
 *						free pages
 *
 * Each list is a chain of posting pages, see am_lists.h.  Free pages, which
 * had been in a list, are a chain as well, and wait for any list that grows.
 *
 * All pages have the standard header, so that full-page images leave the free
 * space out; what is in use ends at pd_lower.  Numbers are in the machine's
 * byte order, as in all of PostgreSQL's own indexes.
 *
 * Whatever is read from a page is checked before it is used: a page that
 * cannot be right raises index_corrupted.
 */
#ifndef INTSEARCH_AM_PAGES_H
#define INTSEARCH_AM_PAGES_H

#include "bridge/featmap.h"

#include "storage/bufmgr.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "core/index/code_model.h"
#include "core/pooling/pool.h"

#define INDEX_MAGIC      0x1575ea7c
#define INDEX_VERSION    1
#define INDEX_META_BLOCK 0

typedef enum IndexPageKind
{
	INDEX_PAGE_META = 1,
	INDEX_PAGE_MODEL,
	INDEX_PAGE_DIRECTORY,
	INDEX_PAGE_POSTING,
	INDEX_PAGE_FREE
} IndexPageKind;

/* Tells pages of this method from those of others. */
#define INDEX_PAGE_ID 0xff8d

/* The special area at the end of every page. */
typedef struct IndexPageTail
{
	uint32 list; /* of a posting page */
	/* posting page of the list, or free page, or InvalidBlockNumber */
	BlockNumber next;
	uint16 kind;       /* IndexPageKind */
	uint16 page_id;    /* INDEX_PAGE_ID */
	uint32 generation; /* how often the page has been taken out of a list */
} IndexPageTail;

/* Bytes of a page between its header and its tail. */
#define INDEX_PAGE_ROOM \
	(BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - MAXALIGN(sizeof(IndexPageTail)))

typedef struct IndexMeta
{
	uint32 magic;
	uint32 version;
	uint32 code_kind; /* CodeKind */
	uint32 channels;  /* of all maps; 0 until there is a map */
	uint32 pooling;   /* PoolingKind */
	uint32 regions;   /* the most that a map has */
	float8 exponent;  /* of the pooling gem */
	uint32 lists;
	BlockNumber model_start;
	BlockNumber directory_start;
	BlockNumber free; /* the first free page, or 0 */
} IndexMeta;

/* Where a list lies. */
typedef struct ListEntry
{
	BlockNumber first;
	BlockNumber insert; /* no page of the chain before it has room */
} ListEntry;

#define LISTS_PER_PAGE (INDEX_PAGE_ROOM / sizeof(ListEntry))

/* A region of a map, in the list that its vector is nearest to. */
typedef struct PostingEntry
{
	ItemPointerData tid; /* of the map's row */
	uint16 region;       /* from 0 on: the number of regions chosen before */
	RegionCode code;
} PostingEntry;

StaticAssertDecl(sizeof(PostingEntry) == 8 + sizeof(RegionCode),
				 "posting entries have no padding");

#define ENTRIES_PER_PAGE (INDEX_PAGE_ROOM / sizeof(PostingEntry))

/*
 * What the metapage and the model pages hold, in one block of memory: the
 * model's floats follow.
 */
typedef struct IndexModel
{
	IndexMeta meta;
	CodeModel code; /* points at the floats */
	float floats[FLEXIBLE_ARRAY_MEMBER];
} IndexModel;

/* Number of floats of a model, and bytes of all. */
extern size_t model_float_count(const IndexMeta *meta);
extern size_t model_size(const IndexMeta *meta);

/* Points model->code at the floats, as model->meta has them. */
extern void model_set_pointers(IndexModel *model);

extern Pooling index_pooling(const IndexMeta *meta);

/* Pages that the model takes. */
extern BlockNumber model_page_count(const IndexMeta *meta);

pg_noreturn extern void
index_corrupted(Relation index, BlockNumber block, const char *trouble);

/* Initialises a page that has the size of a block. */
extern void index_page_init(Page page, IndexPageKind kind, uint32 list);

static inline IndexPageTail *
index_page_tail(Page page)
{
	return (IndexPageTail *) PageGetSpecialPointer(page);
}

/* Number of entries of a posting page that was checked. */
static inline int
posting_count(Page page)
{
	return (((PageHeader) page)->pd_lower - MAXALIGN(SizeOfPageHeaderData)) /
		   sizeof(PostingEntry);
}

static inline PostingEntry *
posting_entries(Page page)
{
	return (PostingEntry *) PageGetContents(page);
}

extern void posting_set_count(Page page, int count);

/* What is wrong with a page of that kind, or NULL. */
extern const char *index_page_trouble(Page page, IndexPageKind kind);

/*
 * Reads and locks a page, and checks that it is of that kind.  strategy may be
 * NULL.
 */
extern Buffer
index_read_page(Relation index, BlockNumber block, IndexPageKind kind,
				int lock, BufferAccessStrategy strategy);

/* The metapage's content. */
extern IndexMeta index_read_meta(Relation index);

/* The metapage, locked; *meta is its content. */
extern Buffer
index_lock_meta(Relation index, int lock, const IndexMeta **meta);

/*
 * The metapage and the model, kept with the relation; only as long as no
 * invalidation is processed, so not while another relation is opened.
 */
extern const IndexModel *index_model(Relation index);

/* Sets the number of channels, unless another has; returns what it is. */
extern int index_agree_on_channels(Relation index, int channels);

/* Raises the error of a map with another number of channels than the index. */
pg_noreturn extern void
refuse_channels(Relation index, int index_channels, int map_channels);

extern ListEntry
index_list(Relation index, const IndexMeta *meta, uint32 list);

/* Notes where the next insert into a list starts to look for room. */
extern void index_set_insert_page(Relation index, const IndexMeta *meta,
								  uint32 list, BlockNumber block);

#endif
