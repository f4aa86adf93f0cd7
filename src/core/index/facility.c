/*
 * facility.c
 *		Greedy facility location over unit vectors.
 *
 * What a vector would gain, the sum over all w of max(0, remaining[w] -
 * cost[w]), never grows while others are chosen, as remaining[] only falls. So
 * the gains of earlier rounds are bounds, and only those vectors are evaluated
 * again whose bound reaches the best gain of the round (Minoux 1978): the
 * choice is that of the plain greedy algorithm.
 */
#include "core/index/facility.h"

#include <string.h>

/* More than any cost, (1 - cosine)^2 <= 4. */
#define UNCOVERED 5.0f

/* row[j] += the product of vectors i and j in FACILITY_DIMS dimensions */
static inline void
add_products(const float *vectors, int stride, int i, int first, float *row)
{
	float factor[FACILITY_DIMS];

	for (int k = 0; k < FACILITY_DIMS; k++)
		factor[k] = vectors[(size_t) k * stride + i];
	for (int j = first; j < stride; j++)
	{
		float sum = row[j];

		for (int k = 0; k < FACILITY_DIMS; k++)
			sum += factor[k] * vectors[(size_t) k * stride + j];
		row[j] = sum;
	}
}

/* The part of row i of the costs from column first on. */
VECTOR_CLONES static void
fill_costs(const Facility *facility, int i, int first)
{
	int stride = facility->stride;
	float *row = facility->costs + (size_t) i * stride;

	memset(row + first, 0, sizeof(float) * (stride - first));
	for (int k = 0; k < facility->dims; k += FACILITY_DIMS)
		add_products(facility->vectors + (size_t) k * stride, stride, i, first,
					 row);
	for (int j = first; j < stride; j++)
		row[j] = (1 - row[j]) * (1 - row[j]);
}

/* The lower triangle from the upper one, in squares that fit the cache. */
static void
mirror_costs(const Facility *facility)
{
	int stride = facility->stride;

	for (int i = 0; i < stride; i += FACILITY_LANES)
		for (int j = i; j < stride; j += FACILITY_LANES)
			for (int row = 0; row < FACILITY_LANES; row++)
				for (int column = 0; column < FACILITY_LANES; column++)
					facility->costs[(size_t) (j + column) * stride + i + row] =
						facility
							->costs[(size_t) (i + row) * stride + j + column];
}

/* What choosing vector i lowers the sum by. */
VECTOR_CLONES static float
gain_of(const Facility *facility, int i)
{
	const float *costs = facility->costs + (size_t) i * facility->stride;
	const float *remaining = facility->remaining;
	float sums[FACILITY_LANES] = {0};
	float sum = 0;

	for (int j = 0; j < facility->stride; j += FACILITY_LANES)
		for (int lane = 0; lane < FACILITY_LANES; lane++)
		{
			float gain = remaining[j + lane] - costs[j + lane];

			sums[lane] += gain > 0 ? gain : 0;
		}
	for (int lane = 0; lane < FACILITY_LANES; lane++)
		sum += sums[lane];
	return sum;
}

/* Lowers what remains by a chosen vector; returns the sum. */
VECTOR_CLONES static double
cover(const Facility *facility, int i)
{
	const float *costs = facility->costs + (size_t) i * facility->stride;
	float *remaining = facility->remaining;
	double sum = 0;

	for (int j = 0; j < facility->stride; j++)
		remaining[j] = costs[j] < remaining[j] ? costs[j] : remaining[j];
	remaining[i] = 0;
	for (int j = 0; j < facility->count; j++)
		sum += remaining[j];
	return sum;
}

static int
greatest_gain(const Facility *facility)
{
	int best = 0;

	for (int i = 1; i < facility->count; i++)
		if (facility->gains[i] > facility->gains[best])
			best = i;
	return best;
}

/*
 * The vector that gains most, the first of several; its gain is exact, those
 * of others are bounds.
 */
static int
choose_next(const Facility *facility)
{
	float *gains = facility->gains;
	int best = greatest_gain(facility);

	gains[best] = gain_of(facility, best);
	for (int i = 0; i < facility->count; i++)
	{
		if (i == best || !(gains[i] >= gains[best]))
			continue;
		gains[i] = gain_of(facility, i);
		if (gains[i] > gains[best] || (gains[i] == gains[best] && i < best))
			best = i;
	}
	return best;
}

static void
start(const Host *host, const Facility *facility)
{
	for (int i = 0; i < facility->stride; i++)
	{
		int first = i / FACILITY_LANES * FACILITY_LANES;

		if (first == i)
			host_check(host);
		fill_costs(facility, i, first);
		facility->costs[(size_t) i * facility->stride + i] = 0;
		facility->remaining[i] = i < facility->count ? UNCOVERED : 0;
	}
	mirror_costs(facility);
	for (int i = 0; i < facility->count; i++)
		facility->gains[i] = UNCOVERED * facility->stride;
}

int
facility_choose(const Host *host, Facility *facility, int most, double enough,
				int *chosen)
{
	double sum = UNCOVERED * facility->count;
	int count = 0;

	start(host, facility);
	while (count < most && sum > enough * facility->count)
	{
		int next = choose_next(facility);

		host_check(host);
		if (!(facility->gains[next] > 0))
			break;
		chosen[count++] = next;
		sum = cover(facility, next);
	}
	return count;
}
