/*
 * finite.c
 *		The check of vectors for numbers that are none.
 */
#include "core/finite.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

bool
check_finite(const float *vector, int length, CoreError *error,
			 const char *name, ...)
{
	char full_name[sizeof(error->message)];
	va_list arguments;
	int i = 0;

	while (i < length && isfinite(vector[i]))
		i++;
	if (i == length)
		return true;
	va_start(arguments, name);
	vsnprintf(full_name, sizeof(full_name), name, arguments);
	va_end(arguments);
	return core_error(error, ERROR_NOT_FINITE, "%s has %s at position %d",
					  full_name,
					  isnan(vector[i]) ? "NaN" : "an infinite value", i + 1);
}
