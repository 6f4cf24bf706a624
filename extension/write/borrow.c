/*
 * write/borrow.c
 *	  Locks on the application's tables and indexes that the work at commit takes, and gives back when it is done.
 *
 * The work reads tables that the transaction's own statements have perhaps never named: those that its rows join with,
 * or that join with them, their indexes, and where they keep long values.  Each is locked ACCESS SHARE while it is
 * read.  Kept beyond, the locks would stand in the way of DDL until the transaction ends, which may be long after a
 * PREPARE TRANSACTION, and nobody would know why.  So all of them are given back after the work for all orderings; what
 * the transaction's statements hold, they hold (locks are counted).  At COMMIT it would make no difference to anybody
 * but to be done in two ways, of which one is never tried: so it is done there alike.
 *
 * Why (P) at the head of write/maintain.c does not rest on them
 *
 * Let T be the transaction, D or M, that has done its work and is not committed, and C whatever now gets a lock that T would have
 * kept out: one that wants ACCESS EXCLUSIVE on a table that T has read, or on its index, or waits for whoever has it locked
 * (CONCURRENTLY).  What asks for less never met T's lock, so there is nothing new.  T reads nothing any more: if a late
 * trigger makes it work again it asks for everything again, as if it were the first time.  T's rows of the window are
 * not seen before its commit, and then by those who see T.  It keeps the gate and its keys, through PREPARE, too; so U
 * closes the gate after T's end only, and no M' has changed a row, by its trigger, of a key that T holds.
 *
 *	C gives a table another file (TRUNCATE, rewriting ALTER TABLE, VACUUM FULL, CLUSTER).  From its commit on nobody
 *				believes the window, T's rows or others, until U has emptied it: with the gate EXCLUSIVE, so after
 *				T, whose rows it sees and takes away, and all that U reads for the new ones includes T's.
 *				TRUNCATE of a table that C itself made is no matter: T has read none of it.  A rollback takes the file back
 *				and with it all that C has done.
 *	C ends something that the ordering needs (a column, its type, a unique key, NOT NULL, an index, a trigger, the table).  T's
 *				rows are what the tables had under the layout that was stored, for those who still can read by it, which
 *				is nobody until C is undone.  What else is changed meanwhile is so by transactions that find the ordering not usable, and
 *				leave a mark; of what is changed without a trigger U leaves one when it repairs that, and DISABLE TRIGGER did not ask
 *				T either.  If C is undone (another type and back), nobody sees the rows of such a transaction, be it a second one of
 *				a key, and not its mark; and T's are right for who sees none.  A mark is U's to remove, after T.
 *	The ordering is made again.  It has another id and window, and was made under SHARE ROW EXCLUSIVE on its tables, for which
 *				whoever makes it waits until T, which has changed one of them, is at its end; and the old one's gate was waited for.
 *	C drops the ordering, or its extension, or a table with it.  Whoever drops windows has their own locks first, or leaves
 *				them to upkeep.
 *	C does none of that (ADD COLUMN, renames, DROP of a foreign key, REINDEX, policies, DETACH PARTITION of the very partition).
 *				The rows are as they were, and whoever reads them looks up where they are now.
 *
 * What is not given back
 *
 *	gate, keys	(P) rests on them.
 *	window, boundary, their indexes and long values.  T has rows there, which a TRUNCATE would take away from under it.
 *				Nobody but U and who drops the ordering wants more than to read or write them.
 *	pg_description  has a row, if the work has left a mark.
 *
 * Counters' triggers read no table: their work has only windows to lock.
 */
#include "postgres.h"

#include "storage/lmgr.h"
#include "utils/memutils.h"

#include "write/borrow.h"

static bool at_work = false;
static List *borrowed = NIL;	/* OIDs, one as often as it was locked; in TopTransactionContext */

void
bingo_borrow_begin(void)
{
	at_work = true;
	borrowed = NIL;
}

bool
bingo_borrow_relation(Oid relid, BingoPatience *patience)
{
	MemoryContext old;

	if (!bingo_lock_relation(relid, AccessShareLock, patience))
		return false;
	if (at_work)
	{
		old = MemoryContextSwitchTo(TopTransactionContext);
		borrowed = lappend_oid(borrowed, relid);
		MemoryContextSwitchTo(old);
	}
	return true;
}

static bool
borrow(Oid relid, LOCKMODE mode, BingoPatience *patience)
{
	Assert(mode == AccessShareLock);
	return bingo_borrow_relation(relid, patience);
}

bool
bingo_borrow_toast(Relation relation, BingoPatience *patience)
{
	return bingo_lock_toast(relation, AccessShareLock, patience, borrow);
}

int
bingo_borrow_count(void)
{
	return list_length(borrowed);
}

void
bingo_borrow_forget(int count)
{
	borrowed = list_truncate(borrowed, count);
}

void
bingo_borrow_give_back(void)
{
	ListCell   *cell;

	foreach(cell, borrowed)
		UnlockRelationOid(lfirst_oid(cell), AccessShareLock);
	bingo_borrow_reset();
}

void
bingo_borrow_reset(void)
{
	borrowed = NIL;
	at_work = false;
}
