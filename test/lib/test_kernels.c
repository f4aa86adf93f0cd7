/*
 * test_kernels.c
 *		The tables of kernels that are tested.
 */
#include "lib/test_kernels.h"

#define MOST_TEST_KERNELS 8

#if defined(__x86_64__)
/* kernels_avx512 in portable C; see emulated_avx512.h. */
extern const Kernels kernels_emulated;
#endif

int
test_kernels(const Kernels *const **tables)
{
	static const Kernels *tested[MOST_TEST_KERNELS];
	int count = 0;

	for (int i = 0; kernels_name(i) != NULL; i++)
		if (kernels_named(kernels_name(i)) != NULL)
			tested[count++] = kernels_named(kernels_name(i));
#if defined(__x86_64__)
	if (kernels_named("avx2") != NULL)
	{
		static Kernels emulated;

		emulated = kernels_emulated;
		emulated.name = "avx512, emulated";
		tested[count++] = &emulated;
	}
#endif
	*tables = tested;
	return count;
}
