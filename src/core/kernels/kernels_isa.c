/*
 * kernels_isa.c
 *		The list of tables, and what the processor can do.
 */
#include "core/kernels/kernels_isa.h"

#include <string.h>

#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

static bool
runs_everywhere(void)
{
	return true;
}

#if defined(__x86_64__)
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

/*
 * All that TARGET in kernels_avx512.c lists, and what the kernels need that it
 * shares with kernels_avx2.c: Intel's from Ice Lake on, AMD's from Zen 4 on.
 */
static bool
has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
		   __builtin_cpu_supports("avx512bw") &&
		   __builtin_cpu_supports("avx512vbmi2") &&
		   __builtin_cpu_supports("avx512vnni") &&
		   __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

/* Slowest first.  A table for another processor is one entry more. */
static const struct
{
	const Kernels *kernels;
	bool (*can_run)(void);
} tables[] = {
	{&kernels_plain, runs_everywhere},
#if defined(__x86_64__)
	{&kernels_avx2, has_avx2},
	{&kernels_avx512, has_avx512},
#endif
#if defined(__AARCH64EL__)
	{&kernels_neon, runs_everywhere},
#endif
};

const char *
kernels_name(int i)
{
	return i < lengthof(tables) ? tables[i].kernels->name : NULL;
}

const Kernels *
kernels_named(const char *name)
{
	for (int i = 0; i < lengthof(tables); i++)
		if (strcmp(tables[i].kernels->name, name) == 0 && tables[i].can_run())
			return tables[i].kernels;
	return NULL;
}

const Kernels *
kernels_best(void)
{
	int i = lengthof(tables) - 1;

	while (!tables[i].can_run())
		i--;
	return tables[i].kernels;
}
