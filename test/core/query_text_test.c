/*
 * query_text_test.c
 *		The text form of a query: what is read, what is refused, and that what
 *		is written reads back the same.
 */
#include "core/query_text.h"

#include <float.h>
#include <limits.h>
#include <math.h>

#include "core/map/feature_map.h"
#include "lib/core_test.h"

/* Reads a text that ends where the memory that may be touched ends. */
static float *
read_text(const Host *host, const char *text, SearchQuery *query,
		  CoreError *error)
{
	uint8_t *copy = test_exact_copy(text, strlen(text) + 1);
	float *vector = query_text_read(host, (char *) copy, query, error);

	test_exact_free(copy);
	return vector;
}

/* The canonical text of what a text says; the caller's to free. */
static char *
canonical(const char *text)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	SearchQuery query;
	CoreError error;
	float *vector = read_text(host, text, &query, &error);
	char *written;

	assert_done(vector != NULL, &error);
	written = malloc(query_text_room(&query));
	assert_true(query_text_write(&query, written) < query_text_room(&query));
	host_free(host, vector);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
	return written;
}

static void
assert_canonical(const char *text, const char *wanted)
{
	char *written = canonical(text);

	assert_string_equal(written, wanted);
	free(written);
}

static void
texts_are_read(void **state)
{
	(void) state;
	assert_canonical("{1,2.50,-3e0}", "{1,2.5,-3}");
	assert_canonical(" [ 1 , 2 ]\n", "{1,2}");
	assert_canonical("{\"1\",\" 2 \"}", "{1,2}");
	assert_canonical("[0.1] pooling=max aspect=1",
					 "{0.1} aspect=1 pooling=max");
	assert_canonical("{1}min_score = 0.5 \tmax_width=7",
					 "{1} max_width=7 min_score=0.5");
	assert_canonical("{1} aspect=0.1 tolerance=0.3 pooling=gem exponent=7 "
					 "min_height=2 max_height=9 min_width=3 max_width=8 "
					 "min_score=-0.25",
					 "{1} aspect=0.1 tolerance=0.3 pooling=gem exponent=7 "
					 "min_height=2 max_height=9 min_width=3 max_width=8 "
					 "min_score=-0.25");
	assert_canonical("{1} tolerance=0.2 pooling=sum exponent=3 min_height=1 "
					 "max_height=2147483647 min_score=-1",
					 "{1}");
}

static void
assert_text_refused(const char *text, ErrorClass wanted, const char *says)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	SearchQuery query;
	CoreError error;

	assert_refused(read_text(host, text, &query, &error) != NULL, &error,
				   wanted);
	if (strstr(error.message, says) == NULL)
		fail_msg("\"%s\" is not in: %s", says, error.message);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

static void
texts_are_refused(void **state)
{
	(void) state;
	assert_text_refused("", ERROR_FORMAT, "at the end");
	assert_text_refused("1,2", ERROR_FORMAT, "at \"1,2\"");
	assert_text_refused("{}", ERROR_SHAPE, "no elements");
	assert_text_refused("[[1,2]]", ERROR_SHAPE, "more than one dimension");
	assert_text_refused("{1,2", ERROR_FORMAT, "closing");
	assert_text_refused("{1,2]", ERROR_FORMAT, "closing");
	assert_text_refused("{1,,2}", ERROR_FORMAT, "a number");
	assert_text_refused("{1,\"2}", ERROR_FORMAT, "a quote");
	assert_text_refused("{1,NULL}", ERROR_NULL, "nulls");
	assert_text_refused("{1,null}", ERROR_NULL, "nulls");
	assert_text_refused("{1,nan}", ERROR_NOT_FINITE, "position 2");
	assert_text_refused("{1e39}", ERROR_NOT_FINITE, "\"1e39\"");
	assert_text_refused("{1,1e-60}", ERROR_NOT_FINITE, "\"1e-60\"");
	assert_text_refused("{0,0}", ERROR_INVALID_PARAMETER, "2 zeros");
	assert_text_refused("{1} colour=3", ERROR_FORMAT, "\"colour\"");
	assert_text_refused("{1} aspect=1 aspect=1", ERROR_FORMAT,
						"\"aspect\" of a query is given twice");
	assert_text_refused("{1} aspect", ERROR_FORMAT, "\"=\" at the end");
	assert_text_refused("{1} min_height=1.5", ERROR_FORMAT, "a space");
	assert_text_refused("{1} max_width=2147483648", ERROR_NOT_FINITE,
						"2147483648");
	assert_text_refused("{1} max_width=0", ERROR_INVALID_PARAMETER, "");
	assert_text_refused("{1} aspect=1e999", ERROR_NOT_FINITE, "1e999");
	assert_text_refused("{1} pooling=mean", ERROR_INVALID_PARAMETER, "mean");
	assert_text_refused("{1} pooling=", ERROR_FORMAT, "a pooling");
	assert_text_refused("{1} \xe9=1", ERROR_FORMAT, "\\xe9");
	assert_text_refused("{1} nearest=x", ERROR_FORMAT, "whole number");
}

