/*
 * centres.c
 *		Which of many centres is nearest to a vector.
 *
 * |x - c|^2 = |x|^2 - 2 (x . c - |c|^2 / 2): the nearest is the one with the
 * greatest x . c - |c|^2 / 2.
 */
#include "core/index/centres.h"

#include "core/index/projection.h"

float
half_square(const float *centre, int dims)
{
	return inner_product(centre, centre, dims) / 2;
}

void
centre_table_fill(CentreTable *table, const Host *host, const float *centres,
				  int lists, int dims)
{
	table->lists = lists;
	table->dims = dims;
	table->columns =
		scratch_reserve(host, &table->space,
						sizeof(float) * (size_t) lists * (dims + 2));
	table->half_squares = table->columns + (size_t) lists * dims;
	table->nearness = table->half_squares + lists;
	for (int i = 0; i < lists; i++)
	{
		const float *centre = centres + (size_t) i * dims;

		table->half_squares[i] = half_square(centre, dims);
		for (int k = 0; k < dims; k++)
			table->columns[(size_t) k * lists + i] = centre[k];
	}
}

int
centre_table_nearest(CentreTable *table, const float *vector)
{
	float *nearness = table->nearness;
	int nearest = 0;

	for (int i = 0; i < table->lists; i++)
		nearness[i] = -table->half_squares[i];
	for (int k = 0; k < table->dims; k += ROWS_AT_ONCE)
		add_rows(table->columns + (size_t) k * table->lists, table->lists,
				 vector + k, table->lists, nearness);
	for (int i = 1; i < table->lists; i++)
		nearest = nearness[i] > nearness[nearest] ? i : nearest;
	return nearest;
}
