/*
 * compat.h
 *		Differences between the versions of PostgreSQL that we build with.
 */
#ifndef INTSEARCH_COMPAT_H
#define INTSEARCH_COMPAT_H

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "catalog/pg_class.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "utils/acl.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h" /* what postgres.h told of varlenas before */
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/*
 * Since PostgreSQL 18 groups have an entry of the range table, which their
 * columns refer to.
 */
static inline bool
is_group_entry(const RangeTblEntry *entry pg_attribute_unused())
{
#if PG_VERSION_NUM >= 180000
	return entry->rtekind == RTE_GROUP;
#else
	return false;
#endif
}

/* What a column of a group stands for. */
static inline Node *
grouped_expression(const Query *query pg_attribute_unused(), Node *column)
{
#if PG_VERSION_NUM >= 180000
	if (IsA(column, Var))
	{
		RangeTblEntry *entry =
			rt_fetch(((Var *) column)->varno, query->rtable);

		if (is_group_entry(entry))
			return (Node *) list_nth(entry->groupexprs,
									 ((Var *) column)->varattno - 1);
	}
#endif
	return column;
}

/* Since PostgreSQL 17 a method says that it builds in parallel. */
static inline void
allow_parallel_build(IndexAmRoutine *routine pg_attribute_unused())
{
#if PG_VERSION_NUM >= 170000
	routine->amcanbuildparallel = true;
#endif
}

/* Since PostgreSQL 18 EXPLAIN shows how often an index was searched. */
static inline void
count_index_search(IndexScanDesc scan pg_attribute_unused())
{
#if PG_VERSION_NUM >= 180000
	if (scan->instrument != NULL)
		scan->instrument->nsearches++;
#endif
}

/* Since PostgreSQL 18 paths that are a last resort are counted. */
static inline void
disable_path(Path *path pg_attribute_unused())
{
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes++;
#endif
}

static inline void
delay_vacuum(void)
{
#if PG_VERSION_NUM >= 180000
	vacuum_delay_point(false);
#else
	vacuum_delay_point();
#endif
}

/* True where the user may do what the owner of a relation may. */
static inline bool
owns_relation(Oid relation)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relation, GetUserId());
#else
	return pg_class_ownercheck(relation, GetUserId());
#endif
}

#endif
