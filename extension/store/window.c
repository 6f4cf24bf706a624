/*
 * store/window.c
 *	  The rows of a window: probe, insert, update, delete.
 *
 * Used by the work at commit (write/change.c), which holds the gate and the
 * key locks: nobody else changes the rows that it touches, so nothing here waits
 * for a row, and a row that turns out to be in another state than expected is a
 * failure that ends in a mark, never an error.
 *
 * A window is a materialized view that only these functions write, as to the heap an
 * ordinary table.  A superuser may put another index on it: all its indexes are kept
 * up, as the executor would do, but without the executor.  So none but a plain btree is kept, by whoever
 * puts rows in (upkeep/rows.c, too).  An expression is computed in what only the executor has: without that the
 * server crashes.  An index that is unique refuses rows, one of another method may keep a page for the next row until
 * the executor says that there is none.  Whoever looks at the catalogs finds the ordering unusable
 * (store/fingerprint.c), and upkeep makes the window anew, without that index.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/types.h"
#include "store/fit.h"
#include "store/visible.h"
#include "store/window.h"

/* --- open and close --- */

static Relation
open_index(BingoWindow *window, Oid indexid, BingoPatience *patience)
{
	Relation	index;

	if (!bingo_lock_relation(indexid, RowExclusiveLock, patience))
		return NULL;
	index = bingo_lock_open(indexid);
	if (index && index->rd_index == NULL)
	{
		relation_close(index, NoLock);
		return NULL;
	}
	return index;
}

bool
bingo_window_can_keep(const IndexInfo *index)
{
	return index->ii_Am == BTREE_AM_OID && !index->ii_Unique && !index->ii_Expressions && !index->ii_Predicate &&
		!index->ii_ExclusionOps;
}

static bool
open_indexes(BingoWindow *window, BingoPatience *patience)
{
	List	   *indexids = RelationGetIndexList(window->relation);
	ListCell   *cell;

	window->indexes = palloc(list_length(indexids) * sizeof(Relation));
	window->index_infos = palloc(list_length(indexids) * sizeof(IndexInfo *));
	foreach(cell, indexids)
	{
		Relation	index = open_index(window, lfirst_oid(cell), patience);
		IndexInfo  *info;

		if (index == NULL)
		{
			window->failure = "an index of the window was locked";
			return false;
		}
		info = BuildIndexInfo(index);
		window->indexes[window->nindexes] = index;
		window->index_infos[window->nindexes++] = info;
		if (!bingo_window_can_keep(info))
		{
			window->failure = "the window has an index that is not its own";
			return false;
		}
	}
	return true;
}

/* Are its columns those of the driving key, in any order? */
static bool
is_key_index(Relation index, const BingoDefinition *definition)
{
	if (!index->rd_index->indisvalid || index->rd_index->indnkeyatts != definition->ndriving)
		return false;
	for (int i = 0; i < definition->ndriving; i++)
	{
		int			from = 0;

		while (from < definition->ndriving &&
			   definition->driving[from].output + 1 != index->rd_index->indkey.values[i])
			from++;
		if (from == definition->ndriving)
			return false;
	}
	return true;
}

/* Finds the index on the driving key among those that are open, whatever its OID is now. */
static bool
find_key_index(BingoWindow *window)
{
	for (int i = 0; window->key == NULL && i < window->nindexes; i++)
	{
		if (is_key_index(window->indexes[i], window->ordering->definition))
			window->key = window->indexes[i];
	}
	return window->key != NULL;
}

bool
bingo_window_expect_old(BingoWindow *window)
{
	BingoDefinition *definition = window->ordering->definition;

	if (window->old_slot)
		return true;
	window->nkeys = definition->ndriving;
	for (int i = 0; i < window->nkeys; i++)
	{
		Oid			type = window->key->rd_opcintype[i];
		Oid			operator = get_opfamily_member(window->key->rd_opfamily[i], type, type,
												   BTEqualStrategyNumber);
		int			from = 0;

		while (from < window->nkeys &&
			   definition->driving[from].output + 1 != window->key->rd_index->indkey.values[i])
			from++;
		if (from == window->nkeys || !OidIsValid(operator))
		{
			window->failure = "the window's index on the driving key can't be searched";
			return false;
		}
		window->key_from[i] = from;
		ScanKeyEntryInitialize(&window->key_keys[i], 0, i + 1, BTEqualStrategyNumber, type,
							   window->key->rd_indcollation[i], get_opcode(operator), (Datum) 0);
	}
	window->old_slot = table_slot_create(window->relation, NULL);
	window->second_slot = table_slot_create(window->relation, NULL);
	return true;
}

