/*
 * combination.c
 *		A second look at a map: the best combination of its regions.
 */
#include "core/index/combination.h"

#include <math.h>
#include <string.h>

#include "core/index/projection.h"

/*
 * Codes have errors, which a combination of many would make the most of.  From
 * 0 to 0.1 it makes little difference.
 */
#define RIDGE  0.05f
#define ROUNDS 6

_Static_assert(SCORES_OF_ITEM == ROWS_AT_ONCE, "codes are added together");

/* The codes of a map as vectors; those after the last are 0. */
typedef struct Regions
{
	float vectors[SCORES_OF_ITEM][CODE_DIMS];
	float scores[SCORES_OF_ITEM]; /* none below 0 */
	/* inner products of pairs, about cosines; 1 + RIDGE on the diagonal */
	float products[SCORES_OF_ITEM][SCORES_OF_ITEM];
	float weights[SCORES_OF_ITEM];
	float rest[SCORES_OF_ITEM];
	int count;
} Regions;

static void
decode_regions(Regions *regions, const CodeModel *model,
			   const Candidates *candidates, const ScoredItem *item)
{
	int count = regions->count;

	memset(regions->vectors + count, 0,
		   sizeof(regions->vectors[0]) * (SCORES_OF_ITEM - count));
	memset(regions->scores, 0, sizeof(regions->scores));
	memset(regions->products, 0, sizeof(regions->products));
	for (int i = 0; i < count; i++)
	{
		const ListedCode *kept = item_code(candidates, item, i);

		code_decode(model, kept->list, &kept->code, regions->vectors[i]);
		regions->scores[i] = item->scores[i] > 0 ? item->scores[i] : 0;
		project(regions->vectors[0], i, CODE_DIMS, regions->vectors[i],
				regions->products[i]);
		regions->products[i][i] = 1 + RIDGE;
		for (int j = 0; j < i; j++)
			regions->products[j][i] = regions->products[i][j];
	}
}

/*
 * Nonnegative weights with the least |query - combination|, one after the
 * other.  rest[i] is what the combination lacks of the score of region i.
 */
VECTOR_CLONES static void
find_weights(Regions *regions)
{
	float *weights = regions->weights;
	float *rest = regions->rest;

	memset(weights, 0, sizeof(regions->weights));
	memcpy(rest, regions->scores, sizeof(regions->rest));
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < regions->count; i++)
		{
			float weight = weights[i] + rest[i] / (1 + RIDGE);
			float change;

			weight = weight > 0 ? weight : 0;
			change = weight - weights[i];
			weights[i] = weight;
			for (int j = 0; j < SCORES_OF_ITEM; j++)
				rest[j] -= change * regions->products[i][j];
		}
}

/* The cosine of the combination and the query. */
static float
combined_cosine(const Regions *regions)
{
	float product = 0, square = 0;

	for (int i = 0; i < regions->count; i++)
	{
		product += regions->weights[i] * regions->scores[i];
		square +=
			regions->weights[i] * (regions->scores[i] - regions->rest[i]);
	}
	return product / sqrtf(square);
}

/* The combination, divided by its length; false where it has none. */
static bool
combined_vector(const Regions *regions, float *vector)
{
	float length;

	memset(vector, 0, sizeof(float) * CODE_DIMS);
	add_rows(regions->vectors[0], CODE_DIMS, regions->weights, CODE_DIMS,
			 vector);
	length = sqrtf(inner_product(vector, vector, CODE_DIMS));
	for (int k = 0; k < CODE_DIMS; k++)
		vector[k] /= length;
	return length > 0 && isfinite(length);
}

float
combine_codes(const CodeModel *model, const Candidates *candidates,
			  const ScoredItem *item, float *vector)
{
	Regions regions;
	float cosine;

	regions.count = item_score_count(item);
	decode_regions(&regions, model, candidates, item);
	find_weights(&regions);
	cosine = combined_cosine(&regions);
	if (combined_vector(&regions, vector) && isfinite(cosine))
		return cosine;
	memset(vector, 0, sizeof(float) * CODE_DIMS);
	return item->scores[0];
}
