/*
 * compat.h
 *		Differences between the supported versions of PostgreSQL.
 */
#ifndef INTSEARCH_COMPAT_H
#define INTSEARCH_COMPAT_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h" /* up to 15, a part of postgres.h */
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

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

#endif
