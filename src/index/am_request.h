/*
 * am_request.h
 *		What an ORDER BY asks an index for.
 */
#ifndef INTSEARCH_AM_REQUEST_H
#define INTSEARCH_AM_REQUEST_H

#include "bridge/featmap.h"

#include "core/search/search.h"

/* Numbers of the operators in the operator class. */
#define STRATEGY_COSINE    1
#define STRATEGY_EUCLIDEAN 2

/*
 * Reads the right argument of <=> or <->, to search for the best window alone.
 * The vector lies in the datum, which is detoasted in the context at hand if
 * it must be.
 */
extern void request_from_datum(SearchOptions *request, Datum query);

/* The pooling that a query is for. */
extern Pooling request_pooling(Datum query);

#endif
