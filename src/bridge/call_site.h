/*
 * call_site.h
 *		What a call of a function in a query keeps from row to row.
 */
#ifndef INTSEARCH_CALL_SITE_H
#define INTSEARCH_CALL_SITE_H

#include "postgres.h"

#include "fmgr.h"

#include "core/search/max_sim.h"
#include "core/search/search.h"

struct NearestScores;

/*
 * Scratch space that fits the largest map so far.  A call site uses what its
 * function needs; the rest stays zero.
 */
typedef struct CallSite
{
	Host host; /* memory that lives as long as the call site */
	Searcher searcher;
	MaxSim max_sim;
	struct NearestScores *nearest; /* see functions/distance.c */
} CallSite;

/*
 * The state of the call site of a function, made at its first call, with the
 * kernels that the setting chooses now.
 */
extern CallSite *call_site_state(FmgrInfo *function);

#endif
