/*
 * recent_page.h
 *		Pinning pages in the buffers that they are likely to be in.
 */
#ifndef INTSEARCH_RECENT_PAGE_H
#define INTSEARCH_RECENT_PAGE_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

/*
 * Pins the page and returns true if that shared buffer, which may be
 * InvalidBuffer, holds it and is used often.
 */
extern bool
pin_recent_page(Relation relation, BlockNumber block, Buffer buffer);

/*
 * Has the processor fetch what a shared buffer, which may be InvalidBuffer,
 * holds.
 */
extern void prefetch_buffer(Buffer buffer);

#endif
