/*
 * max_sim_functions.c
 *		The best cells of a map for several query vectors, and the sum of their
 *		similarities, as SQL functions.
 */
#include "postgres.h"

#include "funcapi.h"

#include "bridge/arrays.h"
#include "bridge/call_site.h"
#include "bridge/featmap.h"

PG_FUNCTION_INFO_V1(max_sim);
PG_FUNCTION_INFO_V1(max_sim_cells);

/*
 * The best cell of argument 0, a map, for each vector of argument 1, queries,
 * [*count].
 */
static const BestCell *
find_cells(FunctionCallInfo fcinfo, int *count)
{
	MaxSim *max_sim = &call_site_state(fcinfo->flinfo)->max_sim;
	int length;
	const float *queries =
		real_matrix(PG_GETARG_ARRAYTYPE_P(1), "queries", count, &length);
	OpenMap open;
	CoreError error;

	featmap_open(&open, PG_GETARG_DATUM(0));
	if (!max_sim_find(max_sim, &open.map, queries, *count, length, &error))
		featmap_raise(&error);
	featmap_close(&open);
	return max_sim->best;
}

Datum
max_sim(PG_FUNCTION_ARGS)
{
	int count;
	const BestCell *cells = find_cells(fcinfo, &count);
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += cells[i].similarity;
	PG_RETURN_FLOAT8(sum);
}

Datum
max_sim_cells(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;
	int count;
	const BestCell *cells;

	InitMaterializedSRF(fcinfo, 0);
	cells = find_cells(fcinfo, &count);
	for (int i = 0; i < count; i++)
	{
		Datum values[4] = {
			Int32GetDatum(i + 1),
			Float8GetDatum(cells[i].similarity),
			Int32GetDatum(cells[i].y),
			Int32GetDatum(cells[i].x),
		};
		bool nulls[4] = {false};

		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
