/*
 * kernels_isa.h
 *		The tables of kernels in this build, by name, and which of them this
 *		processor can run.
 */
#ifndef INTSEARCH_KERNELS_ISA_H
#define INTSEARCH_KERNELS_ISA_H

#include "core/kernels/kernels.h"

#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#endif
#if defined(__AARCH64EL__)
extern const Kernels kernels_neon;
#endif

/*
 * The name of the i-th table of this build, slowest first, whether this
 * processor can run it or not; NULL after the last.
 */
extern const char *kernels_name(int i);

/*
 * The table of that name; NULL where this build has none, or this processor
 * cannot run it.  "plain" is always there.
 */
extern const Kernels *kernels_named(const char *name);

/* The fastest table that this processor can run. */
extern const Kernels *kernels_best(void);

#endif
