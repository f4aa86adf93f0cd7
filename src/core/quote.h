/*
 * quote.h
 *		Pieces of input as error messages show them.
 */
#ifndef INTSEARCH_QUOTE_H
#define INTSEARCH_QUOTE_H

#include <stddef.h>

/* Characters of a quoted piece; what is longer ends in "..." */
#define QUOTE_MOST 60

/* Bytes of a quoted piece, with "..." and the final zero. */
#define QUOTE_ROOM (QUOTE_MOST + 4)

/*
 * Writes bytes, [length], so that they can stand in any message, whatever
 * encoding they came in: printable ASCII as it is, other bytes and backslashes
 * as \xNN.  Input may hold anything, and a message that is no valid text is
 * stored by handlers and then cannot be restored.  Returns quoted,
 * [QUOTE_ROOM].
 */
extern const char *quote_input(const char *bytes, size_t length, char *quoted);

#endif
