/*
 * query.c
 *		What a search asks for, and what it may not.
 */
#include "core/query.h"

#include <limits.h>
#include <math.h>

#include "core/finite.h"
#include "core/map/feature_map.h"

SearchQuery
query_default(void)
{
	return (SearchQuery){
		.pooling = {.kind = POOL_SUM, .exponent = 3},
		.constraints =
			{
				.any_aspect = true,
				.aspect = 1,
				.tolerance = 0.2,
				.min_height = 1,
				.max_height = INT_MAX,
				.min_width = 1,
				.max_width = INT_MAX,
			},
		.min_score = -1,
	};
}

static bool
check_vector(const float *vector, int length, CoreError *error)
{
	bool is_zero = true;

	if (length < 1)
		return core_error(error, ERROR_SHAPE, "query has no elements");
	if (length > FEATMAP_MAX_CHANNELS)
		return core_error(error, ERROR_LIMIT,
						  "query cannot have more than %d elements, not %d",
						  FEATMAP_MAX_CHANNELS, length);
	if (!check_finite(vector, length, error, "query"))
		return false;
	for (int c = 0; c < length; c++)
		is_zero &= vector[c] == 0;
	if (is_zero)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "query vector of %d zeros has no direction", length);
	return true;
}

bool
query_check(const SearchQuery *query, CoreError *error)
{
	/* an exponent that makes no sense is refused whatever the pooling */
	Pooling with_exponent = {POOL_GEM, query->pooling.exponent};

	if (isnan(query->min_score))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "min_score must be a number, not NaN");
	return check_vector(query->vector, query->length, error) &&
		   pooling_check(&with_exponent, error) &&
		   constraints_check(&query->constraints, error);
}
