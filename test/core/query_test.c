/*
 * query_test.c
 *		What a query may not ask for.
 */
#include "core/query.h"

#include <math.h>

#include "core/map/feature_map.h"
#include "lib/core_test.h"

static const float some[3] = {0.5f, -1, 2};

static SearchQuery
some_query(void)
{
	SearchQuery query = query_default();

	query.vector = some;
	query.length = 3;
	return query;
}

static void
defaults_are_let_through(void **state)
{
	SearchQuery query = some_query();
	CoreError error;

	(void) state;
	assert_done(query_check(&query, &error), &error);
	assert_int_equal(query.pooling.kind, POOL_SUM);
	assert_true(query.constraints.any_aspect);
	assert_true(query.min_score == -1);
}

static void
assert_vector_refused(const float *vector, int length, ErrorClass wanted)
{
	SearchQuery query = query_default();
	CoreError error;

	query.vector = vector;
	query.length = length;
	assert_refused(query_check(&query, &error), &error, wanted);
}

static void
vectors_without_direction_are_refused(void **state)
{
	static float many[FEATMAP_MAX_CHANNELS + 1] = {1};
	const float zeros[3] = {0, -0.0f, 0};
	const float not_a_number[3] = {1, NAN, 0};
	const float infinite[3] = {1, 0, -INFINITY};
	SearchQuery longest = query_default();
	CoreError error;

	(void) state;
	assert_vector_refused(some, 0, ERROR_SHAPE);
	assert_vector_refused(zeros, 3, ERROR_INVALID_PARAMETER);
	assert_vector_refused(not_a_number, 3, ERROR_NOT_FINITE);
	assert_vector_refused(infinite, 3, ERROR_NOT_FINITE);
	assert_vector_refused(many, lengthof(many), ERROR_LIMIT);
	longest.vector = many;
	longest.length = FEATMAP_MAX_CHANNELS;
	assert_done(query_check(&longest, &error), &error);
}

static void
assert_settings_refused(const SearchQuery *query)
{
	CoreError error;

	assert_refused(query_check(query, &error), &error,
				   ERROR_INVALID_PARAMETER);
}

static void
exponents_are_checked_whatever_the_pooling(void **state)
{
	const double wrong[] = {0.5, 0, -3, NAN, INFINITY};

	(void) state;
	for (PoolingKind kind = POOL_SUM; kind <= POOL_GEM; kind++)
		for (size_t i = 0; i < lengthof(wrong); i++)
		{
			SearchQuery query = some_query();

			query.pooling = (Pooling){kind, wrong[i]};
			assert_settings_refused(&query);
		}
}

static void
settings_that_make_no_sense_are_refused(void **state)
{
	SearchQuery query = some_query();

	(void) state;
	query.min_score = NAN;
	assert_settings_refused(&query);
	query = some_query();
	query.constraints.any_aspect = false;
	query.constraints.aspect = 0;
	assert_settings_refused(&query);
	query = some_query();
	query.constraints.tolerance = INFINITY;
	assert_settings_refused(&query);
	query = some_query();
	query.constraints.min_width = 4;
	query.constraints.max_width = 3;
	assert_settings_refused(&query);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_let_through),
		cmocka_unit_test(vectors_without_direction_are_refused),
		cmocka_unit_test(exponents_are_checked_whatever_the_pooling),
		cmocka_unit_test(settings_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
