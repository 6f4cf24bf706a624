/*
 * base/lock_now.h
 *	  Locks that are had at once, or not.
 */
#ifndef BINGO_LOCK_NOW_H
#define BINGO_LOCK_NOW_H

#include "storage/lock.h"

/* Each returns false if the lock is somebody else's, or if there is no room for one more. */
extern bool bingo_lock_tag_now(const LOCKTAG *tag, LOCKMODE mode);
extern bool bingo_lock_relation_now(Oid relid, LOCKMODE mode);
extern bool bingo_lock_object_now(Oid catalog, Oid object, LOCKMODE mode);

#endif							/* BINGO_LOCK_NOW_H */
