/*
 * admitted.h
 *		What must hold of a value that was let in, whatever it came from.
 */
#ifndef INTSEARCH_ADMITTED_H
#define INTSEARCH_ADMITTED_H

#include "core/map/build.h"
#include "fuzz.h"

/*
 * It opens and is valid, and read back from what binary output sends it is the
 * same, sketch and all.
 */
static inline void
check_admitted(const Host *host, const uint8_t *stored, size_t size)
{
	FeatureMap map;
	CoreError error;
	size_t sent_size, again_size;
	uint8_t *sent, *again;

	require(feature_map_open(&map, stored, size, &error));
	require(feature_map_validate(host, &map, &error));
	sent_size = feature_map_size_without_sketch(&map);
	require(sent_size <= size);
	sent = fuzz_value(host, stored, sent_size);
	sent[3] = 0;
	again = feature_map_admit(host, sent, sent_size, 4, &again_size, &error);
	require(again != NULL);
	require(again_size == size && memcmp(again + 4, stored, size) == 0);
}

#endif
