/*
 * featmap.h
 *		The type featmap as PostgreSQL sees it: values, memory and errors.
 *
 * A featmap is a varlena whose data is the stored form of
 * core/map/feature_map.h.
 */
#ifndef INTSEARCH_FEATMAP_H
#define INTSEARCH_FEATMAP_H

#include "postgres.h"

#include "fmgr.h"

#include "bridge/compat.h"
#include "core/map/feature_map.h"

/* A featmap argument, opened for one call. */
typedef struct OpenMap
{
	Datum datum;
	struct varlena *value; /* the whole value, a copy where it was toasted */
	FeatureMap map;        /* a view of the value */
} OpenMap;

/* Memory of the given context, PostgreSQL's query cancel. */
extern Host featmap_host(MemoryContext context);

/*
 * Raises an error of the core.  Bytes that are not what they should be
 * (ERROR_FORMAT) are stored ones: data_corrupted.
 */
pg_noreturn extern void featmap_raise(const CoreError *error);

/* The same where the bytes are input: ERROR_FORMAT gets that SQLSTATE. */
pg_noreturn extern void
featmap_raise_input(const CoreError *error, int format_sqlstate);

/*
 * The same for input functions: where context, fcinfo->context, takes soft
 * errors, it gets the error, and the function returns.
 */
extern void
featmap_save_error(Node *context, const CoreError *error, int format_sqlstate);

/*
 * Opens a featmap, fetching the whole value.  Raises data_corrupted where it
 * is damaged.
 */
extern void featmap_open(OpenMap *open, Datum datum);

/* Frees what featmap_open fetched. */
extern void featmap_close(OpenMap *open);

/*
 * Reads the header of a featmap, fetching no more than that.  Raises
 * data_corrupted where it is damaged.
 */
extern void featmap_open_header(FeatureMap *map, Datum datum);

#endif
