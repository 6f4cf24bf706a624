/*
 * write/pending.c
 *	  What this transaction has changed, remembered until its commit.
 *
 * The row triggers put images of changed rows here: of a driving row its key,
 * its join columns and its own sort keys; of a dimension's row the columns that
 * it is joined by.  An UPDATE that changes one of them gives two images, the old
 * and the new one, any other change one.  Which of the two an image is, and the
 * order of the images, does not matter: the work at commit looks at the current
 * rows, an image only says where to look.  So an image whose subtransaction was
 * rolled back does no harm, and nothing is done at a rollback.
 *
 * Everything lives in TopTransactionContext and belongs to the top transaction's
 * resource owner, because the triggers may run in subtransactions that end
 * before the commit.  The first images, which is all for most transactions, are
 * in an array, up to half of work_mem; those beyond in a tuplestore for each table,
 * which keeps as much in memory and spills the rest to disk.  A temporary file could
 * hit temp_file_limit, an error that the plain tables would not give: if that limit
 * is set and a table's images need more memory, they are lost, and the ordering
 * turns invalid at commit.  So they are if one is too big to be made a tuple of.
 *
 * What is lost is a change of a subtransaction, or an image of one: the trigger runs in the
 * one that changes the row, and no other's change is remembered or lost before that one ends.
 * So if it is rolled back, nothing is wanted of what was lost in it, and the loss is
 * forgotten; if not, it is the level above's.  (TRUNCATE in a savepoint, and rows inserted then: until it is
 * rolled back the table is not the one that the window was filled from.)  Not so where a tuplestore has failed, for want of disk
 * space say: it ends in half an image then, and has perhaps freed others' that it was about to write.  So all is lost for good, and it is
 * never asked anything again, not even to end: that would write, and in many minor releases free them once more.  A resource owner and a memory context of
 * their own take the tuplestores along, whatever state they are in, and nothing in that can fail.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "definition/definition.h"
#include "write/pending.h"

#define FIRST_IMAGES	8		/* room in the array at the beginning */
#define MOST_IMAGES		256		/* beyond: tuplestores */
#define FIRST_STORED	(17 * 1024)	/* bytes that an empty tuplestore takes */

typedef struct PendingTable
{
	TupleDesc	desc;			/* NULL until the first change */
	int64		count;
	bool		placing;
	Tuplestorestate *store;		/* NULL until the array is full */
	TupleTableSlot *slot;		/* to read it */
	int64		stored_bytes;	/* in memory: rather too many */
} PendingTable;

struct BingoPending
{
	int32		ordering_id;
	Oid			window;			/* to be marked if nothing more can be found out */
	int			lost;			/* the outermost level that has lost something, or 0 */
	PendingTable tables[BINGO_MAX_TABLES];
	int			nimages;
	int			room;
	int64		image_bytes;	/* of the array's values */
	BingoImage *images;

	/* the tuplestores', NULL until there is one */
	ResourceOwner owner;
	MemoryContext memory;

	/* where bingo_pending_next() is */
	int			next_image;
	int			next_table;
};

static List *all_pending = NIL; /* by ordering_id, then window */

/*
 * An id alone does not do: the sequence begins anew with a new extension, or where a
 * subtransaction that created it was rolled back.
 */
static int
compare(const BingoPending *pending, int32 ordering_id, Oid window)
{
	if (pending->ordering_id != ordering_id)
		return pending->ordering_id < ordering_id ? -1 : 1;
	if (pending->window != window)
		return pending->window < window ? -1 : 1;
	return 0;
}

BingoPending *
bingo_pending_find(int32 ordering_id, Oid window, bool create)
{
	BingoPending *pending;
	MemoryContext old;
	int			position;

	for (position = 0; position < list_length(all_pending); position++)
	{
		int			order;

		pending = list_nth(all_pending, position);
		order = compare(pending, ordering_id, window);
		if (order == 0)
			return pending;
		if (order > 0)
			break;
	}
	if (!create)
		return NULL;

	old = MemoryContextSwitchTo(TopTransactionContext);
	pending = palloc0(sizeof(BingoPending));
	pending->ordering_id = ordering_id;
	pending->window = window;
	all_pending = list_insert_nth(all_pending, position, pending);
	MemoryContextSwitchTo(old);
	return pending;
}

TupleDesc
bingo_pending_desc(BingoPending *pending, int table)
{
	return pending->tables[table].desc;
}

