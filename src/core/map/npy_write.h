/*
 * npy_write.h
 *		A map as a .npy file.
 */
#ifndef INTSEARCH_NPY_WRITE_H
#define INTSEARCH_NPY_WRITE_H

#include "core/map/feature_map.h"

/* Bytes before the values. */
#define NPY_WRITTEN_HEADER 128

/* Bytes of the file of a map. */
static inline size_t
npy_written_size(const FeatureMap *map)
{
	return NPY_WRITTEN_HEADER +
		   sizeof(float) * cell_count(map) * (size_t) map->channels;
}

/*
 * Writes the values of the map, code * scale, as the .npy file (version 1.0)
 * of a float32 array [channels][height][width], of npy_written_size(map)
 * bytes.  file must be aligned as a float.  False and an error where the map
 * is damaged.
 */
extern bool npy_write(const Host *host, const FeatureMap *map, void *file,
					  CoreError *error);

#endif
