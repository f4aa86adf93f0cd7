/*
 * am_recent.h
 *		Reading pages that are likely to be where they were last time.
 *
 * A scan reads thousands of pages that nearly always lie in shared buffers.
 * Looking each up in the server's buffer table takes several reads from memory
 * in turn, as long as scoring the codes of the page.  So the session notes in
 * which buffer it saw a page last.  If that is a buffer used often, it is
 * tried first, and the server checks what it holds.  A note also says what
 * memory is read next, before the page may be touched.
 */
#ifndef INTSEARCH_AM_RECENT_H
#define INTSEARCH_AM_RECENT_H

#include "storage/bufmgr.h"
#include "utils/rel.h"

/* As ReadBufferExtended of the main fork; notes the buffer. */
extern Buffer read_recent_page(Relation index, BlockNumber block,
							   BufferAccessStrategy strategy);

/*
 * Has the processor fetch a page, if it is where it was last seen.  Block may
 * be InvalidBlockNumber.
 */
extern void prefetch_recent_page(Relation index, BlockNumber block);

#endif
