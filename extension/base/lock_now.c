/*
 * base/lock_now.c
 *	  Locks that are had at once, or not.
 *
 * ConditionalLockRelationOid() and its like don't wait, but fail with 53200 where the lock table is full.  That would be an
 * error in the midst of a commit, or of a plan, which the plain tables would not give: a transaction that has no more to do than to
 * commit needs no further lock.  So here a full lock table is one more reason not to have the lock.
 *
 * The names stand in parentheses because a build for tests has macros of them, by which locks are not had (regress/inject).
 *
 * Invalidations are processed afterwards as LockRelationOid() does it: whatever the last holder has changed is known.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/inval.h"

#include "base/compat.h"
#include "base/lock_now.h"

bool
(bingo_lock_tag_now) (const LOCKTAG *tag, LOCKMODE mode)
{
	LOCALLOCK  *local;
	LockAcquireResult result = bingo_lock_try(tag, mode, &local);

	if (result == LOCKACQUIRE_NOT_AVAIL)
		return false;
	if (result != LOCKACQUIRE_ALREADY_CLEAR)
	{
		AcceptInvalidationMessages();
		MarkLockClear(local);
	}
	return true;
}

bool
(bingo_lock_relation_now) (Oid relid, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relid);
	return (bingo_lock_tag_now) (&tag, mode);
}

bool
(bingo_lock_object_now) (Oid catalog, Oid object, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, catalog, object, 0);
	return (bingo_lock_tag_now) (&tag, mode);
}
