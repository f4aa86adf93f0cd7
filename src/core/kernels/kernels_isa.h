/*
 * kernels_isa.h
 *		The tables of kernels that there are, and the choice among them.
 */
#ifndef INTSEARCH_KERNELS_ISA_H
#define INTSEARCH_KERNELS_ISA_H

#include "core/kernels/kernels.h"

#if defined(__x86_64__)
extern const Kernels kernels_avx2;

/*
 * A function, since it takes from kernels_avx2 what has no version of its own.
 */
extern const Kernels *kernels_avx512(void);
#endif

/*
 * The tables this processor can run, slowest first: kernels_plain is always
 * there.  Returns their number.
 */
extern int kernels_available(const Kernels *const **tables);

/* The fastest of them. */
extern const Kernels *kernels_best(void);

#endif
