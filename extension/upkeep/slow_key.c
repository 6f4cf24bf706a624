/*
 * upkeep/slow_key.c
 *	  A key whose rows take long to be read: filled in two parts, so that writers need not wait.
 *
 *	open	gate EXCLUSIVE: the key loses its cut, so whoever changes a row of it from now on keeps that in the window,
 *			and has one mark, ours, so nobody reads them.
 *	note	no lock, a new snapshot: the driving keys of its first rows, and where the last of them stands.
 *	close	gate EXCLUSIVE: the key is cut there, what was noted is looked at again (write/candidates.c), what is behind is
 *			deleted, and the mark goes.
 *
 * Proof, for a row s of the key that stands before the cut at the end of close.  Whoever changed s, or a row that it joins with,
 * had the gate until his commit was visible.  If that was before open, the snapshot of note has seen it.  If he came after, he found s
 * inside, as the key has no cut, and has put it into the window, or left it out with a mark of his own, and then close finds
 * a second mark, and does nothing.  So if s is not in the window as it should be nobody has changed it since note, which has seen it, and
 * close has put it in.  And nothing else is in the window: of a marked key every row there is right, whatever is missing.
 * regress/keyed_model.c goes through the interleavings, and finds one that is wrong without any of it.
 *
 * A crash, or an error, leaves the mark, and the key is begun with again.  So it is if the mark is not found: then
 * the window was filled anew meanwhile.  A row that the window can't hold ends what is noted in front of it; if that is the first one,
 * or close meets such a row or a lock, the whole is invalid, and filled again.
 *
 * Not of the key in which the fill itself has stopped (store/cut.c): without a cut only its first rows are inside.
 *
 * Memory: what was noted lives in a context of its own, for one key.
 */
#include "postgres.h"

#include "access/relation.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "store/cut.h"
#include "store/fit.h"
#include "store/store.h"
#include "store/valid.h"
#include "upkeep/fill.h"
#include "upkeep/key_rows.h"
#include "upkeep/role.h"
#include "upkeep/slow_key.h"
#include "write/candidates.h"

typedef enum SlowStep
{
	SLOW_NOTHING,
	SLOW_NOTE,
	SLOW_CLOSE
} SlowStep;

/* What is to be done next, and what is known. */
static SlowStep next_step = SLOW_NOTHING;
static int32 slow_id;
static Oid	slow_window;
static MemoryContext slow_context = NULL;
static BingoBoundary *slow_key;
static BingoKeyMark slow_mark;
static List *noted;				/* of Datum *, driving keys */
static bool noted_all;			/* there are no more of them */
static bool noted_misfit;		/* ... or the next one does not fit */
static BingoBoundary noted_last;

typedef struct Receiver
{
	DestReceiver pub;
	const BingoOrdering *ordering;
} Receiver;

void
bingo_slow_forget(void)
{
	next_step = SLOW_NOTHING;
	if (slow_context != NULL)
		MemoryContextReset(slow_context);
}

void
bingo_slow_open(const BingoOrdering *ordering, const BingoBoundary *key)
{
	Relation	boundary = bingo_boundary_open(ordering, NULL);
	MemoryContext old;

	if (boundary == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
	if (slow_context == NULL)
		slow_context = AllocSetContextCreate(TopMemoryContext, "bingo_tune slow key", ALLOCSET_DEFAULT_SIZES);
	bingo_slow_forget();
	old = MemoryContextSwitchTo(slow_context);
	slow_key = bingo_key_rows_copy_boundary(boundary, ordering->definition, key);
	MemoryContextSwitchTo(old);
	relation_close(boundary, NoLock);
	slow_id = ordering->id;
	slow_window = ordering->window;
	bingo_cut_remove(ordering, slow_key);
	bingo_cut_remove_marks(ordering, slow_key);
	bingo_cut_add_mark(ordering, slow_key, &slow_mark);
	next_step = SLOW_NOTE;
}

bool
bingo_slow_wants_note(int32 id)
{
	return next_step == SLOW_NOTE && slow_id == id;
}

bool
bingo_slow_wants_close(int32 id)
{
	return next_step == SLOW_CLOSE && slow_id == id;
}

static void
note_key(const BingoDefinition *definition, TupleTableSlot *slot)
{
	Datum	   *key = palloc(definition->ndriving * sizeof(Datum));

	for (int i = 0; i < definition->ndriving; i++)
	{
		int			output = definition->driving[i].output;
		Form_pg_attribute column = TupleDescAttr(slot->tts_tupleDescriptor, output);
		bool		isnull;
		Datum		value = slot_getattr(slot, output + 1, &isnull);

		if (isnull)
			elog(ERROR, "a row without a key");
		key[i] = column->attlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
			datumCopy(value, column->attbyval, column->attlen);
	}
	noted = lappend(noted, key);
}

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	const BingoOrdering *ordering = ((Receiver *) self)->ordering;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	noted_misfit = !bingo_fit_definition(ordering->definition, slot);
	noted_all = list_length(noted) < ordering->window_rows && !noted_misfit;
	if (!noted_all)
		return false;
	old = MemoryContextSwitchTo(slow_context);
	note_key(ordering->definition, slot);
	bingo_key_rows_copy(ordering->definition, slot, &noted_last);
	MemoryContextSwitchTo(old);
	return true;
}

static void
start(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
do_nothing(DestReceiver *self)
{
}

void
bingo_slow_note(BingoOrdering *ordering)
{
	Receiver	receiver = {.pub = {.receiveSlot = receive, .rStartup = start, .rShutdown = do_nothing, .rDestroy = do_nothing,
	.mydest = DestTransientRel}, .ordering = ordering};
	BingoScope	scope;

	next_step = SLOW_NOTHING;	/* should there be an error */
	if (slow_window != ordering->window)
		return;					/* another one of the same number, whose keys are perhaps of other types */
	noted = NIL;
	noted_all = true;
	noted_misfit = false;
	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	bingo_fill_read(&receiver.pub, ordering, BINGO_ROWS_WHOLE_KEY, slow_key, ordering->window_rows + 1);
	SPI_finish();
	bingo_store_leave(&scope);
	next_step = SLOW_CLOSE;
}

bool
bingo_slow_close(BingoOrdering *ordering)
{
	BingoScope	scope;
	const char *failure = noted == NIL && noted_misfit ? "a row is too long for the window or its index" : NULL;

	next_step = SLOW_NOTHING;
	if (bingo_key_rows_has_end(ordering, slow_key) || !bingo_cut_has_only_mark(ordering, slow_key, &slow_mark))
		return false;
	if (!noted_all && failure == NULL)
		bingo_cut_set(ordering, &noted_last);
	bingo_store_enter(&scope, bingo_role_reading(ordering));
	if (failure == NULL)
		failure = bingo_candidates_apply(ordering, noted);
	bingo_store_leave(&scope);
	if (failure)
	{
		bingo_valid_invalidate(ordering->window, failure);
		return true;
	}
	if (!noted_all)
		bingo_key_rows_delete_behind(ordering, slow_key, &noted_last);
	bingo_cut_remove_marks(ordering, slow_key);
	return true;
}
