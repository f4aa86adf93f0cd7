/*
 * test_host.h
 *		A Host on the heap that is as mean as PostgreSQL may be, and blocks of
 *		memory that end at a guard page.
 */
#ifndef INTSEARCH_TEST_HOST_H
#define INTSEARCH_TEST_HOST_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "core/host.h"

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
 * it ends; live_blocks counts it.
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

extern const Host *test_host_start(TestHost *test);

extern void test_host_end(TestHost *test);

/*
 * A copy (zeros, where bytes is NULL) that ends where the memory that may be
 * touched ends: reading one byte beyond it is a crash.  test_exact_free gives
 * it back.
 */
extern uint8_t *test_exact_copy(const void *bytes, size_t size);

extern void test_exact_free(uint8_t *copy);

#endif
