/*
 * store/reserve.c
 *	  Room in the lock table for a mark, kept from a transaction's first change on.
 *
 * Whoever can't do its work at commit leaves a mark instead (store/valid.c), and where the lock table is full nobody can do his work.
 * But a mark takes two locks itself, of a catalog and its index: of a transaction that has locked so many relations that its own slots
 * for such locks (PGPROC.fpRelId) are used up, two entries of the full table.  It would fail at its COMMIT, which without
 * us takes no lock at all.
 *
 * So at the first change two entries are taken by locks of no meaning, of the advisory type as the gate is (store/lock.c), which nobody
 * else asks for.  In need they are given back, and the mark's own locks get their place at once.  Others who
 * look for room just then may be faster; then it is waited for, as for a lock.  Where there is no room at the first change there is
 * nothing to give back: then the transaction's statements find none either.
 *
 * What the relation cache has to know of that catalog is looked up then, too: it would take more such entries for a moment.
 *
 * The locks are the top transaction's: a rollback to a savepoint leaves them.
 */
#include "postgres.h"

#include "catalog/pg_description.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/resowner.h"

#include "base/lock_now.h"
#include "store/reserve.h"

#define RESERVE_TAG 0xB0FE		/* fourth field of the tags */
#define PIECES 2

static bool taken = false;		/* or looked for in vain */
static int	pieces = 0;

static void
set_tag(LOCKTAG *tag, int piece)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) MyProcPid, piece, RESERVE_TAG);
}

static void
look_up(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);

	if (relation == NULL)
		return;
	if (relation->rd_rel->relkind != RELKIND_INDEX && !relation->rd_indexvalid)
		(void) RelationGetIndexList(relation);
	RelationClose(relation);
}

void
bingo_reserve_take(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	LOCKTAG		tag;

	if (taken)
		return;
	taken = true;
	look_up(DescriptionRelationId);
	look_up(DescriptionObjIndexId);
	CurrentResourceOwner = TopTransactionResourceOwner;
	for (pieces = 0; pieces < PIECES; pieces++)
	{
		set_tag(&tag, pieces);
		if (!bingo_lock_tag_now(&tag, AccessShareLock))
			break;
	}
	CurrentResourceOwner = owner;
}

void
bingo_reserve_give_back(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	LOCKTAG		tag;

	CurrentResourceOwner = TopTransactionResourceOwner;
	while (pieces > 0)
	{
		set_tag(&tag, --pieces);
		(void) LockRelease(&tag, AccessShareLock, false);
	}
	CurrentResourceOwner = owner;
}

void
bingo_reserve_forget(void)
{
	taken = false;
	pieces = 0;
}
