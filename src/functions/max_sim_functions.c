/*
 * max_sim_functions.c
 *		The best cells of a map for several query vectors, and their sum, as
 *		SQL functions.
 */
#include "bridge/featmap.h"

#include "funcapi.h"

#include "type/featmap_make.h"
#include "bridge/kernel_setting.h"
#include "core/search/max_sim.h"

PG_FUNCTION_INFO_V1(max_sim);
PG_FUNCTION_INFO_V1(max_sim_cells);

/*
 * What a call site keeps from row to row: scratch space that fits the largest
 * map so far.
 */
typedef struct CallState
{
	Host host;
	MaxSim max_sim;
} CallState;

/*
 * Arguments 0, a map, and 1, query vectors: the best cell of each, *count of
 * them.
 */
static const BestCell *
find_cells(FunctionCallInfo fcinfo, int *count)
{
	FmgrInfo *site = fcinfo->flinfo;
	CallState *state = site->fn_extra;
	int length;
	const float *queries =
		real_matrix(PG_GETARG_ARRAYTYPE_P(1), "queries", count, &length);
	FeatureMap map;
	struct varlena *value;
	CoreError error;

	if (state == NULL)
	{
		state = MemoryContextAllocZero(site->fn_mcxt, sizeof(CallState));
		state->host = featmap_host(site->fn_mcxt);
		state->max_sim.host = &state->host;
		site->fn_extra = state;
	}
	state->max_sim.kernels = kernels_in_use;
	value = featmap_open(&map, PG_GETARG_DATUM(0));
	if (!max_sim_find(&state->max_sim, &map, queries, *count, length, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	featmap_close(value, PG_GETARG_DATUM(0));
	return state->max_sim.best;
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
