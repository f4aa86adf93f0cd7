/*
 * am_insert.c
 *		Adds the regions of a new row's map to an index.
 */
#include "index/am_handler.h"

#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "index/am_codes.h"
#include "index/am_lists.h"

/* What the rows of a statement share. */
typedef struct InsertState
{
	MapCoder *coder;
	MemoryContext row_context;
} InsertState;

static InsertState *
insert_state(Relation index, IndexInfo *info)
{
	InsertState *state = info->ii_AmCache;
	MemoryContext old;

	if (state != NULL)
		return state;
	old = MemoryContextSwitchTo(info->ii_Context);
	state = palloc(sizeof(InsertState));
	state->coder = map_coder_new(index);
	state->row_context =
		AllocSetContextCreate(info->ii_Context, "intsearch insert",
							  ALLOCSET_DEFAULT_SIZES);
	info->ii_AmCache = state;
	MemoryContextSwitchTo(old);
	return state;
}

/*
 * Appends entries sorted by list, list by list.
 */
static void
append_entries(const MapCoder *coder, const IndexMeta *meta)
{
	PostingEntry *run = palloc(sizeof(PostingEntry) * coder->count);
	int start = 0;

	while (start < coder->count)
	{
		uint32 list = coder->entries[start].list;
		int count = 0;

		while (start + count < coder->count &&
			   coder->entries[start + count].list == list)
		{
			run[count] = coder->entries[start + count].entry;
			count++;
		}
		index_append(coder->index, meta, list, run, count);
		start += count;
	}
}

static void
insert_map(MapCoder *coder, Datum map, ItemPointer tid)
{
	Relation index = coder->index;
	IndexMeta meta = index_model(index)->meta;
	int channels = map_coder_choose(coder, &meta, map);
	CodeModel model;

	if (coder->chooser.count == 0)
		return;
	if (meta.channels == 0)
	{
		int agreed = index_agree_on_channels(index, channels);

		if (agreed != channels)
			refuse_channels(index, agreed, channels);
		meta.channels = (uint32) channels;
	}
	/* fetching the map may have freed the model that was there before */
	model = index_model(index)->code;
	/* which vacuum may have made forget them */
	model.channels = channels;
	map_coder_code(coder, &model, tid);
	map_coder_sort(coder);
	append_entries(coder, &meta);
}

bool
intsearch_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid,
				 Relation heap pg_attribute_unused(),
				 IndexUniqueCheck check pg_attribute_unused(),
				 bool is_unchanged pg_attribute_unused(), IndexInfo *info)
{
	InsertState *state;
	MemoryContext old;

	if (isnull[0])
		return false;
	state = insert_state(index, info);
	old = MemoryContextSwitchTo(state->row_context);
	insert_map(state->coder, values[0], tid);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->row_context);
	return false;
}
