/*
 * write/seen.c
 *	  Where this backend has seen the rows of dimensions.
 *
 * Writers join with the same rows again and again: of the hottest board, of the newest film, and several orderings on
 * the same tables with the same few in one commit.  To look one up by its unique index is a tenth of all that an
 * ordering takes of an INSERT.  So the places of rows that were found are kept for as long as the backend lives, and a row is
 * read there first.  Only the place is kept: neither rows nor verdicts.  What an ordering believes still rests on its own
 * gate, keys and snapshot, which come first, as write/maintain.c has it.
 *
 * Why the row at a kept place is the one that the index would lead to:
 *
 *	- The snapshot, which is the ordering's own, sees it, and it has the key's own columns as they were when the index
 *	  led there, bit by bit: so it equals the values that are looked for now, by the same operators.
 *	- Of a key one snapshot sees one row at most, as long as the index is unique and valid.  It was when the ordering was
 *	  loaded.  If somebody has ended that since, before we had the table's lock, there is one row all the same until
 *	  a second one comes; and whoever brings that finds the ordering not usable, at his commit, and leaves a mark, which he who
 *	  sees the second row sees as well (Invalid, at the head of write/maintain.c).  While we hold the lock it stays so.
 *	- If the row is not seen there, or has another key, it is looked up.  That a key has no row is not kept.
 *	- The place can be read: it is a page of the table's file as it is now, and nobody takes pages from a table that we hold a lock
 *	  on.  Which file that is does not matter.
 *
 * So a place is never wrong, at most in vain, and nothing need be told to whoever keeps it: neither a change of the row, nor
 * VACUUM, TRUNCATE or a rollback.  One of two keys that would stand at the same position of the array takes the other one's.
 *
 * Takes no memory but its own; called at commit only.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/rel.h"

#include "write/seen.h"

#define PLACES		8192		/* 512 kB, as far as they are used */
#define KEYS		2			/* columns of the longest key that is kept */

typedef struct Place
{
	Oid			relid;
	Oid			index;
	int			nkeys;
	Oid			equality[KEYS]; /* what is equal by another operator may be another row */
	AttrNumber	attnos[KEYS];
	Datum		values[KEYS];	/* of the parent's row */
	Datum		own[KEYS];		/* of the row itself */
	ItemPointerData tid;
} Place;

static Place places[PLACES];

static bool
is_of(const Place *place, const BingoTable *table, const Datum *values)
{
	if (place->index != table->unique_index || place->relid != table->relid || place->nkeys != table->njoin)
		return false;
	for (int i = 0; i < place->nkeys; i++)
		if (place->values[i] != values[i] || place->equality[i] != table->join[i].equality ||
			place->attnos[i] != table->join[i].attno)
			return false;
	return true;
}

/* The only one where the key's can be. */
static Place *
find_place(const BingoTable *table, const Datum *values)
{
	uint64		hash = table->unique_index;

	for (int i = 0; i < table->njoin; i++)
		hash = hash_combine64(hash, hash_bytes_uint32_extended((uint32) values[i], (uint64) values[i] >> 32));
	return &places[hash % PLACES];
}

static bool
has_key(const Place *place, TupleTableSlot *slot)
{
	for (int i = 0; i < place->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, place->attnos[i], &isnull);

		if (isnull || value != place->own[i])
			return false;
	}
	return true;
}

/* At SERIALIZABLE as in store/visible.c, without a predicate lock. */
static bool
read_version(Relation relation, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	if (!IsolationIsSerializable())
		return table_tuple_fetch_row_version(relation, tid, snapshot, slot);
	return table_tuple_fetch_row_version(relation, tid, SnapshotAny, slot) &&
		table_tuple_satisfies_snapshot(relation, slot, snapshot);
}

/*
 * Has the table's file the page?  What the storage manager knows is enough, without a system call: while we hold a lock
 * files get longer, and whoever has made this one shorter before has told us.
 */
static bool
has_page(Relation relation, BlockNumber block)
{
	BlockNumber known = RelationGetSmgr(relation)->smgr_cached_nblocks[MAIN_FORKNUM];

	return (known != InvalidBlockNumber && block < known) || block < RelationGetNumberOfBlocks(relation);
}

bool
bingo_seen_find(const BingoTable *table, Relation relation, Snapshot snapshot, const Datum *values, TupleTableSlot *slot)
{
	Place	   *place = find_place(table, values);

	if (!is_of(place, table, values) || !has_page(relation, ItemPointerGetBlockNumberNoCheck(&place->tid)))
		return false;
	if (read_version(relation, &place->tid, snapshot, slot) && has_key(place, slot))
		return true;
	ExecClearTuple(slot);
	return false;
}

void
bingo_seen_note(const BingoTable *table, const Datum *values, TupleTableSlot *slot)
{
	Place	   *place;

	if (table->njoin > KEYS)
		return;
	for (int i = 0; i < table->njoin; i++)
		if (!TupleDescAttr(slot->tts_tupleDescriptor, table->join[i].attno - 1)->attbyval)
			return;
	place = find_place(table, values);
	place->relid = table->relid;
	place->index = table->unique_index;
	place->nkeys = table->njoin;
	for (int i = 0; i < table->njoin; i++)
	{
		bool		isnull;

		place->equality[i] = table->join[i].equality;
		place->attnos[i] = table->join[i].attno;
		place->values[i] = values[i];
		place->own[i] = slot_getattr(slot, table->join[i].attno, &isnull);
	}
	place->tid = slot->tts_tid;
}