bool
bingo_window_exists(Oid window)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(window));
}

int64
bingo_window_estimate_rows(const BingoOrdering *ordering)
{
	HeapTuple	tuple;
	int64		rows = ordering->window_rows;

	if (ordering->definition->nkeys == 0)
		return rows;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(ordering->window));
	if (HeapTupleIsValid(tuple))
	{
		rows = Max(rows, (int64) ((Form_pg_class) GETSTRUCT(tuple))->reltuples);
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* How many columns its window has. */
static int
count_columns(const BingoDefinition *definition)
{
	return definition->noutput + (definition->counts ? 2 : 0);
}

/* Is the column of window or boundary what store/store.c makes for it? */
static bool
is_kept_as(Form_pg_attribute column, const BingoColumn *of)
{
	int32		typmod;

	return !column->attisdropped && column->atttypid == bingo_types_kept(of->type, &typmod) &&
		column->attcollation == of->collation;
}

/*
 * The layout, column by column, and the file: the relation is locked, so this is what
 * the next rows are written to or read from.
 */
bool
bingo_window_is_intact(Relation relation, const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	TupleDesc	desc = RelationGetDescr(relation);

	if (relation->rd_rel->relkind != RELKIND_MATVIEW ||
		relation->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT ||
		bingo_relation_file(relation) != ordering->fill.window_file ||
		desc->natts != count_columns(definition))
		return false;
	for (int i = 0; i < definition->noutput; i++)
		if (!is_kept_as(TupleDescAttr(desc, i), bingo_definition_window_column(definition, i)))
			return false;
	for (int i = definition->noutput; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attisdropped || TupleDescAttr(desc, i)->atttypid != INT8OID)
			return false;
	return true;
}

TupleDesc
bingo_window_describe(Relation relation, const BingoDefinition *definition)
{
	TupleDesc	desc = RelationGetDescr(relation);
	bool		copied = false;

	for (int i = 0; i < definition->noutput; i++)
	{
		if (TupleDescAttr(desc, i)->atttypid == definition->output[i].type)
			continue;
		if (!copied)
			desc = CreateTupleDescCopy(desc);
		copied = true;
		TupleDescAttr(desc, i)->atttypid = definition->output[i].type;
		TupleDescAttr(desc, i)->atttypmod = definition->output[i].typmod;
	}
	return desc;
}

/* If it returns false what was opened is closed by bingo_window_close() all the same. */
bool
bingo_window_open(BingoWindow *window, BingoOrdering *ordering, BingoPatience *patience)
{
	memset(window, 0, sizeof(BingoWindow));
	window->ordering = ordering;
	window->patience = patience;
	if (!bingo_lock_relation(ordering->window, RowExclusiveLock, patience))
	{
		window->failure = "the window was locked";
		return false;
	}
	window->relation = bingo_lock_open(ordering->window);
	if (window->relation == NULL || !bingo_window_is_intact(window->relation, ordering))
	{
		window->failure = "the window is gone or was changed";
		return false;
	}
	if (!open_indexes(window, patience))
		return false;
	if (!ordering->definition->counts && !find_key_index(window))
	{
		window->failure = "the window's index on the driving key is gone or not valid";
		return false;
	}
	window->new_slot = MakeSingleTupleTableSlot(RelationGetDescr(window->relation),
												&TTSOpsVirtual);
	return true;
}

void
bingo_window_close(BingoWindow *window)
{
	if (window->scan)
		index_endscan(window->scan);
	if (window->old_slot)
		ExecDropSingleTupleTableSlot(window->old_slot);
	if (window->second_slot)
		ExecDropSingleTupleTableSlot(window->second_slot);
	if (window->new_slot)
		ExecDropSingleTupleTableSlot(window->new_slot);
	for (int i = 0; i < window->nindexes; i++)
		index_close(window->indexes[i], NoLock);
	if (window->relation)
		table_close(window->relation, NoLock);
	memset(window, 0, sizeof(BingoWindow));
}

/* --- look --- */

int
bingo_window_probe(BingoWindow *window, Datum *key, Snapshot snapshot)
{
	Assert(window->old_slot);
	if (window->scan && window->scan_snapshot != snapshot)
	{
		index_endscan(window->scan);
		window->scan = NULL;
	}
	if (window->scan == NULL)
	{
		window->scan = bingo_visible_begin(window->relation, window->key, snapshot,
										   window->nkeys);
		window->scan_snapshot = snapshot;
	}
	for (int i = 0; i < window->nkeys; i++)
		window->key_keys[i].sk_argument = key[window->key_from[i]];
	index_rescan(window->scan, window->key_keys, window->nkeys, NULL, 0);

	if (!bingo_visible_next(window->scan, snapshot, window->old_slot))
	{
		ExecClearTuple(window->old_slot);
		return 0;
	}
	return bingo_visible_next(window->scan, snapshot, window->second_slot) ? 2 : 1;
}

/*
 * By image, not by the types' equality: 1.0 and 1.00, or two spellings that a
 * collation takes for equal, are different answers.
 */
bool
bingo_window_is_same(BingoWindow *window)
{
	TupleDesc	desc = RelationGetDescr(window->relation);
	TupleTableSlot *old = window->old_slot;
	TupleTableSlot *new = window->new_slot;

	slot_getallattrs(old);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (old->tts_isnull[i] != new->tts_isnull[i])
			return false;
		if (!old->tts_isnull[i] &&
			!datum_image_eq(old->tts_values[i], new->tts_values[i], column->attbyval,
							column->attlen))
			return false;
	}
	return true;
}

