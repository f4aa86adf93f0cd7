/*
 * kernels_isa_test.c
 *		The tables of kernels are found by name, and none lacks a kernel.
 */
#include "core/kernels/kernels_isa.h"

#include "lib/core_test.h"

static void
tables_are_found_by_their_names(void **state)
{
	int runnable = 0;

	(void) state;
	assert_string_equal(kernels_name(0), "plain");
	assert_ptr_equal(kernels_named("plain"), &kernels_plain);
	for (int i = 0; kernels_name(i) != NULL; i++)
	{
		const Kernels *kernels = kernels_named(kernels_name(i));

		if (kernels == NULL)
			continue;
		runnable++;
		assert_string_equal(kernels->name, kernels_name(i));
	}
	assert_true(runnable >= 1);
}

static void
unknown_names_have_no_table(void **state)
{
	(void) state;
	assert_null(kernels_named("abacus"));
	assert_null(kernels_named("auto"));
	assert_null(kernels_named(""));
}

static void
the_best_table_is_the_last_that_runs(void **state)
{
	const Kernels *last = NULL;

	(void) state;
	for (int i = 0; kernels_name(i) != NULL; i++)
		if (kernels_named(kernels_name(i)) != NULL)
			last = kernels_named(kernels_name(i));
	assert_ptr_equal(kernels_best(), last);
}

/* A table is a name and pointers to functions, before what is none. */
static void
no_table_lacks_a_kernel(void **state)
{
	const size_t size = offsetof(Kernels, has_fast_short_roots);
	const Kernels *const *tables;
	int count = test_kernels(&tables);

	(void) state;
	assert_int_equal(size % sizeof(void *), 0);
	for (int i = 0; i < count; i++)
		for (size_t member = 0; member < size / sizeof(void *); member++)
		{
			void *pointer;

			memcpy(&pointer,
				   (const char *) tables[i] + member * sizeof(void *),
				   sizeof(void *));
			if (pointer == NULL)
				fail_msg("%s: member %d is missing", tables[i]->name,
						 (int) member);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_found_by_their_names),
		cmocka_unit_test(unknown_names_have_no_table),
		cmocka_unit_test(the_best_table_is_the_last_that_runs),
		cmocka_unit_test(no_table_lacks_a_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
