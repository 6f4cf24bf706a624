/*
 * advise/since.c
 *	  Since when PostgreSQL's statistics count, and since when an index is there.
 *
 * They began for this database when they were reset; if they never were, they are no
 * younger than the server's last start, since they outlive a clean one.  A crash empties all
 * of them without a word in pg_stat_database, but leaves its time as that of the archiver's.
 *
 * No catalog has an index's age; its file has, where the file system keeps it (Linux' ext4,
 * XFS, btrfs and others).  What rewrites the index makes it younger, never older.
 *
 * What a statement took before an index was built that its plan takes now says nothing of what
 * it takes: such a one is named, if it can be told.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "access/genam.h"
#include "access/table.h"
#include "common/relpath.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/relations.h"

static TimestampTz
ask_time(const char *query)
{
	TimestampTz result = DT_NOBEGIN;
	bool		isnull = true;

	if (SPI_execute(query, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not ask since when statistics count");
	if (SPI_processed == 1)
	{
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
			result = DatumGetTimestampTz(value);
	}
	SPI_freetuptable(SPI_tuptable);
	return result;
}

TimestampTz
bingo_advise_counted_since(void)
{
	return ask_time("SELECT GREATEST(COALESCE(pg_catalog.pg_stat_get_db_stat_reset_time(d.oid),"
					" pg_catalog.pg_postmaster_start_time()), (SELECT a.stats_reset FROM pg_catalog.pg_stat_get_archiver() AS a))"
					" FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()");
}

/* When the file was made; false if nobody knows. */
bool
bingo_advise_born(Relation index, TimestampTz *born)
{
#ifdef STATX_BTIME
	char	   *path = bingo_relation_path(index);
	struct statx status;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &status) != 0 || (status.stx_mask & STATX_BTIME) == 0)
		return false;
	*born = time_t_to_timestamptz((pg_time_t) status.stx_btime.tv_sec) + status.stx_btime.tv_nsec / 1000;
	return true;
#else
	return false;
#endif
}

static bool
is_in(Relation index, const char *plan)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "\"Index Name\": ");
	escape_json(&text, RelationGetRelationName(index));
	return strstr(plan, text.data) != NULL;
}

/* In the subtransaction in which they were planned, which has their locks and gives them back. */
char *
bingo_advise_newer_index(const List *reads, TimestampTz since, const char *plan)
{
	char	   *name = NULL;
	ListCell   *cell;

	foreach(cell, reads)
	{
		Relation	table = table_open(((const BingoAdviseReads *) lfirst(cell))->relid, AccessShareLock);
		ListCell   *place;

		foreach(place, RelationGetIndexList(table))
		{
			Relation	index = index_open(lfirst_oid(place), AccessShareLock);
			TimestampTz born;

			if (is_in(index, plan) && bingo_advise_born(index, &born) && born > since)
				name = quote_qualified_identifier(bingo_relations_schema(RelationGetNamespace(index)), RelationGetRelationName(index));
			index_close(index, NoLock);
		}
		table_close(table, NoLock);
	}
	return name;
}
