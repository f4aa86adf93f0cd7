/*
 * am_lists.h
 *		The lists of an intsearch index: chains of posting pages.
 *
 * A list has one page at least, and its first page stays the first.  Inserts
 * fill pages, and hang new ones on the end; vacuum removes entries, and takes
 * pages that are left without any out of the list.  Such a page is free for
 * whatever list grows next.
 *
 * Pages are locked in the order of the list, then the metapage, then a free
 * page; pages of the directory by themselves.
 */
#ifndef INTSEARCH_AM_LISTS_H
#define INTSEARCH_AM_LISTS_H

#include "index/am_pages.h"

/*
 * Walks the pages of a list, whatever is done to the list meanwhile.
 *
 * A link can only be followed from a page that is locked, until the page that
 * it leads to is locked as well; else vacuum may have taken that out in
 * between.  But a process that holds a lock answers no interrupt, and should
 * not wait for the disk.  So the page at hand is unlocked and kept pinned, the
 * next one is read, and the first one is locked again: if it was taken out
 * meanwhile, which its generation tells, the walk starts again.
 */
typedef struct ListWalk
{
	Relation index;
	BufferAccessStrategy strategy;
	uint32 list;
	int lock;
	BlockNumber first;    /* page of the list */
	BlockNumber start;    /* page that the walk starts from */
	Buffer buffer;        /* of the page at hand, or InvalidBuffer */
	bool is_locked;       /* it is */
	uint32 generation;    /* of the page at hand, */
	BlockNumber next;     /* what comes after it, when it was last locked, */
	BlockNumber previous; /* and what before it, or InvalidBlockNumber */
	BlockNumber visited;
	BlockNumber blocks; /* of the index, when last asked */
	int restarts;
} ListWalk;

/*
 * Starts a walk over all of a list, or from a page on that is, or was, one of
 * the list: if it is not any more, the walk is over all of it.  strategy may
 * be NULL.
 */
extern void
list_walk_start(ListWalk *walk, Relation index, uint32 list, ListEntry entry,
				BlockNumber from, int lock, BufferAccessStrategy strategy);

/*
 * Locks the next page; returns InvalidBuffer after the last.  A walk that
 * starts again comes to pages that it has come to before.
 */
extern Buffer list_walk_next(ListWalk *walk);

/* Unlocks the page at hand, until the next one is asked for. */
extern void list_walk_unlock(ListWalk *walk);

/* Ends a walk before the last page was passed. */
extern void list_walk_end(ListWalk *walk);

/*
 * Takes the page at hand, which is unlocked, out of the list if it has no
 * entries and is not the page that the walk started from; the walk goes on
 * after it.  Returns whether it did.  For vacuum alone: only one process may
 * do that at a time.
 */
extern bool list_walk_remove(ListWalk *walk, const IndexMeta *meta);

/*
 * Adds entries to a list, count of them, WAL-logged.  They are of maps of
 * meta->channels channels; refuses them where vacuum has made the index forget
 * that number, and another session has set another.
 */
extern void index_append(Relation index, const IndexMeta *meta, uint32 list,
						 const PostingEntry *entries, int count);

/*
 * Has an untrained index forget its number of channels, if no entry is left
 * and its column does not set one.
 */
extern void index_forget_channels(Relation index);

/*
 * Number of free pages, after a look at each.  No page may become free
 * meanwhile: for vacuum, or where it is kept out.
 */
extern BlockNumber index_count_free_pages(Relation index);

#endif
