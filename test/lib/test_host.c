/*
 * test_host.c
 *		A Host on the heap that is as mean as PostgreSQL may be, and blocks of
 *		memory that end at a guard page.
 */
#include "lib/test_host.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/core_test.h"

/*
 * New memory is filled with a pattern, so that reading it before writing it
 * shows.
 */
static void *
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

static void
test_check_interrupt(void *context)
{
	TestHost *test = context;

	if (++test->interrupts == test->jump_at)
		longjmp(test->escape, 1);
}

const Host *
test_host_start(TestHost *test)
{
	memset(test, 0, sizeof(*test));
	test->blocks.next = test->blocks.previous = &test->blocks;
	test->host = (Host){test_resize, test_check_interrupt, test};
	return &test->host;
}

void
test_host_end(TestHost *test)
{
	while (test->blocks.next != &test->blocks)
		test_resize(test, test->blocks.next + 1, 0);
}

uint8_t *
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

void
test_exact_free(uint8_t *copy)
{
	uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t) (copy - sizeof(size_t)) / page * page;
	size_t mapped;

	memcpy(&mapped, copy - sizeof(size_t), sizeof(size_t));
	munmap((void *) start, mapped);
}
