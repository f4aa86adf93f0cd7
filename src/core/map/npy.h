/*
 * npy.h
 *		Reading NumPy's .npy files, format versions 1.0 to 3.0. Source: NumPy
 *		Enhancement Proposal 1 and numpy.lib.format.
 */
#ifndef INTSEARCH_NPY_H
#define INTSEARCH_NPY_H

#include <stdint.h>

#include "core/host.h"

#define NPY_MAX_DIMS 4

/*
 * Order of the dimensions: channels first, or last; a batch of one may come
 * before.
 */
typedef enum NpyLayout
{
	NPY_CHANNELS_FIRST,
	NPY_CHANNELS_LAST,
} NpyLayout;

typedef struct NpyArray
{
	char kind;     /* of an element: 'f', 'u' or 'i' */
	int item_size; /* bytes: 2, 4 or 8 for 'f', else 1 */
	bool is_big_endian;
	bool is_fortran; /* first dimension runs fastest */
	int dims;        /* 3 or 4 */
	int64_t shape[NPY_MAX_DIMS];
	const uint8_t *data;
} NpyArray;

/*
 * Reads the header.  Refuses what is not an .npy file, files that end early or
 * late, and element types and numbers of dimensions that no feature map has.
 */
extern bool
npy_open(NpyArray *array, const uint8_t *bytes, size_t size, CoreError *error);

/* Finds the size of the feature map; refuses a batch of more than one. */
extern bool
npy_map_shape(const NpyArray *array, NpyLayout layout, int64_t *channels,
			  int64_t *height, int64_t *width, CoreError *error);

/* Converts the elements to values, [channels][height][width]. */
extern bool npy_read_values(const Host *host, const NpyArray *array,
							NpyLayout layout, float *values, CoreError *error);

#endif
