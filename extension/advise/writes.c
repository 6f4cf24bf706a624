/*
 * advise/writes.c
 *	  What an index more, or an ordering, costs those who write its tables.
 *
 * Every row that is inserted, and every update that is not heap-only, puts an entry into
 * it.  How many do: what PostgreSQL has counted since its statistics began, but for as many
 * inserts as the table has rows, which may have been loaded once and never again; and what
 * the statements that are timed insert now, if that is more; what came once counts in neither.
 *
 * An ordering, or a counter, is told of every row that is inserted, updated or deleted.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"

#include "advise/advise.h"
#include "base/relations.h"

/*
 * Milliseconds that one entry costs: the median of what bench/indexes.sh has measured of
 * seven indexes, which was up to 16 microseconds (extension/README.md).
 */
#define ENTRY_MS	0.004

/*
 * And one row for an ordering: what bench/ordering_write.sh has measured for an INSERT inside
 * of the window (bench/README.md).  Outside it was 4.8 microseconds, but which rows will be
 * inside nobody knows.
 */
#define ROW_MS		0.0153

/*
 * And for a counter: what bench/counters.sh holds it to; what it adds to an INSERT could not be
 * told from nothing there, and was 4 microseconds in the prototype.
 */
#define COUNTED_ROW_MS	0.006

/* By the statistics' age: where they were never reset that of the server's, which outlive its starts. */
#define A_SECOND \
	"::pg_catalog.float8 OPERATOR(pg_catalog./) GREATEST(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()" \
	" OPERATOR(pg_catalog.-) COALESCE(pg_catalog.pg_stat_get_db_stat_reset_time(d.oid)," \
	" (SELECT a.stats_reset FROM pg_catalog.pg_stat_get_archiver() AS a), pg_catalog.pg_postmaster_start_time())), 1)" \
	" FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()"

static double
ask(const char *query, Oid relid)
{
	Oid			type = OIDOID;
	Datum		argument = ObjectIdGetDatum(relid);
	double		rate = 0;
	bool		isnull;

	if (SPI_execute_with_args(query, 1, &type, &argument, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the statistics of a table");
	if (SPI_processed == 1)
	{
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
			rate = DatumGetFloat8(value);
	}
	SPI_freetuptable(SPI_tuptable);
	return Max(rate, 0);
}

/* Of a table, or of all its partitions. */
static double
ask_all(const char *query, Oid relid)
{
	List	   *relids = list_make1_oid(relid);
	double		rate = 0;
	ListCell   *cell;

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		relids = find_all_inheritors(relid, NoLock, NULL);
	foreach(cell, relids)
		rate += ask(query, lfirst_oid(cell));
	return rate;
}

/* Rows a second that PostgreSQL has counted. */
static double
counted_rows(Oid relid)
{
	return ask_all("SELECT (GREATEST(pg_catalog.pg_stat_get_tuples_inserted($1) OPERATOR(pg_catalog.-)"
				   " pg_catalog.pg_stat_get_live_tuples($1), 0) OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_tuples_updated($1)"
				   " OPERATOR(pg_catalog.-) pg_catalog.pg_stat_get_tuples_hot_updated($1))" A_SECOND, relid);
}

double
bingo_advise_heap_only_ms(Oid relid)
{
	return ENTRY_MS * ask_all("SELECT (pg_catalog.pg_stat_get_tuples_hot_updated($1) OPERATOR(pg_catalog.*) (SELECT pg_catalog.count(*)"
							  " OPERATOR(pg_catalog.+) 1 FROM pg_catalog.pg_index AS i WHERE i.indrelid OPERATOR(pg_catalog.=) $1))"
							  A_SECOND, relid);
}

/* Rows a second that timed statements insert. */
static double
inserted_rows(const BingoAdvise *advise, const char *table)
{
	size_t		length = strlen(table);
	double		rows = 0;
	ListCell   *cell;

	foreach(cell, advise->inserts)
	{
		const BingoAdviseInserts *inserts = lfirst(cell);

		if (strncmp(inserts->table, table, length) == 0 && (inserts->table[length] == '\0' || inserts->table[length] == ' '))
			rows += inserts->rows;
	}
	return rows;
}

double
bingo_advise_ordering_ms(const BingoAdvise *advise, const BingoAdviseOrdering *ordering)
{
	double		rows = 0;
	ListCell   *cell;

	foreach(cell, ordering->relids)
	{
		Oid			relid = lfirst_oid(cell);
		double		inserted = ask_all("SELECT GREATEST(pg_catalog.pg_stat_get_tuples_inserted($1) OPERATOR(pg_catalog.-)"
									   " pg_catalog.pg_stat_get_live_tuples($1), 0)" A_SECOND, relid);

		rows += Max(inserted, inserted_rows(advise, bingo_relations_label(relid)));
		rows += ask_all("SELECT (pg_catalog.pg_stat_get_tuples_updated($1) OPERATOR(pg_catalog.+)"
						" pg_catalog.pg_stat_get_tuples_deleted($1))" A_SECOND, relid);
	}
	return (ordering->counts ? COUNTED_ROW_MS : ROW_MS) * rows;
}

double
bingo_advise_write_ms(const BingoAdvise *advise, Oid relid)
{
	return ENTRY_MS * Max(counted_rows(relid), inserted_rows(advise, bingo_relations_label(relid)));
}
