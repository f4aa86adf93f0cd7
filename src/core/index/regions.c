/*
 * regions.c
 *		The few windows of a map that stand for all of them in an index.
 *
 * The choice needs cosines of many windows, the index the exact vectors of
 * few.  So windows are compared by their sums in the norm sketch's dimensions,
 * with other poolings too: which windows are alike is nearly the same for all.
 * Only what is chosen is pooled, in all channels.
 */
#include "core/index/regions.h"

#include <math.h>
#include <string.h>

#include "core/index/facility.h"
#include "core/index/region_grid.h"
#include "core/map/sketch.h"
#include "core/vectors/unit_vector.h"

/*
 * Enough are chosen when the root mean square of 1 - cosine is below this.
 */
#define COVERED 0.01

/* The sketch's integral image: see sketch_integral. */
typedef struct SketchImage
{
	int dims;
	int width; /* of the map */
	float *corners;
} SketchImage;

/* The greatest step of a map's sketch; 1 where it has none. */
static double
greatest_step(const FeatureMap *map)
{
	double greatest = 0;

	for (int k = 0; k < map->sketch_dims; k++)
	{
		double step = load_le_float(map->sketch_steps + sizeof(float) * k);

		greatest = step > greatest ? step : greatest;
	}
	return greatest > 0 ? greatest : 1;
}

static void
open_sketch(RegionChooser *chooser, const FeatureMap *map, SketchImage *image)
{
	size_t rows = map->height + 1, columns = map->width + 1;
	int row_stride = (map->width + 1 + ROW_PADDING + 7) / 8 * 8;
	float *leading;
	int32_t *steps;

	image->dims = sketch_padded_dims(map);
	image->width = map->width;
	image->corners =
		scratch_reserve(chooser->host, &chooser->sketch_space,
						sizeof(float) * (rows * columns * image->dims +
										 rows * LEADING_DIMS * row_stride) +
							sizeof(int32_t) * columns * image->dims);
	leading = image->corners + rows * columns * image->dims;
	steps = (int32_t *) (leading + rows * LEADING_DIMS * row_stride);
	sketch_integral(chooser->host, chooser->kernels, map, greatest_step(map),
					image->corners, leading, row_stride, steps);
}

static inline const float *
corner(const SketchImage *image, int y, int x)
{
	return image->corners +
		   ((size_t) y * (image->width + 1) + x) * image->dims;
}

/* out[k * stride] = direction of the window's sum in dimension k, or 0 */
static void
sketch_direction(const SketchImage *image, const Window *window, int stride,
				 float *out)
{
	const float *top_left = corner(image, window->y1, window->x1);
	const float *top_right = corner(image, window->y1, window->x2);
	const float *bottom_left = corner(image, window->y2, window->x1);
	const float *bottom_right = corner(image, window->y2, window->x2);
	double sums[FEATMAP_MAX_SKETCH_DIMS + 8];
	double square = 0;

	for (int k = 0; k < image->dims; k++)
	{
		sums[k] = ((double) bottom_right[k] - bottom_left[k]) -
				  ((double) top_right[k] - top_left[k]);
		square += sums[k] * sums[k];
	}
	for (int k = 0; k < image->dims; k++)
		out[(size_t) k * stride] =
			square > 0 ? (float) (sums[k] / sqrt(square)) : 0;
}

/* Lists the windows of the grid that are not zero. */
static int
list_grid(RegionChooser *chooser, const FeatureMap *map, Window *grid)
{
	int all = region_grid(map->height, map->width, grid);
	int count = 0;

	for (int i = 0; i < all; i++)
		if (codes_occupied(&chooser->codes, &grid[i]) > 0)
			grid[count++] = grid[i];
	return count;
}

/* Chooses windows of the grid by their numbers. */
static int
choose_windows(RegionChooser *chooser, const FeatureMap *map,
			   const Window *grid, int count, int most, int *chosen)
{
	int stride =
		(count + FACILITY_LANES - 1) / FACILITY_LANES * FACILITY_LANES;
	SketchImage image;
	Facility facility;
	float *vectors;

	open_sketch(chooser, map, &image);
	vectors = scratch_reserve(chooser->host, &chooser->choice_space,
							  sizeof(float) * stride * image.dims +
								  facility_scratch_size(stride));
	memset(vectors, 0, sizeof(float) * stride * image.dims);
	for (int i = 0; i < count; i++)
		sketch_direction(&image, &grid[i], stride, vectors + i);
	facility = (Facility){.count = count,
						  .stride = stride,
						  .dims = image.dims,
						  .vectors = vectors,
						  .products = vectors + (size_t) stride * image.dims};
	facility.gains = (int32_t *) (facility.products + stride);
	facility.costs = (uint16_t *) (facility.gains + stride);
	facility.remaining = facility.costs + (size_t) stride * stride;
	return facility_choose(chooser->host, &facility, most, COVERED * COVERED,
						   chosen);
}

/* Describes the chosen windows; leaves out those whose pooled vector is 0. */
static void
describe_chosen(RegionChooser *chooser, const FeatureMap *map,
				const Window *grid, const int *chosen, int count)
{
	double *pooled = scratch_reserve(chooser->host, &chooser->pooled_space,
									 sizeof(double) * chooser->codes.stride);

	for (int i = 0; i < count; i++)
	{
		const Window *window = &grid[chosen[i]];

		pool_window(chooser->host, &chooser->pooler, &chooser->codes, window,
					pooled);
		for (int c = 0; c < map->channels; c++)
			pooled[c] *= channel_scale(map, c);
		if (unit_vector(pooled, map->channels,
						chooser->vectors +
							(size_t) chooser->count * map->channels))
			chooser->windows[chooser->count++] = *window;
	}
}

bool
region_chooser_run(RegionChooser *chooser, const FeatureMap *map,
				   const Pooling *pooling, int most, CoreError *error)
{
	const Host *host = chooser->host;
	Window *grid = scratch_reserve(host, &chooser->grid_space,
								   sizeof(Window) * REGION_GRID_MOST +
									   sizeof(int) * REGION_GRID_MOST);
	int *chosen = (int *) (grid + REGION_GRID_MOST);
	int count;

	chooser->count = 0;
	if (!codes_unpack(host, &chooser->codes, map, chooser->kernels, error) ||
		!pooler_prepare(host, &chooser->pooler, pooling, &chooser->codes,
						error))
		return false;
	count = list_grid(chooser, map, grid);
	if (count > 0)
		count = choose_windows(chooser, map, grid, count, most, chosen);
	chooser->windows =
		scratch_reserve(host, &chooser->window_space, sizeof(Window) * count);
	chooser->vectors = scratch_reserve(host, &chooser->vector_space,
									   sizeof(float) * count * map->channels);
	describe_chosen(chooser, map, grid, chosen, count);
	return true;
}

void
region_chooser_release(RegionChooser *chooser)
{
	const Host *host = chooser->host;

	codes_release(host, &chooser->codes);
	pooler_release(host, &chooser->pooler);
	scratch_release(host, &chooser->window_space);
	scratch_release(host, &chooser->vector_space);
	scratch_release(host, &chooser->pooled_space);
	scratch_release(host, &chooser->sketch_space);
	scratch_release(host, &chooser->grid_space);
	scratch_release(host, &chooser->choice_space);
}
