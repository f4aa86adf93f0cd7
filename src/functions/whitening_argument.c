/*
 * whitening_argument.c
 *		The whitening argument of SQL functions.
 */
#include "functions/whitening_argument.h"

#include "bridge/arrays.h"

Whitening
whitening_argument(ArrayType *array)
{
	Whitening whitening;
	int columns;

	whitening.rows =
		real_matrix(array, "whitening", &whitening.dims, &columns);
	whitening.channels = columns - 1;
	return whitening;
}
