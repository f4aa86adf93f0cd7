/*
 * pixel_boxes.c
 *		Between boxes in the pixels of an image and windows in the cells of its
 *		map.
 *
 * The map covers the whole image: cell (y, x) of a map of H x W cells covers
 * the pixels [x, x + 1) * image_width / W by [y, y + 1) * image_height / H.
 */
#include "bridge/featmap.h"

#include <math.h>

#include "funcapi.h"

#include "functions/pixel_boxes.h"

PG_FUNCTION_INFO_V1(window_box);
PG_FUNCTION_INFO_V1(window_rectangle);
PG_FUNCTION_INFO_V1(box_window);

/*
 * How far outside the image a box may reach, in parts of a side: rounding of a
 * product.
 */
#define EDGE_SLACK 1e-6

static void
check_image_size(double image_width, double image_height)
{
	if (!(image_width > 0) || !(image_height > 0) || isinf(image_width) ||
		isinf(image_height))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "width and height of an image must be greater than 0 and finite, not %g and %g",
				 image_width, image_height)));
}

/* Nearest cells to two edges, at least one cell apart. */
static void
nearest_cells(double low, double high, double side, int cells, int *first,
			  int *end)
{
	*first = (int) rint(low / side * cells);
	*end = (int) rint(high / side * cells);
	if (*first == *end)
	{
		/* the cell that holds the middle */
		*first = (int) floor((low / 2 + high / 2) / side * cells);
		*first = *first < cells ? *first : cells - 1;
		*end = *first + 1;
	}
}

Window
pixel_box_to_window(const FeatureMap *map, const BOX *region,
					double image_width, double image_height)
{
	double left = region->low.x, right = region->high.x, top = region->low.y,
		   bottom = region->high.y;
	Window window;

	check_image_size(image_width, image_height);
	if (!(left >= -EDGE_SLACK * image_width &&
		  right <= (1 + EDGE_SLACK) * image_width &&
		  top >= -EDGE_SLACK * image_height &&
		  bottom <= (1 + EDGE_SLACK) * image_height))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "box (%g,%g),(%g,%g) is not inside the image of %g x %g pixels",
				 right, bottom, left, top, image_width, image_height)));
	if (!(left < right && top < bottom))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("box (%g,%g),(%g,%g) has no area", right,
							   bottom, left, top)));
	nearest_cells(Max(left, 0), Min(right, image_width), image_width,
				  map->width, &window.x1, &window.x2);
	nearest_cells(Max(top, 0), Min(bottom, image_height), image_height,
				  map->height, &window.y1, &window.y2);
	return window;
}

/* The pixels of (map, y1, x1, y2, x2, image_width, image_height). */
static BOX
window_pixels(FunctionCallInfo fcinfo)
{
	Window window = {PG_GETARG_INT32(1), PG_GETARG_INT32(2),
					 PG_GETARG_INT32(3), PG_GETARG_INT32(4)};
	double image_width = PG_GETARG_FLOAT8(5);
	double image_height = PG_GETARG_FLOAT8(6);
	FeatureMap map;
	CoreError error;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	check_image_size(image_width, image_height);
	if (!window_check(&window, map.height, map.width, &error))
		featmap_raise(&error);
	/* the quotient first: it is exactly 1 at the image's edge */
	return (BOX){
		.low = {image_width * ((double) window.x1 / map.width),
				image_height * ((double) window.y1 / map.height)},
		.high = {image_width * ((double) window.x2 / map.width),
				 image_height * ((double) window.y2 / map.height)},
	};
}

/* The row that a function of a composite type returns. */
static Datum
result_row(FunctionCallInfo fcinfo, Datum values[4])
{
	bool nulls[4] = {false};
	TupleDesc columns;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

Datum
window_box(PG_FUNCTION_ARGS)
{
	BOX *region = palloc(sizeof(BOX));

	*region = window_pixels(fcinfo);
	PG_RETURN_BOX_P(region);
}

/* As (x, y, width, height). */
Datum
window_rectangle(PG_FUNCTION_ARGS)
{
	BOX region = window_pixels(fcinfo);

	PG_RETURN_DATUM(
		result_row(fcinfo, (Datum[]){
							   Float8GetDatum(region.low.x),
							   Float8GetDatum(region.low.y),
							   Float8GetDatum(region.high.x - region.low.x),
							   Float8GetDatum(region.high.y - region.low.y),
						   }));
}

Datum
box_window(PG_FUNCTION_ARGS)
{
	FeatureMap map;
	Window window;

	featmap_open_header(&map, PG_GETARG_DATUM(0));
	window = pixel_box_to_window(&map, PG_GETARG_BOX_P(1), PG_GETARG_FLOAT8(2),
								 PG_GETARG_FLOAT8(3));
	PG_RETURN_DATUM(result_row(fcinfo, (Datum[]){
										   Int32GetDatum(window.y1),
										   Int32GetDatum(window.x1),
										   Int32GetDatum(window.y2),
										   Int32GetDatum(window.x2),
									   }));
}
