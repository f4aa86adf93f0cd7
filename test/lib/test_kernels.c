/*
 * test_kernels.c
 *		The tables of kernels that are tested.
 */
#include "lib/test_kernels.h"

#include <string.h>

#if defined(__x86_64__)
/* kernels_avx512 in portable C; see emulated_avx512.h. */
extern const Kernels *kernels_emulated(void);
#endif

int
test_kernels(const Kernels *const **tables)
{
	static const Kernels *tested[8];
	const Kernels *const *available;
	int count = kernels_available(&available);

	memcpy(tested, available, sizeof(*available) * count);
#if defined(__x86_64__)
	if (count > 1)
	{
		static Kernels emulated;

		emulated = *kernels_emulated();
		emulated.name = "avx512, emulated";
		tested[count++] = &emulated;
	}
#endif
	*tables = tested;
	return count;
}
