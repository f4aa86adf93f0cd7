/*
 * scratch_host.h
 *		Memory of searches, which the backend keeps from query to query.
 */
#ifndef INTSEARCH_SCRATCH_HOST_H
#define INTSEARCH_SCRATCH_HOST_H

#include "postgres.h"

#include "core/host.h"

/*
 * A host whose blocks live as long as the context, and start at multiples of
 * 64 bytes.  They are no chunks of PostgreSQL's: pfree() does not take them.
 */
extern Host scratch_host(MemoryContext context);

#endif
