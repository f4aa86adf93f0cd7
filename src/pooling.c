/*
 * pooling.c
 *		The pooling arguments of SQL functions.
 */
#include "pooling.h"

#include <math.h>

#include "utils/builtins.h"

void
check_pooling(text *name, double exponent)
{
	char *pooling = text_to_cstring(name);

	if (!(exponent >= 1) || isinf(exponent))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("exponent must be at least 1 and finite, not %g", exponent)));
	if (strcmp(pooling, "max") == 0 || strcmp(pooling, "gem") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("pooling \"%s\" is not supported yet", pooling), errhint("Use \"sum\".")));
	if (strcmp(pooling, "sum") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pooling must be \"sum\", \"max\" or \"gem\", not \"%s\"", pooling)));
	pfree(pooling);
}
