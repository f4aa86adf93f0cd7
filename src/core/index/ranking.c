/*
 * ranking.c
 *		The order in which candidates are searched, corrected by what was
 *		found.
 */
#include "core/index/ranking.h"

#include <math.h>
#include <string.h>

#include "core/index/projection.h"

/*
 * The square of how large an error of a promise is that the fit does not
 * explain, in parts of one that it does.
 */
#define RIDGE 0.1f
/* In single precision, the inverse stays exact enough for that many scores. */
#define MOST_LEARNED 1000
/* Cosines differ by no more; a greater error is a damaged code's. */
#define MOST_ERROR 2.0f

static void
reserve_learning(Ranking *ranking, int room)
{
	size_t square = (size_t) CODE_DIMS * CODE_DIMS;

	ranking->inverse =
		scratch_reserve(ranking->host, &ranking->vector_space,
						sizeof(float) * (square + (size_t) room * CODE_DIMS));
	ranking->vectors = ranking->inverse + square;
	memset(ranking->inverse, 0, sizeof(float) * square);
	for (int k = 0; k < CODE_DIMS; k++)
		ranking->inverse[k * CODE_DIMS + k] = 1 / RIDGE;
	memset(ranking->correction, 0, sizeof(ranking->correction));
}

void
ranking_start(Ranking *ranking, const Host *host, int room, bool has_vectors)
{
	ranking->host = host;
	ranking->promises =
		scratch_reserve(host, &ranking->space,
						(2 * sizeof(float) + sizeof(bool)) * (size_t) room);
	ranking->current = ranking->promises + room;
	ranking->is_taken = (bool *) (ranking->current + room);
	ranking->count = ranking->learned = 0;
	ranking->next_count = ranking->next_at = 0;
	ranking->corrected_at = -1;
	ranking->vectors = NULL;
	if (has_vectors)
		reserve_learning(ranking, room);
}

/* The vector of a candidate. */
static float *
vector_of(const Ranking *ranking, int candidate)
{
	return ranking->vectors + (size_t) candidate * CODE_DIMS;
}

void
ranking_add(Ranking *ranking, float promise, const float *vector)
{
	int candidate = ranking->count++;

	ranking->promises[candidate] = promise;
	ranking->is_taken[candidate] = false;
	if (ranking->vectors != NULL)
		memcpy(vector_of(ranking, candidate), vector,
			   sizeof(float) * CODE_DIMS);
}

/*
 * Adds the correction to the promises, unless nothing was learned since; NaN
 * counts least.
 */
static void
correct_promises(Ranking *ranking)
{
	if (ranking->corrected_at == ranking->learned)
		return;
	ranking->corrected_at = ranking->learned;
	project(ranking->vectors, ranking->count, CODE_DIMS, ranking->correction,
			ranking->current);
	for (int i = 0; i < ranking->count; i++)
	{
		float current = ranking->current[i] + ranking->promises[i];

		ranking->current[i] = isnan(current) ? -INFINITY : current;
	}
}

/* Puts a candidate in its place among those that are next, if it has one. */
static void
consider(Ranking *ranking, int candidate)
{
	const float *current = ranking->current;
	int *next = ranking->next;
	int at;

	if (ranking->next_count < RANKED_AT_ONCE)
		ranking->next_count++;
	else if (current[candidate] <= current[next[RANKED_AT_ONCE - 1]])
		return;
	at = ranking->next_count - 1;
	for (; at > 0 && current[next[at - 1]] < current[candidate]; at--)
		next[at] = next[at - 1];
	next[at] = candidate;
}

static void
choose_next(Ranking *ranking)
{
	host_check(ranking->host);
	ranking->next_count = ranking->next_at = 0;
	correct_promises(ranking);
	for (int i = 0; i < ranking->count; i++)
		if (!ranking->is_taken[i])
			consider(ranking, i);
	for (int i = 0; i < ranking->next_count; i++)
		ranking->is_taken[ranking->next[i]] = true;
}

int
ranking_next(Ranking *ranking)
{
	if (ranking->vectors == NULL)
		return ranking->next_at < ranking->count ? ranking->next_at++ : -1;
	if (ranking->next_at == ranking->next_count)
		choose_next(ranking);
	return ranking->next_at < ranking->next_count
			   ? ranking->next[ranking->next_at++]
			   : -1;
}

/* inverse -= gain gain' / scale */
VECTOR_CLONES static void
reduce_inverse(float *inverse, const float *gain, float scale)
{
	float column[CODE_DIMS];

	memcpy(column, gain, sizeof(column));
	for (int i = 0; i < CODE_DIMS; i++)
	{
		float factor = column[i] / scale;
		float *row = inverse + (size_t) i * CODE_DIMS;

		for (int k = 0; k < CODE_DIMS; k++)
			row[k] -= factor * column[k];
	}
}

/* What a candidate is expected to have. */
static float
expected_score(const Ranking *ranking, int candidate)
{
	return ranking->promises[candidate] +
		   inner_product(vector_of(ranking, candidate), ranking->correction,
						 CODE_DIMS);
}

/*
 * A step of recursive least squares (Plackett 1950), with a ridge: the sum of
 * the squares of all errors so far stays the least.
 */
void
ranking_learn(Ranking *ranking, int candidate, float score)
{
	float gain[CODE_DIMS];
	const float *vector;
	float error, scale;

	if (ranking->vectors == NULL || ranking->learned == MOST_LEARNED)
		return;
	vector = vector_of(ranking, candidate);
	error = score - expected_score(ranking, candidate);
	if (!(fabsf(error) <= MOST_ERROR))
		return;
	project(ranking->inverse, CODE_DIMS, CODE_DIMS, vector, gain);
	scale = 1 + inner_product(vector, gain, CODE_DIMS);
	for (int k = 0; k < CODE_DIMS; k++)
		ranking->correction[k] += gain[k] * (error / scale);
	reduce_inverse(ranking->inverse, gain, scale);
	ranking->learned++;
}

/* That it is less than expected is all there is to learn. */
void
ranking_learn_most(Ranking *ranking, int candidate, float most)
{
	if (ranking->vectors != NULL && expected_score(ranking, candidate) > most)
		ranking_learn(ranking, candidate, most);
}

void
ranking_release(Ranking *ranking)
{
	if (ranking->host == NULL)
		return;
	scratch_release(ranking->host, &ranking->space);
	scratch_release(ranking->host, &ranking->vector_space);
}
