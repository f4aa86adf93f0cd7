/*
 * core_test.c
 *		Runs the unit tests of src/core once for each table of kernels.
 */
#include "lib/core_test.h"

int
run_with_all_kernels(const struct CMUnitTest *tests, size_t count,
					 const Kernels **kernels)
{
	const Kernels *const *tables;
	int table_count = test_kernels(&tables);
	int failed = 0;

	for (int i = 0; i < table_count; i++)
	{
		*kernels = tables[i];
		print_message("kernels: %s\n", (*kernels)->name);
		failed += _cmocka_run_group_tests((*kernels)->name, tests, count, NULL,
										  NULL);
	}
	return failed;
}
