/*
 * write/seen.c
 *	  Where this commit has seen the rows of dimensions, for the next ordering.
 *
 * A commit works for one ordering after the other.  Several on the same tables look up the same few
 * rows of dimensions by the same unique indexes, which is a third of what an ordering more costs beside what
 * it writes itself.  So the places of the rows found last are kept, and the next ordering reads the row there, without
 * the index.  Only the place is shared: neither rows nor verdicts.  What an ordering believes still rests on its own
 * gate, keys and snapshot, which come first, as write/maintain.c has it: another transaction may change the row between
 * the look-ups of two orderings, since the first one's locks say nothing of the second one's.
 *
 * Why the row at a kept place is the one that the index would lead to:
 *
 *	- The snapshot, which is the ordering's own, sees it, and it has the key's own columns as they were when the index
 *	  led there, bit by bit: so it equals the values that are looked for now, by the same operators.
 *	- Of a key one snapshot sees one row at most, as long as the index is unique and valid.  It was when the place was noted,
 *	  and whoever ends that waits for the locks on table and index that we hold since then.
 *	- If the row is not seen there, or has another key, it is looked up.  That a key has no row is not kept.
 *	- The place can be read: nothing takes pages from a table that we hold a lock on.
 *
 * The locks must last as long as the places do, to the end of the transaction: so what was seen below a subtransaction,
 * whose rollback gives them up, is not noted.
 *
 * Takes no memory but its own; called at commit only.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

#include "write/seen.h"

#define PLACES		16
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
static int	nplaces = 0;
static int	oldest = 0;

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

static Place *
find_place(const BingoTable *table, const Datum *values)
{
	for (int i = 0; i < nplaces; i++)
		if (is_of(&places[i], table, values))
			return &places[i];
	return NULL;
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

bool
bingo_seen_find(const BingoTable *table, Relation relation, Snapshot snapshot, const Datum *values, TupleTableSlot *slot)
{
	Place	   *place = find_place(table, values);

	if (place == NULL)
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

	if (table->njoin > KEYS || GetCurrentTransactionNestLevel() > 1)
		return;
	for (int i = 0; i < table->njoin; i++)
		if (!TupleDescAttr(slot->tts_tupleDescriptor, table->join[i].attno - 1)->attbyval)
			return;
	place = find_place(table, values);
	if (place == NULL && nplaces < PLACES)
		place = &places[nplaces++];
	if (place == NULL)
	{
		place = &places[oldest];
		oldest = (oldest + 1) % PLACES;
	}
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

void
bingo_seen_reset(void)
{
	nplaces = 0;
	oldest = 0;
}
