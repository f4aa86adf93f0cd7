/*
 * am_request.c
 *		What an ORDER BY asks an index for.
 */
#include "index/am_request.h"

#include "type/query_io.h"

Pooling
request_pooling(Datum query)
{
	OpenQuery open;
	Pooling pooling;

	query_open(&open, query);
	pooling = open.query.pooling;
	query_close(&open);
	return pooling;
}

void
request_from_datum(SearchOptions *request, Datum query)
{
	OpenQuery open;
	CoreError error;

	query_open(&open, query);
	*request = (SearchOptions){
		.query = open.query,
		.max_results = 1,
		.max_overlap = 1,
	};
	if (!search_check_options(request, &error))
		featmap_raise(&error);
}
