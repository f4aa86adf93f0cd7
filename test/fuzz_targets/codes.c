/*
 * codes.c
 *		A model and codes of an index with any bytes in them: lists that the
 *		model has, scores or NaN, combinations of finite numbers, and the same
 *		from all tables of kernels, to the last bit.
 *
 * An input is CONFIG_SIZE bytes, which choose the size of all, and bytes that
 * the model, the codes and the vectors are made of, again and again.
 */
#include <math.h>

#include "fuzz.h"

#include "core/index/code_query.h"
#include "core/index/combination.h"
#include "lib/test_kernels.h"

#define CONFIG_SIZE 8
#define MOST_LISTS  12
#define MOST_CODES  100
#define MOST_ITEMS  64
/* As in pages: a row and a region stand before each code. */
#define ENTRY_SIZE (8 + sizeof(RegionCode))

/* One use of an input by one table of kernels. */
typedef struct Use
{
	const Input *input;
	const Kernels *kernels;
	CodeModel model;
	int probes;
	int code_count;
	uint8_t *answer; /* of this table, and its size */
	size_t size;
	bool is_left; /* out of memory, or of patience */
} Use;

/* What a table can answer at most: a code, lists, and scores of all lists. */
#define ANSWER_ROOM                                        \
	(sizeof(RegionCode) + sizeof(int) * (MOST_LISTS + 1) + \
	 sizeof(float) * MOST_CODES * MOST_LISTS)

static void
answer_with(Use *use, const void *bytes, size_t size)
{
	require(use->size + size <= ANSWER_ROOM);
	memcpy(use->answer + use->size, bytes, size);
	use->size += size;
}

/* Scores that are not a number may be any such. */
static void
answer_with_float(Use *use, float value)
{
	if (isnan(value))
		value = NAN;
	answer_with(use, &value, sizeof(value));
}

/* Fills memory with the input's bytes from a place of it on. */
static void *
fill_from(const Host *host, const Input *input, size_t start, size_t size)
{
	size_t length = input->size - CONFIG_SIZE;
	uint8_t *bytes = host_new(host, uint8_t, size);

	start %= length;
	for (size_t i = 0; i < size; i++)
	{
		bytes[i] = input->data[CONFIG_SIZE + start];
		start = start + 1 < length ? start + 1 : 0;
	}
	return bytes;
}

/* Floats of all kinds, or small ones. */
static float *
make_floats(const Host *host, const Input *input, int place, size_t count)
{
	bool is_small = (input->data[6] >> place & 1) != 0;
	size_t start = (size_t) input->data[7] * place;
	float *floats;
	int8_t *bytes;

	if (!is_small)
		return fill_from(host, input, start, sizeof(float) * count);
	bytes = fill_from(host, input, start, count);
	floats = host_new(host, float, count);
	for (size_t i = 0; i < count; i++)
		floats[i] = (float) bytes[i] / 128;
	return floats;
}

static void
make_model(const Host *host, Use *use)
{
	static const int channels[] = {1,   2,   3,   7,   8,   9,   31,  64,
								   127, 128, 129, 200, 511, 512, 513, 700};
	const uint8_t *config = use->input->data;
	CodeModel *model = &use->model;

	*model =
		(CodeModel){CODE_UNTRAINED, channels[config[1] % 16], 1, NULL, NULL};
	if (config[0] % 4 == 0)
		return;
	model->kind = CODE_TRAINED;
	model->lists = 1 + config[2] % MOST_LISTS;
	model->basis =
		make_floats(host, use->input, 0, (size_t) CODE_DIMS * model->channels);
	model->centres =
		make_floats(host, use->input, 1, (size_t) CODE_DIMS * model->lists);
}

/* The code that a vector gets, and then the query has to score. */
static void
use_coder(const Host *host, Use *use, const float *vector, uint8_t *entry)
{
	Coder coder = {0};
	RegionCode code;
	int list;

	coder_start(&coder, host, &use->model);
	code_vector(&coder, vector, &list, &code);
	require(list >= 0 && list < use->model.lists);
	coder_release(&coder);
	answer_with(use, &list, sizeof(list));
	answer_with(use, code.code, sizeof(code.code));
	answer_with_float(use, code.factor);
	memcpy(entry + 8, &code, sizeof(code));
}

static int
use_lists(const Host *host, Use *use, CodeQuery *query, int *lists)
{
	bool is_listed[MOST_LISTS] = {false};
	int count = code_query_lists(query, host, use->probes, lists);

	require(count ==
			(use->probes < use->model.lists ? use->probes : use->model.lists));
	for (int i = 0; i < count; i++)
	{
		require(lists[i] >= 0 && lists[i] < use->model.lists);
		require(!is_listed[lists[i]]);
		is_listed[lists[i]] = true;
	}
	answer_with(use, lists, sizeof(int) * count);
	return count;
}

/* Fewer items than are scored, so that there are some twice. */
static uint64_t
item_of(const Use *use, int code)
{
	return (uint64_t) code % (1 + use->input->data[5] % MOST_ITEMS);
}

