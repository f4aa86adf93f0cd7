/*
 * test_kernels.h
 *		The tables of kernels that are tested.
 */
#ifndef INTSEARCH_TEST_KERNELS_H
#define INTSEARCH_TEST_KERNELS_H

#include <string.h>

#include "core/kernels/kernels_isa.h"

#if defined(__x86_64__)
/* kernels_avx512 in portable C; see emulated_avx512.h. */
extern const Kernels *kernels_emulated(void);
#endif

/*
 * The tables of kernels to test: those that this machine has, and
 * kernels_avx512 in emulation, which takes some from kernels_avx2.  Returns
 * their number.
 */
static inline int
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

#endif
