/*
 * rotation.h
 *		A random rotation that takes no matrix, and the random numbers behind
 *		it.
 */
#ifndef INTSEARCH_ROTATION_H
#define INTSEARCH_ROTATION_H

#include <stdint.h>

/* Generator splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/*
 * Rotates a vector, [size], a power of two from 2 on, in place: random signs
 * and a Hadamard transform, three times (Andoni et al. 2015).  The same size
 * always has the same rotation.
 */
extern void rotate(float *vector, int size);

#endif
