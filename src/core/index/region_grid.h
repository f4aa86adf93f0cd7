/*
 * region_grid.h
 *		The dense grid of windows that regions are chosen from.
 */
#ifndef INTSEARCH_REGION_GRID_H
#define INTSEARCH_REGION_GRID_H

#include "core/window.h"

/* The most windows of a grid. */
#define REGION_GRID_MOST 1024

/*
 * Lists the windows of a map's grid, the largest first, each level row by row;
 * windows has room for REGION_GRID_MOST.  Returns how many there are.
 *
 * Neighbours overlap by half of their side, or less where there would be too
 * many of them: windows of a map of any size cost about the same.
 */
extern int region_grid(int height, int width, Window *windows);

#endif
