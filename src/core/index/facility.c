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

#include "core/index/projection.h"

/*
 * Costs are in these parts of 1: integers, of which a vector register holds
 * many and which may be added in any order.
 */
#define COST_UNITS 65535

/* The part of row i of the costs from column first on. */
VECTOR_CLONES static void
fill_costs(const Facility *facility, int i, int first)
{
	int stride = facility->stride;
	float *products = facility->products;
	uint16_t *row = facility->costs + (size_t) i * stride;

	memset(products + first, 0, sizeof(float) * (stride - first));
	for (int k = 0; k < facility->dims; k += ROWS_AT_ONCE)
	{
		const float *rows = facility->vectors + (size_t) k * stride;
		float factors[ROWS_AT_ONCE];

		for (int n = 0; n < ROWS_AT_ONCE; n++)
			factors[n] = rows[(size_t) n * stride + i];
		add_rows(rows + first, stride, factors, stride - first,
				 products + first);
	}
	for (int j = first; j < stride; j++)
	{
		/* in this order, NaN costs everything */
		float missing = 1 - products[j];

		missing = missing < 1 ? missing : 1;
		missing = missing > 0 ? missing : 0;
		row[j] = (uint16_t) (int) (missing * missing * COST_UNITS + 0.5f);
	}
}

/* The lower triangle from the upper one, in squares that fit the cache. */
static void
mirror_costs(const Facility *facility)
{
	int stride = facility->stride;
	uint16_t *costs = facility->costs;

	for (int i = 0; i < stride; i += FACILITY_LANES)
		for (int j = i; j < stride; j += FACILITY_LANES)
			for (int row = 0; row < FACILITY_LANES; row++)
				for (int column = 0; column < FACILITY_LANES; column++)
					costs[(size_t) (j + column) * stride + i + row] =
						costs[(size_t) (i + row) * stride + j + column];
}

/* What choosing vector i lowers the sum by. */
VECTOR_CLONES static int32_t
gain_of(const Facility *facility, int i)
{
	const uint16_t *costs = facility->costs + (size_t) i * facility->stride;
	const uint16_t *remaining = facility->remaining;
	int stride = facility->stride;
	int32_t sum = 0;

	for (int j = 0; j < stride; j++)
	{
		uint16_t greater = remaining[j] > costs[j] ? remaining[j] : costs[j];

		sum += (uint16_t) (greater - costs[j]);
	}
	return sum;
}

/* Lowers what remains by a chosen vector. */
VECTOR_CLONES static void
cover(const Facility *facility, int i)
{
	const uint16_t *costs = facility->costs + (size_t) i * facility->stride;
	uint16_t *remaining = facility->remaining;
	int stride = facility->stride;

	for (int j = 0; j < stride; j++)
		remaining[j] = costs[j] < remaining[j] ? costs[j] : remaining[j];
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
	int32_t *gains = facility->gains;
	int best = greatest_gain(facility);

	gains[best] = gain_of(facility, best);
	for (int i = 0; i < facility->count; i++)
	{
		if (i == best || gains[i] < gains[best])
			continue;
		gains[i] = gain_of(facility, i);
		if (gains[i] > gains[best] || (i < best && gains[i] == gains[best]))
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
		facility->remaining[i] = i < facility->count ? COST_UNITS : 0;
	}
	mirror_costs(facility);
	for (int i = 0; i < facility->count; i++)
		facility->gains[i] = INT32_MAX;
}

int
facility_choose(const Host *host, Facility *facility, int most, double enough,
				int *chosen)
{
	double remaining = (double) COST_UNITS * facility->count;
	int count = 0;

	start(host, facility);
	enough *= remaining;
	while (count < most && remaining > enough)
	{
		int next = choose_next(facility);

		host_check(host);
		if (facility->gains[next] == 0)
			break;
		chosen[count++] = next;
		remaining -= facility->gains[next];
		cover(facility, next);
	}
	return count;
}
