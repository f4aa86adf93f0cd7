/*
 * am_recent.c
 *		Reading pages that are likely to be where they were last time.
 */
#include "postgres.h"

#include "index/am_recent.h"

#include "pgstat.h"
#include "storage/buf_internals.h"

#include "bridge/compat.h"

/*
 * Of the notes that can be kept, 4 bytes each: those of 1 GB of consecutive
 * pages.
 */
#define NOTES      (1 << 17)
#define CACHE_LINE 64

/* InvalidBuffer, or the buffer that a page was in. */
static Buffer notes[NOTES];

/* The note of a page, and of some others. */
static Buffer *
note_of(Relation index, BlockNumber block)
{
	/* consecutive pages have consecutive notes */
	return &notes[(RelationGetRelid(index) * UINT32_C(0x9e3779b9) + block) %
				  NOTES];
}

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
 * Pins the page if the buffer holds it.  Up to PostgreSQL 18, ReadRecentBuffer
 * does not raise the usage count, so that pages read by it alone would be the
 * first to be replaced.  So it is asked only for buffers whose count cannot
 * grow.  Nor does it count in the statistics of the index.
 */
static bool
pin_recent_page(Relation index, BlockNumber block, Buffer buffer)
{
	if (!BufferIsValid(buffer) || !is_most_used(buffer) ||
		!read_recent_buffer(index, block, buffer))
		return false;
	pgstat_count_buffer_read(index);
	pgstat_count_buffer_hit(index);
	return true;
}

Buffer
read_recent_page(Relation index, BlockNumber block,
				 BufferAccessStrategy strategy)
{
	Buffer *note = note_of(index, block);
	bool has_notes = !RelationUsesLocalBuffers(index) && strategy == NULL;
	Buffer buffer;

	if (has_notes && pin_recent_page(index, block, *note))
		return *note;
	buffer =
		ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
	if (has_notes)
		*note = buffer;
	return buffer;
}

void
prefetch_recent_page(Relation index, BlockNumber block)
{
	Buffer note =
		block == InvalidBlockNumber ? InvalidBuffer : *note_of(index, block);

	if (!BufferIsValid(note))
		return;
	for (int at = 0; at < BLCKSZ; at += CACHE_LINE)
		__builtin_prefetch((char *) BufferGetPage(note) + at);
}
