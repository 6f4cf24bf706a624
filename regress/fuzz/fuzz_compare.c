/*
 * fuzz_compare.c
 *	  The same query with and without ordered scans, in one snapshot.
 *
 * A block is a transaction with some settings; each of its queries is executed
 * twice behind the same savepoint: as a client would have it (ordered scans on,
 * any fast_output), then with both off.  Rows, their order, their bytes and the
 * SQLSTATE of an error must be equal.  The counters of the orderings, read in
 * between, say whether the answer was served; they must not move in the second
 * execution.
 */
#include "fuzz.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../random.h"

#define MOST_STEPS	10
#define MOST_RESULTS (MOST_STEPS + 2)	/* DECLARE, the steps, CLOSE */
#define KEPT		3

typedef enum Mode
{
	MODE_SIMPLE,
	MODE_EXTENDED,
	MODE_PREPARED,				/* once prepared, executed several times */
	MODE_CURSOR,
	MODE_KEPT					/* prepared in an earlier transaction */
} Mode;

/* How to execute; drawn before, so that both executions are alike. */
typedef struct Course
{
	Mode		mode;
	bool		binary;
	int			number;			/* KEPT */
	int			nsteps;			/* executions, or commands on the cursor */
	long		values[MOST_STEPS][MAX_PARAMETERS];
	const char *declare;		/* CURSOR: its options */
	bool		close;			/* CURSOR: else the rollback ends it, and nothing is counted */
	char		commands[MOST_STEPS][60];
} Course;

typedef struct Answer
{
	int			n;
	PGresult   *results[MOST_RESULTS];
	Text		copied;
	char		state[6];		/* of the error that ended it, or "" */
} Answer;

typedef struct Counters
{
	long long	scans;
	long long	served;
	long long	behind;
} Counters;

static Query kept[KEPT];
static uint64_t kept_round = 0;

/* --- executing --- */

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
	snprintf(answer->state, sizeof(answer->state), "%s", PQresultErrorField(result, PG_DIAG_SQLSTATE) ?
			 PQresultErrorField(result, PG_DIAG_SQLSTATE) : "lost");
	judge_error(fuzz, result, sql);
	return false;
}

