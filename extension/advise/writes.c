/*
 * advise/writes.c
 *	  What an index more costs those who write its table.
 *
 * Every row that is inserted, and every update that is not heap-only, puts an entry into
 * it.  How many do is what PostgreSQL has counted since its statistics began.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"

#include "advise/advise.h"

/*
 * Milliseconds that one entry costs: the median of bench/advise_write.sh, the difference
 * that each further index makes to an INSERT of many rows, keys in no order.
 */
#define ENTRY_MS	0.003

double
bingo_advise_write_ms(Oid relid)
{
	static const char *const query =
		"SELECT (pg_catalog.pg_stat_get_tuples_inserted($1) OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_tuples_updated($1)"
		" OPERATOR(pg_catalog.-) pg_catalog.pg_stat_get_tuples_hot_updated($1))::pg_catalog.float8"
		" OPERATOR(pg_catalog./) pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-)"
		" COALESCE(pg_catalog.pg_stat_get_db_stat_reset_time(d.oid), pg_catalog.pg_postmaster_start_time()))"
		" FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";
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
	return rate * ENTRY_MS;
}
