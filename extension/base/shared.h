/*
 * base/shared.h
 *	  Pieces of the server's shared memory.
 */
#ifndef BINGO_SHARED_H
#define BINGO_SHARED_H

#include "storage/lwlock.h"

/*
 * To be called by _PG_init(): when the server starts a piece of that name and size is
 * put into *place, filled with zeros, and start, if there is one, makes it ready.  If the
 * library is not in shared_preload_libraries *place stays as it is, NULL.
 */
extern void bingo_shared_add(const char *name, Size size, void **place, void (*start) (void *piece));

/* For pieces that are no single words: held for a few microseconds. */
extern LWLock *bingo_shared_lock(void);

#endif							/* BINGO_SHARED_H */
