/*
 * am_options.h
 *		Options of an index, and the settings of its scans.
 */
#ifndef INTSEARCH_AM_OPTIONS_H
#define INTSEARCH_AM_OPTIONS_H

#include "index/am_pages.h"

#define CANDIDATES_DEFAULT 200
#define CANDIDATES_MOST    1000000

/* CREATE INDEX ... WITH (...) */
typedef struct IndexOptions
{
	int32 varlena_header;
	int lists; /* 0: by the number of rows */
	int regions;
	int pooling; /* PoolingKind */
	double exponent;
	/* of scans; they may be changed without a REINDEX */
	int candidates;
	int probes; /* 0: by the number of lists */
} IndexOptions;

/* What happens when a scan is asked for more than its candidates. */
typedef enum IterativeScan
{
	ITERATIVE_OFF,
	ITERATIVE_RELAXED
} IterativeScan;

extern int iterative_setting; /* IterativeScan */
extern int max_candidates_setting;

/* Defines the options and settings; called when the library is loaded. */
extern void define_index_options(void);

extern bytea *intsearch_options(Datum options, bool validate);

/* The options of an index, defaults where none were given. */
extern IndexOptions index_options(Relation index);

/*
 * How many maps a scan of the index scores exactly at a time, and how many
 * lists it reads first: the settings, else the index's options, else the
 * defaults.
 */
extern int scan_candidates(Relation index);
extern int scan_probes(Relation index, int lists);

#endif
