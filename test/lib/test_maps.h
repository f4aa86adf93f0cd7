/*
 * test_maps.h
 *		Makers of feature maps of many kinds for the unit tests.
 */
#ifndef INTSEARCH_TEST_MAPS_H
#define INTSEARCH_TEST_MAPS_H

#include "core/map/build.h"
#include "lib/core_test.h"

typedef enum MapKind
{
	MAP_ZERO,
	MAP_CONSTANT, /* the same vector in each cell */
	MAP_DENSE,    /* all values positive */
	/* like activations after a ReLU, without any order in space */
	MAP_SPARSE,
	/* sparse, each channel a few broad spots, like a CNN's deeper layers */
	MAP_SMOOTH,
	MAP_SIGNED,
	MAP_RANGES,   /* sparse, channels differ by up to 10^12 */
	MAP_COUNTS,   /* 0 to 3, mostly 0: windows tie often */
	MAP_BALANCED, /* -1, 0, 1: sums of windows vanish often */
	MAP_SPIKES    /* not negative, a few values 10 to 10^5 times the others */
} MapKind;

#define MAP_KINDS 10

extern const char *const map_kind_names[MAP_KINDS];

/* A map, the values it was made from, and its stored form. */
typedef struct TestMap
{
	MapKind kind;
	float *values; /* [channels][height][width], before quantisation */
	uint8_t *stored;
	size_t size;
	FeatureMap map;
} TestMap;

/* Fills values, [channels][height][width]. */
extern void fill_values(Random *random, MapKind kind, float *values,
						int channels, int height, int width);

/* Builds the stored form of the given values. */
extern void make_map_of_values(const Host *host, TestMap *made, float *values,
							   int channels, int height, int width, int bits);

extern void
make_map(const Host *host, TestMap *made, Random *random, MapKind kind,
		 int channels, int height, int width, int bits);

extern void free_map(const Host *host, TestMap *made);

/* Checks a map, which is freed after it. */
typedef void (*MapCheck)(const Host *host, const TestMap *made,
						 Random *random);

/*
 * Checks a map of each of these sizes, {channels, height, width}, of each
 * kind and number of bits.
 */
extern void
check_all_maps(const Host *host, Random *random, const int (*sizes)[3],
			   size_t count, MapCheck check);

/*
 * All values that are stored, exact, [channels][height][width]; for free().
 */
extern double *exact_values(const Host *host, const FeatureMap *map);

/*
 * Cuts a stored form to what text and binary output carry; returns its size.
 */
extern size_t strip_sketch(uint8_t *stored, const FeatureMap *map);

#endif
