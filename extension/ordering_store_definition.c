/*
 * ordering_store_definition.c
 *	  An ordering's definition as pg_dump carries it: its row in
 *	  bingo_tune.ordering_definition.
 *
 * The relations of an ordering are members of the extension, which a dump leaves
 * out, and its row in bingo_tune.ordering has OIDs.  So name, query text, size and
 * owner are kept in words as well, in a table that is dumped with its rows
 * (pg_extension_config_dump()); after a restore refresh_ordering() makes the
 * ordering from them.
 *
 * As all of ordering_store.c: run as the owner of the extension's tables, between
 * bingo_store_enter() and bingo_store_leave(), connected to SPI.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_store.h"

void
bingo_store_insert_definition(const BingoOrdering *ordering, const char *query)
{
	Oid			types[] = {TEXTOID, TEXTOID, INT8OID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(ordering->name),
		CStringGetTextDatum(query),
		Int64GetDatum(ordering->window_rows),
		CStringGetTextDatum(GetUserNameFromId(ordering->owner, false)),
	};

	(void) bingo_store_execute("INSERT INTO bingo_tune.ordering_definition VALUES ($1, $2, $3, $4)"
							   " ON CONFLICT (name) DO UPDATE SET query = excluded.query,"
							   " window_rows = excluded.window_rows, owner = excluded.owner",
							   lengthof(types), types, values);
}

/*
 * Is the row there and right already?  Read as ordering_visible.c does, not by a
 * query: most DDL changes nothing here, and a SERIALIZABLE transaction must not
 * fail because of a table that it does not know.
 */
static bool
definition_is_right(const char *name, const char *query, const char *owner)
{
	Oid			relid = get_relname_relid("ordering_definition", get_namespace_oid("bingo_tune", false));
	Relation	relation = table_open(relid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = bingo_table_beginscan(relation, SnapshotAny);
	bool		right = false;

	while (!right && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getallattrs(slot);
		right = strcmp(TextDatumGetCString(slot->tts_values[0]), name) == 0 &&
			strcmp(TextDatumGetCString(slot->tts_values[1]), query) == 0 &&
			strcmp(TextDatumGetCString(slot->tts_values[3]), owner) == 0 &&
			table_tuple_satisfies_snapshot(relation, slot, snapshot);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return right;
}

/*
 * After a renaming.  Waits for nobody: a row that somebody else is changing is
 * left as it is; the next refresh writes it again.
 */
void
bingo_store_update_definition(const BingoOrdering *ordering, const char *query)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID};
	char	   *name = GetUserNameFromId(ordering->owner, true);
	const char *owner = name ? name : "";
	Datum		values[] = {
		CStringGetTextDatum(ordering->name),
		CStringGetTextDatum(query),
		CStringGetTextDatum(owner),
	};

	if (definition_is_right(ordering->name, query, owner))
		return;

	(void) bingo_store_execute("UPDATE bingo_tune.ordering_definition SET query = $2, owner = $3"
							   " WHERE ctid IN (SELECT ctid FROM bingo_tune.ordering_definition"
							   " WHERE name = $1 AND (query <> $2 OR owner <> $3) FOR UPDATE SKIP LOCKED)",
							   lengthof(types), types, values);
}

bool
bingo_store_find_definition(const char *name, char **query, int64 *window_rows, char **owner)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};
	HeapTuple	row;
	bool		isnull;

	(void) bingo_store_execute("SELECT query, window_rows, owner FROM bingo_tune.ordering_definition WHERE name = $1",
							   1, types, values);
	if (SPI_processed == 0)
		return false;
	row = SPI_tuptable->vals[0];
	*query = SPI_getvalue(row, SPI_tuptable->tupdesc, 1);
	*window_rows = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
	*owner = SPI_getvalue(row, SPI_tuptable->tupdesc, 3);
	return true;
}

void
bingo_store_delete_definition(const char *name)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};

	(void) bingo_store_execute("DELETE FROM bingo_tune.ordering_definition WHERE name = $1",
							   1, types, values);
}