void
bingo_pending_describe(BingoPending *pending, int table, TupleDesc desc)
{
	Assert(pending->tables[table].desc == NULL && desc->tdrefcount == -1);
	pending->tables[table].desc = desc;
}

/* Is the image the one that was remembered last?  A loop over one row gives many such.  Keeps the newest place. */
static bool
repeats_last(BingoPending *pending, int table, Datum *values, bool *isnull, ItemPointer tid)
{
	TupleDesc	desc = pending->tables[table].desc;
	BingoImage *last;

	if (pending->nimages == 0)
		return false;
	last = &pending->images[pending->nimages - 1];
	if (last->table != table)
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (last->isnull[i] != isnull[i])
			return false;
		if (!isnull[i] &&
			!datumIsEqual(last->values[i], values[i], column->attbyval, column->attlen))
			return false;
	}
	if (tid)
		last->tid = *tid;
	return true;
}

/* Half of work_mem for the array, and as much for each tuplestore. */
static int
share_of_memory(void)
{
	return work_mem / 2;
}

static void
add_to_array(BingoPending *pending, int table, Datum *values, bool *isnull,
			 ItemPointer tid, bool fresh, Size bytes)
{
	TupleDesc	desc = pending->tables[table].desc;
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	BingoImage *image;

	if (pending->nimages == pending->room)
	{
		int			room = Max(pending->room * 2, FIRST_IMAGES);

		if (pending->images == NULL)
			pending->images = palloc(room * sizeof(BingoImage));
		else
			pending->images = repalloc(pending->images, room * sizeof(BingoImage));
		pending->room = room;
	}

	image = &pending->images[pending->nimages];
	image->table = table;
	image->fresh = fresh;
	if (tid)
		image->tid = *tid;
	else
		ItemPointerSetInvalid(&image->tid);
	pending->image_bytes += bytes;
	image->values = palloc(desc->natts * (sizeof(Datum) + sizeof(bool)));
	image->isnull = (bool *) (image->values + desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		image->isnull[i] = isnull[i];
		image->values[i] = (isnull[i] || column->attbyval) ? values[i] :
			datumCopy(values[i], false, column->attlen);
	}
	pending->nimages++;
	MemoryContextSwitchTo(old);
}

/* No subtransaction's: its end would close the file. */
static void
begin_store(BingoPending *pending, PendingTable *pt)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext old;

	if (pending->memory == NULL)
		pending->memory = AllocSetContextCreate(TopTransactionContext, "bingo_tune images", ALLOCSET_DEFAULT_SIZES);
	if (pending->owner == NULL)
		pending->owner = ResourceOwnerCreate(TopTransactionResourceOwner, "bingo_tune images");
	old = MemoryContextSwitchTo(pending->memory);
	pt->slot = bingo_make_slot(pt->desc, &TTSOpsMinimalTuple);
	CurrentResourceOwner = pending->owner;
	pt->store = tuplestore_begin_heap(false, false, share_of_memory());
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(old);
}

