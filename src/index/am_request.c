/*
 * am_request.c
 *		What an ORDER BY asks an index for.
 */
#include "index/am_request.h"

#include <limits.h>

#include "type/featmap_make.h"

Pooling
request_pooling(Datum query pg_attribute_unused())
{
	return (Pooling){.kind = POOL_SUM, .exponent = 1};
}

void
request_from_datum(SearchRequest *request, Datum query)
{
	request->vector =
		real_vector(DatumGetArrayTypeP(query), "query", &request->length);
	request->options = (SearchOptions){
		.constraints = {.any_aspect = true,
						.tolerance = 1,
						.min_height = 1,
						.max_height = INT_MAX,
						.min_width = 1,
						.max_width = INT_MAX},
		.pooling = request_pooling(query),
		.max_results = 1,
		.max_overlap = 1,
		.min_score = -1,
	};
}
