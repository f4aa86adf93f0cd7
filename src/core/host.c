/*
 * host.c
 *		Errors and scratch space, on what the host provides.
 */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>

bool
core_error(CoreError *error, ErrorClass class, const char *format, ...)
{
	va_list arguments;

	error->class = class;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return false;
}

/*
 * At least size bytes, contents undefined.  The old block is given back before
 * the new one is taken, so that a large map never holds both.
 */
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