bool
bingo_window_fits(BingoWindow *window, TupleTableSlot *slot)
{
	return bingo_fit_relation(window->relation, window->indexes, window->nindexes, slot);
}

/* --- change --- */

static void
insert_into_indexes(BingoWindow *window, TupleTableSlot *slot)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];

	for (int i = 0; i < window->nindexes; i++)
	{
		if (!window->index_infos[i]->ii_ReadyForInserts)
			continue;
		FormIndexDatum(window->index_infos[i], slot, NULL, values, isnull);
		index_insert(window->indexes[i], values, isnull, &slot->tts_tid, window->relation,
					 UNIQUE_CHECK_NO, false, window->index_infos[i]);
	}
}

static bool
lock_toast(BingoWindow *window, bool wanted)
{
	if (!wanted || window->toast_locked)
		return true;
	window->toast_locked = bingo_lock_toast(window->relation, RowExclusiveLock, window->patience, bingo_lock_relation);
	if (!window->toast_locked)
		window->failure = "the long values of the window were locked";
	return window->toast_locked;
}

static const char *const row_was_changed = "a row of the window was changed by somebody else";

bool
bingo_window_insert(BingoWindow *window)
{
	if (!lock_toast(window, bingo_fit_may_be_toasted(RelationGetDescr(window->relation), window->new_slot)))
		return false;
	table_tuple_insert(window->relation, window->new_slot, GetCurrentCommandId(true), 0, NULL);
	insert_into_indexes(window, window->new_slot);
	return true;
}

/* HOT, without touching an index, if only columns that no index has differ. */
bool
bingo_window_update(BingoWindow *window)
{
	TM_FailureData failure;
	LockTupleMode mode;
	BingoUpdateIndexes update_indexes;

	if (!lock_toast(window, bingo_lock_wants_toast(window->old_slot) ||
					bingo_fit_may_be_toasted(RelationGetDescr(window->relation), window->new_slot)))
		return false;
	if (bingo_tuple_update(window->relation, &window->old_slot->tts_tid, window->new_slot,
						   &failure, &mode, &update_indexes) != TM_Ok)
	{
		window->failure = row_was_changed;
		return false;
	}
	if (bingo_update_wants_indexes(update_indexes))
		insert_into_indexes(window, window->new_slot);
	return true;
}

bool
bingo_window_delete(BingoWindow *window)
{
	TM_FailureData failure;

	if (!lock_toast(window, bingo_lock_wants_toast(window->old_slot)))
		return false;
	if (bingo_tuple_delete(window->relation, &window->old_slot->tts_tid, &failure) == TM_Ok)
		return true;
	window->failure = row_was_changed;
	return false;
}
