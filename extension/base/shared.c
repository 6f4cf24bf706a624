/*
 * base/shared.c
 *	  Pieces of the server's shared memory.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "base/compat.h"
#include "base/shared.h"

#define MOST_PIECES 8
#define TRANCHE "bingo_tune pieces"

typedef struct Piece
{
	const char *name;
	Size		size;
	void	  **place;
	void		(*start) (void *piece);
} Piece;

static Piece pieces[MOST_PIECES];
static int	npieces = 0;
static LWLock *lock = NULL;
static shmem_request_hook_type prev_shmem_request_hook = NULL;
static shmem_startup_hook_type prev_shmem_startup_hook = NULL;

static void
request_memory(void)
{
	if (prev_shmem_request_hook)
		prev_shmem_request_hook();
	for (int i = 0; i < npieces; i++)
		RequestAddinShmemSpace(MAXALIGN(pieces[i].size));
	RequestNamedLWLockTranche(TRANCHE, 1);
}

static void
start_memory(void)
{
	if (prev_shmem_startup_hook)
		prev_shmem_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (int i = 0; i < npieces; i++)
	{
		bool		found;
		void	   *piece = ShmemInitStruct(pieces[i].name, pieces[i].size, &found);

		if (!found)
		{
			memset(piece, 0, pieces[i].size);
			if (pieces[i].start)
				pieces[i].start(piece);
		}
		*pieces[i].place = piece;
	}
	lock = &GetNamedLWLockTranche(TRANCHE)->lock;
	LWLockRelease(AddinShmemInitLock);
}

void
bingo_shared_add(const char *name, Size size, void **place, void (*start) (void *piece))
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	Assert(npieces < MOST_PIECES);
	if (npieces == 0)
	{
		prev_shmem_request_hook = shmem_request_hook;
		shmem_request_hook = request_memory;
		prev_shmem_startup_hook = shmem_startup_hook;
		shmem_startup_hook = start_memory;
	}
	pieces[npieces++] = (Piece) {name, size, place, start};
}

LWLock *
bingo_shared_lock(void)
{
	return lock;
}
