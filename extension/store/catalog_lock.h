/*
 * store/catalog_lock.h
 *	  The system catalogs that loading orderings reads, and other statements don't.
 */
#ifndef BINGO_STORE_CATALOG_LOCK_H
#define BINGO_STORE_CATALOG_LOCK_H

#include "store/lock.h"

/* All of them, or none: false if one was not to be had in time. */
extern bool bingo_catalog_lock(BingoPatience *patience);
extern void bingo_catalog_unlock(void);

#endif							/* BINGO_STORE_CATALOG_LOCK_H */
