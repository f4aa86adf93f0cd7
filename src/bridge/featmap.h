/*
 * featmap.h
 *		The type featmap as PostgreSQL sees it, and the bridge to the core.
 */
#ifndef INTSEARCH_FEATMAP_H
#define INTSEARCH_FEATMAP_H

#include "postgres.h"

#include "fmgr.h"

#include "bridge/compat.h"
#include "core/map/feature_map.h"

/*
 * A featmap is a varlena whose data is the stored form of core/feature_map.h.
 */

/* Memory of the given context, PostgreSQL's query cancel. */
extern Host featmap_host(MemoryContext context);

/*
 * Raises a core's error.  An error of the class ERROR_FORMAT gets
 * format_sqlstate, since only the caller knows whether the bytes were input or
 * were stored.
 */
pg_noreturn extern void
featmap_raise(const CoreError *error, int format_sqlstate);

/*
 * Opens a featmap argument, fetching the whole value; raises data_corrupted
 * where it is damaged.  The view points into *value, which the caller frees if
 * it is a copy.
 */
extern struct varlena *featmap_open(FeatureMap *map, Datum datum);

/* Frees what featmap_open fetched, if it is a copy of the datum's value. */
extern void featmap_close(struct varlena *value, Datum datum);

/* Reads the header of a featmap argument, fetching no more than that. */
extern void featmap_open_header(FeatureMap *map, Datum datum);

/* Makes a value from [channels][height][width] values; frees the values. */
extern struct varlena *featmap_construct(float *values, int64 channels,
										 int64 height, int64 width, int bits);

/*
 * Refuses a map with another number of channels than typmod (-1 for any) asks
 * for.
 */
extern void featmap_check_typmod(const FeatureMap *map, int32 typmod);

/* Room for count floats, more than 1 GB if it must be. */
extern float *
alloc_values(int64 channels, int64 height, int64 width, int bits);

#endif
