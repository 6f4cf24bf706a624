/*
 * store/age.c
 *	  The rows of a counter's window, the newest of a key first, without those that are folded.
 *
 * What is folded (write/fold.c) stays in the heap and the index until no snapshot sees it
 * any more: beside one that stays open a reader of a busy key would pass a million dead rows
 * for one that counts.  So each row has an age, the last column of the index: in which era
 * its transaction was, ERA of them in a row, by their XIDs.  The scan goes backwards, to the
 * older rows of a key.  A sum that has taken the place of everything older than an era
 * ("base") has that era's age and is odd:
 *
 *	(A) A snapshot that sees a base sees no row of its key of an earlier era.
 *
 * So behind a base that was seen nothing older needs to be looked at in the heap; and the
 * scan is over if it is of one key only.  Nor what is newer than the snapshot.
 *
 * Proof of (A).  Transaction X has made the base, with snapshot F, and its era is that of
 * F's xmin.  It has deleted all rows of the key that F saw, at least one; had one been busy, or
 * had they been too many, its sum would be no base.
 *
 *	- A row of an earlier era is no base: its transaction has an XID below F's xmin, and was over
 *	  when F was taken.  If it was committed, F saw the row, or else somebody had deleted it whom F
 *	  saw; X deleted what F saw.  Who sees X sees all that were over when F was taken.
 *	- It is a base, of Y with snapshot G.  If Y was over when F was taken, the same.  Else, if G was
 *	  taken after F, G's xmin is not below F's, and the era not earlier.  Else G was taken
 *	  before F, and Y is not over at F: what G saw, and Y deleted, F sees, too, and X
 *	  had to delete.  One of both found it busy.  So one is no base.
 *	- What upkeep counts again (upkeep/recount.c) has age 0.  It holds the gate, which keeps away
 *	  folds until it is over: it either sees X, and deletes the base, or X sees it.
 *
 * XIDs are compared with their epoch.  A long transaction elsewhere, if it has written
 * something, holds back the bases' era, as it holds back VACUUM.
 */
#include "postgres.h"

#include "access/itup.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/age.h"

#define ERA 64

/* Of one that is running, or was when a snapshot in use was taken. */
static uint64
add_epoch(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();

	return U64FromFullTransactionId(next) - (uint32) (XidFromFullTransactionId(next) - xid);
}

int64
bingo_age_own(void)
{
	return (int64) (U64FromFullTransactionId(GetTopFullTransactionId()) / ERA) * 2;
}

int64
bingo_age_base(Snapshot snapshot)
{
	return (int64) (add_epoch(snapshot->xmin) / ERA) * 2 + 1;
}

int64
bingo_age_newest(Snapshot snapshot)
{
	return (int64) ((add_epoch(snapshot->xmax) - 1) / ERA) * 2 + 1;
}

void
bingo_age_start(BingoAged *aged, IndexScanDesc scan, int nkeys, bool one_key, TupleTableSlot *row)
{
	aged->scan = scan;
	aged->nkeys = nkeys;
	aged->one_key = one_key;
	aged->row = row;
	aged->floor = 0;
	aged->done = false;
	ExecClearTuple(row);
}

/* Is the index entry of the key of the row at hand?  Rather no than yes. */
static bool
is_same_key(const BingoAged *aged)
{
	IndexTuple	entry = aged->scan->xs_itup;
	TupleDesc	desc = aged->scan->xs_itupdesc;

	for (int i = 0; i < aged->nkeys && !aged->one_key; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		bool		is_null;
		bool		other_null;
		Datum		is = index_getattr(entry, i + 1, desc, &is_null);
		Datum		other = slot_getattr(aged->row, i + 1, &other_null);

		/* an index has a name as a cstring */
		if (is_null != other_null || column->attlen != TupleDescAttr(aged->row->tts_tupleDescriptor, i)->attlen ||
			(!is_null && !datum_image_eq(is, other, column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

/* Is the index entry of a row that is known to be folded? */
static bool
is_folded(BingoAged *aged)
{
	bool		isnull;

	if (aged->floor == 0)
		return false;
	if (!is_same_key(aged))
	{
		aged->floor = 0;
		return false;
	}
	return DatumGetInt64(index_getattr(aged->scan->xs_itup, aged->nkeys + 1, aged->scan->xs_itupdesc, &isnull)) < aged->floor;
}

static void
note_base(BingoAged *aged)
{
	bool		isnull;
	int64		age = DatumGetInt64(slot_getattr(aged->row, BINGO_COLUMN_AGE(aged->nkeys), &isnull));

	if (age % 2 == 1)
		aged->floor = Max(aged->floor, age - 1);
}

bool
bingo_age_next(BingoAged *aged)
{
	while (!aged->done && index_getnext_tid(aged->scan, BackwardScanDirection) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_folded(aged))
		{
			aged->done = aged->one_key;
			continue;
		}
		if (index_fetch_heap(aged->scan, aged->row))
		{
			note_base(aged);
			return true;
		}
	}
	aged->done = true;
	ExecClearTuple(aged->row);
	return false;
}
