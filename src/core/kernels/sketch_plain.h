/*
 * sketch_plain.h
 *		Decoding a row of the norm sketch, in plain C; part of kernels_plain.c.
 */
#ifndef INTSEARCH_SKETCH_PLAIN_H
#define INTSEARCH_SKETCH_PLAIN_H

#include "core/map/format.h"

/* Adds one cell's entry to the running sums of its row, [dims]. */
static inline void
add_entry(uint32_t *sums, const uint8_t *entry, int dims)
{
	int wide = sketch_wide_dims(dims);

	for (int k = 0; k < wide; k++)
		sums[k] += load_wide_number(entry, k);
	for (int k = SKETCH_WIDE_DIMS; k < dims; k++)
		sums[k] += load_narrow_number(entry, k);
}

/*
 * Decodes one corner, [padded], in steps and in units, from the steps of the
 * one above and the sums of its row.
 */
static inline void
decode_corner(const SketchDecoder *decoder, const uint32_t *sums,
			  int32_t *steps, float *corner)
{
	float *greatest = decoder->greatest;

	for (int k = 0; k < decoder->padded; k++)
	{
		steps[k] = (int32_t) ((uint32_t) steps[k] + sums[k]);
		corner[k] = (float) steps[k] * decoder->step[k];
		greatest[k] =
			fabsf(corner[k]) > greatest[k] ? fabsf(corner[k]) : greatest[k];
	}
}

static void
decode_row(const SketchDecoder *decoder, const uint8_t *entries,
		   int32_t *steps, float *corners)
{
	/*
	 * unsigned, since in a damaged sketch they may wrap around; int32 fits
	 * what construction made
	 */
	uint32_t sums[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};

	for (int x = 0; x < decoder->width; x++)
	{
		add_entry(sums, entries, decoder->dims);
		decode_corner(decoder, sums, steps, corners);
		entries += decoder->entry_size;
		steps += decoder->padded;
		corners += decoder->padded;
	}
}

#endif
