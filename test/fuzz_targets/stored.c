/*
 * stored.c
 *		A stored value, damaged in any way, through all that reads one: an
 *		error or an answer, and the same from all tables of kernels, to the
 *		last bit, whatever the memory held before.
 *
 * An input is CONFIG_SIZE bytes, which choose what is asked of the value, and
 * the value.  So that a change of its length does not end at the check of its
 * size, the value is mended in that where the first byte says so.
 */
#include <math.h>

#include "admitted.h"
#include "core/index/regions.h"
#include "core/pooling/descriptor.h"
#include "core/search/max_sim.h"
#include "core/map/map_values.h"
#include "core/pooling/rmac.h"
#include "core/search/search.h"
#include "lib/test_kernels.h"

#define CONFIG_SIZE 24
#define QUERY_BYTES 12 /* the last ones of these */

/* What is asked of a value. */
typedef struct Question
{
	const uint8_t *value; /* as it came; copied for each use */
	size_t size;
	SearchOptions options;
	const uint8_t *query; /* [QUERY_BYTES] */
	int query_kind;
} Question;

/* One use of a value by one table of kernels. */
typedef struct Use
{
	bool (*function)(struct Use *use, CoreError *error);
	const Question *question;
	const Kernels *kernels;
	struct Answer *answer;
	const Host *host;
	FeatureMap map;
} Use;

/* What came of it. */
typedef struct Answer
{
	bool is_left; /* out of memory, or of patience */
	bool done;    /* else refused */
	CoreError error;
	uint8_t *bytes;
	size_t size;
	size_t room;
} Answer;

static void
answer_with(Use *use, const void *bytes, size_t size)
{
	Answer *answer = use->answer;

	if (answer->size + size > answer->room)
	{
		answer->room = 2 * (answer->size + size);
		answer->bytes = realloc(answer->bytes, answer->room);
		require(answer->bytes != NULL);
	}
	memcpy(answer->bytes + answer->size, bytes, size);
	answer->size += size;
}

/* A query for the map, [channels]. */
static float *
make_query(const Use *use)
{
	const Question *question = use->question;
	int channels = use->map.channels;
	float *query = host_new(use->host, float, channels);

	for (int c = 0; c < channels; c++)
	{
		int8_t byte = (int8_t) question->query[c % QUERY_BYTES];

		switch (question->query_kind)
		{
			case 0: /* few values, and each in many channels */
				query[c] = byte;
				break;
			case 1: /* few that are not zero */
				query[c] = c % 7 == byte % 7 ? (float) (byte + 1) : 0;
				break;
			case 2: /* of all sizes */
				query[c] =
					ldexpf(byte, question->query[(c + 1) % QUERY_BYTES] - 128);
				break;
			/* whatever floats there are, NaN and infinity among them */
			default:
				query[c] =
					load_le_float(question->query + c % (QUERY_BYTES / 4) * 4);
		}
	}
	return query;
}

static bool
use_values(Use *use, CoreError *error)
{
	const FeatureMap *map = &use->map;
	size_t corners =
		(size_t) (map->height + 1) * (map->width + 1) * map->channels;
	float *values =
		host_new(use->host, float, cell_count(map) * map->channels);
	double *integral = host_new(use->host, double, corners);

	if (!region_values(use->host, map, values, error))
		return false;
	for (size_t i = 0; i < cell_count(map) * map->channels; i++)
		require(isfinite(values[i]));
	answer_with(use, values, sizeof(float) * cell_count(map) * map->channels);
	require(region_integral_image(use->host, map, integral, error));
	answer_with(use, integral, sizeof(double) * corners);
	return true;
}

static bool
use_validation(Use *use, CoreError *error)
{
	size_t size = feature_map_size_without_sketch(&use->map), again_size;
	uint8_t *sent = fuzz_value(use->host, use->question->value, size);
	uint8_t *again;
	bool is_valid = feature_map_validate(use->host, &use->map, error);

	sent[3] = 0;
	again = feature_map_admit(use->host, sent, size, 4, &again_size, error);
	require((again != NULL) == is_valid);
	if (!is_valid)
		return false;
	sent[3] = again[4 + 3];
	require(again_size >= size && memcmp(again + 4, sent, size) == 0);
	check_admitted(use->host, again + 4, again_size);
	answer_with(use, again + 4, again_size);
	return true;
}

static void
answer_with_vector(Use *use, const float *vector, int length)
{
	for (int i = 0; i < length; i++)
		require(fabsf(vector[i]) <= 1.00001f);
	answer_with(use, vector, sizeof(float) * length);
}

