/*
 * pooling.c
 *		The pooling arguments of SQL functions.
 */
#include "featmap.h"

#include "utils/builtins.h"

#include "pooling.h"

Pooling
pooling_argument(text *name, double exponent)
{
	static const char *const names[] = {
		[POOL_SUM] = "sum",
		[POOL_MAX] = "max",
		[POOL_GEM] = "gem",
	};
	/* an exponent that makes no sense is refused whatever the pooling */
	Pooling pooling = {.kind = POOL_GEM, .exponent = exponent};
	char *given = text_to_cstring(name);
	CoreError error;
	size_t kind = 0;

	if (!pooling_check(&pooling, &error))
		featmap_raise(&error, ERRCODE_INTERNAL_ERROR);
	while (kind < lengthof(names) && strcmp(given, names[kind]) != 0)
		kind++;
	if (kind == lengthof(names))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("pooling must be \"sum\", \"max\" or \"gem\", not \"%s\"", given)));
	pfree(given);
	pooling.kind = (PoolingKind) kind;
	return pooling;
}
