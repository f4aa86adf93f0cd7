/*
 * scale.c
 *		Numbers scaled by a power of two, which changes nothing but their
 *		range.
 */
#include "aggregates/scale.h"

#include <math.h>

#include "miscadmin.h"

/* Numbers that are scaled between two checks for interrupts. */
#define NUMBERS_AT_ONCE 65536

int
scale_to_unit(double *numbers, size_t count, const char *message)
{
	double greatest = 0;
	int exponent;

	for (size_t i = 0; i < count; i++)
	{
		if (!isfinite(numbers[i]))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg_internal("%s", message)));
		greatest = fmax(greatest, fabs(numbers[i]));
	}
	frexp(greatest, &exponent);
	for (size_t i = 0; i < count; i++)
	{
		if (i % NUMBERS_AT_ONCE == 0)
			CHECK_FOR_INTERRUPTS();
		numbers[i] = ldexp(numbers[i], -exponent);
	}
	return exponent;
}
