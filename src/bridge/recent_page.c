/*
 * recent_page.c
 *		Pinning pages in the buffers that they are likely to be in.
 *
 * Looking a page up in the server's buffer table takes several reads from
 * memory in turn.  Where there is a guess, the server checks what that buffer
 * holds, which takes one.
 */
#include "bridge/recent_page.h"

#include "pgstat.h"
#include "storage/buf_internals.h"

#include "bridge/compat.h"

#define CACHE_LINE 64

/*
 * True where a read would leave a shared buffer's usage count as it is, since
 * that is the greatest.
 */
static bool
is_most_used(Buffer buffer)
{
	uint32 state = pg_atomic_read_u32(&GetBufferDescriptor(buffer - 1)->state);

	return BUF_STATE_GET_USAGECOUNT(state) == BM_MAX_USAGE_COUNT;
}

/*
 * Up to PostgreSQL 18, ReadRecentBuffer does not raise the usage count, so
 * that pages read by it alone would be the first to be replaced.  So it is
 * asked only for buffers whose count cannot grow.  Nor does it count in the
 * statistics of the relation.
 */
bool
pin_recent_page(Relation relation, BlockNumber block, Buffer buffer)
{
	if (!BufferIsValid(buffer) || RelationUsesLocalBuffers(relation) ||
		!is_most_used(buffer) || !read_recent_buffer(relation, block, buffer))
		return false;
	pgstat_count_buffer_read(relation);
	pgstat_count_buffer_hit(relation);
	return true;
}

void
prefetch_buffer(Buffer buffer)
{
	if (!BufferIsValid(buffer))
		return;
	for (int at = 0; at < BLCKSZ; at += CACHE_LINE)
		__builtin_prefetch((char *) BufferGetPage(buffer) + at);
}
