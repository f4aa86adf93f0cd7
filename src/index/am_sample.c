/*
 * am_sample.c
 *		Learns the model of a new index from some of its maps.
 *
 * Rows of a block tend to come from the same source, and a block may hold a
 * hundred of them, since large maps are stored out of line.  So the sample is
 * spread over as many blocks as it can be, with a few rows of each.
 */
#include "index/am_build.h"

#include "access/tableam.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/sampling.h"

#include "index/am_options.h"

/* Of fewer region vectors nothing is learned. */
#define LEAST_SAMPLES 1000
/* How many are wanted: for the basis, and for the centre of each list. */
#define BASIS_SAMPLES    8192
#define SAMPLES_PER_LIST 64
/* With fewer rows all codes are read sooner than the lists are chosen. */
#define LEAST_ROWS_FOR_LISTS 100000
#define ROWS_PER_LIST        1000
#define MOST_DEFAULT_LISTS   4096
/* The same table gives the same sample. */
#define SAMPLE_SEED 20240614

/* A block's rows that were chosen so far, by reservoir sampling. */
typedef struct BlockRows
{
	Datum *maps; /* [wanted], copies, as they are stored */
	int wanted;
	int seen;
	pg_prng_state random;
	MemoryContext context; /* of the copies */
} BlockRows;

typedef struct Sampler
{
	IndexMeta meta;
	MapCoder *coder;
	BlockRows rows;
	int maps_left;  /* to be read */
	float *samples; /* [count][channels] */
	int count;
	int room;
} Sampler;

/* Each of a block's rows has the same chance to be chosen. */
static void
sample_row(Relation index pg_attribute_unused(),
		   ItemPointer tid pg_attribute_unused(), Datum *values, bool *isnull,
		   bool is_alive pg_attribute_unused(), void *state)
{
	BlockRows *rows = state;
	MemoryContext old;
	int at;

	if (isnull[0])
		return;
	at = rows->seen++;
	if (at >= rows->wanted)
		at = (int) pg_prng_uint64_range(&rows->random, 0, (uint64) at);
	if (at >= rows->wanted)
		return;
	old = MemoryContextSwitchTo(rows->context);
	rows->maps[at] = datumCopy(values[0], false, -1);
	MemoryContextSwitchTo(old);
}

/* How many vectors to learn from: no more than memory has room for. */
static int
samples_wanted(const IndexMeta *meta, int channels)
{
	size_t wanted =
		Max(BASIS_SAMPLES, (size_t) SAMPLES_PER_LIST * meta->lists);
	/* learning keeps a projection and a list of each */
	size_t bytes = sizeof(float) * (channels + CODE_DIMS + 1);

	return (int) Min(wanted, (size_t) maintenance_work_mem * 1024 / bytes);
}

/* The first map tells the number of channels. */
static void
reserve_samples(Sampler *sampler, int channels)
{
	sampler->meta.channels = (uint32) channels;
	sampler->room = samples_wanted(&sampler->meta, channels);
	sampler->samples =
		MemoryContextAllocHuge(sampler->coder->context,
							   sizeof(float) * channels * sampler->room + 1);
}

/*
 * Keeps a share of the chosen regions that leaves room for those of the maps
 * to come; the first regions of a map are large ones, so it takes some of all.
 */
static void
keep_regions(Sampler *sampler)
{
	const RegionChooser *chooser = &sampler->coder->chooser;
	size_t channels = sampler->meta.channels;
	int room = sampler->room - sampler->count;
	int share = (room + sampler->maps_left - 1) / sampler->maps_left;
	int kept = Min(chooser->count, share);

	for (int i = 0; i < kept; i++)
		memcpy(sampler->samples + channels * (sampler->count + i),
			   chooser->vectors +
				   channels * ((int64) i * chooser->count / kept),
			   sizeof(float) * channels);
	sampler->count += kept;
}

static void
sample_map(Sampler *sampler, Datum map)
{
	int channels = map_coder_choose(sampler->coder, &sampler->meta, map);

	if (sampler->samples == NULL)
		reserve_samples(sampler, channels);
	if (sampler->maps_left > 0)
		keep_regions(sampler);
	sampler->maps_left--;
}

