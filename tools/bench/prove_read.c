/*
 * bench/prove_read.c
 *	  What is to be proved: advice, and examples of the statements that it serves.
 *
 * advise() and the examples are read as the caller sees them, with his search_path.  Of each
 * query the slowest example is taken, as advise() does, or another that is complete and that
 * he may run: examples run with his rights, so only those of roles that could act as him
 * anyway are run, and those that he trusts.  Whether one only reads, and which tables, is for
 * the planner to say (bench/prove_tables.c).
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"

#define ADVICE \
	"SELECT a.rank, a.kind, a.command, a.reason, pg_catalog.array_to_string(a.serves, ' ')" \
	" FROM bingo_tune.advise(min_share => $1::pg_catalog.float8, max_rows => $2::pg_catalog.int4) AS a" \
	" WHERE a.kind OPERATOR(pg_catalog.=) ANY ('{index,ordering,counter,statistics}'::pg_catalog.text[]) ORDER BY a.rank"

/* A row for each parameter, one for an example without. */
#define EXAMPLES \
	"SELECT e.queryid, e.statement, e.cut, e.may, e.username, p.value, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname), t.oid" \
	" FROM (SELECT DISTINCT ON (x.queryid) x.*, r.may FROM bingo_tune.query_examples AS x," \
	" LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_roles AS o WHERE o.oid OPERATOR(pg_catalog.=) x.userid AND" \
	" (pg_catalog.pg_has_role(o.oid, current_user, 'USAGE') OR o.rolname OPERATOR(pg_catalog.=)" \
	" ANY (ARRAY(SELECT pg_catalog.jsonb_array_elements_text($2::pg_catalog.jsonb)))))) AS r(may)" \
	" WHERE x.queryid OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array($1, ' ')::pg_catalog.int8[])" \
	" ORDER BY x.queryid, r.may DESC, x.cut, x.kind DESC) AS e" \
	" LEFT JOIN LATERAL unnest(e.parameters, e.parameter_types) WITH ORDINALITY AS p(value, type, ord) ON true" \
	" LEFT JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) p.type" \
	" LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace" \
	" ORDER BY e.queryid, p.ord"

static void
add_parameter(ProveExample *example, const PGresult *result, int row)
{
	int			n = example->nparams++;

	example->values = realloc(example->values, sizeof(char *) * (n + 1));
	example->types = realloc(example->types, sizeof(char *) * (n + 1));
	example->source_types = realloc(example->source_types, sizeof(Oid) * (n + 1));
	example->values[n] = PQgetisnull(result, row, 5) ? NULL : strdup(PQgetvalue(result, row, 5));
	example->types[n] = strdup(PQgetvalue(result, row, 6));
	example->source_types[n] = strtoul(PQgetvalue(result, row, 7), NULL, 10);
}

static void
add_example(Prove *prove, const PGresult *result, int row)
{
	ProveExample *example;

	if (prove->nexamples > 0 && strcmp(prove->examples[prove->nexamples - 1].queryid, PQgetvalue(result, row, 0)) == 0)
	{
		add_parameter(&prove->examples[prove->nexamples - 1], result, row);
		return;
	}
	prove->examples = realloc(prove->examples, sizeof(ProveExample) * (prove->nexamples + 1));
	example = &prove->examples[prove->nexamples++];
	memset(example, 0, sizeof(*example));
	example->queryid = strdup(PQgetvalue(result, row, 0));
	example->text = strdup(PQgetvalue(result, row, 1));
	if (PQgetvalue(result, row, 3)[0] != 't')
		example->refusal = bench_prove_print("role %s has run it: add --trust=%s if you would run its statements", PQgetvalue(result, row, 4),
											 PQgetvalue(result, row, 4));
	else if (PQgetvalue(result, row, 2)[0] == 't')
		example->refusal = strdup("its example is not complete");
	if (!PQgetisnull(result, row, 6) && PQgetvalue(result, row, 7)[0])
		add_parameter(example, result, row);
}

/* The roles that are trusted, as JSON. */
static char *
list_trusted(const ProveOptions *options)
{
	cJSON	   *list = cJSON_CreateArray();
	char	   *text;

	for (int i = 0; i < options->ntrusted; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(options->trusted[i]));
	text = cJSON_PrintUnformatted(list);
	cJSON_Delete(list);
	return text;
}

static bool
read_examples(Prove *prove, const char *queryids)
{
	char	   *trusted = list_trusted(prove->options);
	PGresult   *result = bench_prove_ask(prove->source, "could not read the examples", EXAMPLES, 2,
										 (const char *const[]) {queryids, trusted});

	cJSON_free(trusted);
	if (result == NULL)
		return false;
	for (int i = 0; i < PQntuples(result); i++)
		add_example(prove, result, i);
	PQclear(result);
	return true;
}

/* A statement that has lost its example, or never had one. */
static ProveExample *
find_example(Prove *prove, const char *queryid)
{
	for (int i = 0; i < prove->nexamples; i++)
		if (strcmp(prove->examples[i].queryid, queryid) == 0)
			return &prove->examples[i];
	return NULL;
}

static void
link_examples(Prove *prove, ProveAdvice *advice, char *queryids)
{
	char	   *place;

	for (char *queryid = strtok_r(queryids, " ", &place); queryid; queryid = strtok_r(NULL, " ", &place))
	{
		ProveExample *example = find_example(prove, queryid);

		if (example == NULL)
			continue;
		advice->serves = realloc(advice->serves, sizeof(ProveExample *) * (advice->nserves + 1));
		advice->serves[advice->nserves++] = example;
	}
}

static const char *
kind_of(const char *kind)
{
	static const char *const kinds[] = {"ordering", "counter", "statistics"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return kinds[i];
	return "index";
}

bool
bench_prove_read_advice(Prove *prove)
{
	char		share[32];
	char		rows[32];
	char	   *queryids = strdup("");
	PGresult   *result;
	bool		done;

	snprintf(share, sizeof(share), "%.17g", prove->options->min_share);
	snprintf(rows, sizeof(rows), "%d", prove->options->max_rows);
	result = bench_prove_ask(prove->source, "could not ask for advice", ADVICE, 2, (const char *const[]) {share, rows});
	if (result == NULL)
	{
		free(queryids);
		return false;
	}
	prove->nadvice = PQntuples(result);
	prove->advice = calloc(prove->nadvice + 1, sizeof(ProveAdvice));
	for (int i = 0; i < prove->nadvice; i++)
	{
		char	   *longer = bench_prove_print("%s %s", queryids, PQgetvalue(result, i, 4));

		free(queryids);
		queryids = longer;
		prove->advice[i].rank = atoi(PQgetvalue(result, i, 0));
		prove->advice[i].kind = kind_of(PQgetvalue(result, i, 1));
		prove->advice[i].index = strcmp(prove->advice[i].kind, "index") == 0;
		prove->advice[i].command = strdup(PQgetvalue(result, i, 2));
		prove->advice[i].reason = strdup(PQgetvalue(result, i, 3));
	}
	done = read_examples(prove, queryids + strspn(queryids, " "));
	for (int i = 0; i < prove->nadvice && done; i++)
		link_examples(prove, &prove->advice[i], PQgetvalue(result, i, 4));
	free(queryids);
	PQclear(result);
	return done;
}
