/*
 * toast.h
 *		Reading values that are stored out of line.
 */
#ifndef INTSEARCH_TOAST_H
#define INTSEARCH_TOAST_H

#include "postgres.h"

/*
 * The same as PG_DETOAST_DATUM, page by page where the value lies in a row of
 * pages.
 */
extern struct varlena *toast_read(Datum datum);

#endif
