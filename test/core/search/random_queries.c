/*
 * random_queries.c
 *		Random maps, queries and constraints against brute force, for as long
 *		as wanted:
 *
 *			random_queries SECONDS SEED
 *
 *		Every case follows from a number alone: SEED for the first, the next
 *		number for each case after it.  So the number that is reported when a
 *		case fails is enough to repeat it; with SECONDS 0 it is the only case.
 */
#include <math.h>
#include <time.h>

#include "core/pooling/descriptor.h"
#include "lib/core_test.h"
#include "lib/test_brute.h"
#include "lib/test_maps.h"
#include "lib/test_max_sim.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"
#include "lib/test_search.h"
#include "lib/test_work.h"

/* Queries of one map: they are searched for one by one and together. */
#define MOST_QUERIES 4
/* Those of max_sim. */
#define MOST_VECTORS 6

/* What there is to try. */
typedef struct Case
{
	Random random;
	const Host *host;
	Searcher searcher; /* of all queries on all maps of the case */
	int bits;          /* or FEATMAP_CHOOSE_BITS */
	TestMap made;
	Pooling pooling;
	int query_count;
	float *queries[MOST_QUERIES];
	SearchOptions options[MOST_QUERIES];
} Case;

/* The run: cmocka's tests take no arguments. */
static int seconds_wanted;
static uint64_t seed;
static long cases;
static Tally tally;
static long cells_found; /* by max_sim */

/*
 * Small enough for brute force in long double, and as different as can be in
 * shape.
 */
static void
choose_size(Random *random, int *channels, int *height, int *width)
{
	int swap;

	switch (random_int(random, 0, 5))
	{
		case 0: /* one row */
			*channels = random_int(random, 1, 40);
			*height = 1;
			*width = random_int(random, 1, 70);
			break;
		case 1: /* many channels, around multiples of the kernels' vectors */
			*channels =
				64 * random_int(random, 1, 8) + random_int(random, -3, 3);
			*height = random_int(random, 1, 4);
			*width = random_int(random, 1, 5);
			break;
		/*
		 * few channels, many cells; from 20 columns on, widths are ruled out
		 * in blocks
		 */
		case 2:
			*channels = random_int(random, 1, 4);
			*height = random_int(random, 4, 10);
			*width = random_int(random, 5, 27);
			break;
		case 3: /* long and narrow */
			*channels = random_int(random, 1, 20);
			*height = random_int(random, 2, 3);
			*width = random_int(random, 10, 30);
			break;
		default:
			*channels = random_int(random, 1, 70);
			*height = random_int(random, 1, 9);
			*width = random_int(random, 1, 9);
	}
	if (random_int(random, 0, 1) == 0)
	{
		swap = *height;
		*height = *width;
		*width = swap;
	}
}

static Pooling
random_pooling(Random *random, MapKind kind)
{
	/* on both sides of where powers of codes no longer fit a table */
	static const double exponents[] = {1,  1.5, 2,  3,   10,  30,
									   58, 59,  64, 116, 117, 500};
	Pooling pooling = {POOL_SUM, 1};

	pooling.kind = (PoolingKind) random_int(random, POOL_SUM, POOL_GEM);
	if (pooling.kind == POOL_GEM)
		pooling.exponent =
			random_int(random, 0, 2) == 0
				? 1 + 20 * random_fraction(random)
				: exponents[random_int(random, 0,
									   (int) lengthof(exponents) - 1)];
	return pooling_takes(&pooling, kind) ? pooling : (Pooling){POOL_MAX, 1};
}

/*
 * The own vector of a window: its score is 1, or nearly so.  Leaves the query
 * alone where there is none.
 */
static void
describe_window(Case *this, float *query)
{
	const FeatureMap *map = &this->made.map;
	int y1 = random_int(&this->random, 0, map->height - 1);
	int x1 = random_int(&this->random, 0, map->width - 1);
	Window window = {y1, x1, random_int(&this->random, y1 + 1, map->height),
					 random_int(&this->random, x1 + 1, map->width)};
	Describer describer;
	CoreError error;

	assert_done(describer_open(&describer, this->host, &kernels_plain, map,
							   &this->pooling, &error),
				&error);
	describer_window(&describer, &window, query);
	describer_close(&describer);
}

