/*
 * featmap_make.h
 *		featmap from arrays, and its type modifier.
 */
#ifndef INTSEARCH_FEATMAP_MAKE_H
#define INTSEARCH_FEATMAP_MAKE_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/nodes.h"
#include "utils/array.h"

/*
 * Argument `number` of a function that is not strict: bits, of which NULL
 * leaves the choice to construction.  Refuses all but 8, 16 and 24.
 */
extern int featmap_bits_argument(FunctionCallInfo fcinfo, int number);

/*
 * The others take the context of an input function, fcinfo->context, and
 * return 0 where it has taken a soft error; with NULL, errors are raised.
 */

/*
 * Room for the values of a map, [channels][height][width], more than 1 GB if
 * it must be.  Refuses dimensions that no map can have.
 */
extern float *
featmap_alloc_values(int64 channels, int64 height, int64 width, Node *context);

/*
 * The featmap of values, which are freed, in bits or FEATMAP_CHOOSE_BITS.
 * Refuses what feature_map_build refuses.
 */
extern Datum featmap_construct(float *values, int64 channels, int64 height,
							   int64 width, int bits, Node *context);

/*
 * The featmap itself.  Refuses a map with another number of channels than
 * typmod asks for, -1 for any.  Reads no more than the header.
 */
extern Datum featmap_of_typmod(Datum featmap, int32 typmod, Node *context);

/*
 * The featmap of a real[] or double precision[], [channels][height][width],
 * with the number of bits that it needs.  Refuses NULL elements, other shapes,
 * and what featmap_of_typmod refuses.
 */
extern Datum featmap_cast_array(ArrayType *array, int32 typmod, Node *context);

#endif
