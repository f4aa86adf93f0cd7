/*
 * kernel_setting.c
 *		Which kernels the search uses: the setting intsearch.kernel, and
 *		intsearch_version(), which reports them.
 */
#include "bridge/featmap.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "bridge/kernel_setting.h"
#include "core/kernels/kernels_isa.h"

PG_FUNCTION_INFO_V1(intsearch_version);

const Kernels *kernels_in_use;

/*
 * The names that the setting may have, "auto" and those of the tables in this
 * build.  A value of the setting is the place of its name here.
 */
static struct config_enum_entry *kernel_names;
static int kernel_setting;

#define KERNEL_AUTO 0

/* NULL where this processor cannot run them. */
static const Kernels *
chosen_kernels(int value)
{
	return value == KERNEL_AUTO ? kernels_best()
								: kernels_named(kernel_names[value].name);
}

static bool
check_kernel(int *value, void **extra pg_attribute_unused(),
			 GucSource source pg_attribute_unused())
{
	if (chosen_kernels(*value) != NULL)
		return true;
	GUC_check_errdetail("This processor cannot run these kernels.");
	return false;
}

static void
assign_kernel(int value, void *extra pg_attribute_unused())
{
	kernels_in_use = chosen_kernels(value);
}

static void
list_kernel_names(void)
{
	int count = 0;

	while (kernels_name(count) != NULL)
		count++;
	/* the last entry is zeros */
	kernel_names = MemoryContextAllocZero(TopMemoryContext,
										  sizeof(*kernel_names) * (count + 2));
	kernel_names[KERNEL_AUTO].name = "auto";
	for (int i = 0; i < count; i++)
		kernel_names[i + 1] =
			(struct config_enum_entry){kernels_name(i), i + 1, false};
}

void
define_kernel_setting(void)
{
	list_kernel_names();
	DefineCustomEnumVariable(
		"intsearch.kernel", "Instruction set of the search's inner loops.",
		"\"auto\" is the fastest that the processor has. The results are the same.",
		&kernel_setting, KERNEL_AUTO, kernel_names, PGC_USERSET, 0,
		check_kernel, assign_kernel, NULL);
}

Datum
intsearch_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TEXT_P(
		cstring_to_text(psprintf("intsearch %s, kernels: %s",
								 INTSEARCH_VERSION, kernels_in_use->name)));
}