static float *
make_query(Case *this)
{
	int channels = this->made.map.channels;
	float *query = malloc(sizeof(float) * channels);

	fill_query(&this->random, random_int(&this->random, 0, QUERY_KINDS - 1),
			   &this->made.map, this->made.values, query);
	if (random_int(&this->random, 0, 2) == 0)
		describe_window(this, query);
	if (random_int(&this->random, 0, 3) == 0)
		for (int c = 0; c < channels; c++)
			query[c] = -query[c];
	return query;
}

/* Gives all cells but those of a box the values of the first. */
static void
make_uniform(Random *random, const FeatureMap *map, float *values)
{
	int y1 = random_int(random, 0, map->height);
	int x1 = random_int(random, 0, map->width);
	int y2 = random_int(random, y1, map->height);
	int x2 = random_int(random, x1, map->width);

	for (int c = 0; c < map->channels; c++, values += cell_count(map))
		for (int y = 0; y < map->height; y++)
			for (int x = 0; x < map->width; x++)
				if (y < y1 || y >= y2 || x < x1 || x >= x2)
					values[y * map->width + x] = values[0];
}

/* Makes a few cells much larger than the rest, in some channels. */
static void
make_huge_cells(Random *random, const FeatureMap *map, float *values)
{
	float factor = (float) pow(10, 6 * random_fraction(random));
	int count = random_int(random, 1, 3);

	for (int i = 0; i < count; i++)
	{
		size_t cell = random_int(random, 0, (int) cell_count(map) - 1);

		for (int c = 0; c < map->channels; c++)
			if (random_int(random, 0, 1) == 0)
				values[c * cell_count(map) + cell] *= factor;
	}
}

/* Makes some channels much larger than the others. */
static void
make_loud_channels(Random *random, const FeatureMap *map, float *values)
{
	float factor = (float) pow(10, 3 * random_fraction(random));

	for (int c = 0; c < map->channels; c++, values += cell_count(map))
		if (random_int(random, 0, 9) == 0)
			for (size_t i = 0; i < cell_count(map); i++)
				values[i] *= factor;
}

/* Makes some maps once more, with what is hard to search, or to store. */
static void
spoil_map(Case *this)
{
	Random *random = &this->random;
	const FeatureMap *map = &this->made.map;
	float *values = this->made.values;
	uint8_t *stored = this->made.stored;
	int choice = random_int(random, 0, 7);

	if (choice > 4)
		return;
	if (choice <= 2)
		make_uniform(random, map, values);
	if (choice == 2 || choice == 3)
		make_huge_cells(random, map, values);
	if (choice == 4)
		make_loud_channels(random, map, values);
	make_map_of_values(this->host, &this->made, values, map->channels,
					   map->height, map->width, this->bits);
	host_free(this->host, stored);
}

/*
 * Takes the scale of some channels of some maps away, or nearly so, but not
 * their codes: a value may be stored like that, if not made from an array.
 * The sketch, which a search by sums goes by, stays what it was.
 */
static void
silence_channels(Case *this)
{
	Random *random = &this->random;
	uint8_t *scales = this->made.stored + FEATMAP_HEADER_SIZE;
	float factor = random_int(random, 0, 1) == 0 ? 0 : 1e-9f;

	if (this->pooling.kind == POOL_SUM || random_int(random, 0, 3) > 0)
		return;
	for (int c = 0; c < this->made.map.channels; c++)
		if (random_int(random, 0, 3) == 0)
			store_scale(scales, c,
						factor * (float) channel_scale(&this->made.map, c));
}

static void
make_case(Case *this)
{
	MapKind kind = random_int(&this->random, 0, MAP_KINDS - 1);
	int channels, height, width;

	choose_size(&this->random, &channels, &height, &width);
	this->bits = 8 * random_int(&this->random, 0, 3);
	make_map(this->host, &this->made, &this->random, kind, channels, height,
			 width, this->bits);
	spoil_map(this);
	this->pooling = random_pooling(&this->random, kind);
	silence_channels(this);
	this->query_count = random_int(&this->random, 1, MOST_QUERIES);
	for (int i = 0; i < this->query_count; i++)
	{
		this->queries[i] = make_query(this);
		this->options[i] = random_options(&this->random, height, width);
		this->options[i].query.pooling = this->pooling;
		if (random_int(&this->random, 0, 3) == 0)
			this->options[i].query.min_score =
				2 * random_fraction(&this->random) - 1;
	}
}

static void
free_case(Case *this)
{
	for (int i = 0; i < this->query_count; i++)
		free(this->queries[i]);
	free_map(this->host, &this->made);
}

