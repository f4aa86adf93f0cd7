/*
 * am_recent.c
 *		Reading pages that are likely to be where they were last time.
 */
#include "postgres.h"

#include "index/am_recent.h"

#include "bridge/recent_page.h"

/*
 * Of the notes that can be kept, 4 bytes each: those of 1 GB of consecutive
 * pages.
 */
#define NOTES (1 << 17)

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
	if (block != InvalidBlockNumber)
		prefetch_buffer(*note_of(index, block));
}
