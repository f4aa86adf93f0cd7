/*
 * module.c
 *		The module: what PostgreSQL does when it loads the library.
 */
#include "postgres.h"

#include "fmgr.h"

#include "bridge/kernel_setting.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	define_kernel_setting();
}
