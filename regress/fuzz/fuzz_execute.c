/*
 * fuzz_execute.c
 *	  Executes a query as a client would: simple, extended, prepared, by a cursor.
 */
#include "fuzz_case.h"

#include <stddef.h>
#include <string.h>

/* Takes over a result; false if it is an error. */
static bool
keep_result(Fuzz *fuzz, Answer *answer, PGresult *result, const char *sql)
{
	ExecStatusType status = PQresultStatus(result);
	char	   *data;
	int			length;

	if (status == PGRES_COPY_OUT)
	{
		while ((length = PQgetCopyData(fuzz->connection, &data, 0)) > 0)
		{
			say(&answer->copied, "%.*s", length, data);
			PQfreemem(data);
		}
		PQclear(result);
		result = PQgetResult(fuzz->connection);
		status = PQresultStatus(result);
		while ((PQclear(PQgetResult(fuzz->connection)), PQtransactionStatus(fuzz->connection)) == PQTRANS_ACTIVE)
			;
	}
	if (answer->n < MOST_RESULTS)
		answer->results[answer->n++] = result;
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;
	/* libpq's own error: more rows than scan_random.c lets it have */
	if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL && strstr(PQresultErrorMessage(result), "out of memory"))
	{
		snprintf(answer->state, sizeof(answer->state), TOO_LARGE);
		return false;
	}
	snprintf(answer->state, sizeof(answer->state), "%s", PQresultErrorField(result, PG_DIAG_SQLSTATE) ?
			 PQresultErrorField(result, PG_DIAG_SQLSTATE) : "lost");
	judge_error(fuzz, result, sql);
	return false;
}

/* One execution of the course, of what is prepared, or NULL. */
PGresult *
execute_values(Fuzz *fuzz, const Query *query, const Course *course, int step, const char *prepared)
{
	static const Oid types[MAX_PARAMETERS] = {20, 20, 20, 20};	/* int8 */
	char		text[MAX_PARAMETERS][24];
	const char *values[MAX_PARAMETERS];

	for (int i = 0; i < MAX_PARAMETERS; i++)
	{
		snprintf(text[i], sizeof(text[i]), "%ld", course->values[step][i]);
		values[i] = course->values[step][i] == -2 ? NULL : text[i];
	}
	if (prepared)
		return PQexecPrepared(fuzz->connection, prepared, query->nparameters, values, NULL, NULL, course->binary);
	return PQexecParams(fuzz->connection, query->sql.data, query->nparameters, types, values, NULL, NULL, course->binary);
}

PGresult *
execute_prepare(Fuzz *fuzz, const char *name, const Query *query)
{
	static const Oid types[MAX_PARAMETERS] = {20, 20, 20, 20};

	return PQprepare(fuzz->connection, name, query->sql.data, query->nparameters, types);
}

static void
execute_cursor(Fuzz *fuzz, const Query *query, const Course *course, Answer *answer)
{
	static Text declare;

	declare.length = 0;
	say(&declare, "DECLARE c %s%sCURSOR FOR %s", course->binary ? "BINARY " : "", course->declare, query->sql.data);
	if (!keep_result(fuzz, answer, PQexec(fuzz->connection, declare.data), query->sql.data))
		return;
	for (int i = 0; i < course->nsteps; i++)
		if (!keep_result(fuzz, answer, PQexec(fuzz->connection, course->commands[i]), query->sql.data))
			return;
	if (course->close)
		keep_result(fuzz, answer, PQexec(fuzz->connection, "CLOSE c"), query->sql.data);
}

void
execute_course(Fuzz *fuzz, const Query *query, const Course *course, bool plain, Answer *answer)
{
	const char *prepared = NULL;
	char		name[20];

	memset(answer, 0, offsetof(Answer, copied) + offsetof(Text, data) + 1);
	answer->state[0] = '\0';
	switch (course->mode)
	{
		case MODE_SIMPLE:
			keep_result(fuzz, answer, PQexec(fuzz->connection, query->sql.data), query->sql.data);
			return;
		case MODE_CURSOR:
			execute_cursor(fuzz, query, course, answer);
			return;
		case MODE_PREPARED:
			{
				PGresult   *result = execute_prepare(fuzz, "", query);
				bool		done = PQresultStatus(result) == PGRES_COMMAND_OK;

				if (!done)
				{
					keep_result(fuzz, answer, result, query->sql.data);
					return;
				}
				PQclear(result);
				prepared = "";
				break;
			}
		case MODE_KEPT:
			snprintf(name, sizeof(name), "kept%d", course->number);
			prepared = plain ? NULL : name;
			break;
		case MODE_EXTENDED:
			break;
	}
	for (int i = 0; i < course->nsteps; i++)
		if (!keep_result(fuzz, answer, execute_values(fuzz, query, course, i, prepared), query->sql.data))
			return;
}

void
execute_free(Answer *answer)
{
	for (int i = 0; i < answer->n; i++)
		PQclear(answer->results[i]);
}

