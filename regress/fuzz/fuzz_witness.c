/*
 * fuzz_witness.c
 *	  The values of one row that there is, so that conditions on several columns have an answer.
 *
 * Values that are drawn for each column alone seldom meet in a row: a quarter of all answers were
 * empty, which compares nothing.  In each block one row of the driving table is taken with the
 * rows that it joins; fuzz_filter.c takes some of its values from there.
 */
#include "fuzz.h"

#include <string.h>

/* The values of all columns, as literals. */
static void
write_row(Fuzz *fuzz, Text *sql)
{
	say(sql, "SELECT ");
	for (int t = 0; t < fuzz->ntables; t++)
		for (int c = 0; c < fuzz->tables[t].ncolumns; c++)
			say(sql, "%squote_nullable(w%d.%s::text)", t + c ? ", " : "", t, fuzz->tables[t].columns[c].name);
	say(sql, " FROM fuzz.%s w0", fuzz->tables[0].name);
	for (int t = 1; t < fuzz->ntables; t++)
	{
		const Table *table = &fuzz->tables[t];

		say(sql, " LEFT JOIN fuzz.%s w%d ON %s", table->name, t, table->parent < 0 ? "true" : "");
		for (int i = 0; table->parent >= 0 && i < table->nkeys; i++)
			say(sql, "%sw%d.%s = w%d.%s", i ? " AND " : "", t, table->columns[i].name, table->parent,
				fuzz->tables[table->parent].columns[table->foreign[i]].name);
	}
	/* by the key's bytes, so that a round that is done again takes the same */
	say(sql, " ORDER BY ");
	for (int i = 0; i < fuzz->tables[0].nkeys; i++)
		say(sql, "md5(w0.%s::text), ", fuzz->tables[0].columns[i].name);
	say(sql, "1 LIMIT 1 OFFSET %d", (int) draw(fuzz, 30));
}

void
witness_take(Fuzz *fuzz)
{
	static Text sql;
	PGresult   *result;
	int			column = 0;

	memset(fuzz->witness, 0, sizeof(fuzz->witness));
	sql.length = 0;
	write_row(fuzz, &sql);
	result = PQexec(fuzz->connection, sql.data);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		finding(fuzz, sql.data, "%s", PQresultErrorMessage(result));
	for (int t = 0; t < fuzz->ntables && PQntuples(result) == 1; t++)
		for (int c = 0; c < fuzz->tables[t].ncolumns; c++, column++)
		{
			const char *value = PQgetvalue(result, 0, column);

			if (strcmp(value, "NULL") != 0 && strlen(value) < NAME_SIZE)
				strcpy(fuzz->witness[t][c], value);
		}
	PQclear(result);
}

bool
witness_write(Fuzz *fuzz, Text *sql, ColumnRef ref)
{
	const char *value = fuzz->witness[ref.table][ref.column];
	const char *type = core_column(fuzz, ref)->type->name;

	if (*value == '\0')
		return false;
	say(sql, "%s::%s", value, strstr(type, "anycase") ? "text" : type);
	return true;
}
