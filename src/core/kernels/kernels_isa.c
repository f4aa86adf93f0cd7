/*
 * kernels_isa.c
 *		What the processor can do, asked once.
 */
#include "core/kernels/kernels_isa.h"

#define MOST_TABLES 3

#if defined(__x86_64__)
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

/*
 * All that TARGET in kernels_avx512.c lists: Intel's from Ice Lake on, AMD's
 * from Zen 4 on.
 */
static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") &&
		   __builtin_cpu_supports("avx512bw") &&
		   __builtin_cpu_supports("avx512vbmi2") &&
		   __builtin_cpu_supports("avx512vnni") &&
		   __builtin_cpu_supports("popcnt");
}
#endif

int
kernels_available(const Kernels *const **tables)
{
	static const Kernels *available[MOST_TABLES];
	static int count = 0;

	if (count == 0)
	{
		available[count++] = &kernels_plain;
#if defined(__x86_64__)
		if (has_avx2())
			available[count++] = &kernels_avx2;
		if (has_avx2() && has_avx512())
			available[count++] = kernels_avx512();
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
