/*
 * module.c
 *		The module: what PostgreSQL does when it loads the library.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "bridge/kernel_setting.h"
#include "index/am_options.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	define_kernel_setting();
	define_index_options();
	/* last: what a session has set before, under a name not defined yet, is
	 * lost here */
	MarkGUCPrefixReserved("intsearch");
}
