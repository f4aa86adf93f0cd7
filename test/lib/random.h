/*
 * random.h
 *		Random numbers that are the same in every run: the generator splitmix64
 *		(Steele, Lea and Flood, OOPSLA 2014).
 */
#ifndef INTSEARCH_RANDOM_H
#define INTSEARCH_RANDOM_H

#include <stdint.h>

typedef struct Random
{
	uint64_t state;
} Random;

extern uint64_t random_bits(Random *random);

/* 0 <= number < 1 */
extern double random_fraction(Random *random);

/* least <= number <= most */
extern int random_int(Random *random, int least, int most);

/* About normal: mean 0, variance 1, within -6 to 6. */
extern double random_normal(Random *random);

#endif
