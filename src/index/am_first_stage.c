/*
 * am_first_stage.c
 *		The first stage of a scan: the rows whose codes promise most.
 */
#include "index/am_first_stage.h"

#include <math.h>

#include "bridge/kernel_setting.h"
#include "bridge/scratch_host.h"
#include "core/index/code_query.h"
#include "core/index/combination.h"
#include "core/index/ranking.h"
#include "core/vectors/unit_vector.h"
#include "index/am_lists.h"

struct FirstStage
{
	Relation index;
	Host host;
	CodeQuery query;
	Candidates candidates;
	Ranking ranking;
	Scratch vector; /* [channels] of double, then [channels] of float */
	Scratch lists;  /* [probes] of int */
};

FirstStage *
first_stage_new(Relation index)
{
	FirstStage *stage = palloc0(sizeof(FirstStage));

	stage->index = index;
	stage->host = scratch_host(CurrentMemoryContext);
	return stage;
}

static uint64
row_key(const ItemPointerData *tid)
{
	return (uint64) ItemPointerGetBlockNumberNoCheck(tid) << 16 |
		   ItemPointerGetOffsetNumberNoCheck(tid);
}

ItemPointerData
first_stage_row(const FirstStage *stage, int number)
{
	uint64 key = stage->candidates.items[number].key;
	ItemPointerData tid;

	ItemPointerSet(&tid, (BlockNumber) (key >> 16), (OffsetNumber) key);
	return tid;
}

int
first_stage_next(FirstStage *stage)
{
	return ranking_next(&stage->ranking);
}

void
first_stage_learn(FirstStage *stage, int number, double score)
{
	ranking_learn(&stage->ranking, number, (float) score);
}

void
first_stage_learn_most(FirstStage *stage, int number, double most)
{
	ranking_learn_most(&stage->ranking, number, (float) most);
}

static bool
is_finite_vector(const float *vector, int count)
{
	for (int i = 0; i < count; i++)
		if (!isfinite(vector[i]))
			return false;
	return true;
}

/*
 * The query divided by its norm, [channels]; zeros for a query that the exact
 * search will refuse, in its own words, as soon as there is a row.
 */
static const float *
unit_query(FirstStage *stage, const float *query, int length, int channels)
{
	double *wide =
		scratch_reserve(&stage->host, &stage->vector,
						(sizeof(double) + sizeof(float)) * channels);
	float *unit = (float *) (wide + channels);
	bool is_valid = length == channels && is_finite_vector(query, length);

	for (int c = 0; c < channels; c++)
		wide[c] = is_valid ? query[c] : 0;
	if (!unit_vector(wide, channels, unit))
		memset(unit, 0, sizeof(float) * channels);
	return unit;
}

/*
 * The numbers of the scores that are not below the floor, without a branch
 * for each; returns how many there are.
 */
static int
find_passing(const float *scores, int count, float floor, int *passing)
{
	int found = 0;

	for (int i = 0; i < count; i++)
	{
		passing[found] = i;
		found += scores[i] >= floor;
	}
	return found;
}

/* Offers the rows of a page's entries. */
static void
score_page(FirstStage *stage, int list, Page page)
{
	const PostingEntry *entries = posting_entries(page);
	int count = posting_count(page);
	float scores[ENTRIES_PER_PAGE];
	int passing[ENTRIES_PER_PAGE] = {0};

	code_query_scores(&stage->query, kernels_in_use, list,
					  (const uint8 *) &entries->code, sizeof(PostingEntry),
					  count, scores);
	count = find_passing(scores, count, stage->candidates.floor, passing);
	for (int i = 0; i < count; i++)
		candidates_expect(&stage->candidates,
						  row_key(&entries[passing[i]].tid));
	for (int i = 0; i < count; i++)
	{
		const PostingEntry *entry = &entries[passing[i]];

		candidates_offer_code(&stage->candidates, row_key(&entry->tid),
							  scores[passing[i]], list, &entry->code);
	}
}

/* Returns the number of codes.  A row that is offered again counts once. */
static int64
score_list(FirstStage *stage, const IndexMeta *meta, int list)
{
	ListEntry entry = index_list(stage->index, meta, (uint32) list);
	int64 codes = 0;
	ListWalk walk;
	Buffer buffer;

	list_walk_start(&walk, stage->index, (uint32) list, entry, entry.first,
					BUFFER_LOCK_SHARE, NULL);
	while ((buffer = list_walk_next(&walk)) != InvalidBuffer)
	{
		score_page(stage, list, BufferGetPage(buffer));
		codes += posting_count(BufferGetPage(buffer));
	}
	return codes;
}

/*
 * Hands the rows to the ranking.  What a row promises is the mean of the soft
 * maximum of its scores and of its combination's: one errs where the other
 * does not.
 */
static void
rank_rows(FirstStage *stage, const CodeModel *model)
{
	Candidates *candidates = &stage->candidates;
	bool is_combined = candidates->codes != NULL;

	ranking_start(&stage->ranking, &stage->host, candidates->count,
				  is_combined);
	for (int i = 0; i < candidates->count; i++)
	{
		const ScoredItem *item = &candidates->items[i];
		float vector[CODE_DIMS];
		float promise = item->promise;

		if (is_combined)
			promise =
				(promise + combine_codes(model, candidates, item, vector)) / 2;
		ranking_add(&stage->ranking, promise, vector);
	}
}

FirstStageRun
first_stage_run(FirstStage *stage, const float *query, int length, int probes,
				int most)
{
	/* nothing below processes invalidations, which would free the model */
	const IndexModel *model = index_model(stage->index);
	int channels = (int) model->meta.channels;
	FirstStageRun run = {.all_lists = (int) model->meta.lists};
	int *lists;

	if (channels == 0)
		return run; /* no map has been inserted */
	probes = Min(probes, run.all_lists);
	lists = scratch_reserve(&stage->host, &stage->lists, sizeof(int) * probes);
	code_query_prepare(&stage->query, &stage->host, &model->code,
					   unit_query(stage, query, length, channels));
	run.lists = code_query_lists(&stage->query, &stage->host, probes, lists);
	candidates_start(&stage->candidates, &stage->host, most,
					 model->code.kind == CODE_TRAINED &&
						 most <= FIRST_STAGE_COMBINED);
	for (int i = 0; i < run.lists; i++)
		run.codes += score_list(stage, &model->meta, lists[i]);
	run.count = candidates_finish(&stage->candidates);
	rank_rows(stage, &model->code);
	return run;
}
