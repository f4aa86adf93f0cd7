/*
 * host.c
 *		Errors, scratch space and long copies, on what the host provides.
 */
#include "core/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
fill_core_error(CoreError *error, ErrorClass class, const char *format, ...)
{
	va_list arguments;

	error->class = class;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
}

/*
 * Bytes that are copied between two checks for interrupts: a few milliseconds,
 * new pages included.
 */
#define COPY_PIECE ((size_t) 4 << 20)

void
host_copy(const Host *host, void *to, const void *from, size_t size)
{
	for (size_t done = 0; done < size; done += COPY_PIECE)
	{
		host_check(host);
		memcpy((char *) to + done, (const char *) from + done,
			   size - done < COPY_PIECE ? size - done : COPY_PIECE);
	}
}

void *
scratch_reserve(const Host *host, Scratch *scratch, size_t size)
{
	if (size > scratch->size || scratch->block == NULL)
	{
		scratch_release(host, scratch);
		size = size < 64 ? 64 : size;
		scratch->block = host->resize(host->context, NULL, size);
		scratch->size = size;
	}
	return scratch->block;
}

void
scratch_release(const Host *host, Scratch *scratch)
{
	void *old = scratch->block;

	*scratch = (Scratch){0};
	if (old != NULL)
		host_free(host, old);
}
