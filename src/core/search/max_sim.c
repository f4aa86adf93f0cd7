/*
 * max_sim.c
 *		The best cell of a map for each of several query vectors, by inner
 *		product.
 *
 * Four query vectors at a time, with their weights rounded to 16 bits, so that
 * the products with all cells are integers (products.h).  A rounded weight is
 * at most half a unit off, so a cell's product is off by at most half the
 * greatest code for each channel.  The cells whose products are the greatest
 * within these errors, mostly very few, are computed exactly.
 */
#include "core/search/max_sim.h"

#include <math.h>

#include "core/finite.h"
#include "core/search/products.h"

#define AT_ONCE 4

static void
reserve_space(MaxSim *max_sim, const FeatureMap *map, int count)
{
	const Host *host = max_sim->host;
	size_t stride = max_sim->codes.stride;
	size_t cells = cell_count(map);

	max_sim->scales = scratch_reserve(host, &max_sim->channels_space,
									  sizeof(double) * (2 + AT_ONCE) * stride +
										  sizeof(int16_t) * AT_ONCE * stride);
	max_sim->weights = max_sim->scales + stride;
	max_sim->values = max_sim->weights + AT_ONCE * stride;
	max_sim->rounded = (int16_t *) (max_sim->values + stride);
	max_sim->products = scratch_reserve(host, &max_sim->cells_space,
										sizeof(int64_t) * AT_ONCE * cells);
	max_sim->best =
		scratch_reserve(host, &max_sim->best_space, sizeof(BestCell) * count);
}

static bool
prepare_map(MaxSim *max_sim, const FeatureMap *map, int count,
			CoreError *error)
{
	if (!codes_unpack(max_sim->host, &max_sim->codes, map, max_sim->kernels,
					  error))
		return false;
	reserve_space(max_sim, map, count);
	for (int c = 0; c < max_sim->codes.stride; c++)
		max_sim->scales[c] = c < map->channels ? channel_scale(map, c) : 0;
	return true;
}

/* Weights of up to four query vectors; those that are missing are zeros. */
static void
set_weights(MaxSim *max_sim, const float *queries, int count, int channels)
{
	int stride = max_sim->codes.stride;

	memset(max_sim->weights, 0, sizeof(double) * AT_ONCE * stride);
	for (int i = 0; i < count; i++)
		for (int c = 0; c < channels; c++)
			max_sim->weights[(size_t) i * stride + c] =
				(double) queries[(size_t) i * channels + c] *
				max_sim->scales[c];
	for (int i = 0; i < AT_ONCE; i++)
		max_sim->factors[i] =
			round_weights(max_sim->weights + (size_t) i * stride, stride,
						  channels, MOST_WEIGHTS,
						  max_sim->rounded + (size_t) i * stride);
}

static void
fill_products(MaxSim *max_sim)
{
	const Codes *codes = &max_sim->codes;
	const FeatureMap *map = codes->map;
	const int16_t *weights = max_sim->rounded;
	size_t cells = cell_count(map), stride = codes->stride;
	int64_t *products = max_sim->products;

	for (size_t i = 0; i < cells; i++)
	{
		int64_t product[AT_ONCE] = {0};

		if (i % map->width == 0)
			host_check(max_sim->host);
		for (int plane = codes->plane_count - 1; plane >= 0; plane--)
		{
			int32_t dots[AT_ONCE];

			codes->kernels->dot_four(codes->plane[plane] + i * stride, weights,
									 (int) stride,
									 plane_is_signed(codes, plane), dots);
			for (int k = 0; k < AT_ONCE; k++)
				product[k] = product[k] * 256 + dots[k];
		}
		for (int k = 0; k < AT_ONCE; k++)
			products[k * cells + i] = product[k];
	}
}

/*
 * The inner product of query vector number k of the four and a cell, in double
 * precision.
 */
static double
exact_product(MaxSim *max_sim, int k, size_t cell)
{
	const Codes *codes = &max_sim->codes;
	double product, square;

	for (int c = 0; c < codes->stride; c++)
		max_sim->values[c] = unpacked_code(codes, cell * codes->stride + c);
	codes->kernels->cosine_parts(max_sim->values,
								 max_sim->weights + (size_t) k * codes->stride,
								 max_sim->scales, codes->stride, &product,
								 &square);
	return product;
}

VECTOR_CLONES static int64_t
greatest_product(const int64_t *products, size_t cells)
{
	int64_t greatest = INT64_MIN;

	for (size_t i = 0; i < cells; i++)
		greatest = products[i] > greatest ? products[i] : greatest;
	return greatest;
}

static BestCell
best_cell(MaxSim *max_sim, int k)
{
	const FeatureMap *map = max_sim->codes.map;
	size_t cells = cell_count(map);
	const int64_t *products = max_sim->products + k * cells;
	BestCell best = {.similarity = -INFINITY};
	/*
	 * twice the error of a product: half a unit a channel, and what rounds the
	 * units
	 */
	int64_t slack =
		(int64_t) map->channels * max_code(map->bits, map->is_signed) + 4;
	int64_t least;

	/*
	 * a vector of zeros, or of zeros where the map is not: no cell is better
	 * than another
	 */
	if (max_sim->factors[k] == 0)
		return (BestCell){0, 0, 0};
	least = greatest_product(products, cells) - slack;
	for (size_t i = 0; i < cells; i++)
	{
		if (i % map->width == 0)
			host_check(max_sim->host);
		if (products[i] >= least)
		{
			double similarity = exact_product(max_sim, k, i);

			if (similarity > best.similarity)
				best = (BestCell){similarity, (int) (i / map->width),
								  (int) (i % map->width)};
		}
	}
	return best;
}

static bool
check_queries(const FeatureMap *map, const float *queries, int count,
			  int length, CoreError *error)
{
	if (length != map->channels)
		return core_error(
			error, ERROR_CHANNELS,
			"different numbers of channels: map has %d, queries have %d",
			map->channels, length);
	for (int i = 0; i < count; i++)
		if (!check_finite(queries + (size_t) i * length, length, error,
						  "query %d", i + 1))
			return false;
	return true;
}

bool
max_sim_find(MaxSim *max_sim, const FeatureMap *map, const float *queries,
			 int count, int length, CoreError *error)
{
	if (!check_queries(map, queries, count, length, error) ||
		!prepare_map(max_sim, map, count, error))
		return false;
	for (int first = 0; first < count; first += AT_ONCE)
	{
		int some = count - first < AT_ONCE ? count - first : AT_ONCE;

		set_weights(max_sim, queries + (size_t) first * length, some, length);
		fill_products(max_sim);
		for (int k = 0; k < some; k++)
			max_sim->best[first + k] = best_cell(max_sim, k);
	}
	return true;
}
