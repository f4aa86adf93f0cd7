/*
 * am_codes.c
 *		From a map to its entries in an index.
 */
#include "index/am_codes.h"

#include "bridge/kernel_setting.h"

MapCoder *
map_coder_new(Relation index)
{
	MapCoder *coder = palloc0(sizeof(MapCoder));

	coder->index = index;
	coder->context = CurrentMemoryContext;
	coder->host = featmap_host(CurrentMemoryContext);
	coder->chooser.host = &coder->host;
	coder->entries = palloc(sizeof(ListedEntry) * REGIONS_MOST);
	return coder;
}

int
map_coder_choose(MapCoder *coder, const IndexMeta *meta, Datum datum)
{
	Pooling pooling = index_pooling(meta);
	OpenMap open;
	int channels;
	CoreError error;

	featmap_open(&open, datum);
	channels = open.map.channels;
	if (meta->channels != 0 && (int) meta->channels != channels)
		refuse_channels(coder->index, (int) meta->channels, channels);
	coder->chooser.kernels = kernels_in_use;
	if (!region_chooser_run(&coder->chooser, &open.map, &pooling,
							(int) meta->regions, &error))
		featmap_raise(&error);
	featmap_close(&open);
	return channels;
}

void
map_coder_code(MapCoder *coder, const CodeModel *model,
			   const ItemPointerData *tid)
{
	coder_start(&coder->coder, &coder->host, model);
	coder->count = coder->chooser.count;
	for (int i = 0; i < coder->count; i++)
	{
		ListedEntry *listed = &coder->entries[i];
		int list;

		listed->entry.tid = *tid;
		listed->entry.region = (uint16) i;
		code_vector(&coder->coder,
					coder->chooser.vectors + (size_t) i * model->channels,
					&list, &listed->entry.code);
		listed->list = (uint32) list;
	}
}

static int
compare_lists(const void *a, const void *b)
{
	const ListedEntry *first = a;
	const ListedEntry *second = b;

	if (first->list != second->list)
		return first->list < second->list ? -1 : 1;
	return (int) first->entry.region - (int) second->entry.region;
}

void
map_coder_sort(MapCoder *coder)
{
	qsort(coder->entries, coder->count, sizeof(ListedEntry), compare_lists);
}
