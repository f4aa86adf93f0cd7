/*
 * test_sketch.c
 *		The integral image of a stored sketch, in memory that ends at guard
 *		pages.
 */
#include "lib/test_sketch.h"

#include "lib/core_test.h"

void
decode_sketch(DecodedSketch *sketch, const FeatureMap *map, double unit)
{
	size_t rows = map->height + 1, columns = map->width + 1;
	int32_t *steps;
	TestHost test;

	sketch->dims = sketch_padded_dims(map);
	sketch->row_stride = (map->width + 1 + ROW_PADDING + 7) / 8 * 8;
	sketch->corners =
		(float *) test_exact_copy(NULL, sizeof(float) * rows * columns *
											sketch->dims);
	sketch->leading =
		(float *) test_exact_copy(NULL, sizeof(float) * rows * LEADING_DIMS *
											sketch->row_stride);
	steps = (int32_t *) test_exact_copy(NULL, sizeof(int32_t) * columns *
												  sketch->dims);
	/* whatever is not written is NaN, or far from zero */
	memset(sketch->corners, 0xff,
		   sizeof(float) * rows * columns * sketch->dims);
	memset(sketch->leading, 0xff,
		   sizeof(float) * rows * LEADING_DIMS * sketch->row_stride);
	memset(steps, 0x55, sizeof(int32_t) * columns * sketch->dims);
	sketch->error =
		sketch_integral(test_host_start(&test), &kernels_plain, map, unit,
						sketch->corners, sketch->leading, sketch->row_stride,
						steps);
	test_exact_free((uint8_t *) steps);
}

void
free_sketch(DecodedSketch *sketch)
{
	test_exact_free((uint8_t *) sketch->leading);
	test_exact_free((uint8_t *) sketch->corners);
}