/* Some commands run in a savepoint that is released, or rolled back, when the cursor goes on. */
static void
add_savepoints(Fuzz *fuzz, Course *course)
{
	bool		within = false;

	for (int i = 0; i < course->nsteps; i++)
	{
		const char *before = "SAVEPOINT f; ";
		char		command[sizeof(course->commands[i])];

		if (chance(fuzz, 40))
			continue;
		if (within)
			before = chance(fuzz, 70) ? "ROLLBACK TO f; " : "RELEASE f; ";
		within = *before != 'R' || before[1] != 'E';
		snprintf(command, sizeof(command), "%s%.40s", before, course->commands[i]);
		memcpy(course->commands[i], command, sizeof(command));
	}
}

void
execute_draw_course(Fuzz *fuzz, const Query *query, Course *course)
{
	static const char *const options[] = {"", "SCROLL ", "NO SCROLL ", "INSENSITIVE SCROLL ", "NO SCROLL "};
	static const char *const commands[] = {"FETCH %d FROM c", "FETCH FORWARD %d FROM c", "FETCH BACKWARD %d FROM c", "FETCH ALL FROM c",
		"MOVE %d IN c", "FETCH ABSOLUTE %d FROM c", "FETCH RELATIVE %d FROM c", "FETCH LAST FROM c", "FETCH FIRST FROM c",
	"FETCH PRIOR FROM c", "MOVE BACKWARD %d IN c", "FETCH BACKWARD ALL FROM c", "FETCH RELATIVE -%d FROM c"};

	course->binary = chance(fuzz, 40);
	course->nsteps = 1;
	if (query->nparameters > 0)
	{
		course->mode = chance(fuzz, 50) ? MODE_PREPARED : MODE_EXTENDED;
		if (course->mode == MODE_PREPARED)
			course->nsteps = 1 + (int) draw(fuzz, MOST_STEPS);
	}
	else if (query->copies)
		course->mode = MODE_SIMPLE;
	else
		course->mode = (Mode) draw(fuzz, query->judgement == BAG ? MODE_CURSOR : 4);	/* without an order a part of the rows may be any */
	if (course->mode == MODE_SIMPLE)
		course->binary = false;
	if (course->mode == MODE_PREPARED && query->nparameters == 0)
		course->nsteps = 1 + (int) draw(fuzz, 2);
	for (int i = 0; i < MOST_STEPS; i++)
	{
		for (int j = 0; j < MAX_PARAMETERS; j++)
			course->values[i][j] = j > 0 && chance(fuzz, 40) ? course->values[i][j - 1] : chance(fuzz, 4) ? -2 : chance(fuzz, 2) ? -1 : (long) draw(fuzz, chance(fuzz, 30) ? 400 : 40);
		snprintf(course->commands[i], sizeof(course->commands[i]), commands[draw(fuzz, 13)], (int) draw(fuzz, chance(fuzz, 50) ? 8 : 300));
	}
	if (course->mode == MODE_CURSOR)
	{
		int			option = (int) draw(fuzz, 4);

		course->declare = options[option];
		course->close = chance(fuzz, 85);
		course->nsteps = 2 + (int) draw(fuzz, MOST_STEPS - 1);
		course->again = query->judgement == LEGAL && option % 2 == 1;
		if (query->judgement == LEGAL)
			option = 0;
		/* without SCROLL whether it may go back, or stay where it is, is up to the plan */
		for (int i = 0; i < course->nsteps && (option == 0 || option == 2); i++)
			snprintf(course->commands[i], sizeof(course->commands[i]), commands[draw(fuzz, 2)], 1 + (int) draw(fuzz, 200));
		if (course->again)
		{
			course->nsteps = 4;
			snprintf(course->commands[2], sizeof(course->commands[2]), "MOVE ABSOLUTE 0 IN c");
			snprintf(course->commands[3], sizeof(course->commands[3]), "FETCH ALL FROM c");
		}
		if (chance(fuzz, 40))
			add_savepoints(fuzz, course);
	}
}

void
execute_describe(const Course *course, const char *output, Text *text)
{
	static const char *const modes[] = {"simple", "extended", "prepared", "cursor", "prepared before"};

	text->length = 0;
	say(text, "%s, %s, fast_output = %s", modes[course->mode], course->binary ? "binary" : "text", output);
	for (int i = 0; i < course->nsteps; i++)
	{
		if (course->mode == MODE_CURSOR)
			say(text, "%s%s", i ? "; " : ", ", course->commands[i]);
		else
			say(text, ", ($1, ...) = (%ld, %ld, %ld, %ld)", course->values[i][0], course->values[i][1], course->values[i][2],
				course->values[i][3]);
	}
}


/* The answers without LIMIT, one for each execution of the course. */
void
execute_full(Fuzz *fuzz, const Query *query, const Course *course, Answer *answer)
{
	static Query full;
	Course		plain = *course;

	full.sql.length = 0;
	say(&full.sql, "%s", query->full.data);
	full.nparameters = query->nparameters;
	plain.mode = MODE_EXTENDED;
	if (course->mode == MODE_CURSOR || query->nparameters == 0)
		plain.nsteps = 1;
	execute_course(fuzz, &full, &plain, true, answer);
}
