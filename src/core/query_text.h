/*
 * query_text.h
 *		The text form of a query: {0.1,0.2,0.3} aspect=1 pooling=max
 *
 * A vector in braces, or in brackets as pgvector writes it, then name=value
 * for every setting that differs from its default, in any order.  Elements may
 * stand in double quotes, as some drivers write them.
 */
#ifndef INTSEARCH_QUERY_TEXT_H
#define INTSEARCH_QUERY_TEXT_H

#include "core/query.h"

/*
 * Reads a query and checks it.  Returns its vector, [query->length], which
 * belongs to the host; NULL and an error where the input is no query, a name is not
 * known or given twice, or query_check() refuses it.
 */
extern float *query_text_read(const Host *host, const char *input,
							  SearchQuery *query, CoreError *error);

/* Bytes that the text of a query takes at most, its final zero included. */
extern size_t query_text_room(const SearchQuery *query);

/*
 * Writes the canonical text: braces, the shortest digits that give the same
 * numbers back, and settings that differ from the default in the order of the
 * constructor.  Returns the text's length.
 */
extern size_t query_text_write(const SearchQuery *query, char *text);

#endif
