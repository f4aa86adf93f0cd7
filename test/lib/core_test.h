/*
 * core_test.h
 *		What every unit test of src/core needs: cmocka, a Host on the heap, and
 *		random numbers that are the same in every run.
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
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/host.h"
#include "lib/test_kernels.h"

/* cmocka 2 has it, and warns of the one that cmocka 1 has */
#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Stands before each block, and links it to all others of its host.  Three
 * words, so that blocks are aligned to 8 bytes and no better, like
 * PostgreSQL's.
 */
typedef struct TestBlock
{
	struct TestBlock *next;
	struct TestBlock *previous;
	size_t size;
} TestBlock;

/*
 * A Host on the heap.  Like a memory context, it gives back what is left when
 * it ends; live_blocks tells what that is.
 */
typedef struct TestHost
{
	Host host;
	TestBlock blocks; /* head of a ring */
	int live_blocks;
	long interrupts; /* calls of check_interrupt */
	long jump_at;    /* the call that leaves by longjmp; 0: none */
	jmp_buf escape;
} TestHost;

/*
 * New memory is filled with a pattern, so that reading it before writing it
 * shows.
 */
static inline void *
test_resize(void *context, void *block, size_t size)
{
	TestHost *test = context;
	TestBlock *old = block == NULL ? NULL : (TestBlock *) block - 1;
	TestBlock *new = NULL;

	if (size > 0)
	{
		new = malloc(sizeof(TestBlock) + size);
		assert_non_null(new);
		new->size = size;
		memset(new + 1, 0xa5, size);
		if (old != NULL)
			memcpy(new + 1, old + 1, old->size < size ? old->size : size);
		new->next = test->blocks.next;
		new->previous = &test->blocks;
		new->next->previous = new;
		new->previous->next = new;
		test->live_blocks++;
	}
	if (old != NULL)
	{
		old->next->previous = old->previous;
		old->previous->next = old->next;
		free(old);
		test->live_blocks--;
	}
	return new == NULL ? NULL : new + 1;
}

static inline void
test_check_interrupt(void *context)
{
	TestHost *test = context;

	if (++test->interrupts == test->jump_at)
		longjmp(test->escape, 1);
}

static inline const Host *
test_host_start(TestHost *test)
{
	memset(test, 0, sizeof(*test));
	test->blocks.next = test->blocks.previous = &test->blocks;
	test->host = (Host){test_resize, test_check_interrupt, test};
	return &test->host;
}

static inline void
test_host_end(TestHost *test)
{
	while (test->blocks.next != &test->blocks)
		test_resize(test, test->blocks.next + 1, 0);
}

/*
 * A copy (zeros, where bytes is NULL) that ends where the memory that may be
 * touched ends: reading one byte beyond it is a crash.  To be given back by
 * test_exact_free.
 */
static inline uint8_t *
test_exact_copy(const void *bytes, size_t size)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	size_t usable = (sizeof(size_t) + size + page - 1) / page * page;
	size_t mapped = usable + page;
	uint8_t *block = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
						  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *copy = block + usable - size;

	assert_true(block != MAP_FAILED);
	assert_int_equal(mprotect(block + usable, page, PROT_NONE), 0);
	memcpy(copy - sizeof(size_t), &mapped, sizeof(size_t));
	if (bytes != NULL)
		memcpy(copy, bytes, size);
	return copy;
}

static inline void
test_exact_free(uint8_t *copy)
{
	uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t) (copy - sizeof(size_t)) / page * page;
	size_t mapped;

	memcpy(&mapped, copy - sizeof(size_t), sizeof(size_t));
	munmap((void *) start, mapped);
}

/* Generator splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
typedef struct Random
{
	uint64_t state;
} Random;

static inline uint64_t
random_bits(Random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 <= number < 1 */
static inline double
random_fraction(Random *random)
{
	return (double) (random_bits(random) >> 11) * 0x1p-53;
}

/* least <= number <= most */
static inline int
random_int(Random *random, int least, int most)
{
	return least + (int) (random_bits(random) % (uint64_t) (most - least + 1));
}

/* About normal: mean 0, variance 1, within -6 to 6. */
static inline double
random_normal(Random *random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_fraction(random);
	return sum;
}

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
static inline int
run_with_all_kernels(const struct CMUnitTest *tests, size_t count,
					 const Kernels **kernels)
{
	const Kernels *const *tables;
	int table_count = test_kernels(&tables);
	int failed = 0;

	for (int i = 0; i < table_count; i++)
	{
		*kernels = tables[i];
		failed += _cmocka_run_group_tests((*kernels)->name, tests, count, NULL,
										  NULL);
	}
	return failed;
}

#endif
