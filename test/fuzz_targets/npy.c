/*
 * npy.c
 *		An .npy file, whose numbers then become a value: any bytes are refused,
 *		or make a value that holds the numbers as nearly as its codes can.
 *
 * The first byte of an input says how it is stored: bit 0 for 16 bits, bit 1
 * for channels last, bit 2 for tokens, of a square grid as large as fits, bit
 * 3 for 24 bits; a file follows.
 */
#include <math.h>

#include "admitted.h"
#include "core/map/npy.h"
#include "core/map/map_values.h"

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
		double step = fmax(channel_scale(map, c), FEATMAP_LEAST_SCALE);

		for (size_t i = 0; i < cells; i++)
		{
			double from = values[cells * c + i], to = stored[cells * c + i];

			require(fabs(from - to) <= 0.5 * step + 0x1p-22 * fabs(from));
		}
	}
}

/* The values of a file, [shape[0]][shape[1]][shape[2]]; NULL if refused. */
static float *
read_map(const Host *host, const uint8_t *file, size_t size, NpyLayout layout,
		 int64_t shape[3])
{
	NpyArray array;
	CoreError error;
	float *values;

	/* in the order of featmap_from_npy */
	if (!npy_open(&array, file, size, &error) ||
		!npy_map_shape(&array, layout, &shape[0], &shape[1], &shape[2],
					   &error) ||
		!feature_map_check_dimensions(shape[0], shape[1], shape[2], &error))
		return NULL;
	values = host_new(host, float, shape[0] * shape[1] * shape[2]);
	return npy_read_values(host, &array, layout, values, &error) ? values
																 : NULL;
}

/* The same of tokens, of the largest square of cells. */
static float *
read_tokens(const Host *host, const uint8_t *file, size_t size,
			int64_t shape[3])
{
	NpyArray array;
	CoreError error;
	int side;
	float *values;

	if (!npy_open_tokens(&array, file, size, &error))
		return NULL;
	side = (int) sqrt((double) array.shape[array.dims - 2]);
	shape[1] = shape[2] = side;
	/* in the order of featmap_from_tokens */
	if (!npy_tokens_shape(&array, side, side, &shape[0], &error) ||
		!feature_map_check_dimensions(shape[0], side, side, &error))
		return NULL;
	values = host_new(host, float, shape[0] * shape[1] * shape[2]);
	require(npy_read_tokens(host, &array, side, side, values, &error));
	return values;
}

/* A byte that chooses bits, layout and tokens, then the file. */
static void
read_file(const Host *host, void *context)
{
	const Input *input = context;
	size_t size = input->size - 1;
	const uint8_t *file = fuzz_value(host, input->data + 1, size);
	int bits = (input->data[0] & 8) ? 24 : (input->data[0] & 1) ? 16 : 8;
	NpyLayout layout =
		(input->data[0] & 2) ? NPY_CHANNELS_LAST : NPY_CHANNELS_FIRST;
	int64_t shape[3];
	float *values = (input->data[0] & 4)
						? read_tokens(host, file, size, shape)
						: read_map(host, file, size, layout, shape);
	CoreError error;
	size_t stored_size;
	uint8_t *stored;
	FeatureMap map;

	if (values == NULL)
		return;
	stored = feature_map_build(host, values, (int) shape[0], (int) shape[1],
							   (int) shape[2], bits, 4, &stored_size, &error);
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
