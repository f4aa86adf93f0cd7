/*
 * kernels_isa.c
 *		What the processor can do, asked once.
 */
#include "kernels_isa.h"

#define MOST_TABLES 3

int
kernels_available(const Kernels *const **tables)
{
	static const Kernels *available[MOST_TABLES];
	static int count = 0;

	if (count == 0)
	{
		available[count++] = &kernels_plain;
#if defined(__x86_64__)
		if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
			available[count++] = &kernels_avx2;
#endif
	}
	*tables = available;
	return count;
}

const Kernels *
kernels_best(void)
{
	const Kernels *const *tables;
	int count = kernels_available(&tables);

	return tables[count - 1];
}