static void
number_of_elements_is_limited(void **state)
{
	size_t room = 2 * FEATMAP_MAX_CHANNELS + 4;
	char *text = malloc(room), *written;

	(void) state;
	text[0] = '{';
	for (size_t i = 1; i + 1 < room; i += 2)
	{
		text[i] = '1';
		text[i + 1] = ',';
	}
	strcpy(text + 2 * FEATMAP_MAX_CHANNELS, "}");
	written = canonical(text);
	assert_string_equal(written, text);
	free(written);
	strcpy(text + 2 * FEATMAP_MAX_CHANNELS, ",1}");
	assert_text_refused(text, ERROR_LIMIT, "16385");
	free(text);
}

/* A finite float of any size. */
static float
any_float(Random *random)
{
	static const float odd[] = {
		0,       1,        FLT_MAX,      -FLT_MAX,
		FLT_MIN, -FLT_MIN, FLT_TRUE_MIN, -FLT_TRUE_MIN};
	uint32_t bits;
	float number;

	if (random_int(random, 0, 4) == 0)
		return odd[random_int(random, 0, (int) lengthof(odd) - 1)];
	do
	{
		bits = (uint32_t) random_bits(random);
		memcpy(&number, &bits, sizeof(bits));
	} while (!isfinite(number));
	return number;
}

/* A positive double of any size, at least `least`. */
static double
any_double(Random *random, double least)
{
	uint64_t bits;
	double number;

	do
	{
		bits = random_bits(random) >> 1;
		memcpy(&number, &bits, sizeof(bits));
	} while (!isfinite(number) || number < least);
	return number;
}

static SearchQuery
any_query(Random *random, float *vector, int length)
{
	SearchQuery query = query_default();
	WindowConstraints *constraints = &query.constraints;

	for (int c = 0; c < length; c++)
		vector[c] = any_float(random);
	vector[0] = 1;
	query.vector = vector;
	query.length = length;
	query.pooling = (Pooling){(PoolingKind) random_int(random, 0, POOL_GEM),
							  any_double(random, 1)};
	constraints->any_aspect = random_int(random, 0, 1) == 0;
	if (!constraints->any_aspect)
		constraints->aspect = any_double(random, DBL_TRUE_MIN);
	constraints->tolerance = any_double(random, DBL_TRUE_MIN);
	constraints->min_height = random_int(random, 1, 1000);
	constraints->max_height = random_int(random, 1000, INT_MAX);
	constraints->min_width = random_int(random, 1, INT_MAX);
	constraints->max_width = INT_MAX;
	query.min_score = random_int(random, 0, 9) == 0
						  ? -INFINITY
						  : -any_double(random, DBL_TRUE_MIN);
	return query;
}

static void
assert_same_query(const SearchQuery *a, const SearchQuery *b)
{
	assert_int_equal(a->length, b->length);
	for (int c = 0; c < a->length; c++)
		assert_true(a->vector[c] == b->vector[c] &&
					signbit(a->vector[c]) == signbit(b->vector[c]));
	assert_int_equal(a->pooling.kind, b->pooling.kind);
	assert_true(a->pooling.exponent == b->pooling.exponent);
	assert_int_equal(a->constraints.any_aspect, b->constraints.any_aspect);
	assert_true(a->constraints.aspect == b->constraints.aspect);
	assert_true(a->constraints.tolerance == b->constraints.tolerance);
	assert_int_equal(a->constraints.min_height, b->constraints.min_height);
	assert_int_equal(a->constraints.max_height, b->constraints.max_height);
	assert_int_equal(a->constraints.min_width, b->constraints.min_width);
	assert_int_equal(a->constraints.max_width, b->constraints.max_width);
	assert_true(a->min_score == b->min_score);
}

static void
written_queries_read_the_same(void **state)
{
	Random random = {13};
	TestHost test;
	const Host *host = test_host_start(&test);
	float vector[40];

	(void) state;
	for (int turn = 0; turn < 3000; turn++)
	{
		SearchQuery query =
			any_query(&random, vector, random_int(&random, 1, 40));
		size_t room = query_text_room(&query);
		char *text = malloc(room);
		SearchQuery again;
		CoreError error;
		float *read;

		assert_true(query_text_write(&query, text) == strlen(text));
		assert_true(strlen(text) < room);
		read = read_text(host, text, &again, &error);
		assert_done(read != NULL, &error);
		assert_same_query(&query, &again);
		host_free(host, read);
		free(text);
	}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read),
		cmocka_unit_test(texts_are_refused),
		cmocka_unit_test(number_of_elements_is_limited),
		cmocka_unit_test(written_queries_read_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
