/*
 * upkeep/inside.c
 *	  Of the rows of a query those that are inside a window whose keys are cut.
 *
 * verify_ordering() reads the rows of all keys up to the boundary's, and no SQL can look at a key's own
 * boundary.  The definition of inside: store/cut.c.  Of a key that is marked there, of which the window may lack rows,
 * none is let through, neither of the query nor of the window.
 *
 * A key's boundary may have thousands of versions while an old snapshot is open, so it is looked up once for many rows.
 */
#include "postgres.h"

#include "utils/sortsupport.h"

#include "store/cut.h"
#include "store/cut_memo.h"
#include "upkeep/inside.h"
#include "upkeep/key_rows.h"

typedef struct Receiver
{
	DestReceiver pub;
	DestReceiver *next;
	const BingoDefinition *definition;
	const BingoBoundary *boundary;
	bool		all;			/* whether inside or not */
	BingoCuts	cuts;
	BingoCutMemo *memo;			/* of these, under one snapshot */
	BingoKnownCut looked_up;
	SortSupport sort;
} Receiver;

#define PLACES 4096				/* keys whose boundaries are kept; rows may come in any order */

static const BingoKnownCut *
find(Receiver *receiver, const Datum *values, const bool *nulls)
{
	const BingoKnownCut *known = bingo_cut_memo_find(receiver->memo, values, nulls);
	bool		found;

	if (known)
		return known;
	found = bingo_cut_find(&receiver->cuts, values, nulls, &receiver->looked_up.boundary);
	receiver->looked_up.cut = found;
	receiver->looked_up.marked = receiver->cuts.marked;
	bingo_cut_memo_keep(receiver->memo, values, nulls, found ? &receiver->looked_up.boundary : NULL, receiver->cuts.marked);
	return &receiver->looked_up;
}

static bool
is_inside(Receiver *receiver, TupleTableSlot *slot)
{
	const BingoDefinition *definition = receiver->definition;
	const BingoBoundary *boundary = receiver->boundary;
	const BingoKnownCut *known;
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];
	int			order = 0;

	for (int i = 0; i < definition->nsort; i++)
		values[i] = slot_getattr(slot, definition->sort[i].output + 1, &nulls[i]);
	known = find(receiver, values, nulls);
	if (known->cut)
		boundary = &known->boundary;
	if (known->marked || receiver->all)
		return !known->marked;
	if (boundary->state != BINGO_BOUNDARY_KEY)
		return boundary->state == BINGO_BOUNDARY_EVERYTHING;
	for (int i = 0; order == 0 && i < definition->nsort; i++)
		order = ApplySortComparator(values[i], nulls[i], boundary->values[i], boundary->nulls[i], &receiver->sort[i]);
	return order <= 0;
}

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;

	return !is_inside(receiver, slot) || receiver->next->receiveSlot(slot, receiver->next);
}

static void
start(DestReceiver *self, int operation, TupleDesc desc)
{
	DestReceiver *next = ((Receiver *) self)->next;

	next->rStartup(next, operation, desc);
}

static void
finish(DestReceiver *self)
{
	DestReceiver *next = ((Receiver *) self)->next;

	next->rShutdown(next);
}

static void
destroy(DestReceiver *self)
{
	bingo_cut_close(&((Receiver *) self)->cuts);
}

DestReceiver *
bingo_inside_create(const BingoOrdering *ordering, const BingoBoundary *boundary, Snapshot snapshot, DestReceiver *next)
{
	Receiver   *receiver = palloc0(sizeof(Receiver));

	receiver->pub.receiveSlot = receive;
	receiver->pub.rStartup = start;
	receiver->pub.rShutdown = finish;
	receiver->pub.rDestroy = destroy;
	receiver->pub.mydest = next->mydest;
	receiver->next = next;
	receiver->definition = ordering->definition;
	receiver->boundary = boundary;
	receiver->all = boundary == NULL;
	receiver->sort = bingo_key_rows_sort(ordering->definition);
	receiver->memo = bingo_cut_memo_create(ordering->definition, CurrentMemoryContext, PLACES);
	if (!bingo_cut_open(&receiver->cuts, ordering, snapshot, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the boundary of ordering \"%s\" is being changed or locked", ordering->name),
				 errhint("Try again in another transaction.")));
	return &receiver->pub;
}