/* The descriptors of the regions of R-MAC, and of the whole map. */
static bool
use_descriptors(Use *use, CoreError *error)
{
	const FeatureMap *map = &use->map;
	float *vector = host_new(use->host, float, map->channels);
	Describer describer;
	RmacWindows windows;
	Window window = {0, 0, map->height, map->width};

	require(rmac_windows_start(&windows, map, 3, error));
	if (!describer_open(&describer, use->host, use->kernels, map,
						&use->question->options.query.pooling, error))
	{
		describer_close(&describer);
		return false;
	}
	do
	{
		require(window_check(&window, map->height, map->width, error));
		if (describer_window(&describer, &window, vector))
			answer_with_vector(use, vector, map->channels);
	} while (rmac_windows_next(&windows, &window));
	describer_close(&describer);
	return true;
}

static bool
use_rmac(Use *use, CoreError *error)
{
	int channels = use->map.channels;
	float *rows = host_new(use->host, float, 3 * ((size_t) channels + 1));
	float *vector = host_new(use->host, float, channels < 3 ? 3 : channels);
	Whitening whitening = {rows, 3, channels};
	const Pooling *pooling = &use->question->options.query.pooling;
	bool found;

	if (!rmac_descriptor(use->host, use->kernels, &use->map, 4, NULL, pooling,
						 vector, &found, error))
		return false;
	if (found)
		answer_with_vector(use, vector, channels);
	for (int i = 0; i < 3 * (channels + 1); i++)
		rows[i] =
			load_le_float(use->question->query + i % (QUERY_BYTES / 4) * 4);
	if (!rmac_descriptor(use->host, use->kernels, &use->map, 2, &whitening,
						 pooling, vector, &found, error))
		return false;
	if (found)
		answer_with_vector(use, vector, 3);
	return true;
}

static bool
use_max_sim(Use *use, CoreError *error)
{
	int channels = use->map.channels;
	MaxSim max_sim = {.host = use->host, .kernels = use->kernels};
	float *query = make_query(use);
	float *queries = host_new(use->host, float, 5 * (size_t) channels);

	for (int i = 0; i < 5; i++)
		for (int c = 0; c < channels; c++)
			queries[i * channels + c] =
				i % 2 == 0 ? query[(c + i) % channels] : -query[c] * i;
	if (!max_sim_find(&max_sim, &use->map, queries, 5, channels, error))
		return false;
	for (int i = 0; i < 5; i++)
	{
		const BestCell *best = &max_sim.best[i];

		require(best->y >= 0 && best->y < use->map.height);
		require(best->x >= 0 && best->x < use->map.width);
		answer_with(use, &best->similarity, sizeof(double));
		answer_with(use, &best->y, sizeof(int));
		answer_with(use, &best->x, sizeof(int));
	}
	return true;
}

/* What an index would have of the map. */
static bool
use_regions(Use *use, CoreError *error)
{
	const FeatureMap *map = &use->map;
	RegionChooser chooser = {.host = use->host, .kernels = use->kernels};
	int most = 1 + use->question->query[0];
	CoreError none;

	if (!region_chooser_run(&chooser, map,
							&use->question->options.query.pooling, most,
							error))
		return false;
	require(chooser.count <= most);
	for (int i = 0; i < chooser.count; i++)
	{
		require(
			window_check(&chooser.windows[i], map->height, map->width, &none));
		answer_with(use, &chooser.windows[i], sizeof(Window));
		answer_with_vector(use, chooser.vectors + (size_t) i * map->channels,
						   map->channels);
	}
	region_chooser_release(&chooser);
	return true;
}

/*
 * Whatever was damaged, an answer is windows of the map that the constraints
 * allow, and scores.
 */
static void
check_results(Use *use, const Searcher *searcher)
{
	const SearchOptions *options = &use->question->options;
	CoreError error;

	require(searcher->result_count <= options->max_results);
	for (int i = 0; i < searcher->result_count; i++)
	{
		const ScoredWindow *result = &searcher->results[i];
		int height = result->window.y2 - result->window.y1;
		int least, most;

		require(window_check(&result->window, use->map.height, use->map.width,
							 &error));
		constraint_widths(&options->query.constraints, height, use->map.width,
						  &least, &most);
		require(result->window.x2 - result->window.x1 >= least);
		require(result->window.x2 - result->window.x1 <= most);
		require(height >= options->query.constraints.min_height);
		require(height <= options->query.constraints.max_height);
		require(result->score >= -1 && result->score <= 1);
		require(result->score >= options->query.min_score);
		for (int before = 0; before < i; before++)
			require(window_overlap(&searcher->results[before].window,
								   &result->window) <= options->max_overlap);
		answer_with(use, &result->window, sizeof(Window));
		answer_with(use, &result->score, sizeof(double));
	}
}

