/*
 * window_set.c
 *		Constraints on sets of windows.
 */
#include "core/search/window_set.h"

void
set_constraints_fill(const Host *host, SetConstraints *set_constraints,
					 const WindowConstraints *constraints, int height,
					 int width)
{
	set_constraints->is_free =
		constraints->any_aspect && constraints->min_height == 1 &&
		constraints->min_width == 1 && constraints->max_height >= height &&
		constraints->max_width >= width;
	set_constraints->least_width =
		scratch_reserve(host, &set_constraints->space,
						sizeof(int16_t) * 2 * (height + 1));
	set_constraints->most_width = set_constraints->least_width + height + 1;
	for (int h = 0; h <= height; h++)
	{
		int least = 1, most = 0;

		if (h >= constraints->min_height && h <= constraints->max_height &&
			constraints->min_width <= width)
			constraint_widths(constraints, h, width, &least, &most);
		set_constraints->least_width[h] = (int16_t) least;
		set_constraints->most_width[h] = (int16_t) most;
	}
}

/* Lengths from least to most. */
typedef struct Lengths
{
	int least;
	int most;
} Lengths;

/*
 * Lengths that windows of the set have along one axis, going by its edges
 * alone.
 */
static Lengths
set_lengths(const WindowSet *set, Edge first, Edge second)
{
	return (Lengths){set->least[second] - set->most[first],
					 set->most[second] - set->least[first]};
}

/* Of some widths, those that go with a height. */
static inline Lengths
widths_of_height(const SetConstraints *constraints, Lengths widths, int height)
{
	int least = constraints->least_width[height];
	int most = constraints->most_width[height];

	return (Lengths){least > widths.least ? least : widths.least,
					 most < widths.most ? most : widths.most};
}

/*
 * Narrows heights to those that go with some of the widths, and widths to
 * those that go with them.  The greater the height, the greater are the least
 * and the greatest width that go with it.
 */
static bool
narrow_lengths(const SetConstraints *constraints, Lengths *heights,
			   Lengths *widths)
{
	Lengths of_least = widths_of_height(constraints, *widths, heights->least);
	Lengths of_most = widths_of_height(constraints, *widths, heights->most);

	while (of_least.least > of_least.most && heights->least < heights->most)
		of_least = widths_of_height(constraints, *widths, ++heights->least);
	while (of_most.least > of_most.most && heights->least < heights->most)
		of_most = widths_of_height(constraints, *widths, --heights->most);
	*widths = (Lengths){of_least.least, of_most.most};
	return of_least.least <= of_least.most;
}

/*
 * Narrows both edges along an axis to those of windows of such lengths; false
 * if there are none.
 */
static bool
narrow_edges(WindowSet *set, Edge first, Edge second, Lengths lengths)
{
	int16_t *least = set->least;
	int16_t *most = set->most;

	if (least[second] < least[first] + lengths.least)
		least[second] = (int16_t) (least[first] + lengths.least);
	if (most[second] > most[first] + lengths.most)
		most[second] = (int16_t) (most[first] + lengths.most);
	if (most[first] > most[second] - lengths.least)
		most[first] = (int16_t) (most[second] - lengths.least);
	if (least[first] < least[second] - lengths.most)
		least[first] = (int16_t) (least[second] - lengths.most);
	return least[first] <= most[first] && least[second] <= most[second];
}

bool
window_set_narrow(WindowSet *set, const SetConstraints *constraints)
{
	Lengths heights = set_lengths(set, EDGE_Y1, EDGE_Y2);
	Lengths widths = set_lengths(set, EDGE_X1, EDGE_X2);

	if (constraints->is_free)
		return true;
	return narrow_lengths(constraints, &heights, &widths) &&
		   narrow_edges(set, EDGE_Y1, EDGE_Y2, heights) &&
		   narrow_edges(set, EDGE_X1, EDGE_X2, widths);
}
