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
	int dims;        /* 3 or 4; of tokens, 2 or 3 */
	int64_t shape[NPY_MAX_DIMS];
	const uint8_t *data;
} NpyArray;

/* The order of bytes of this machine's numbers, as NpyArray has it. */
extern bool npy_machine_is_big_endian(void);

/* True where the bytes start as a .npy file does. */
extern bool npy_is_file(const uint8_t *bytes, size_t size);

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

/* Tokens of a transformer ------------------------------------------------- */

/* Tokens before those of the cells: CLS, registers. */
#define NPY_MAX_OTHER_TOKENS 16

/*
 * As npy_open, for an array of [tokens][channels], or of one more dimension.
 */
extern bool npy_open_tokens(NpyArray *array, const uint8_t *bytes, size_t size,
							CoreError *error);

/*
 * Finds the number of channels of height x width cells, which the last tokens
 * are.  Refuses fewer tokens, more than NPY_MAX_OTHER_TOKENS before those of
 * the cells, and a batch of more than one image.
 */
extern bool npy_tokens_shape(const NpyArray *array, int height, int width,
							 int64_t *channels, CoreError *error);

/*
 * Converts the tokens of the cells, row by row, to values,
 * [channels][height][width].  Refuses what npy_tokens_shape refuses.
 */
extern bool
npy_read_tokens(const Host *host, const NpyArray *array, int height, int width,
				float *values, CoreError *error);

#endif
