/*
 * host.h
 *		What the core asks of the program it runs in, and how it reports
 *		errors.
 *
 * The core allocates nothing on its own: memory comes from the host's resize
 * function, and belongs to whatever the host says (a PostgreSQL memory
 * context, or the heap in the unit tests).  Both callbacks may leave by
 * longjmp, as PostgreSQL's do: no core function holds anything that would be
 * lost by that.
 */
#ifndef INTSEARCH_HOST_H
#define INTSEARCH_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h> /* __GLIBC__, where that is the C library */

typedef struct Host
{
	/*
	 * Returns a block of size bytes that keeps the contents of block (NULL for
	 * a new one), or frees block where size is 0.  Must not return NULL
	 * otherwise.  Blocks for a search should begin with a cache line: a vector
	 * of 64 bytes that is not aligned takes two lines, and twice as long.
	 */
	void *(*resize)(void *context, void *block, size_t size);
	/* called often inside long loops; may not return */
	void (*check_interrupt)(void *context);
	void *context;
} Host;

/* Classes of errors, which the host translates to its own (SQLSTATEs). */
typedef enum ErrorClass
{
	ERROR_INVALID_PARAMETER, /* a setting or a window that makes no sense */
	ERROR_CHANNELS,          /* numbers of channels that differ */
	ERROR_NULL,              /* an element that is missing */
	ERROR_SHAPE,             /* arrays of a shape that no feature map has */
	/* NaN, infinity, or beyond the range of a float */
	ERROR_NOT_FINITE,
	ERROR_LIMIT,       /* larger than a featmap can be */
	ERROR_UNSUPPORTED, /* well-formed, but of a kind we do not read */
	ERROR_FORMAT,      /* bytes that are not what they should be */
} ErrorClass;

typedef struct CoreError
{
	ErrorClass class;
	char message[200];
} CoreError;

extern void
fill_core_error(CoreError *error, ErrorClass class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Fills *error and is false, so that a check reads: return core_error(...).  A
 * macro, so that whoever analyses the caller sees that it is false.
 */
#define core_error(...) (fill_core_error(__VA_ARGS__), false)

#define host_new(host, type, count) \
	((type *) (host)->resize((host)->context, NULL, sizeof(type) * (count)))
#define host_free(host, block) ((host)->resize((host)->context, (block), 0))

/* Answers an interrupt if one is waiting; may not return. */
static inline void
host_check(const Host *host)
{
	host->check_interrupt(host->context);
}

/*
 * Marks loops that the compiler vectorises itself, in construction and where a
 * search is prepared: compiled for AVX2 as well, chosen when the library is
 * loaded.  Nothing is fused or reordered, so the results are the same to the
 * last bit.  (The search's inner loops are kernels instead, which can be
 * chosen; see kernels.h.)  The choice takes an indirect function, which musl's
 * loader does not know.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && \
	!defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define VECTOR_CLONES
#endif

/* Scratch space that is reused from call to call and only ever grows. */
typedef struct Scratch
{
	void *block;
	size_t size;
} Scratch;

/* memcpy that checks for interrupts: a map may be as large as 1 GB. */
extern void
host_copy(const Host *host, void *to, const void *from, size_t size);

/*
 * Returns at least size bytes, contents undefined.  The old block is freed
 * before the new one is allocated, so that a large map never has both.
 */
extern void *scratch_reserve(const Host *host, Scratch *scratch, size_t size);

extern void scratch_release(const Host *host, Scratch *scratch);

#endif
