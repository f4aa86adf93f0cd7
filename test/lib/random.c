/*
 * random.c
 *		Random numbers that are the same in every run: the generator splitmix64
 *		(Steele, Lea and Flood, OOPSLA 2014).
 */
#include "lib/random.h"

uint64_t
random_bits(Random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double
random_fraction(Random *random)
{
	return (double) (random_bits(random) >> 11) * 0x1p-53;
}

int
random_int(Random *random, int least, int most)
{
	uint64_t numbers = (uint64_t) ((int64_t) most - least + 1);

	return (int) (least + (int64_t) (random_bits(random) % numbers));
}

double
random_normal(Random *random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_fraction(random);
	return sum;
}