/*
 * One map opened for all queries, as intsearch_many has it, and a searcher for
 * each alone: the same to the bit.
 */
static void
check_queries_together(Case *this)
{
	const FeatureMap *map = &this->made.map;
	CoreError error;

	this->searcher.kernels = kernels_best();
	assert_done(search_open_map(&this->searcher, map, &this->pooling, &error),
				&error);
	for (int i = 0; i < this->query_count; i++)
	{
		Searcher alone = {.host = this->host, .kernels = &kernels_plain};

		assert_done(query_map(&this->searcher, this->queries[i], map->channels,
							  &this->options[i], &error),
					&error);
		assert_done(search_map(&alone, map, this->queries[i], map->channels,
							   &this->options[i], &error),
					&error);
		assert_int_equal(this->searcher.result_count, alone.result_count);
		for (int r = 0; r < alone.result_count; r++)
		{
			const ScoredWindow *together = &this->searcher.results[r],
							   *single = &alone.results[r];

			assert_int_equal(window_compare(&together->window,
											&single->window),
							 0);
			assert_memory_equal(&together->score, &single->score,
								sizeof(double));
		}
	}
}

/*
 * Each vector's best cell against all cells, and from every table of kernels
 * the same to the bit.
 */
static void
check_max_sim(Case *this)
{
	const FeatureMap *map = &this->made.map;
	int count = random_int(&this->random, 1, MOST_VECTORS);
	MaxSim plain = {.host = this->host, .kernels = &kernels_plain};
	float *vectors = malloc(sizeof(float) * count * map->channels);
	double *values = exact_values(this->host, map);
	const Kernels *const *tables;
	int table_count = test_kernels(&tables);
	CoreError error;

	for (int i = 0; i < count; i++)
		fill_query(&this->random,
				   random_int(&this->random, 0, QUERY_KINDS - 1), map,
				   this->made.values, vectors + (size_t) i * map->channels);
	assert_done(max_sim_find(&plain, map, vectors, count, map->channels,
							 &error),
				&error);
	for (int i = 0; i < count; i++)
		check_best_cell(&kernels_plain, map, values,
						vectors + (size_t) i * map->channels, &plain.best[i]);
	for (int t = 0; t < table_count; t++)
	{
		MaxSim other = {.host = this->host, .kernels = tables[t]};

		assert_done(max_sim_find(&other, map, vectors, count, map->channels,
								 &error),
					&error);
		for (int i = 0; i < count; i++)
		{
			assert_memory_equal(&other.best[i].similarity,
								&plain.best[i].similarity, sizeof(double));
			assert_int_equal(other.best[i].y, plain.best[i].y);
			assert_int_equal(other.best[i].x, plain.best[i].x);
		}
	}
	cells_found += count;
	free(values);
	free(vectors);
}

static void
try_case(void)
{
	TestHost test;
	Case this = {.random = {seed}, .host = test_host_start(&test)};

	this.searcher = (Searcher){.host = this.host, .kernels = &kernels_plain};
	make_case(&this);
	for (int i = 0; i < this.query_count; i++)
	{
		this.searcher.kernels = &kernels_plain;
		check_search(&this.searcher, &this.made.map, this.queries[i],
					 &this.options[i], &tally);
		check_work(&this.searcher, &this.options[i]);
	}
	check_queries_together(&this);
	check_max_sim(&this);
	free_case(&this);
	test_host_end(&test);
}

static void
random_queries_agree_with_brute_force(void **state)
{
	struct timespec start, now;

	(void) state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;)
	{
		try_case();
		cases++;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec >= seconds_wanted)
			return;
		seed++;
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_queries_agree_with_brute_force)};

	if (argc != 3)
	{
		fprintf(stderr, "usage: random_queries SECONDS SEED\n");
		return 2;
	}
	seconds_wanted = atoi(argv[1]);
	seed = strtoull(argv[2], NULL, 10);
	if (cmocka_run_group_tests(tests, NULL, NULL) != 0)
	{
		printf("seed %llu fails; again: test/random 0 %llu\n",
			   (unsigned long long) seed, (unsigned long long) seed);
		return 1;
	}
	printf(
		"%ld maps, %ld queries, %ld windows found (%ld others that tie), %ld cells of max_sim; up to "
		"seed %llu\n",
		cases, tally.searches, tally.results, tally.tied, cells_found,
		(unsigned long long) seed);
	return 0;
}