static void
sample_block(Sampler *sampler, Relation heap, IndexInfo *info,
			 BlockNumber block)
{
	BlockRows *rows = &sampler->rows;
	MemoryContext old;

	rows->seen = 0;
	table_index_build_range_scan(heap, sampler->coder->index, info, false,
								 true, false, block, 1, sample_row, rows,
								 NULL);
	old = MemoryContextSwitchTo(rows->context);
	for (int i = 0; i < Min(rows->seen, rows->wanted); i++)
		sample_map(sampler, rows->maps[i]);
	MemoryContextSwitchTo(old);
	MemoryContextReset(rows->context);
}

/* Reads some rows of each of some blocks. */
static void
sample_heap(Sampler *sampler, Relation heap, IndexInfo *info)
{
	BlockSamplerData blocks;
	int maps =
		(int) ((Max(BASIS_SAMPLES, SAMPLES_PER_LIST * sampler->meta.lists) +
				sampler->meta.regions - 1) /
			   sampler->meta.regions);
	BlockNumber count =
		BlockSampler_Init(&blocks, RelationGetNumberOfBlocks(heap), maps,
						  SAMPLE_SEED);

	sampler->maps_left = maps;
	sampler->rows.wanted = count == 0 ? 1 : (maps + count - 1) / count;
	sampler->rows.maps = palloc(sizeof(Datum) * sampler->rows.wanted);
	while (BlockSampler_HasMore(&blocks))
		sample_block(sampler, heap, info, BlockSampler_Next(&blocks));
}

/* Lists that suit so many rows. */
static int
default_lists(double rows)
{
	return rows < LEAST_ROWS_FOR_LISTS
			   ? 1
			   : (int) Min(rows / ROWS_PER_LIST, MOST_DEFAULT_LISTS);
}

static double
estimated_rows(Relation heap)
{
	BlockNumber pages;
	double rows, all_visible;

	estimate_rel_size(heap, NULL, &pages, &rows, &all_visible);
	return rows;
}

static void
tell_untrained(Relation index, int samples)
{
	ereport(
		NOTICE,
		(errmsg("index \"%s\" has untrained codes",
				RelationGetRelationName(index)),
		 errdetail("It takes %d regions of maps to learn from; there are %d.",
				   LEAST_SAMPLES, samples),
		 errhint("REINDEX it once the table has more rows.")));
}

static IndexModel *
trained_model(const Sampler *sampler)
{
	IndexMeta meta = sampler->meta;
	IndexModel *model;
	CoreError error;

	meta.code_kind = CODE_TRAINED;
	model = MemoryContextAllocHuge(CurrentMemoryContext, model_size(&meta));
	model->meta = meta;
	model_set_pointers(model);
	if (!code_model_learn(&sampler->coder->host, sampler->samples,
						  sampler->count, (int) meta.channels,
						  (int) meta.lists, model->floats,
						  model->floats + (size_t) CODE_DIMS * meta.channels,
						  &error))
		featmap_raise(&error);
	return model;
}

static IndexModel *
model_of_samples(Sampler *sampler)
{
	if (sampler->count >= LEAST_SAMPLES)
		return trained_model(sampler);
	tell_untrained(sampler->coder->index, sampler->count);
	sampler->meta.lists = 1;
	return untrained_model(&sampler->meta);
}

IndexModel *
learn_model(Relation heap, Relation index, IndexInfo *info)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "intsearch sample",
							  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Sampler sampler = {.meta = new_index_meta(index),
					   .coder = map_coder_new(index)};
	IndexModel *model;

	sampler.rows.context = AllocSetContextCreate(context, "intsearch rows",
												 ALLOCSET_DEFAULT_SIZES);
	pg_prng_seed(&sampler.rows.random, SAMPLE_SEED);
	if (sampler.meta.lists == 0)
		sampler.meta.lists = default_lists(estimated_rows(heap));
	set_build_phase(BUILD_PHASE_SAMPLE);
	sample_heap(&sampler, heap, info);
	MemoryContextSwitchTo(old);
	set_build_phase(BUILD_PHASE_LEARN);
	model = model_of_samples(&sampler);
	MemoryContextDelete(context);
	return model;
}
