/*
 * featmap_npy.h
 *		featmap from .npy files.
 */
#ifndef INTSEARCH_FEATMAP_NPY_H
#define INTSEARCH_FEATMAP_NPY_H

#include "postgres.h"

/*
 * The featmap of a .npy file, channels first, with the number of bits that it
 * needs.  Raises what is wrong with it.
 */
extern Datum featmap_of_npy(const uint8 *bytes, size_t size);

#endif
