/*
 * fuzz.h
 *		What every fuzz target needs: a Host that is as mean as PostgreSQL may
 *		be, and checks that end the program, which the fuzzer takes for a
 *		finding.
 */
#ifndef INTSEARCH_FUZZ_H
#define INTSEARCH_FUZZ_H

#include <setjmp.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"

/* What libFuzzer gives a target. */
typedef struct Input
{
	const uint8_t *data;
	size_t size;
} Input;

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#define require(holds)                                                        \
	do                                                                        \
	{                                                                         \
		if (!(holds))                                                         \
		{                                                                     \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
					#holds);                                                  \
			abort();                                                          \
		}                                                                     \
	} while (0)

/*
 * Beyond these a call is left, as by an error of PostgreSQL's: out of memory,
 * query cancelled.
 */
#define FUZZ_MOST_BYTES      ((size_t) 256 << 20)
#define FUZZ_MOST_INTERRUPTS 2000
#define FUZZ_MOST_BLOCKS     256

/*
 * A Host on the heap.  Each block ends where the sanitizer sees the next byte
 * read, is aligned to 8 bytes and no better, and is filled with a byte that
 * the caller chooses, so that an answer that depends on what was there before
 * is another one with another byte.
 */
typedef struct FuzzHost
{
	Host host;
	uint8_t fill;
	uint8_t *blocks[FUZZ_MOST_BLOCKS];
	size_t sizes[FUZZ_MOST_BLOCKS];
	int count;
	size_t bytes;
	int interrupts;
	jmp_buf escape;
} FuzzHost;

/* In front of a block, so that it is not aligned to 16 bytes. */
#define FUZZ_SHIFT 8

static inline void
fuzz_free(FuzzHost *fuzz, int number)
{
	__asan_unpoison_memory_region(fuzz->blocks[number] - FUZZ_SHIFT,
								  FUZZ_SHIFT);
	free(fuzz->blocks[number] - FUZZ_SHIFT);
	fuzz->bytes -= fuzz->sizes[number];
	fuzz->count--;
	fuzz->blocks[number] = fuzz->blocks[fuzz->count];
	fuzz->sizes[number] = fuzz->sizes[fuzz->count];
}

static inline void *
fuzz_allocate(FuzzHost *fuzz, size_t size)
{
	uint8_t *block;

	if (size > FUZZ_MOST_BYTES - fuzz->bytes)
		longjmp(fuzz->escape, 1);
	require(fuzz->count < FUZZ_MOST_BLOCKS);
	block = malloc(FUZZ_SHIFT + size);
	require(block != NULL);
	__asan_poison_memory_region(block, FUZZ_SHIFT);
	memset(block + FUZZ_SHIFT, fuzz->fill, size);
	fuzz->blocks[fuzz->count] = block + FUZZ_SHIFT;
	fuzz->sizes[fuzz->count++] = size;
	fuzz->bytes += size;
	return block + FUZZ_SHIFT;
}

static inline void *
fuzz_resize(void *context, void *block, size_t size)
{
	FuzzHost *fuzz = context;
	void *new = size == 0 ? NULL : fuzz_allocate(fuzz, size);
	int number = 0;

	if (block == NULL)
		return new;
	while (fuzz->blocks[number] != block)
		require(++number < fuzz->count);
	if (new != NULL)
		memcpy(new, block,
			   fuzz->sizes[number] < size ? fuzz->sizes[number] : size);
	fuzz_free(fuzz, number);
	return new;
}

static inline void
fuzz_check_interrupt(void *context)
{
	FuzzHost *fuzz = context;

	if (++fuzz->interrupts > FUZZ_MOST_INTERRUPTS)
		longjmp(fuzz->escape, 1);
}

/*
 * Runs work until it returns or is left, and gives back what it has not freed,
 * as the end of a query does.
 */
static inline void
fuzz_run(void (*work)(const Host *host, void *context), void *context,
		 uint8_t fill)
{
	static FuzzHost fuzz;

	fuzz.host = (Host){fuzz_resize, fuzz_check_interrupt, &fuzz};
	fuzz.fill = fill;
	fuzz.count = fuzz.interrupts = 0;
	fuzz.bytes = 0;
	if (setjmp(fuzz.escape) == 0)
		work(&fuzz.host, context);
	while (fuzz.count > 0)
		fuzz_free(&fuzz, fuzz.count - 1);
}

/*
 * A copy as PostgreSQL holds a value's bytes: four bytes behind a place that
 * is aligned to 8.  It belongs to the host.
 */
static inline uint8_t *
fuzz_value(const Host *host, const uint8_t *bytes, size_t size)
{
	uint8_t *block = host_new(host, uint8_t, 4 + size);

	memcpy(block + 4, bytes, size);
	return block + 4;
}

#endif
