/*
 * core_test.h
 *		What every unit test of src/core needs: cmocka, a Host, random numbers,
 *		and checks of errors.
 */
#ifndef INTSEARCH_CORE_TEST_H
#define INTSEARCH_CORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/random.h"
#include "lib/test_host.h"
#include "lib/test_kernels.h"

/* cmocka 2 has it, and warns of the one that cmocka 1 has */
#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/* Fails unless the call was refused with this class of error and a message. */
#define assert_refused(done, error, wanted)                                   \
	do                                                                        \
	{                                                                         \
		(error)->message[0] = '\0';                                           \
		assert_false(done);                                                   \
		if ((error)->class != (wanted))                                       \
			fail_msg("error of class %d, expected %d: %s",                    \
					 (int) (error)->class, (int) (wanted), (error)->message); \
		assert_true((error)->message[0] != '\0');                             \
	} while (0)

/* Fails with the core's own message unless the call succeeded. */
#define assert_done(done, error)                       \
	do                                                 \
	{                                                  \
		(error)->message[0] = '\0';                    \
		if (!(done))                                   \
			fail_msg("refused: %s", (error)->message); \
	} while (0)

/*
 * Runs a group of tests once for each of these tables, with *kernels set to
 * it.  Returns how many tests failed.
 */
extern int run_with_all_kernels(const struct CMUnitTest *tests, size_t count,
								const Kernels **kernels);

/* Fails unless the call looked at the interrupts of a TestHost so often. */
#define assert_checks(test, least, call)                                   \
	do                                                                     \
	{                                                                      \
		long before = (test)->interrupts;                                  \
		call;                                                              \
		if ((test)->interrupts - before < (least))                         \
			fail_msg("%s: looked at interrupts %ld times, not %ld", #call, \
					 (test)->interrupts - before, (long) (least));         \
	} while (0)

#endif
