/*
 * code_query.c
 *		Scoring codes of regions for a query vector.
 */
#include "core/index/code_query.h"

#include <math.h>
#include <string.h>

#include "core/index/code_projection.h"
#include "core/index/centres.h"
#include "core/index/projection.h"

/* Codes that are scored together. */
#define BATCH           64
#define GREATEST_WEIGHT 127
#define MIDDLE_CODE     7.5f
/* Weights for single bits, which end at this many standard deviations. */
#define GREATEST_PLANE_WEIGHT ((1 << (SIGN_PLANES - 1)) - 1)
#define PLANE_RANGE           3.0f

_Static_assert(CODE_BYTES == REGION_CODE_BYTES, "kernels take whole codes");

/* The nearest integer of magnitude greatest at most; any of them for NaN. */
static int
nearest_weight(float value, int greatest)
{
	float rounded = floorf(value + 0.5f);

	rounded = rounded > -greatest ? rounded : -greatest;
	return (int) (rounded < greatest ? rounded : greatest);
}

static float
greatest_magnitude(const float *values, int count)
{
	float greatest = 0;

	for (int i = 0; i < count; i++)
		greatest = fabsf(values[i]) > greatest ? fabsf(values[i]) : greatest;
	return greatest;
}

/*
 * q . code = sum of weight * scale * (value - MIDDLE_CODE)
 */
static void
weigh_dimensions(CodeQuery *query, const float *projected)
{
	float greatest = greatest_magnitude(projected, CODE_DIMS);
	int sum = 0;

	query->scale = greatest / GREATEST_WEIGHT;
	for (int k = 0; k < CODE_DIMS; k++)
	{
		int weight =
			nearest_weight(projected[k] / query->scale, GREATEST_WEIGHT);

		query->weights[k] = (int8_t) weight;
		sum += weight;
	}
	query->offset = -MIDDLE_CODE * query->scale * (float) sum;
}

/* q . signs = sum of weight * scale * (2 * bit - 1) */
static void
weigh_signs(CodeQuery *query, const float *projected)
{
	float square = inner_product(projected, projected, CODE_SIGNS);
	float step =
		PLANE_RANGE * sqrtf(square / CODE_SIGNS) / GREATEST_PLANE_WEIGHT;
	int sum = 0;

	memset(query->planes, 0, sizeof(query->planes));
	for (int k = 0; k < CODE_SIGNS; k++)
	{
		int weight =
			nearest_weight(projected[k] / step, GREATEST_PLANE_WEIGHT);

		for (int p = 0; p < SIGN_PLANES; p++)
			query->planes[p * CODE_BYTES + k / 8] |=
				(uint8_t) (((unsigned) weight >> p & 1) << k % 8);
		sum += weight;
	}
	query->scale = 2 * step;
	query->offset = -step * (float) sum;
}

void
code_query_prepare(CodeQuery *query, const Host *host, const CodeModel *model,
				   const float *vector)
{
	float *projected =
		scratch_reserve(host, &query->space,
						sizeof(float) * code_projected_size(model));

	query->model = model;
	query->base = scratch_reserve(host, &query->list_space,
								  sizeof(float) * (size_t) model->lists);
	code_project(model, vector, projected);
	if (model->centres == NULL)
		memset(query->base, 0, sizeof(float) * (size_t) model->lists);
	else
		project(model->centres, model->lists, CODE_DIMS, projected,
				query->base);
	if (model->kind == CODE_UNTRAINED)
		weigh_signs(query, projected);
	else
		weigh_dimensions(query, projected);
}

/*
 * The distance to a centre orders lists better than the product with it does:
 * of 256 lists of 600 maps, the nearest 25 hold the best ten maps' best codes
 * in 0.99 of cases, against 0.975.
 */
int
code_query_lists(CodeQuery *query, const Host *host, int probes, int *lists)
{
	const CodeModel *model = query->model;
	int count = probes < model->lists ? probes : model->lists;

	candidates_start(&query->order, host, count, false);
	for (int i = 0; i < model->lists; i++)
	{
		float nearness = query->base[i];

		if (model->centres != NULL)
			nearness -= half_square(model->centres + (size_t) i * CODE_DIMS,
									CODE_DIMS);
		candidates_offer(&query->order, (uint64_t) i,
						 isnan(nearness) ? -INFINITY : nearness);
	}
	candidates_finish(&query->order);
	for (int i = 0; i < count; i++)
		lists[i] = (int) query->order.items[i].key;
	return count;
}

void
code_query_scores(const CodeQuery *query, const Kernels *kernels, int list,
				  const uint8_t *entries, size_t entry_stride, int count,
				  float *scores)
{
	bool is_trained = query->model->kind == CODE_TRAINED;
	float base = query->base[list];

	for (int first = 0; first < count; first += BATCH)
	{
		int size = count - first < BATCH ? count - first : BATCH;
		const uint8_t *batch = entries + first * entry_stride;
		const uint8_t *codes = batch + offsetof(RegionCode, code);
		int32_t sums[BATCH];

		if (is_trained)
			kernels->dot_halves(codes, entry_stride, size, query->weights,
								sums);
		else
			kernels->dot_bits(codes, entry_stride, size, query->planes, sums);
		for (int i = 0; i < size; i++)
		{
			float factor;

			memcpy(&factor, batch + i * entry_stride, sizeof(factor));
			scores[first + i] =
				base +
				factor * (query->scale * (float) sums[i] + query->offset);
		}
	}
}

void
code_query_release(CodeQuery *query, const Host *host)
{
	scratch_release(host, &query->space);
	scratch_release(host, &query->list_space);
	candidates_release(&query->order);
}
