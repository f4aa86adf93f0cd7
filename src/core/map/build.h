/*
 * build.h
 *		Construction of a stored feature map: the one door for all kinds of
 *		input.
 */
#ifndef INTSEARCH_BUILD_H
#define INTSEARCH_BUILD_H

#include "core/map/feature_map.h"

/* Refuses dimensions and numbers of bits that no featmap can have. */
extern bool
feature_map_check_dimensions(int64_t channels, int64_t height, int64_t width,
							 int bits, CoreError *error);

/*
 * Quantises values, [channels][height][width], to codes of 8 or 16 bits, with
 * one scale a channel (max |value| of the channel / greatest code, rounded up
 * to the 8 significant bits that are stored), packs them and adds the sketch.
 * The codes are signed where any value is negative.
 *
 * Returns a block of the host's with the stored form after `room` bytes that
 * are left for the caller, and the size of the stored form in *size; or NULL
 * and an error: dimensions, NaN or infinity, larger than FEATMAP_MAX_BYTES.
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