static void
end_stores(BingoPending *pending)
{
	if (pending->owner)
	{
		ResourceOwnerRelease(pending->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
		ResourceOwnerRelease(pending->owner, RESOURCE_RELEASE_LOCKS, false, false);
		ResourceOwnerRelease(pending->owner, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
		ResourceOwnerDelete(pending->owner);
		pending->owner = NULL;
	}
	if (pending->memory)
		MemoryContextDelete(pending->memory);
	pending->memory = NULL;
}

static void
add_to_store(BingoPending *pending, int table, Datum *values, bool *isnull, Size bytes)
{
	PendingTable *pt = &pending->tables[table];

	/* twice: memory comes in powers of two */
	pt->stored_bytes += 2 * (int64) bytes + 64;
	if (bytes > MaxAllocSize / 2 ||
		(temp_file_limit >= 0 && pt->stored_bytes + FIRST_STORED > (int64) share_of_memory() * 1024))
	{
		bingo_pending_lose(pending);
		return;
	}

	if (pt->store == NULL)
		begin_store(pending, pt);
	/* should there be an error: the images of others may be lost then, and what can be read is no image */
	pending->lost = 1;
	tuplestore_putvalues(pt->store, pt->desc, values, isnull);
	pending->lost = 0;
}

void
bingo_pending_add(BingoPending *pending, int table, Datum *values, bool *isnull,
				  ItemPointer tid, bool fresh)
{
	Size		bytes;

	if (pending->lost > 0 || repeats_last(pending, table, values, isnull, tid))
		return;
	bytes = SizeofMinimalTupleHeader + heap_compute_data_size(pending->tables[table].desc, values, isnull);
	if (pending->nimages < MOST_IMAGES &&
		pending->image_bytes + bytes <= (int64) share_of_memory() * 1024)
		add_to_array(pending, table, values, isnull, tid, fresh, bytes);
	else
		add_to_store(pending, table, values, isnull, bytes);
	pending->tables[table].count++;
}

void
bingo_pending_note_placing(BingoPending *pending, int table)
{
	pending->tables[table].placing = true;
}

bool
bingo_pending_has_placing(BingoPending *pending, int table)
{
	return pending->tables[table].placing;
}

void
bingo_pending_note_fill(int32 ordering_id, Oid window)
{
	BingoPending *pending = bingo_pending_find(ordering_id, window, false);

	for (int i = 0; pending && i < pending->nimages; i++)
	{
		pending->images[i].fresh = false;
		ItemPointerSetInvalid(&pending->images[i].tid);
	}
}

void
bingo_pending_lose(BingoPending *pending)
{
	/* one that stands is of this level, or of one above */
	if (pending->lost == 0)
		pending->lost = GetCurrentTransactionNestLevel();
}

int32
bingo_pending_ordering(BingoPending *pending)
{
	return pending->ordering_id;
}

Oid
bingo_pending_window(BingoPending *pending)
{
	return pending->window;
}

int64
bingo_pending_count(BingoPending *pending, int table)
{
	return pending->tables[table].count;
}

bool
bingo_pending_is_lost(BingoPending *pending)
{
	return pending->lost > 0;
}

bool
bingo_pending_is_empty(BingoPending *pending)
{
	for (int i = 0; i < BINGO_MAX_TABLES; i++)
		if (pending->tables[i].count > 0)
			return false;
	return pending->lost == 0;
}

void
bingo_pending_rewind(BingoPending *pending)
{
	pending->next_image = 0;
	pending->next_table = 0;
	for (int i = 0; i < BINGO_MAX_TABLES; i++)
	{
		if (pending->tables[i].store)
			tuplestore_rescan(pending->tables[i].store);
	}
}

/* The slot owns the tuple that it is given, so that must live as long as the slot. */
static bool
read_store(BingoPending *pending, PendingTable *pt)
{
	MemoryContext old = MemoryContextSwitchTo(pending->memory);
	bool		found = tuplestore_gettupleslot(pt->store, true, false, pt->slot);

	MemoryContextSwitchTo(old);
	return found;
}

bool
bingo_pending_next(BingoPending *pending, BingoImage *image)
{
	if (pending->next_image < pending->nimages)
	{
		*image = pending->images[pending->next_image++];
		return true;
	}
	for (; pending->next_table < BINGO_MAX_TABLES; pending->next_table++)
	{
		PendingTable *pt = &pending->tables[pending->next_table];

		if (pt->store && read_store(pending, pt))
		{
			slot_getallattrs(pt->slot);
			image->table = pending->next_table;
			image->fresh = false;
			ItemPointerSetInvalid(&image->tid);
			image->values = pt->slot->tts_values;
			image->isnull = pt->slot->tts_isnull;
			return true;
		}
	}
	return false;
}

List *
bingo_pending_all(void)
{
	return all_pending;
}

void
bingo_pending_clear(BingoPending *pending)
{
	for (int i = 0; i < BINGO_MAX_TABLES; i++)
	{
		PendingTable *pt = &pending->tables[i];

		pt->count = 0;
		pt->placing = false;
		pt->stored_bytes = 0;
		pt->store = NULL;
		pt->slot = NULL;
	}
	end_stores(pending);
	for (int i = 0; i < pending->nimages; i++)
		pfree(pending->images[i].values);
	pending->nimages = 0;
	pending->image_bytes = 0;
	pending->lost = 0;
}

void
bingo_pending_reset(void)
{
	all_pending = NIL;
}

static void
end_level(SubXactEvent event, SubTransactionId this, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	foreach(cell, all_pending)
	{
		BingoPending *pending = lfirst(cell);

		if (pending->lost >= level)
			pending->lost = event == SUBXACT_EVENT_ABORT_SUB ? 0 : level - 1;
	}
}

void
bingo_pending_init(void)
{
	RegisterSubXactCallback(end_level, NULL);
}
