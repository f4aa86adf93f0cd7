/*
 * am_build.h
 *		Building an index, in three steps:
 *
 *	1. am_sample.c reads some maps, and learns a model from their regions;
 *	2. am_parallel.c reads all maps, in several processes if it may, and sorts
 *	   their entries by list;
 *	3. am_build.c writes the pages.
 */
#ifndef INTSEARCH_AM_BUILD_H
#define INTSEARCH_AM_BUILD_H

#include "index/am_codes.h"

#include "nodes/execnodes.h"
#include "port/atomics.h"
#include "utils/tuplesort.h"

/* Phases, as pg_stat_progress_create_index counts them. */
typedef enum BuildPhase
{
	BUILD_PHASE_SAMPLE = 2, /* 1 is PostgreSQL's own */
	BUILD_PHASE_LEARN,
	BUILD_PHASE_CODE,
	BUILD_PHASE_WRITE
} BuildPhase;

extern void set_build_phase(BuildPhase phase);

/*
 * Settings of a new index, by its options; the codes are untrained.  channels
 * are those that the column is declared with, or 0.
 */
extern IndexMeta new_index_meta(Relation index);

/* A model without floats. */
extern IndexModel *untrained_model(const IndexMeta *meta);

/*
 * Reads a sample of the heap's rows and learns a model from it, or returns an
 * untrained one, with a NOTICE, where there are too few.
 */
extern IndexModel *learn_model(Relation heap, Relation index, IndexInfo *info);

/* One process's part of reading the maps. */
typedef struct MapReader
{
	Relation heap;
	Relation index;
	IndexInfo *info;
	IndexModel *model;
	pg_atomic_uint32 *channels; /* shared; 0 until there is a map */
	MapCoder *coder;
	MemoryContext row_context;
	Tuplesortstate *sort;
	TupleTableSlot *slot;
	double entries;
} MapReader;

/* Entries by list, and what they were made of. */
typedef struct SortedEntries
{
	Tuplesortstate *sort;
	TupleTableSlot *slot;
	double heap_rows;
	double entries;
	uint32 channels;
	struct ParallelBuild *parallel; /* NULL where there is none */
} SortedEntries;

/* Codes all maps of the heap, and sorts the entries. */
extern SortedEntries sort_entries(Relation heap, Relation index,
								  IndexInfo *info, IndexModel *model);

/* The next entry; false after the last. */
extern bool
next_sorted_entry(SortedEntries *sorted, uint32 *list, PostingEntry *entry);

extern void end_sorted_entries(SortedEntries *sorted);

#endif
