/*
 * kernel_setting.h
 *		Which kernels the search uses: the setting intsearch.kernel.
 */
#ifndef INTSEARCH_KERNEL_SETTING_H
#define INTSEARCH_KERNEL_SETTING_H

#include "core/kernels/kernels.h"

/* The table that the setting chooses. */
extern const Kernels *kernels_in_use;

/* Defines the setting; called when the library is loaded. */
extern void define_kernel_setting(void);

#endif
