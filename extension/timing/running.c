/*
 * timing/running.c
 *	  Which statements run now: a few cells of shared memory for each backend.
 *
 * Each backend writes only its own cells, so a running statement costs no lock
 * and no atomic; and nothing leaks, because a backend that ends takes its cells
 * along: in order through an exit callback, by kill -9 because the postmaster
 * then makes all shared memory anew.
 *
 * Protocol: the owner makes "changes" odd, writes, makes it even; a reader tries
 * again when it saw an odd or a changed number.  Only the outermost
 * BINGO_RUNNING_DEPTH of nested statements have cells.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

#include "base/compat.h"
#include "timing/timing.h"

#define BINGO_RUNNING_DEPTH	8

typedef struct BackendCells
{
	uint32		changes;
	int			depth;			/* may exceed BINGO_RUNNING_DEPTH */
	BingoRunning running[BINGO_RUNNING_DEPTH];
} BackendCells;

static BackendCells *backends = NULL;
static BackendCells *mine = NULL;

Size
bingo_timing_running_size(void)
{
	return mul_size(MaxBackends, sizeof(BackendCells));
}

void
bingo_timing_running_startup(void)
{
	bool		found;

	backends = ShmemInitStruct("bingo_tune timing running", bingo_timing_running_size(), &found);
	if (!found)
		memset(backends, 0, bingo_timing_running_size());
}

static inline void
begin_change(void)
{
	((volatile BackendCells *) mine)->changes++;
	pg_write_barrier();
}

static inline void
end_change(void)
{
	pg_write_barrier();
	((volatile BackendCells *) mine)->changes++;
}

static void
clear_mine(int code, Datum arg)
{
	begin_change();
	mine->depth = 0;
	end_change();
}

/* Returns what bingo_timing_running_pop() wants: the depth before. */
int
bingo_timing_running_push(const BingoTimingKey *key, instr_time started)
{
	int			depth;

	if (mine == NULL)
	{
		mine = &backends[BINGO_MY_BACKEND];
		/* The one who had the cells before may have gone without a word. */
		clear_mine(0, 0);
		on_shmem_exit(clear_mine, 0);
	}
	depth = mine->depth;
	begin_change();
	if (depth < BINGO_RUNNING_DEPTH)
	{
		mine->running[depth].key = *key;
		mine->running[depth].started = bingo_timing_microseconds(started);
	}
	mine->depth = depth + 1;
	end_change();
	return depth;
}

void
bingo_timing_running_pop(int depth)
{
	begin_change();
	mine->depth = depth;
	end_change();
}

/* All running statements, palloc'd; returns their number. */
int
bingo_timing_running_read(BingoRunning **running)
{
	int			count = 0;
	int			size = 64;
	int			i;

	*running = palloc(sizeof(BingoRunning) * size);
	for (i = 0; i < MaxBackends; i++)
	{
		volatile BackendCells *cells = &backends[i];
		BackendCells copy;
		uint32		before;

		for (;;)
		{
			before = cells->changes;
			pg_read_barrier();
			if (cells->depth == 0)
			{
				copy.depth = 0;
				break;
			}
			memcpy(&copy, (const void *) cells, sizeof(copy));
			pg_read_barrier();
			if ((before & 1) == 0 && before == cells->changes)
				break;
			CHECK_FOR_INTERRUPTS();
		}
		copy.depth = Min(copy.depth, BINGO_RUNNING_DEPTH);
		if (count + copy.depth > size)
		{
			size = Max(size * 2, count + copy.depth);
			*running = repalloc(*running, sizeof(BingoRunning) * size);
		}
		memcpy(*running + count, copy.running, sizeof(BingoRunning) * copy.depth);
		count += copy.depth;
	}
	return count;
}
