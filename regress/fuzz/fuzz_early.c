/*
 * fuzz_early.c
 *	  Who evaluated a condition too early?
 *
 * values.sql's guarded() fails on rows that the condition in front of it does not let pass.  In a join's index scan of the table that both read,
 * the planner itself puts the cheaper one in front.  A query that fails with ordered scans alone may have such a scan, above a window or in the plan behind
 * it, where the plan without them has another order of joins.  That says nothing of windows.  Their own filter may never do so.
 */
#include "fuzz_case.h"

#include <string.h>

/* Does the line of a plan show both conditions, the one that fails in front? */
static bool
shows_early(const char *line)
{
	const char *guarded = strstr(line, "Filter: ") ? strstr(line, "guarded(") : NULL;

	return guarded && strstr(guarded, "hashtext(");
}

static PGresult *
explain(Fuzz *fuzz, const Query *query, const Course *course)
{
	static Query explained;

	explained.sql.length = 0;
	say(&explained.sql, "EXPLAIN (COSTS OFF) ");
	if (course->mode == MODE_CURSOR)
		say(&explained.sql, "DECLARE c %sCURSOR FOR ", course->declare);
	say(&explained.sql, "%s", query->sql.data);
	explained.nparameters = query->nparameters;
	if (course->mode == MODE_CURSOR)
		return PQexec(fuzz->connection, explained.sql.data);
	return execute_values(fuzz, &explained, course, 0, NULL);
}

bool
early_is_planners(Fuzz *fuzz, const Query *query, const Course *course)
{
	PGresult   *plan = explain(fuzz, query, course);
	bool		of_window = false;
	bool		found = false;

	for (int i = 0; PQresultStatus(plan) == PGRES_TUPLES_OK && i < PQntuples(plan); i++)
	{
		const char *line = PQgetvalue(plan, i, 0);

		if (i == 0 || strstr(line, "->  "))
			of_window = strstr(line, "Custom Scan (BingoOrderedScan)") != NULL;
		if (!shows_early(line))
			continue;
		found = !of_window;
		if (of_window)
			break;
	}
	PQclear(plan);
	return found;
}
