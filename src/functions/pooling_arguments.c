/*
 * pooling_arguments.c
 *		The pooling arguments of SQL functions.
 */
#include "bridge/featmap.h"

#include "utils/builtins.h"

#include "functions/pooling_arguments.h"

static PoolingKind
pooling_kind(text *name)
{
	char *given = text_to_cstring(name);
	PoolingKind kind;
	CoreError error;

	if (!pooling_named(given, &kind, &error))
		featmap_raise(&error);
	pfree(given);
	return kind;
}

Pooling
pooling_arguments(FunctionCallInfo fcinfo, int number, PoolingKind if_null)
{
	/* an exponent that makes no sense is refused whatever the pooling */
	Pooling pooling = {.kind = POOL_GEM,
					   .exponent = PG_ARGISNULL(number + 1)
									   ? 3
									   : PG_GETARG_FLOAT8(number + 1)};
	CoreError error;

	if (!pooling_check(&pooling, &error))
		featmap_raise(&error);
	pooling.kind = PG_ARGISNULL(number)
					   ? if_null
					   : pooling_kind(PG_GETARG_TEXT_PP(number));
	return pooling;
}
