/*
 * exclusions.h
 *		The windows that overlap a result too much, one bit each.
 */
#ifndef INTSEARCH_EXCLUSIONS_H
#define INTSEARCH_EXCLUSIONS_H

#include <stdint.h>

#include "core/window.h"

typedef struct Exclusions
{
	int height; /* of the map */
	int width;
	double max_overlap; /* below 1 */
	/* [height][height][width][width] bits, by y1, y2 - 1, x1, x2 - 1 */
	uint8_t *bits;
	Scratch space;
} Exclusions;

/*
 * Starts with no window excluded; false where the map has too many windows.
 */
extern bool exclusions_start(const Host *host, Exclusions *exclusions,
							 int height, int width, double max_overlap);

/* Excludes the windows that overlap a result by more than max_overlap. */
extern void
exclusions_add(const Host *host, Exclusions *exclusions, const Window *result);

/* The number of a window's bit. */
static inline size_t
exclusions_number(const Exclusions *exclusions, const Window *window)
{
	size_t rows = (size_t) window->y1 * exclusions->height + (window->y2 - 1);

	return (rows * exclusions->width + window->x1) * exclusions->width +
		   (window->x2 - 1);
}

static inline bool
exclusions_contain(const Exclusions *exclusions, const Window *window)
{
	size_t number = exclusions_number(exclusions, window);

	return exclusions->bits[number / 8] >> number % 8 & 1;
}

#endif
