/*
 * compat.h
 *		Differences between the supported versions of PostgreSQL.
 */
#ifndef INTSEARCH_COMPAT_H
#define INTSEARCH_COMPAT_H

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/vacuum.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h" /* up to 15, a part of postgres.h */
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Up to PostgreSQL 15, errors of input are always raised. */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...)        \
	do                               \
	{                                \
		(void) (context);            \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/*
 * Parses the text of a real[].  False where the context of a soft error has
 * taken one; without such a context, errors are raised.
 */
static inline bool
parse_real_array(char *text, Node *context pg_attribute_unused(), Datum *array)
{
#if PG_VERSION_NUM >= 160000
	FmgrInfo function;

	fmgr_info(F_ARRAY_IN, &function);
	return InputFunctionCallSafe(&function, text, FLOAT4OID, -1, context,
								 array);
#else
	*array = OidInputFunctionCall(F_ARRAY_IN, text, FLOAT4OID, -1);
	return true;
#endif
}

/* True where the current user may execute the function. */
static inline bool
may_execute(Oid function)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, GetUserId(),
						   ACL_EXECUTE) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

/*
 * From PostgreSQL 18 on, groups have an entry of the range table, which their
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

/* The expression that a column of a group stands for. */
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

/* Pins a buffer if it holds that page of the relation's main fork. */
static inline bool
read_recent_buffer(Relation relation, BlockNumber block, Buffer buffer)
{
#if PG_VERSION_NUM >= 160000
	return ReadRecentBuffer(relation->rd_locator, MAIN_FORKNUM, block, buffer);
#else
	return ReadRecentBuffer(relation->rd_node, MAIN_FORKNUM, block, buffer);
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
