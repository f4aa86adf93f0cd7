/*
 * pooling_arguments.c
 *		The pooling arguments of SQL functions.
 */
#include "bridge/featmap.h"

#include "utils/builtins.h"

#include "functions/pooling_arguments.h"

/* The pooling of that name. */
static PoolingKind
pooling_kind(text *name)
{
	static const char *const names[] = {
		[POOL_SUM] = "sum",
		[POOL_MAX] = "max",
		[POOL_GEM] = "gem",
	};
	char *given = text_to_cstring(name);
	size_t kind = 0;

	while (kind < lengthof(names) && strcmp(given, names[kind]) != 0)
		kind++;
	if (kind == lengthof(names))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("pooling must be \"sum\", \"max\" or \"gem\", not \"%s\"",
					given)));
	pfree(given);
	return (PoolingKind) kind;
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
