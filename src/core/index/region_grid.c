/*
 * region_grid.c
 *		The dense grid of windows that regions are chosen from.
 */
#include "core/index/region_grid.h"

#include <stdint.h>

#define LEVELS 7

/* Steps are longer by this factor until there are few enough windows. */
#define STRETCH 1.125

/* Windows of one side, spread evenly. */
typedef struct Level
{
	int side;
	int rows;
	int columns;
} Level;

/*
 * How many windows of a side cover a length in steps of `step` cells or less,
 * or of one cell.
 */
static int
windows_along(int length, int side, double step)
{
	int steps = (int) ((length - side) / step);

	steps += steps * step < length - side;
	return 1 + (steps < length - side ? steps : length - side);
}

/* Fills the levels, of different sides; returns how many there are. */
static int
fill_levels(int height, int width, double stretch, Level *levels)
{
	static const double parts[LEVELS] = {1, 0.7, 0.5, 0.35, 0.25, 0.17, 0.12};
	int shorter = height < width ? height : width;
	int count = 0, last = 0;

	for (int i = 0; i < LEVELS; i++)
	{
		int rounded = (int) (parts[i] * shorter + 0.5);
		int side = rounded > 1 ? rounded : 1;
		double step = side * 0.5 * stretch;

		if (side != last)
			levels[count++] = (Level){side, windows_along(height, side, step),
									  windows_along(width, side, step)};
		last = side;
	}
	return count;
}

static int
count_windows(const Level *levels, int count)
{
	int windows = 0;

	for (int i = 0; i < count; i++)
		windows += levels[i].rows * levels[i].columns;
	return windows;
}

/* Where window i of count begins; a single one lies in the middle. */
static int
position(int i, int count, int length, int side)
{
	return count == 1 ? (length - side) / 2
					  : (int) ((int64_t) i * (length - side) / (count - 1));
}

static Window *
list_level(const Level *level, int height, int width, Window *next)
{
	for (int row = 0; row < level->rows; row++)
		for (int column = 0; column < level->columns; column++)
		{
			int y = position(row, level->rows, height, level->side);
			int x = position(column, level->columns, width, level->side);

			*next++ = (Window){y, x, y + level->side, x + level->side};
		}
	return next;
}

int
region_grid(int height, int width, Window *windows)
{
	Level levels[LEVELS];
	Window *end = windows;
	double stretch = 1;
	int count = fill_levels(height, width, stretch, levels);

	while (count_windows(levels, count) > REGION_GRID_MOST)
	{
		stretch *= STRETCH;
		count = fill_levels(height, width, stretch, levels);
	}
	for (int i = 0; i < count; i++)
		end = list_level(&levels[i], height, width, end);
	return (int) (end - windows);
}
