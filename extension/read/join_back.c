/*
 * read/join_back.c
 *	  Columns of the driving table that a window lacks, looked up row by row.
 *
 * So a window can stay narrow, and SELECT * is served.  The window has the driving
 * key; its row is found by the unique index of that key under the snapshot of the
 * execution, after the filter.  A row of the window that the snapshot sees has a
 * driving row that it sees, with the same key: both were changed in one transaction.
 *
 * As everywhere in a scan nothing is waited for: what can't be locked or opened at
 * once is a reason to use the plan behind.  The table itself is open and locked
 * already: the plan behind reads it.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/relations.h"
#include "read/join_back.h"
#include "read/open.h"

/* Which of the window's columns is the driving table's column, part of its key; -1 if none. */
static int
find_key_output(const BingoDefinition *definition, AttrNumber attno)
{
	int			i;

	for (i = 0; i < definition->ndriving; i++)
	{
		if (definition->driving[i].attno == attno)
			return definition->driving[i].output;
	}
	return -1;
}

/* The scan keys of the index, but for the values. */
static bool
prepare_keys(BingoJoinBack *fetch, const BingoDefinition *definition)
{
	int			i;

	fetch->nkeys = fetch->index->rd_index->indnkeyatts;
	for (i = 0; i < fetch->nkeys; i++)
	{
		Oid			type = fetch->index->rd_opcintype[i];
		Oid			equal = get_opfamily_member(fetch->index->rd_opfamily[i], type, type, BTEqualStrategyNumber);

		fetch->key_from[i] = find_key_output(definition, fetch->index->rd_index->indkey.values[i]);
		if (fetch->key_from[i] < 0 || !OidIsValid(equal))
			return false;
		ScanKeyEntryInitialize(&fetch->keys[i], 0, (AttrNumber) (i + 1), BTEqualStrategyNumber, InvalidOid,
							   fetch->index->rd_indcollation[i], get_opcode(equal), (Datum) 0);
	}
	return true;
}

const char *
bingo_join_back_begin(BingoJoinBack *fetch, List *columns, const BingoOrdering *ordering, Snapshot snapshot)
{
	const BingoTable *driving = &ordering->definition->tables[0];
	ListCell   *lc;

	fetch->ncolumns = list_length(columns);
	if (fetch->ncolumns == 0)
		return NULL;
	fetch->columns = palloc(fetch->ncolumns * sizeof(AttrNumber));
	foreach(lc, columns)
		fetch->columns[foreach_current_index(lc)] = (AttrNumber) lfirst_int(lc);

	fetch->index = bingo_relations_open_now(driving->unique_index);
	if (fetch->index == NULL)
		return "the index on the driving key is locked";
	if (!bingo_open_index_is_complete(fetch->index) || !prepare_keys(fetch, ordering->definition))
	{
		index_close(fetch->index, NoLock);
		fetch->index = NULL;
		return "the index on the driving key is not complete";
	}
	fetch->table = table_open(driving->relid, NoLock);
	fetch->slot = table_slot_create(fetch->table, NULL);
	/* how a row becomes a value is the executor's business */
	fetch->whole_row = ExecInitExpr((Expr *) makeVar(1, InvalidAttrNumber, fetch->table->rd_rel->reltype, -1, InvalidOid, 0),
									NULL);
	fetch->scan = bingo_index_beginscan(fetch->table, fetch->index, snapshot, fetch->nkeys);
	return NULL;
}

bool
bingo_join_back_row(BingoJoinBack *fetch, TupleTableSlot *window_row, ExprContext *econtext, Datum *values, bool *nulls)
{
	int			i;

	for (i = 0; i < fetch->nkeys; i++)
	{
		bool		isnull;

		fetch->keys[i].sk_argument = slot_getattr(window_row, fetch->key_from[i] + 1, &isnull);
		if (isnull)
			return false;
	}
	index_rescan(fetch->scan, fetch->keys, fetch->nkeys, NULL, 0);
	if (!index_getnext_slot(fetch->scan, ForwardScanDirection, fetch->slot))
		return false;
	for (i = 0; i < fetch->ncolumns; i++)
	{
		if (fetch->columns[i] == InvalidAttrNumber)
		{
			econtext->ecxt_scantuple = fetch->slot;
			values[i] = ExecEvalExprSwitchContext(fetch->whole_row, econtext, &nulls[i]);
		}
		else
			values[i] = slot_getattr(fetch->slot, fetch->columns[i], &nulls[i]);
	}
	return true;
}

void
bingo_join_back_release(BingoJoinBack *fetch)
{
	if (fetch->index == NULL)
		return;
	ExecClearTuple(fetch->slot);
	table_index_fetch_reset(fetch->scan->xs_heapfetch);
}

void
bingo_join_back_end(BingoJoinBack *fetch)
{
	if (fetch->index == NULL)
		return;
	index_endscan(fetch->scan);
	ExecDropSingleTupleTableSlot(fetch->slot);
	index_close(fetch->index, NoLock);
	table_close(fetch->table, NoLock);
}