/* best[item] = its best score among all that were offered; NaN: none. */
static void
find_best(const Use *use, const float *scores, int lists, float *best)
{
	for (int item = 0; item < MOST_ITEMS; item++)
		best[item] = NAN;
	for (int i = 0; i < lists * use->code_count; i++)
	{
		float *of_item = &best[item_of(use, i % use->code_count)];

		if (!isnan(scores[i]) && !(*of_item >= scores[i]))
			*of_item = scores[i];
	}
}

/* Puts items in the order of their promise; see candidates_finish. */
static bool
comes_before(const ScoredItem *first, const ScoredItem *second)
{
	if (first->promise == second->promise)
		return first->key < second->key;
	return first->promise > second->promise;
}

/* The best are kept, in their order, each once and with its best score. */
static void
check_candidates(const Use *use, Candidates *candidates, const float *scores,
				 int lists)
{
	const ScoredItem *items = candidates->items;
	int count = candidates_finish(candidates);
	bool is_full = count == candidates->most;
	bool is_kept[MOST_ITEMS] = {false};
	float least = INFINITY; /* best score of an item that is kept */
	int better = 0;
	float best[MOST_ITEMS];

	find_best(use, scores, lists, best);
	require(count <= candidates->most);
	for (int i = 0; i < count; i++)
	{
		require(items[i].scores[0] == best[items[i].key]);
		require(!is_kept[items[i].key]);
		require(i == 0 || comes_before(&items[i - 1], &items[i]));
		is_kept[items[i].key] = true;
		least = fminf(least, items[i].scores[0]);
	}
	for (int item = 0; item < MOST_ITEMS; item++)
		better += is_full ? best[item] > least : !isnan(best[item]);
	require(is_full ? better < count : better == count);
}

/* Combinations are short, whatever the codes are. */
static void
use_combinations(const CodeModel *model, const Candidates *candidates)
{
	for (int i = 0; i < candidates->count; i++)
	{
		const ScoredItem *item = &candidates->items[i];
		float vector[CODE_DIMS];

		combine_codes(model, candidates, item, vector);
		for (int k = 0; k < CODE_DIMS; k++)
			require(fabsf(vector[k]) < 1.001f);
	}
}

static void
use_scores(const Host *host, Use *use, const CodeQuery *query,
		   const uint8_t *entries, const int *lists, int list_count)
{
	int count = use->code_count;
	float *scores = host_new(host, float, (size_t) list_count *count);
	bool is_trained = use->model.kind == CODE_TRAINED;
	Candidates candidates = {0};

	candidates_start(&candidates, host, 1 + use->input->data[4] % MOST_ITEMS,
					 is_trained);
	for (int i = 0; i < list_count; i++)
	{
		float *of_list = scores + (size_t) i * count;

		code_query_scores(query, use->kernels, lists[i], entries + 8,
						  ENTRY_SIZE, count, of_list);
		for (int k = 0; k < count; k++)
		{
			RegionCode code;

			answer_with_float(use, of_list[k]);
			memcpy(&code, entries + 8 + k * ENTRY_SIZE, sizeof(code));
			candidates_offer_code(&candidates, item_of(use, k), of_list[k],
								  lists[i], &code);
		}
	}
	check_candidates(use, &candidates, scores, list_count);
	if (is_trained)
		use_combinations(&use->model, &candidates);
	candidates_release(&candidates);
}

static void
use_codes(const Host *host, void *context)
{
	Use *use = context;
	const uint8_t *config = use->input->data;
	CodeQuery query = {0};
	int lists[MOST_LISTS];
	float *vector;
	uint8_t *entries;

	use->is_left = true;
	use->size = 0;
	make_model(host, use);
	use->probes = 1 + config[0] / 4 % MOST_LISTS;
	use->code_count = 1 + config[3] % MOST_CODES;
	vector = make_floats(host, use->input, 2, use->model.channels);
	entries =
		fill_from(host, use->input, config[7], ENTRY_SIZE * use->code_count);
	use_coder(host, use, vector, entries);
	code_query_prepare(&query, host, &use->model, vector);
	use_scores(host, use, &query, entries, lists,
			   use_lists(host, use, &query, lists));
	code_query_release(&query, host);
	use->is_left = false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[ANSWER_ROOM], other[ANSWER_ROOM];
	const Kernels *const *tables;
	int table_count = test_kernels(&tables);
	Input input = {data, size};
	Use plain = {.input = &input, .kernels = &kernels_plain, .answer = first};

	if (size <= CONFIG_SIZE)
		return 0;
	fuzz_run(use_codes, &plain, 0xa5);
	for (int table = 1; table < table_count; table++)
	{
		Use use = {.input = &input, .kernels = tables[table], .answer = other};

		fuzz_run(use_codes, &use, 0x5a);
		if (plain.is_left || use.is_left)
			continue;
		require(use.size == plain.size);
		require(memcmp(other, first, use.size) == 0);
	}
	return 0;
}