/* Searches the open map for a vector with the question's settings. */
static bool
search_for(Use *use, Searcher *searcher, const float *vector, CoreError *error)
{
	SearchOptions options = use->question->options;

	options.query.vector = vector;
	options.query.length = use->map.channels;
	return search_check_options(&options, error) &&
		   search_query(searcher, &options, error);
}

/* Two queries of one map, as intsearch_many has them. */
static bool
use_search(Use *use, CoreError *error)
{
	const SearchOptions *options = &use->question->options;
	Searcher searcher = {.host = use->host, .kernels = use->kernels};
	float *query = make_query(use);

	if (!search_open_map(&searcher, &use->map, &options->query.pooling,
						 error) ||
		!search_for(use, &searcher, query, error))
		return false;
	check_results(use, &searcher);
	for (int c = 0; c < use->map.channels; c++)
		query[c] = c % 3 == 0 ? query[c] : -query[c];
	if (!search_for(use, &searcher, query, error))
		return false;
	check_results(use, &searcher);
	return true;
}

/* The search has most to go wrong in it. */
static bool (*const uses[])(Use *use,
							CoreError *error) = {use_search,      use_values,
												 use_validation,  use_regions,
												 use_descriptors, use_rmac,
												 use_max_sim,     use_search};

/* One use, of a value that lies in memory of its own. */
static void
use_value(const Host *host, void *context)
{
	Use *use = context;
	const Question *question = use->question;
	Answer *answer = use->answer;

	use->host = host;
	answer->size = 0;
	answer->is_left = true;
	answer->done =
		feature_map_open(&use->map,
						 fuzz_value(host, question->value, question->size),
						 question->size, &answer->error) &&
		use->function(use, &answer->error);
	answer->is_left = false;
}

static void
check_answers_equal(const Answer *a, const Answer *b)
{
	if (a->is_left || b->is_left)
		return;
	require(a->done == b->done);
	require(a->size == b->size);
	require(a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
	if (!a->done)
		require(a->error.class == b->error.class &&
				strcmp(a->error.message, b->error.message) == 0);
}

/* Has the header promise as many bytes as there are, if it can. */
static void
mend_size(uint8_t *value, size_t size)
{
	FeatureMap map;
	CoreError error;
	size_t others;

	if (!feature_map_read_header(&map, value, size, &error))
		return;
	others = feature_map_size_without_sketch(&map) - map.coded_size +
			 sketch_size(map.sketch_dims, cell_count(&map));
	if (size >= others)
		store_le32(value + HEADER_CODED_SIZE, (uint32_t) (size - others));
}

/* Most of it makes sense: what does not is refused at once. */
static SearchOptions
read_options(const uint8_t *config)
{
	static const double exponents[] = {1, 1.5, 3, 10, 30, 60, 100, 1e6};
	int min_height = 1 + config[6] % 16, min_width = 1 + config[7] % 16;

	return (SearchOptions){
		.query.constraints = {.any_aspect = (config[0] & 2) != 0,
							  .aspect = (config[1] + 1) / 64.0,
							  .tolerance = config[2] / 128.0,
							  .min_height = min_height,
							  .max_height = config[8] < 128
												? INT32_MAX
												: min_height + config[8] - 130,
							  .min_width = min_width,
							  .max_width = config[9] < 128
											   ? INT32_MAX
											   : min_width + config[9] - 130},
		.max_results = config[3] % 32,
		.max_overlap = (config[0] & 4) != 0 ? 1 : config[4] / 250.0,
		.query.min_score =
			(config[0] & 8) != 0 ? -1 : (int8_t) config[5] / 120.0,
		.query.pooling = {(PoolingKind) (config[10] % 3),
						  exponents[config[10] / 3 % 8]},
	};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static Answer first, other;
	const Kernels *const *tables;
	int table_count = test_kernels(&tables);
	Question question;
	Use use = {.question = &question};
	uint8_t *value;

	if (size < CONFIG_SIZE)
		return 0;
	size -= CONFIG_SIZE;
	value = malloc(size);
	memcpy(value, data + CONFIG_SIZE, size);
	if (data[0] & 1)
		mend_size(value, size);
	question = (Question){value, size, read_options(data),
						  data + CONFIG_SIZE - QUERY_BYTES, data[11] % 4};
	use.function = uses[data[11] / 4 % lengthof(uses)];
	use.kernels = &kernels_plain;
	use.answer = &first;
	fuzz_run(use_value, &use, 0xa5);
	for (int table = 1; table < table_count; table++)
	{
		use.kernels = tables[table];
		use.answer = &other;
		fuzz_run(use_value, &use, 0x5a);
		check_answers_equal(&first, &other);
	}
	free(value);
	return 0;
}