static PGresult *
execute_values(Fuzz *fuzz, const Query *query, const Course *course, int step, const char *prepared)
{
	static const Oid types[MAX_PARAMETERS] = {20, 20};	/* int8 */
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

static PGresult *
prepare(Fuzz *fuzz, const char *name, const Query *query)
{
	static const Oid types[MAX_PARAMETERS] = {20, 20};

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

static void
execute(Fuzz *fuzz, const Query *query, const Course *course, bool plain, Answer *answer)
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
				PGresult   *result = prepare(fuzz, "", query);
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

static void
free_answer(Answer *answer)
{
	for (int i = 0; i < answer->n; i++)
		PQclear(answer->results[i]);
}

/* --- comparing --- */

/* A sum of the rows' hashes (FNV-1a, Fowler, Noll, Vo): the same in any order. */
static uint64_t
hash_rows(const PGresult *result)
{
	uint64_t	sum = 0;

	for (int row = 0; row < PQntuples(result); row++)
	{
		uint64_t	hash = UINT64_C(0xCBF29CE484222325);

		for (int column = 0; column < PQnfields(result); column++)
		{
			const char *value = PQgetvalue(result, row, column);

			for (int i = 0; i <= PQgetlength(result, row, column); i++)
				hash = (hash ^ (unsigned char) value[i]) * UINT64_C(0x100000001B3);
		}
		sum += hash;
	}
	return sum;
}

static bool
same_step(const PGresult *a, const PGresult *b, bool unordered)
{
	if (strcmp(PQcmdStatus((PGresult *) a), PQcmdStatus((PGresult *) b)) != 0)
		return false;
	if (unordered)
		return PQntuples(a) == PQntuples(b) && hash_rows(a) == hash_rows(b);
	return random_same_result(a, b);
}

/*
 * FOR SHARE of a view by a role that may not, in a read-only transaction: the
 * planner says the one, the executor, with a plan that was made before, the other.
 */
static bool
is_refused(const char *state)
{
	return strcmp(state, "25006") == 0 || strcmp(state, "42501") == 0;
}

/* NULL, or what differs. */
static const char *
find_difference(const Query *query, const Answer *served, const Answer *plain)
{
	static char text[200];

	if (strcmp(served->state, plain->state) != 0 && !(is_refused(served->state) && is_refused(plain->state)))
	{
		snprintf(text, sizeof(text), "SQLSTATE \"%s\" with ordered scans, \"%s\" without", served->state, plain->state);
		return text;
	}
	if (served->n != plain->n || strcmp(served->copied.data, plain->copied.data) != 0)
		return "the answers differ";
	for (int i = 0; i < served->n; i++)
	{
		if (served->state[0] && i == served->n - 1)
			break;
		if (same_step(served->results[i], plain->results[i], query->unordered))
			continue;
		snprintf(text, sizeof(text), "the answers differ (step %d: %d rows with ordered scans, %d without)", i + 1,
				 PQntuples(served->results[i]), PQntuples(plain->results[i]));
		return text;
	}
	return NULL;
}

/* --- one case --- */

static void
draw_course(Fuzz *fuzz, const Query *query, Course *course)
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
		course->mode = (Mode) draw(fuzz, 4);
	if (course->mode == MODE_SIMPLE)
		course->binary = false;
	if (course->mode == MODE_PREPARED && query->nparameters == 0)
		course->nsteps = 1 + (int) draw(fuzz, 2);
	for (int i = 0; i < MOST_STEPS; i++)
	{
		for (int j = 0; j < MAX_PARAMETERS; j++)
			course->values[i][j] = chance(fuzz, 4) ? -2 : chance(fuzz, 2) ? -1 : (long) draw(fuzz, chance(fuzz, 30) ? 400 : 40);
		snprintf(course->commands[i], sizeof(course->commands[i]), commands[draw(fuzz, 13)], (int) draw(fuzz, chance(fuzz, 50) ? 8 : 300));
	}
	if (course->mode == MODE_CURSOR)
	{
		int			option = (int) draw(fuzz, 4);

		course->declare = options[option];
		course->close = chance(fuzz, 85);
		course->nsteps = 1 + (int) draw(fuzz, MOST_STEPS);
		/* without SCROLL whether it may go back is up to the plan */
		for (int i = 0; i < course->nsteps && (option == 0 || option == 2); i++)
			snprintf(course->commands[i], sizeof(course->commands[i]), commands[draw(fuzz, 2)], (int) draw(fuzz, 200));
	}
}

static bool
read_counters(Fuzz *fuzz, const char *before, Counters *counters)
{
	static Text sql;
	PGresult   *result;
	bool		done;

	sql.length = 0;
	say(&sql, "%s SELECT coalesce(sum(scans), 0), coalesce(sum(rows_served), 0), coalesce(sum(rows_behind), 0)"
		" FROM bingo_tune.ordering_counters()", before);
	result = PQexec(fuzz->connection, sql.data);
	done = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (done)
	{
		counters->scans = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		counters->served = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
		counters->behind = strtoll(PQgetvalue(result, 0, 2), NULL, 10);
	}
	else
		finding(fuzz, sql.data, "%s", PQerrorMessage(fuzz->connection));
	PQclear(result);
	return done;
}

static void
describe(const Course *course, const char *output, Text *text)
{
	static const char *const modes[] = {"simple", "extended", "prepared", "cursor", "prepared before"};

	text->length = 0;
	say(text, "%s, %s, fast_output = %s", modes[course->mode], course->binary ? "binary" : "text", output);
	for (int i = 0; i < course->nsteps; i++)
	{
		if (course->mode == MODE_CURSOR)
			say(text, "%s%s", i ? "; " : ", ", course->commands[i]);
		else
			say(text, ", $1 = %ld $2 = %ld", course->values[i][0], course->values[i][1]);
	}
}

/* False: no more in this transaction. */
static bool
compare_query(Fuzz *fuzz, const Query *query, const Course *course)
{
	static const char *const outputs[] = {"off", "orderings", "all"};
	static Answer served;
	static Answer plain;
	static Text how;
	const char *output = outputs[draw(fuzz, 3)];
	const char *difference;
	char		sql[200];
	Counters	before = {0};
	Counters	between = {0};
	Counters	after = {0};

	fuzz->cases++;
	describe(course, output, &how);
	snprintf(sql, sizeof(sql), "SAVEPOINT s; SET LOCAL bingo_tune.enable_ordered_scan = on; SET LOCAL bingo_tune.fast_output = '%s';", output);
	if (!read_counters(fuzz, sql, &before))
		return false;
	execute(fuzz, query, course, false, &served);
	if (!read_counters(fuzz, "ROLLBACK TO s; SET LOCAL bingo_tune.enable_ordered_scan = off; SET LOCAL bingo_tune.fast_output = off;", &between))
		return false;
	execute(fuzz, query, course, true, &plain);
	if (!read_counters(fuzz, "ROLLBACK TO s; RELEASE s;", &after))
		return false;

	difference = find_difference(query, &served, &plain);
	if (difference)
		finding(fuzz, query->sql.data, "%s; %s", difference, how.data);
	if (after.scans != between.scans)
		finding(fuzz, query->sql.data, "an ordered scan although enable_ordered_scan is off; %s", how.data);
	fuzz->counts.compared++;
	fuzz->counts.failed += served.state[0] != '\0';
	fuzz->counts.served += between.served > before.served;
	fuzz->counts.continued += between.served > before.served && between.behind > before.behind;
	free_answer(&served);
	free_answer(&plain);
	return fuzz->counts.findings == 0 || difference == NULL;
}

/*
 * Statements that are prepared once in a round, and meet every change of it.
 * Their plans are of other settings than those of the second execution.
 */
static void
prepare_kept(Fuzz *fuzz)
{
	kept_round = fuzz->round + 1;
	PQclear(PQexec(fuzz->connection, "DEALLOCATE ALL"));
	for (int i = 0; i < KEPT; i++)
	{
		char		name[20];
		PGresult   *result;

		do
			query_write(fuzz, &kept[i]);
		while (kept[i].copies || kept[i].near_miss);
		snprintf(name, sizeof(name), "kept%d", i);
		result = prepare(fuzz, name, &kept[i]);
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			kept[i].sql.length = 0;	/* it is an error: of no use */
		PQclear(result);
	}
}

static bool
compare_next(Fuzz *fuzz)
{
	static Query query;
	Course		course = {0};

	if (chance(fuzz, 10))
	{
		int			number = (int) draw(fuzz, KEPT);

		if (kept[number].sql.length > 0)
		{
			draw_course(fuzz, &kept[number], &course);
			course.mode = MODE_KEPT;
			course.number = number;
			course.nsteps = 1 + (int) draw(fuzz, 3);
			return compare_query(fuzz, &kept[number], &course);
		}
	}
	query_write(fuzz, &query);
	draw_course(fuzz, &query, &course);
	return compare_query(fuzz, &query, &course);
}

void
compare_block(Fuzz *fuzz)
{
	static const char *const levels[] = {"REPEATABLE READ", "REPEATABLE READ", "REPEATABLE READ", "REPEATABLE READ READ ONLY",
	"SERIALIZABLE", "READ COMMITTED", "SERIALIZABLE READ ONLY DEFERRABLE"};
	static const char *const settings[] = {"enable_hashjoin = off", "enable_mergejoin = off", "enable_nestloop = off", "enable_sort = off",
		"enable_incremental_sort = off", "cursor_tuple_fraction = 1", "plan_cache_mode = force_generic_plan",
	"plan_cache_mode = force_custom_plan", "enable_seqscan = off", "join_collapse_limit = 1", "work_mem = '64kB'"};
	int			level = chance(fuzz, 70) ? 0 : (int) draw(fuzz, 7);
	int			n = 20 + (int) draw(fuzz, 40);

	if (kept_round != fuzz->round + 1)
		prepare_kept(fuzz);
	run(fuzz, "BEGIN ISOLATION LEVEL %s", levels[level]);
	if (level < 3 && chance(fuzz, 6))
		schema_write_row(fuzz);
	/* the tables are so small that sorting them often costs less than an index scan */
	if (chance(fuzz, 50))
		run(fuzz, "SET LOCAL enable_sort = off");
	if (chance(fuzz, 40))
		run(fuzz, "SET LOCAL %s", settings[draw(fuzz, 11)]);
	if (chance(fuzz, 1))
		run(fuzz, "SET LOCAL jit = on; SET LOCAL jit_above_cost = 0; SET LOCAL jit_inline_above_cost = -1;"
			" SET LOCAL jit_optimize_above_cost = -1");
	if (chance(fuzz, 15))
		run(fuzz, "SET LOCAL ROLE fuzz_reader");
	for (int i = 0; i < n; i++)
		if (!compare_next(fuzz))
			break;
	run(fuzz, "ROLLBACK");
}

static bool
has_rows(const PGresult *result, int column)
{
	return strcmp(PQgetvalue(result, 0, column), "0") != 0;
}

/* The windows themselves, between transactions. */
void
compare_windows(Fuzz *fuzz)
{
	for (int i = 0; i < fuzz->norderings; i++)
	{
		const char *name = fuzz->orderings[i].name;
		char		sql[200];
		PGresult   *result;

		if (!fuzz->orderings[i].alive)
			continue;
		snprintf(sql, sizeof(sql), "SELECT v.* FROM bingo_tune.orderings o, bingo_tune.verify_ordering('%s') v"
				 " WHERE o.name = '%s' AND o.state = 'valid'", name, name);
		result = PQexec(fuzz->connection, sql);
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
		{
			if (strcmp(PQresultErrorField(result, PG_DIAG_SQLSTATE), "55000") != 0)
				judge_error(fuzz, result, sql);
		}
		else if (PQntuples(result) == 1 && (has_rows(result, 0) || has_rows(result, 1) ||
											has_rows(result, 2)))
			finding(fuzz, sql, "ordering %s: %s missing, %s extra, %s differing: %s", name, PQgetvalue(result, 0, 0),
					PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3));
		PQclear(result);
	}
}
