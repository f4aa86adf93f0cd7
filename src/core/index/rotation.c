/*
 * rotation.c
 *		A random rotation that takes no matrix.
 */
#include "core/index/rotation.h"

#include <math.h>

#include "core/host.h"

#define ROUNDS 3
#define SEED   UINT64_C(0x5deece66d)

static void
change_signs(float *vector, int size, uint64_t *random)
{
	uint64_t bits = 0;

	for (int i = 0; i < size; i++, bits >>= 1)
	{
		if (i % 64 == 0)
			bits = next_random(random);
		vector[i] = bits & 1 ? -vector[i] : vector[i];
	}
}

/* The Walsh-Hadamard transform, without its factor. */
VECTOR_CLONES static void
transform(float *vector, int size)
{
	for (int half = 1; half < size; half *= 2)
		for (int i = 0; i < size; i += 2 * half)
			for (int j = i; j < i + half; j++)
			{
				float sum = vector[j] + vector[j + half];

				vector[j + half] = vector[j] - vector[j + half];
				vector[j] = sum;
			}
}

void
rotate(float *vector, int size)
{
	uint64_t random = SEED;
	float factor = (float) (1 / sqrt(size));

	for (int round = 0; round < ROUNDS; round++)
	{
		change_signs(vector, size, &random);
		transform(vector, size);
		for (int i = 0; i < size; i++)
			vector[i] *= factor;
	}
}
