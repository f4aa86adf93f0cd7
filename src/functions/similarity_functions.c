/*
 * similarity_functions.c
 *		Where a map is like a query, cell by cell.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "bridge/featmap.h"
#include "core/search/cell_similarity.h"
#include "type/query_io.h"

PG_FUNCTION_INFO_V1(similarity_map);

/* As real[height][width]; NULL for NaN. */
static ArrayType *
similarity_array(const float *similarities, int height, int width)
{
	size_t cells = (size_t) height * width;
	Datum *elements =
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * cells);
	bool *nulls = palloc(sizeof(bool) * cells);

	for (size_t i = 0; i < cells; i++)
	{
		elements[i] = Float4GetDatum(similarities[i]);
		nulls[i] = isnan(similarities[i]);
	}
	return construct_md_array(elements, nulls, 2, (int[]){height, width},
							  (int[]){1, 1}, FLOAT4OID, sizeof(float4), true,
							  TYPALIGN_INT);
}

/* (map, query): the query's vector alone matters. */
Datum
similarity_map(PG_FUNCTION_ARGS)
{
	Host host = featmap_host(CurrentMemoryContext);
	OpenMap open;
	OpenQuery query;
	float *similarities;
	CoreError error;
	int height, width;

	featmap_open(&open, PG_GETARG_DATUM(0));
	query_open(&query, PG_GETARG_DATUM(1));
	height = open.map.height;
	width = open.map.width;
	similarities = palloc(sizeof(float) * height * width);
	if (!cell_similarities(&host, &open.map, query.query.vector,
						   query.query.length, similarities, &error))
		featmap_raise(&error);
	query_close(&query);
	featmap_close(&open);
	PG_RETURN_ARRAYTYPE_P(similarity_array(similarities, height, width));
}
