/*
 * whitening_argument.h
 *		The whitening argument of SQL functions.
 */
#ifndef INTSEARCH_WHITENING_ARGUMENT_H
#define INTSEARCH_WHITENING_ARGUMENT_H

#include "postgres.h"

#include "utils/array.h"

#include "core/vectors/whitening.h"

/*
 * A view of a real[dims][channels + 1]; refuses other shapes and NULL
 * elements.
 */
extern Whitening whitening_argument(ArrayType *array);

#endif
