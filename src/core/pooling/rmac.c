/*
 * rmac.c
 *		Regional maximum activations of convolutions: a whole map in one
 *		vector.
 */
#include "core/pooling/rmac.h"

#include "core/pooling/descriptor.h"
#include "core/vectors/unit_vector.h"

/*
 * m - 1 of rmac.h.  The overlap of n + 1 windows differs from 40 % by |3 n W -
 * 5 (L - W)| / (5 n W), which decreases until n reaches 5 (L - W) / (3 W), and
 * increases from there on.
 */
static int
extra_windows(int shorter, int longer)
{
	int64_t rest = 5 * (int64_t) (longer - shorter);
	int64_t unit = 3 * (int64_t) shorter;
	int64_t fewer = rest / unit;

	if (longer == shorter)
		return 0;
	if (fewer == 0)
		return 1;
	/* (rest - unit * n) / n against (unit * (n + 1) - rest) / (n + 1) */
	if ((rest - unit * fewer) * (fewer + 1) <=
		(unit * (fewer + 1) - rest) * fewer)
		return (int) fewer;
	return (int) fewer + 1;
}

bool
rmac_windows_start(RmacWindows *windows, const FeatureMap *map, int levels,
				   CoreError *error)
{
	if (levels < 1)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "levels must be at least 1, not %d", levels);
	*windows = (RmacWindows){.height = map->height,
							 .width = map->width,
							 .levels = levels,
							 .level = 1,
							 .column = -1};
	if (map->height > map->width)
		windows->extra_rows = extra_windows(map->width, map->height);
	else
		windows->extra_columns = extra_windows(map->height, map->width);
	return true;
}

/* Where window number `number` of `count` begins. */
static int
place(int number, int count, int length, int side)
{
	if (count == 1)
		return 0;
	return (int) ((int64_t) number * (length - side) / (count - 1));
}

bool
rmac_windows_next(RmacWindows *windows, Window *window)
{
	int shorter =
		windows->height < windows->width ? windows->height : windows->width;
	int rows, columns, side;

	if (++windows->column == windows->level + windows->extra_columns)
	{
		windows->column = 0;
		if (++windows->row == windows->level + windows->extra_rows)
		{
			windows->row = 0;
			windows->level++;
		}
	}
	rows = windows->level + windows->extra_rows;
	columns = windows->level + windows->extra_columns;
	side = (int) (2 * (int64_t) shorter / ((int64_t) windows->level + 1));
	if (windows->level > windows->levels || side == 0)
		return false;
	window->y1 = place(windows->row, rows, windows->height, side);
	window->x1 = place(windows->column, columns, windows->width, side);
	window->y2 = window->y1 + side;
	window->x2 = window->x1 + side;
	return true;
}

/* Adds the descriptor of one window, [channels], to the sums. */
static bool
add_region(const Host *host, const Whitening *whitening, const float *region,
		   int channels, double *whitened, double *sums, CoreError *error)
{
	bool found;

	if (whitening == NULL)
		for (int c = 0; c < channels; c++)
			sums[c] += region[c];
	else
	{
		if (!whitening_apply(host, whitening, region, channels, whitened,
							 &found, error))
			return false;
		for (int k = 0; found && k < whitening->dims; k++)
			sums[k] += whitened[k];
	}
	return true;
}

bool
rmac_descriptor(const Host *host, const Kernels *kernels,
				const FeatureMap *map, int levels, const Whitening *whitening,
				const Pooling *pooling, float *descriptor, bool *found,
				CoreError *error)
{
	int dims = whitening == NULL ? map->channels : whitening->dims;
	RmacWindows windows;
	Describer describer;
	Window window;
	float *region;
	double *sums;
	bool done;

	if (!rmac_windows_start(&windows, map, levels, error))
		return false;
	done = describer_open(&describer, host, kernels, map, pooling, error);
	region = host_new(host, float, map->channels);
	sums = host_new(host, double, (size_t) 2 * dims);
	memset(sums, 0, sizeof(double) * dims);
	while (done && rmac_windows_next(&windows, &window))
		if (describer_window(&describer, &window, region))
			done = add_region(host, whitening, region, map->channels,
							  sums + dims, sums, error);
	*found = done && unit_vector(sums, dims, descriptor);
	host_free(host, sums);
	host_free(host, region);
	describer_close(&describer);
	return done;
}
