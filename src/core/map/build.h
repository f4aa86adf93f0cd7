/*
 * build.h
 *		Construction of a stored feature map: the one door for all kinds of
 *		input.
 */
#ifndef INTSEARCH_BUILD_H
#define INTSEARCH_BUILD_H

#include "core/map/feature_map.h"

/* In place of a number of bits: 8, 16 or 24, whichever the values need. */
#define FEATMAP_CHOOSE_BITS 0

/* Refuses dimensions that no featmap can have. */
extern bool feature_map_check_dimensions(int64_t channels, int64_t height,
										 int64_t width, CoreError *error);

/* Refuses numbers of bits that no featmap can have. */
extern bool feature_map_check_bits(int bits, CoreError *error);

/*
 * Quantises values, [channels][height][width], to codes of 8, 16 or 24 bits,
 * with one scale a channel (max |value| of the channel / greatest code,
 * rounded up to the 8 significant bits that are stored), packs them and adds
 * the sketch. The codes are signed where any value is negative.  The rounding
 * error is measured and kept; where it is for construction to choose, the
 * fewest bits are taken with which it is at most PROMISED_ROUNDING_ERROR, or
 * else 24.
 *
 * Returns a block of the host's with the stored form after `room` bytes that
 * are left for the caller, and the size of the stored form in *size; or NULL
 * and an error: dimensions, NaN or infinity, values that are all tiny but not
 * zero (FEATMAP_LEAST_MAGNITUDE), larger than FEATMAP_MAX_BYTES.
 */
extern uint8_t *
feature_map_build(const Host *host, const float *values, int channels,
				  int height, int width, int bits, size_t room, size_t *size,
				  CoreError *error);

/*
 * The same from a stored form without a sketch that came from outside:
 * validates it whole and adds the sketch.
 */
extern uint8_t *
feature_map_admit(const Host *host, const uint8_t *bytes, size_t bytes_size,
				  size_t room, size_t *size, CoreError *error);

#endif
