/*
 * compat.h
 *		Differences between the versions of PostgreSQL that we build with.
 */
#ifndef INTSEARCH_COMPAT_H
#define INTSEARCH_COMPAT_H

#include "utils/guc.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h" /* what postgres.h told of varlenas before */
#endif

#if PG_VERSION_NUM >= 150000
#define reserve_guc_prefix(prefix) MarkGUCPrefixReserved(prefix)
#else
#define reserve_guc_prefix(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

#endif
