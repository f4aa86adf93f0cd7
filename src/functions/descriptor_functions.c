/*
 * descriptor_functions.c
 *		Descriptors of stored maps: of a region, of the whole map, and R-MAC.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/geo_decls.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "bridge/kernel_setting.h"
#include "core/pooling/descriptor.h"
#include "core/pooling/rmac.h"
#include "functions/pixel_boxes.h"
#include "functions/pooling_arguments.h"
#include "functions/whitening_argument.h"

PG_FUNCTION_INFO_V1(region_vector);
PG_FUNCTION_INFO_V1(region_vector_box);
PG_FUNCTION_INFO_V1(region_vector_whole);
PG_FUNCTION_INFO_V1(rmac_regions);
PG_FUNCTION_INFO_V1(rmac);

/* The describer uses the host until it is closed. */
static void
open_describer(Describer *describer, const Host *host, const FeatureMap *map,
			   const Pooling *pooling)
{
	CoreError error;

	if (!describer_open(describer, host, kernels_in_use, map, pooling, &error))
		featmap_raise(&error);
}

/* The descriptor of a window as a real[]; NULL where it has none. */
static ArrayType *
described_window(Describer *describer, const Window *window)
{
	float *vector;
	ArrayType *array = new_vector(describer->map->channels, &vector);

	return describer_window(describer, window, vector) ? array : NULL;
}

/* The descriptor of one window of a map; NULL where it has none. */
static ArrayType *
single_vector(const FeatureMap *map, const Window *window,
			  const Pooling *pooling)
{
	Host host = featmap_host(CurrentMemoryContext);
	Describer describer;
	ArrayType *array;

	open_describer(&describer, &host, map, pooling);
	array = described_window(&describer, window);
	describer_close(&describer);
	return array;
}

/*
 * The descriptor of a window that somebody chose, which must have one.  Closes
 * the map.
 */
static Datum
chosen_vector(OpenMap *open, const Window *window, const Pooling *pooling)
{
	CoreError error;
	ArrayType *array;

	if (!window_check(window, open->map.height, open->map.width, &error))
		featmap_raise(&error);
	array = single_vector(&open->map, window, pooling);
	featmap_close(open);
	if (array == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "window (%d, %d, %d, %d) is zero in all channels and has no descriptor",
				 window->y1, window->x1, window->y2, window->x2)));
	return PointerGetDatum(array);
}

Datum
region_vector(PG_FUNCTION_ARGS)
{
	Window window = {PG_GETARG_INT32(1), PG_GETARG_INT32(2),
					 PG_GETARG_INT32(3), PG_GETARG_INT32(4)};
	Pooling pooling = pooling_arguments(fcinfo, 5, POOL_SUM);
	OpenMap open;

	featmap_open(&open, PG_GETARG_DATUM(0));
	PG_RETURN_DATUM(chosen_vector(&open, &window, &pooling));
}

Datum
region_vector_box(PG_FUNCTION_ARGS)
{
	Pooling pooling = pooling_arguments(fcinfo, 4, POOL_SUM);
	Window window;
	OpenMap open;

	featmap_open(&open, PG_GETARG_DATUM(0));
	window = pixel_box_to_window(&open.map, PG_GETARG_BOX_P(1),
								 PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3));
	PG_RETURN_DATUM(chosen_vector(&open, &window, &pooling));
}

/*
 * NULL where the map is all zero: a blank image should not end a query over a
 * table.
 */
Datum
region_vector_whole(PG_FUNCTION_ARGS)
{
	Pooling pooling = pooling_arguments(fcinfo, 1, POOL_SUM);
	OpenMap open;
	ArrayType *array;

	featmap_open(&open, PG_GETARG_DATUM(0));
	array = single_vector(&open.map,
						  &(Window){0, 0, open.map.height, open.map.width},
						  &pooling);
	featmap_close(&open);
	if (array == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
rmac_regions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;
	Pooling pooling = pooling_arguments(fcinfo, 2, POOL_MAX);
	Host host = featmap_host(CurrentMemoryContext);
	OpenMap open;
	Describer describer;
	RmacWindows windows;
	Window window;
	CoreError error;

	InitMaterializedSRF(fcinfo, 0);
	featmap_open(&open, PG_GETARG_DATUM(0));
	if (!rmac_windows_start(&windows, &open.map, PG_GETARG_INT32(1), &error))
		featmap_raise(&error);
	open_describer(&describer, &host, &open.map, &pooling);
	while (rmac_windows_next(&windows, &window))
	{
		ArrayType *vector = described_window(&describer, &window);
		Datum values[6] = {
			Int32GetDatum(windows.level), Int32GetDatum(window.y1),
			Int32GetDatum(window.x1),     Int32GetDatum(window.y2),
			Int32GetDatum(window.x2),     PointerGetDatum(vector),
		};
		bool nulls[6] = {false};

		if (vector == NULL)
			continue;
		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
		pfree(vector);
	}
	describer_close(&describer);
	featmap_close(&open);
	PG_RETURN_NULL();
}

/* NULL where the map is all zero; NULL arguments stand for the defaults. */
Datum
rmac(PG_FUNCTION_ARGS)
{
	int levels = PG_ARGISNULL(1) ? 3 : PG_GETARG_INT32(1);
	Pooling pooling = pooling_arguments(fcinfo, 3, POOL_MAX);
	Host host = featmap_host(CurrentMemoryContext);
	Whitening whitening;
	bool is_whitened = !PG_ARGISNULL(2);
	OpenMap open;
	ArrayType *array;
	float *vector;
	bool found;
	CoreError error;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	featmap_open(&open, PG_GETARG_DATUM(0));
	if (is_whitened)
		whitening = whitening_argument(PG_GETARG_ARRAYTYPE_P(2));
	array =
		new_vector(is_whitened ? whitening.dims : open.map.channels, &vector);
	if (!rmac_descriptor(&host, kernels_in_use, &open.map, levels,
						 is_whitened ? &whitening : NULL, &pooling, vector,
						 &found, &error))
		featmap_raise(&error);
	featmap_close(&open);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(array);
}
