/*
 * am_handler.c
 *		The access method intsearch, as PostgreSQL asks for it.
 *
 * An index finds the maps nearest to a query vector: ORDER BY features <=>
 * query LIMIT k.  It has a few regions of each map as short codes, in inverted
 * lists; a scan scores the codes of the nearest lists, fetches the maps of the
 * best ones from the table, and searches these exactly.  So the distances are
 * exact, and rows come in their order, but a map whose codes do not show how
 * near it is may be missed.
 */
#include "index/am_handler.h"

#include "access/htup_details.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "commands/vacuum.h"
#include "utils/catcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "index/am_options.h"
#include "index/am_request.h"

PG_FUNCTION_INFO_V1(intsearch_handler);

bool
is_intsearch_index(Relation index)
{
	return index->rd_indam != NULL &&
		   index->rd_indam->ambuild == intsearch_build;
}

static bool
operator_is_valid(const FormData_pg_amop *operator)
{
	return operator->amoppurpose ==
		AMOP_ORDER &&(operator->amopstrategy == STRATEGY_COSINE ||
					  operator->amopstrategy == STRATEGY_EUCLIDEAN);
}

/* An operator class has nothing but distances to order by. */
static bool
intsearch_validate(Oid opclass)
{
	HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	CatCList *operators;
	bool valid = true;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	operators = SearchSysCacheList1(
		AMOPSTRATEGY,
		ObjectIdGetDatum(((Form_pg_opclass) GETSTRUCT(tuple))->opcfamily));
	for (int i = 0; i < operators->n_members; i++)
		valid = valid && operator_is_valid((Form_pg_amop) GETSTRUCT(
							 &operators->members[i]->tuple));
	ReleaseCatCacheList(operators);
	ReleaseSysCache(tuple);
	return valid;
}

/* What the method can do; the rest is false or 0. */
static void
set_abilities(IndexAmRoutine *routine)
{
	routine->amstrategies = STRATEGY_EUCLIDEAN;
	routine->amcanorderbyop = true;
	routine->amoptionalkey = true;
	routine->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL;
	routine->amkeytype = InvalidOid;
	allow_parallel_build(routine);
}

static void
set_functions(IndexAmRoutine *routine)
{
	routine->ambuild = intsearch_build;
	routine->ambuildempty = intsearch_build_empty;
	routine->ambuildphasename = intsearch_build_phase;
	routine->aminsert = intsearch_insert;
	routine->ambulkdelete = intsearch_bulk_delete;
	routine->amvacuumcleanup = intsearch_vacuum_cleanup;
	routine->amcostestimate = intsearch_cost;
	routine->amoptions = intsearch_options;
	routine->amvalidate = intsearch_validate;
	routine->ambeginscan = intsearch_begin_scan;
	routine->amrescan = intsearch_rescan;
	routine->amgettuple = intsearch_next;
	routine->amendscan = intsearch_end_scan;
}

Datum
intsearch_handler(PG_FUNCTION_ARGS)
{
	IndexAmRoutine *routine = makeNode(IndexAmRoutine);

	(void) fcinfo;
	set_abilities(routine);
	set_functions(routine);
	PG_RETURN_POINTER(routine);
}
