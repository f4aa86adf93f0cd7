/*
 * scratch_host.c
 *		Memory of searches, which the backend keeps from query to query.
 *
 * PostgreSQL gives large blocks back to the system at the end of a query, and
 * zeroed pages come in their place at the next one: up to a quarter of the
 * time of a query that an index answers.  So the backend has a few arenas that
 * stay.  A scratch host takes one that is free, and its context's reset puts
 * it back, whether the query ends or fails.  Where all are taken, or an arena
 * is full, blocks come from the context.
 */
#include "bridge/scratch_host.h"

#include "utils/memutils.h"

#include "bridge/featmap.h"

/*
 * Both stages of an index scan and the distance of the rows it returns take
 * one each.
 */
#define ARENAS 3
/* Bytes that an arena keeps at most. */
#define MOST_KEPT ((size_t) 8 << 20)

/* A cache line, and the widest vector. */
#define ALIGNMENT ((size_t) 64)

typedef struct Arena
{
	char *memory; /* in TopMemoryContext */
	size_t size;
	size_t wanted; /* the most that a host has held at a time */
	bool is_taken;
} Arena;

typedef struct ScratchHost
{
	MemoryContext context;
	MemoryContextCallback on_reset;
	Arena *arena; /* NULL where none was free */
	size_t used;  /* bytes of the arena */
	size_t held;  /* bytes of all blocks */
} ScratchHost;

/* In the ALIGNMENT bytes before a block. */
typedef struct BlockHeader
{
	void *chunk; /* of the context; NULL in the arena */
	size_t size; /* with the header, a multiple of ALIGNMENT */
} BlockHeader;

static Arena arenas[ARENAS];

static char *
align_up(char *address)
{
	return address + (-(uintptr_t) address) % ALIGNMENT;
}

/* Without memory for it, an arena is one that is always full. */
static void
grow_arena(Arena *arena)
{
	size_t size = Min(arena->wanted, MOST_KEPT);

	if (size <= arena->size)
		return;
	if (arena->memory != NULL)
		pfree(arena->memory);
	arena->memory =
		MemoryContextAllocExtended(TopMemoryContext, size + ALIGNMENT,
								   MCXT_ALLOC_NO_OOM);
	arena->size = arena->memory == NULL ? 0 : size;
}

static Arena *
take_arena(void)
{
	for (int i = 0; i < ARENAS; i++)
		if (!arenas[i].is_taken)
		{
			grow_arena(&arenas[i]);
			arenas[i].is_taken = true;
			return &arenas[i];
		}
	return NULL;
}

static void
put_arena_back(void *arena)
{
	((Arena *) arena)->is_taken = false;
}

static char *
arena_end(const ScratchHost *host)
{
	return align_up(host->arena->memory) + host->used;
}

static char *
take_from_arena(ScratchHost *host, size_t size)
{
	char *start;

	if (host->arena == NULL || host->arena->size - host->used < size)
		return NULL;
	start = arena_end(host);
	host->used += size;
	return start;
}

/* Blocks in an arena are given back from its end; others when all are. */
static void
give_to_arena(ScratchHost *host, char *start, size_t size)
{
	if (start + size == arena_end(host))
		host->used -= size;
}

static void
count_held(ScratchHost *host, size_t size)
{
	host->held += size;
	if (host->arena != NULL)
		host->arena->wanted = Max(host->arena->wanted, host->held);
}

static void *
new_block(ScratchHost *host, size_t content)
{
	size_t size = ALIGNMENT + TYPEALIGN64(ALIGNMENT, content);
	void *chunk = NULL;
	char *start = take_from_arena(host, size);

	if (start == NULL)
	{
		chunk = MemoryContextAllocHuge(host->context, size + ALIGNMENT);
		start = align_up(chunk);
	}
	*(BlockHeader *) start = (BlockHeader){chunk, size};
	count_held(host, size);
	return start + ALIGNMENT;
}

static void
free_block(ScratchHost *host, void *block)
{
	char *start = (char *) block - ALIGNMENT;
	BlockHeader header = *(BlockHeader *) start;

	host->held -= header.size;
	if (header.chunk != NULL)
		pfree(header.chunk);
	else
		give_to_arena(host, start, header.size);
}

static void *
resize_block(ScratchHost *host, void *block, size_t content)
{
	const BlockHeader *header = (BlockHeader *) ((char *) block - ALIGNMENT);
	void *moved = new_block(host, content);

	memcpy(moved, block, Min(content, header->size - ALIGNMENT));
	free_block(host, block);
	return moved;
}

static void *
resize_scratch(void *context, void *block, size_t size)
{
	if (block == NULL)
		return new_block(context, size);
	if (size > 0)
		return resize_block(context, block, size);
	free_block(context, block);
	return NULL;
}

Host
scratch_host(MemoryContext context)
{
	ScratchHost *scratch =
		MemoryContextAllocZero(context, sizeof(ScratchHost));
	Host host = featmap_host(context);

	scratch->context = context;
	scratch->arena = take_arena();
	if (scratch->arena != NULL)
	{
		scratch->on_reset.func = put_arena_back;
		scratch->on_reset.arg = scratch->arena;
		MemoryContextRegisterResetCallback(context, &scratch->on_reset);
	}
	host.resize = resize_scratch;
	host.context = scratch;
	return host;
}
