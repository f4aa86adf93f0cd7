/*
 * kernel_setting.c
 *		Which kernels the search uses: the setting intsearch.kernel, and
 *		intsearch_version(), which tells.
 */
#include "bridge/featmap.h"

#include "utils/builtins.h"
#include "utils/guc.h"

#include "bridge/kernel_setting.h"
#include "core/kernels/kernels_isa.h"

PG_FUNCTION_INFO_V1(intsearch_version);

#define KERNEL_AUTO (-1)

const Kernels *kernels_in_use;

static int kernel_setting = KERNEL_AUTO;

/* The order is that of kernels_available on a processor that has them all. */
static const struct config_enum_entry kernel_names[] = {
	{"auto", KERNEL_AUTO, false}, {"plain", 0, false}, {"avx2", 1, false},
	{"avx512", 2, false},         {NULL, 0, false},
};

static bool
check_kernel(int *value, void **extra pg_attribute_unused(),
			 GucSource source pg_attribute_unused())
{
	const Kernels *const *tables;

	if (*value < kernels_available(&tables))
		return true;
	GUC_check_errdetail("This processor cannot run these kernels.");
	return false;
}

static void
assign_kernel(int value, void *extra pg_attribute_unused())
{
	const Kernels *const *tables;

	kernels_available(&tables);
	kernels_in_use = value == KERNEL_AUTO ? kernels_best() : tables[value];
}

void
define_kernel_setting(void)
{
	DefineCustomEnumVariable(
		"intsearch.kernel", "Instruction set of the search's inner loops.",
		"\"auto\" is the fastest that the processor has. The results are the same.",
		&kernel_setting, KERNEL_AUTO, kernel_names, PGC_USERSET, 0,
		check_kernel, assign_kernel, NULL);
	MarkGUCPrefixReserved("intsearch");
}

Datum
intsearch_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TEXT_P(
		cstring_to_text(psprintf("intsearch %s, kernels: %s",
								 INTSEARCH_VERSION, kernels_in_use->name)));
}
