/*
 * kernels_sketch.h
 *		decode_row, on eight dimensions at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	KERNEL, TARGET, Floats, Ints, load_floats and so on
 *					see kernels_select.h
 *	store_ints, add_ints, and_ints
 *	widen_wide		the first eight numbers of an entry: four of 16 bits and
 *					four of 8
 *	widen_narrow	eight numbers of 8 bits
 */
#include <string.h>

#include "core/map/format.h"

/* Bytes that the first eight numbers of an entry take, and others fewer. */
#define NUMBERS_SIZE (SKETCH_WIDE_DIMS + 8)

TARGET static inline __attribute__((always_inline)) Ints
widen_numbers(const uint8_t *from, int k)
{
	return k == 0 ? widen_wide(from) : widen_narrow(from);
}

/* The same of fewer bytes than NUMBERS_SIZE, at the end of the sketch. */
TARGET static inline Ints
widen_last_numbers(const uint8_t *from, ptrdiff_t size, int k)
{
	uint8_t copy[NUMBERS_SIZE] = {0};

	memcpy(copy, from, size);
	return widen_numbers(copy, k);
}

/* Numbers k to k + 7 of an entry; those after the last one may be any. */
TARGET static inline __attribute__((always_inline)) Ints
load_numbers(const SketchDecoder *decoder, const uint8_t *entry, int k)
{
	const uint8_t *from = k == 0 ? entry : entry + SKETCH_WIDE_DIMS + k;

	if (decoder->limit - from < NUMBERS_SIZE)
		return widen_last_numbers(from, decoder->limit - from, k);
	return widen_numbers(from, k);
}

/* Decodes dimensions k to k + 7. */
TARGET static inline __attribute__((always_inline)) void
decode_dims(const SketchDecoder *decoder, const uint8_t *entries, int k,
			int32_t *steps, float *corners)
{
	static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
	int left = decoder->dims - k < 8 ? decoder->dims - k : 8;
	Ints used = load_ints(lanes + 8 - left);
	Ints sums = load_ints(lanes + 8);
	Floats step = load_floats(decoder->step + k);
	Floats greatest = load_floats(decoder->greatest + k);

	steps += k;
	corners += k;
	for (int x = 0; x < decoder->width; x++)
	{
		Ints numbers = load_numbers(decoder, entries, k);
		Ints corner;
		Floats values;

		sums = add_ints(sums, and_ints(numbers, used));
		corner = add_ints(load_ints(steps), sums);
		values = multiply_floats(floats_of(corner), step);
		greatest = greater_of(absolute(values), greatest);
		store_ints(steps, corner);
		store_floats(corners, values);
		entries += decoder->entry_size;
		steps += decoder->padded;
		corners += decoder->padded;
	}
	store_floats(decoder->greatest + k, greatest);
}

KERNEL(void, decode_row)
(const SketchDecoder *decoder, const uint8_t *entries, int32_t *steps,
 float *corners)
{
	decode_dims(decoder, entries, 0, steps, corners);
	for (int k = 8; k < decoder->padded; k += 8)
		decode_dims(decoder, entries, k, steps, corners);
}
