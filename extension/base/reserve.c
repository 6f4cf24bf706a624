/*
 * base/reserve.c
 *	  Room in the lock table for a mark, kept by transactions that might find none.
 *
 * Whoever can't do its work at commit leaves a mark instead (store/valid.c), and where the lock table is full nobody can do his work.
 * But a mark takes two locks itself, of a catalog and its index: of a transaction that has locked so many relations that its own slots
 * for such locks (PGPROC.fpRelId) are used up, two entries of the full table.  It would fail at its COMMIT, which without
 * us takes no lock at all.
 *
 * So once such a transaction has changed something, and its slots are nearly used up, two entries are taken by locks of no meaning, of
 * the advisory type as the gate is (store/lock.c), which nobody else asks for.  In need they are given back, and the mark's own
 * locks get their place at once.  Others who look for room just then may be faster; then it is waited for, as for a lock.  What
 * the relation cache has to know of that catalog is looked up then, too: it would take more such entries for a moment.
 *
 * Slots are counted at each change, and behind each later statement has locked what it reads.  Where there is no room in the table by
 * then, the mark's two locks themselves are taken at once, in two of the slots that are left: later statements would use these up, too,
 * before they find no room.  One statement that uses up all of them, and no more, can't be helped.  Whoever has slots left needs no entry: the work for an ordering begins with its gate,
 * for which there is none in a full table, and gives up before it has locked many relations; the mark has what is left.
 * If others give some back meanwhile the gate may be had, and what the work needs next not: so that work is done in a
 * subtransaction, too (write/contain.c).  Counting takes a few instructions, but two such locks a fifth of all that an ordering costs an INSERT outside of its window.
 *
 * The locks are the top transaction's: a rollback to a savepoint leaves them.  Behind the command SAVEPOINT, and behind ROLLBACK TO, the
 * subtransaction is not at work: nothing may be looked up then.  The next statement asks again.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_description.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/utility.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/reserve.h"

#define RESERVE_TAG 0xB0FE		/* fourth field of the tags */
#define PIECES 2
#define MANY_SLOTS 10			/* of 16 */

static ExecutorStart_hook_type prev_ExecutorStart = NULL;
static ProcessUtility_hook_type prev_ProcessUtility = NULL;

static bool wanted = false;		/* the transaction may have to leave a mark */
static int	pieces = 0;
static bool own_slots = false;	/* the mark's own locks are there, for want of pieces */

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

/* Of the group that has most: which one a relation's lock is in, is the lock manager's affair.  Three bits are one slot. */
static int
count_slots(void)
{
	int			most = 0;

	for (int i = 0; i < BINGO_FAST_PATH_GROUPS; i++)
	{
		uint64		bits = BINGO_FAST_PATH_BITS(i);

		bits = (bits | bits >> 1 | bits >> 2) & UINT64CONST(0x249249249249);
		most = Max(most, pg_popcount64(bits));
	}
	return most;
}

static const Oid marked[] = {DescriptionRelationId, DescriptionObjIndexId};

/* Both, or none. */
static void
lock_marked(void)
{
	own_slots = bingo_lock_relation_now(marked[0], RowExclusiveLock);
	if (own_slots && !bingo_lock_relation_now(marked[1], RowExclusiveLock))
	{
		UnlockRelationOid(marked[0], RowExclusiveLock);
		own_slots = false;
	}
}

static void
take(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	LOCKTAG		tag;

	for (int i = 0; i < lengthof(marked); i++)
		look_up(marked[i]);
	CurrentResourceOwner = TopTransactionResourceOwner;
	for (; pieces < PIECES; pieces++)
	{
		set_tag(&tag, pieces);
		if (!bingo_lock_tag_now(&tag, AccessShareLock))
			break;
	}
	if (pieces < PIECES)
		lock_marked();
	CurrentResourceOwner = owner;
}

void
bingo_reserve_want(void)
{
	wanted = true;
	if (pieces == 0 && !own_slots && count_slots() >= MANY_SLOTS)
		take();
}

bool
bingo_reserve_is_tight(void)
{
	return pieces > 0 || own_slots || count_slots() >= MANY_SLOTS;
}

void
bingo_reserve_give_back(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	LOCKTAG		tag;

	wanted = false;
	CurrentResourceOwner = TopTransactionResourceOwner;
	while (pieces > 0)
	{
		set_tag(&tag, --pieces);
		(void) LockRelease(&tag, AccessShareLock, false);
	}
	for (int i = 0; own_slots && i < lengthof(marked); i++)
		UnlockRelationOid(marked[i], RowExclusiveLock);
	own_slots = false;
	CurrentResourceOwner = owner;
}

void
bingo_reserve_forget(void)
{
	wanted = false;
	pieces = 0;
	own_slots = false;
}

/* --- statements --- */

static void
bingo_ExecutorStart(QueryDesc *query, int eflags)
{
	if (prev_ExecutorStart)
		prev_ExecutorStart(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	if (wanted)
		bingo_reserve_want();
}

static void
bingo_ProcessUtility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree, ProcessUtilityContext context,
					 ParamListInfo params, QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	if (prev_ProcessUtility)
		prev_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	if (wanted && IsTransactionState())
		bingo_reserve_want();
}

void
bingo_reserve_init(void)
{
	prev_ExecutorStart = ExecutorStart_hook;
	ExecutorStart_hook = bingo_ExecutorStart;
	prev_ProcessUtility = ProcessUtility_hook;
	ProcessUtility_hook = bingo_ProcessUtility;
}
