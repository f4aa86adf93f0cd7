/*
 * npy.c
 *		An .npy file, whose numbers then become a value: any bytes are refused,
 *		or make a value that holds the numbers as nearly as its codes can.
 *
 * The first byte of an input says how it is stored: bit 0 for 16 bits, bit 1
 * for channels last; a file follows.
 */
#include <math.h>

#include "admitted.h"
#include "core/map/npy.h"
#include "core/map/map_values.h"

/*
 * The least scale but 0 that is stored: what is smaller than half of it is 0.
 */
#define LEAST_SCALE 0x1p-133

/* No number is moved by more than half a code, as far as floats can tell. */
static void
check_values(const Host *host, const FeatureMap *map, const float *values)
{
	size_t cells = cell_count(map);
	float *stored = host_new(host, float, cells * map->channels);
	CoreError error;

	require(region_values(host, map, stored, &error));
	for (int c = 0; c < map->channels; c++)
	{
		double step = fmax(channel_scale(map, c), LEAST_SCALE);

		for (size_t i = 0; i < cells; i++)
		{
			double from = values[cells * c + i], to = stored[cells * c + i];

			require(fabs(from - to) <= 0.5 * step + 0x1p-22 * fabs(from));
		}
	}
}

/* A byte that chooses bits and layout, then the file. */
static void
read_file(const Host *host, void *context)
{
	const Input *input = context;
	size_t size = input->size - 1;
	const uint8_t *file = fuzz_value(host, input->data + 1, size);
	int bits = (input->data[0] & 1) ? 16 : 8;
	NpyLayout layout =
		(input->data[0] & 2) ? NPY_CHANNELS_LAST : NPY_CHANNELS_FIRST;
	NpyArray array;
	CoreError error;
	int64_t channels, height, width;
	float *values;
	size_t stored_size;
	uint8_t *stored;
	FeatureMap map;

	/* in the order of featmap_from_npy */
	if (!npy_open(&array, file, size, &error) ||
		!npy_map_shape(&array, layout, &channels, &height, &width, &error) ||
		!feature_map_check_dimensions(channels, height, width, &error))
		return;
	values = host_new(host, float, channels *height *width);
	if (!npy_read_values(host, &array, layout, values, &error))
		return;
	stored = feature_map_build(host, values, (int) channels, (int) height,
							   (int) width, bits, 4, &stored_size, &error);
	if (stored == NULL)
	{
		require(error.class == ERROR_NOT_FINITE);
		return;
	}
	check_admitted(host, stored + 4, stored_size);
	require(feature_map_open(&map, stored + 4, stored_size, &error));
	check_values(host, &map, values);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		fuzz_run(read_file, &(Input){data, size}, 0xa5);
	return 0;
}
