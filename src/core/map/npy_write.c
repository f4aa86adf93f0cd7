/*
 * npy_write.c
 *		A map as a .npy file.
 */
#include "core/map/npy_write.h"

#include <stdio.h>

#include "core/map/map_values.h"

/* Before the dictionary: magic string, version, the header's length. */
#define PREFIX_SIZE 10

/*
 * The dictionary is filled up with spaces and ends with a line feed, as NumPy
 * writes it.
 */
static void
write_header(const FeatureMap *map, uint8_t *file)
{
	static const uint8_t start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
	char *text = (char *) file + PREFIX_SIZE;
	int length;

	memcpy(file, start, sizeof(start));
	store_le16(file + 8, NPY_WRITTEN_HEADER - PREFIX_SIZE);
	length = snprintf(
		text, NPY_WRITTEN_HEADER - PREFIX_SIZE,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }",
		map->channels, map->height, map->width);
	memset(text + length, ' ', NPY_WRITTEN_HEADER - PREFIX_SIZE - length);
	file[NPY_WRITTEN_HEADER - 1] = '\n';
}

bool
npy_write(const Host *host, const FeatureMap *map, void *file,
		  CoreError *error)
{
	size_t cells = cell_count(map);
	float *values = (float *) ((uint8_t *) file + NPY_WRITTEN_HEADER);

	write_header(map, file);
	if (!region_values(host, map, values, error))
		return false;
	for (int c = 0; c < map->channels; c++)
	{
		float *plane = values + cells * c;

		host_check(host);
		for (size_t i = 0; i < cells; i++)
			store_le_float((uint8_t *) (plane + i), plane[i]);
	}
	return true;
}
