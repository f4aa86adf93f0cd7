/*
 * test_kernels.h
 *		The tables of kernels that are tested.
 */
#ifndef INTSEARCH_TEST_KERNELS_H
#define INTSEARCH_TEST_KERNELS_H

#include "core/kernels/kernels_isa.h"

/*
 * The tables of kernels to test: those that this processor can run, and
 * kernels_avx512 in emulation, which takes some from kernels_avx2.  Returns
 * their number.
 */
extern int test_kernels(const Kernels *const **tables);

#endif
