/*
 * bench/prove_tables.c
 *	  The tables that the examples read, and how large they are.
 *
 * An example is planned, not run, and what planning has locked is what it reads: views'
 * tables and those of policies are among them, whatever the text says.  Partitions that the
 * plan leaves out are added.  The same plan says whether it writes.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Relations of the user's: their OIDs, and whether the copy could have them. */
#define LOCKED \
	"SELECT /* bingo_tune.prove */ c.oid, c.oid::pg_catalog.regclass, c.relkind IN ('r', 'p') AND c.relpersistence OPERATOR(pg_catalog.<>) 't'" \
	" FROM (SELECT DISTINCT l.relation FROM pg_catalog.pg_locks AS l WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()) AS l" \
	" JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) l.relation" \
	" WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND c.relkind IN ('r', 'p', 'm', 'f')"

#define TABLES \
	"WITH /* bingo_tune.prove */ wanted AS (SELECT w.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS w(oid)" \
	" UNION SELECT t.relid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS w(oid), pg_catalog.pg_partition_tree(w.oid) AS t)" \
	" SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '" \
	" ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0" \
	" AND NOT a.attisdropped AND a.attgenerated OPERATOR(pg_catalog.=) ''), c.relkind, (SELECT pg_catalog.count(*)" \
	" FROM pg_catalog.pg_index AS i WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisvalid)," \
	" CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN 0 ELSE pg_catalog.pg_total_relation_size(c.oid) END" \
	" FROM wanted JOIN pg_catalog.pg_class AS c USING (oid) JOIN pg_catalog.pg_namespace AS n" \
	" ON n.oid OPERATOR(pg_catalog.=) c.relnamespace ORDER BY 5 DESC, 1"

static PGresult *
explain(Prove *prove, const ProveExample *example)
{
	char	   *sql = bench_prove_print("EXPLAIN (FORMAT JSON) %s", example->text);
	PGresult   *result = PQexecParams(prove->source, sql, example->nparams, example->source_types,
									  (const char *const *) example->values, NULL, NULL, 0);

	free(sql);
	return result;
}

/* Adds what it has locked to the list "1,2,3"; a refusal if the copy can't have it. */
static bool
add_locked(Prove *prove, ProveExample *example, char **oids)
{
	PGresult   *result = bench_prove_ask(prove->source, "could not look for the tables of an example", LOCKED, 0, NULL);

	if (result == NULL)
		return false;
	for (int i = 0; i < PQntuples(result) && example->refusal == NULL; i++)
		if (PQgetvalue(result, i, 2)[0] != 't')
			example->refusal = bench_prove_print("%s is no plain table", PQgetvalue(result, i, 1));
	for (int i = 0; i < PQntuples(result) && example->refusal == NULL; i++)
	{
		char	   *longer = bench_prove_print("%s%s%s", *oids, (*oids)[0] ? "," : "", PQgetvalue(result, i, 0));

		free(*oids);
		*oids = longer;
	}
	PQclear(result);
	return true;
}

/* What an example reads; false only if the work can't go on. */
static bool
look_at(Prove *prove, ProveExample *example, char **oids)
{
	PGresult   *result;
	bool		done = true;

	if (example->refusal)
		return true;
	if (!bench_prove_do(prove->source, "could not begin", "BEGIN"))
		return false;
	result = explain(prove, example);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		example->refusal = bench_prove_print("it can't be planned: %s", bench_prove_message(prove->source, result));
	else if (strstr(PQgetvalue(result, 0, 0), "\"Node Type\": \"ModifyTable\"") ||
			 strstr(PQgetvalue(result, 0, 0), "\"Node Type\": \"LockRows\""))
		example->refusal = strdup("it writes or locks rows, and only what reads is run");
	else
		done = add_locked(prove, example, oids);
	PQclear(result);
	return bench_prove_do(prove->source, "could not end", "ROLLBACK") && done;
}

static bool
read_tables(Prove *prove, const char *oids)
{
	char	   *array = bench_prove_print("{%s}", oids);
	PGresult   *result = bench_prove_ask(prove->source, "could not read the tables' sizes", TABLES, 1, (const char *const[]) {array});

	free(array);
	if (result == NULL)
		return false;
	prove->ntables = PQntuples(result);
	prove->tables = calloc(prove->ntables + 1, sizeof(ProveTable));
	for (int i = 0; i < prove->ntables; i++)
	{
		prove->tables[i].name = strdup(PQgetvalue(result, i, 0));
		prove->tables[i].columns = strdup(PQgetvalue(result, i, 1));
		prove->tables[i].kind = PQgetvalue(result, i, 2)[0];
		prove->tables[i].indexes = atoi(PQgetvalue(result, i, 3));
		prove->tables[i].bytes = atoll(PQgetvalue(result, i, 4));
	}
	PQclear(result);
	return true;
}

/* Is there anything to run, and is it small enough? */
static bool
check(const Prove *prove)
{
	int64_t		bytes = 0;
	char		size[32];
	char		limit[32];
	const char *refusal = "it has none (bingo_tune.keep_examples)";
	bool		any = false;

	for (int i = 0; i < prove->nexamples; i++)
	{
		any = any || prove->examples[i].refusal == NULL;
		refusal = prove->examples[i].refusal ? prove->examples[i].refusal : refusal;
	}
	if (!any)
	{
		bingo_client_error("02000", "Let the application run its statements, with bingo_tune.keep_examples = on, and call this as its role.",
						   "no statement that advice would serve has an example that can be run: %s", refusal);
		return false;
	}
	for (int i = 0; i < prove->ntables; i++)
		bytes += prove->tables[i].bytes;
	if (bytes <= prove->options->limit)
		return true;
	snprintf(size, sizeof(size), "%.1f MB", bytes / 1048576.0);
	snprintf(limit, sizeof(limit), "%.1f MB", prove->options->limit / 1048576.0);
	bench_prove_print_tables(prove, stderr);
	bingo_client_error("54000", "If there is room for them, raise --limit.",
					   "the tables to copy have %s with their indexes, and the limit is %s", size, limit);
	return false;
}

bool
bench_prove_find_tables(Prove *prove)
{
	char	   *oids = strdup("");
	bool		done = true;

	for (int i = 0; i < prove->nexamples && done; i++)
		done = look_at(prove, &prove->examples[i], &oids);
	done = done && read_tables(prove, oids) && check(prove);
	free(oids);
	return done;
}
