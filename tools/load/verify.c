/*
 * load/verify.c
 *	  Does the server store what was generated?  See load/checksum.h for the figures.
 *
 * Runs inside the transaction that loaded the table, so wrong data is never
 * visible to anybody.  The table is already analyzed, which lets the planner
 * use parallel workers.
 */
#include "load/run.h"

#include <stdio.h>
#include <string.h>

#include "client.h"

bool
bingo_load_verify(BingoLoadRun *run, PGconn *conn, const BingoLoadTable *table)
{
	const char *name = bingo_load_table_names[table->table];
	char		sql[1024];
	PGresult   *result;
	bool		equal = true;

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s.%s", bingo_checksum_select(table->table), run->schema, name);
	result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		if (bingo_load_stop(run))
			bingo_client_report("could not verify what was loaded", conn, result);
		PQclear(result);
		return false;
	}
	for (int i = 0; equal && i < BINGO_CHECKSUM_FIGURES; i++)
	{
		char		buffer[BINGO_CHECKSUM_TEXT_SIZE];
		const char *expected = bingo_checksum_text(table->expected.figure[i], buffer);
		const char *stored = PQgetvalue(result, 0, i);

		equal = strcmp(expected, stored) == 0;
		if (!equal && bingo_load_stop(run))
			bingo_client_error("XX001", "Nothing was kept. Look for triggers, rules and faulty hardware, then load again.",
							   "table %s differs from what was sent: %s is %s instead of %s",
							   name, bingo_checksum_name(table->table, i), stored, expected);
	}
	PQclear(result);
	return equal;
}

/* Before any work: does this server hash as load/checksum.c does? */
bool
bingo_load_check_hash(PGconn *conn)
{
	static const char text[] = "Съешь ещё этих мягких французских булок";
	char		expected[32];
	PGresult   *result = bingo_client_run(conn, "could not ask for a hash",
										  "SELECT hashtextextended('Съешь ещё этих мягких французских булок' COLLATE \"C\", "
										  "hashint8extended(-5000000000, hashint4extended(-7, 0)))");
	bool		equal;

	if (!result)
		return false;
	snprintf(expected, sizeof(expected), "%lld",
			 (long long) bingo_hash_text(text, sizeof(text) - 1,
										 bingo_hash_int8(INT64_C(-5000000000), bingo_hash_int4(-7, 0))));
	equal = strcmp(expected, PQgetvalue(result, 0, 0)) == 0;
	if (!equal)
		bingo_client_error("0A000", "Load on a little-endian machine and move the database with pg_dump.",
						   "this server's hash functions differ from the ones that the verification knows");
	PQclear(result);
	return equal;
}
