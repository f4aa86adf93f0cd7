/*
 * retired.c
 *		What older versions of the extension called, and this one no longer
 *		does.
 *
 * Between the installation of a new library and ALTER EXTENSION UPDATE, the
 * older catalogue calls this library by the old names, with the old arguments.
 * Each such call ends in an error that says what to do.  The planner's
 * function alone answers: that there is nothing to simplify.
 */
#include "postgres.h"

#include "fmgr.h"

#include "bridge/compat.h"

#define RETIRED(function)              \
	PG_FUNCTION_INFO_V1(function);     \
	Datum function(PG_FUNCTION_ARGS)   \
	{                                  \
		return refuse_retired(fcinfo); \
	}                                  \
	extern int no_semicolon_after_##function

pg_noreturn static Datum
refuse_retired(FunctionCallInfo fcinfo pg_attribute_unused())
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the installed library of intsearch, version %s, is newer "
					"than the extension in this database",
					INTSEARCH_VERSION),
			 errhint("Run ALTER EXTENSION intsearch UPDATE.")));
}

/* 0.1.0 and 0.2.0: the forms with a vector and many arguments. */
RETIRED(intsearch);
RETIRED(best_score);
RETIRED(featmap_cosine_distance);
RETIRED(featmap_l2_distance);
RETIRED(featmap_cosine_distance_of_nearest);
RETIRED(featmap_l2_distance_of_nearest);

/* 0.2.0 */
RETIRED(intsearch_many);

PG_FUNCTION_INFO_V1(featmap_distance_support);

Datum
featmap_distance_support(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(NULL);
}
