/*
 * code_walk.h
 *		The non-zero codes of a map, one cell after the other.
 */
#ifndef INTSEARCH_CODE_WALK_H
#define INTSEARCH_CODE_WALK_H

#include "core/map/feature_map.h"

/*
 * Between code_walk_start and code_walk_end; channel and code are those of the
 * cell that code_walk_next has read.
 */
typedef struct CodeWalk
{
	const Host *host;
	CellReader reader;
	int *channel; /* [count], ascending */
	int *code;    /* [count] */
	int count;
} CodeWalk;

extern void
code_walk_start(CodeWalk *walk, const Host *host, const FeatureMap *map);

/*
 * Reads the next cell; false and an error where the map is damaged there.
 * Answers interrupts.
 */
extern bool code_walk_next(CodeWalk *walk, CoreError *error);

extern void code_walk_end(CodeWalk *walk);

#endif
