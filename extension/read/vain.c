/*
 * read/vain.c
 *	  How long a scan reads rows of a window that its filter does not let pass.
 *
 * The planner has chosen the window because it supposed that so many of its rows had to be read
 * for a page.  Where the filter's values are rare, or their rows stand elsewhere in the order, that may be
 * wrong by any factor: all the window is read for nothing.  So the scan has patience for a number of
 * rows (read/cost.c), a smaller one while none is given, and then leaves the rest to the plan behind.
 *
 * When it may, by the tie rule (read/end.c): the plan behind throws away as many rows as were
 * given.  They are its first ones if the order that is claimed is total, if none was
 * given, or if all rows of the window in the groups up to some one were read, and no
 * row of a later group was given.  So else the scan waits for the group to end: the row that begins
 * the next one is not given any more.  Rows of a merge come in the order of the claimed keys
 * too, but for the list's.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "executor/tuptable.h"

#include "read/vain.h"

void
bingo_vain_init(BingoVain *vain, const BingoEnd *end, int most, int most_of_none, int merged_key, bool alone)
{
	vain->end = end;
	vain->most = most;
	vain->most_of_none = most_of_none;
	vain->merged_key = merged_key;
	vain->total = alone && end->covered == end->ordering->definition->nsort && merged_key < 0;
	bingo_vain_start(vain);
}

void
bingo_vain_start(BingoVain *vain)
{
	vain->rows = 0;
	vain->waiting = false;
}

static void
remember_group(BingoVain *vain, TupleTableSlot *row)
{
	if (vain->group == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(vain->end->context);

		vain->group = MakeSingleTupleTableSlot(row->tts_tupleDescriptor, &TTSOpsVirtual);
		MemoryContextSwitchTo(old);
	}
	ExecCopySlot(vain->group, row);
	vain->waiting = true;
}

bool
bingo_vain_count(BingoVain *vain, TupleTableSlot *row, int weight, int64 given)
{
	vain->rows += weight;
	if (vain->waiting || vain->rows <= (given > 0 ? vain->most : vain->most_of_none))
		return false;
	if (given == 0 || vain->total)
		return true;
	remember_group(vain, row);
	return false;
}

bool
bingo_vain_is_over(const BingoVain *vain, TupleTableSlot *row)
{
	const BingoDefinition *definition = vain->end->ordering->definition;

	for (int i = 0; vain->waiting && i < vain->end->covered; i++)
	{
		AttrNumber	attno = (AttrNumber) (definition->sort[i].output + 1);
		bool		isnull;
		bool		was_null;
		Datum		value = slot_getattr(row, attno, &isnull);
		Datum		was = slot_getattr(vain->group, attno, &was_null);

		if (i == vain->merged_key)
			continue;
		if (isnull != was_null)
			return true;
		if (!isnull &&
			DatumGetInt32(FunctionCall2Coll(index_getprocinfo(vain->end->index, i + 1, BTORDER_PROC),
											definition->sort[i].collation, value, was)) != 0)
			return true;
	}
	return false;
}

void
bingo_vain_end(BingoVain *vain)
{
	if (vain->group != NULL)
		ExecDropSingleTupleTableSlot(vain->group);
}
