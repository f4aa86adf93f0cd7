/*
 * am_codes.h
 *		From a map to its entries in an index: regions, lists and codes.
 */
#ifndef INTSEARCH_AM_CODES_H
#define INTSEARCH_AM_CODES_H

#include "index/am_pages.h"

#include "core/index/regions.h"

/* An entry and the list that it goes to. */
typedef struct ListedEntry
{
	uint32 list;
	PostingEntry entry;
} ListedEntry;

/* Keeps its memory from map to map. */
typedef struct MapCoder
{
	Relation index;
	MemoryContext context;
	Host host;
	RegionChooser chooser;
	Coder coder;
	ListedEntry *entries; /* [count], room for REGIONS_MOST */
	int count;
} MapCoder;

/* A coder that lives in the context at hand. */
extern MapCoder *map_coder_new(Relation index);

/*
 * Chooses the regions of a featmap datum, at most meta->regions with its
 * pooling: chooser.count and chooser.vectors.  Raises an error where the map
 * has not meta->channels channels, if there are any, or the pooling does not
 * take it.  Returns the map's number of channels.
 */
extern int
map_coder_choose(MapCoder *coder, const IndexMeta *meta, Datum datum);

/* Codes what was chosen, with these models: coder->entries, for that row. */
extern void map_coder_code(MapCoder *coder, const CodeModel *model,
						   const ItemPointerData *tid);

/* Sorts the entries by list. */
extern void map_coder_sort(MapCoder *coder);

#endif
