/*
 * catalog_random_read.c
 *	  The readers of catalog_random.c: served against plain.
 *
 * Both answers are given in one REPEATABLE READ transaction, so by one snapshot; the
 * first of them locks the tables, so no DDL comes between; but of partitions, as ATTACH waits for no
 * reader and is no matter of snapshots: these are locked against it.  A third of the snapshots
 * is taken before the tables are locked, and gets older than what DDL does meanwhile.
 * Plain plans of one question may differ: PostgreSQL takes a unique index for the truth in
 * snapshots that are older than it, too, and see rows twice that it has once.  What a generic plan
 * without windows gives as well is no finding.
 *
 * Then EXPLAIN ANALYZE says how many rows came from the window, and how many after it
 * ended.
 */
#include <stdlib.h>

#include "catalog_random.h"

#define MOST_REASONS	40

unsigned	comparisons = 0;
unsigned	served = 0;
unsigned	crossed = 0;

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static char reasons[MOST_REASONS][200];
static unsigned reason_count[MOST_REASONS];

/* Ways to ask.  LIMIT $1 and a cursor are planned for few rows and may read many. */
typedef enum Form
{
	SIMPLE,
	BINARY,						/* LIMIT $1, a generic plan, binary format */
	PREPARED,					/* LIMIT $1, a generic plan kept by the session */
	CURSOR,						/* in two pieces */
	FORMS
} Form;

/* One question, to be asked with and without the window. */
typedef struct Question
{
	Place	   *place;
	Form		form;
	unsigned	limit;
	unsigned	piece;			/* of the cursor's rows, fetched first */
	char		sql[LONGEST_SQL];	/* with the limit */
} Question;

/* The second piece of a cursor is compared, and that the first was as long. */
static PGresult *
ask_cursor(Session *session, const Question *question)
{
	PGresult   *result = NULL;
	char		text[100];

	if (!run(session, "DECLARE c CURSOR FOR %s", question->place->query))
		return NULL;
	snprintf(text, sizeof(text), "FETCH %u FROM c", question->limit);
	if (run(session, "MOVE FORWARD %u FROM c", question->piece))
		result = ask(session, text);
	if (result)
		run(session, "CLOSE c");
	return result;
}

/* The session's statement of a place. */
static bool
prepare(Session *session, const Question *question)
{
	char		text[LONGEST_SQL];
	PGresult   *result;
	bool		known;

	snprintf(text, sizeof(text), "SELECT FROM pg_prepared_statements WHERE name = '%s'", question->place->name);
	result = ask(session, text);
	known = result && PQntuples(result) > 0;
	PQclear(result);
	return known || (!session->failed && run(session, "PREPARE %s (bigint) AS %s LIMIT $1", question->place->name,
											 question->place->query));
}

static PGresult *
ask_prepared(Session *session, const Question *question)
{
	char		text[100];
	const char *values[] = {text};

	if (!prepare(session, question))
		return NULL;
	if (question->form == PREPARED)
	{
		snprintf(text, sizeof(text), "EXECUTE %s (%u)", question->place->name, question->limit);
		return ask(session, text);
	}
	snprintf(text, sizeof(text), "%u", question->limit);
	return answer(session, PQexecPrepared(session->connection, question->place->name, 1, values, NULL, NULL, 1),
				  question->sql);
}

static PGresult *
ask_with(Session *session, const Question *question)
{
	switch (question->form)
	{
		case BINARY:
		case PREPARED:
			return ask_prepared(session, question);
		case CURSOR:
			return ask_cursor(session, question);
		default:
			return ask(session, question->sql);
	}
}

static PGresult *
ask_plain(Session *session, const Question *question)
{
	PGresult   *result;

	if (!run(session, "SET LOCAL bingo_tune.enable_ordered_scan = off"))
		return NULL;
	if (question->form == BINARY)
		result = answer(session, PQexecParams(session->connection, question->sql, 0, NULL, NULL, NULL, NULL, 1),
						question->sql);
	else if (question->form == CURSOR)
		result = ask_cursor(session, question);
	else
		result = ask(session, question->sql);
	if (!session->failed)
		run(session, "SET LOCAL bingo_tune.enable_ordered_scan = on");
	return result;
}

static const char *
show_row(const PGresult *result, int row, char *text, size_t size)
{
	size_t		length = 0;

	if (row >= PQntuples(result))
		return "none";
	text[0] = '\0';
	for (int i = 0; i < PQnfields(result) && length < size; i++)
		length += snprintf(text + length, size - length, "%s%s", i ? ", " : "",
						   PQfformat(result, i) ? "(binary)" : PQgetvalue(result, row, i));
	return text;
}

static void
report_difference(Session *session, const Question *question, PGresult *with, PGresult *without)
{
	char		a[300];
	char		b[300];
	int			row = 0;
	char		text[300];
	PGresult   *facts;

	snprintf(text, sizeof(text), "SELECT pg_current_snapshot(), (SELECT json_agg(o) FROM bingo_tune.orderings o"
			 " WHERE name LIKE '%s%%')", question->place->name);
	facts = ask(session, text);

	while (row < PQntuples(with) && row < PQntuples(without) && random_same_row(with, row, without, row))
		row++;
	last_finding("DIFFERENCE %s: session %d, form %d: %d rows served, %d plain; row %d is (%s), should be (%s); snapshot %s; %s; %s",
				 question->place->name, session->number, question->form, PQntuples(with), PQntuples(without), row,
				 show_row(with, row, a, sizeof(a)), show_row(without, row, b, sizeof(b)),
				 facts ? PQgetvalue(facts, 0, 0) : "?", question->sql, facts ? PQgetvalue(facts, 0, 1) : "?");
	PQclear(facts);
}

/* Is that what the statement, prepared without windows, gives under this snapshot? */
static bool
is_plain_as_well(Session *session, const Question *question, const PGresult *with)
{
	PGresult   *again = NULL;
	char		text[100];
	bool		same;

	if (question->form != BINARY && question->form != PREPARED)
		return false;
	run(session, "SET LOCAL bingo_tune.enable_ordered_scan = off");
	run(session, "PREPARE again (bigint) AS %s LIMIT $1", question->place->query);
	snprintf(text, sizeof(text), "%u", question->limit);
	if (!session->failed)
		again = answer(session, PQexecPrepared(session->connection, "again", 1, (const char *const[]) {text}, NULL, NULL,
											   question->form == BINARY), question->sql);
	same = again && random_same_result(with, again);
	PQclear(again);
	if (!session->failed)
		run(session, "DEALLOCATE again");
	if (!session->failed)
		run(session, "SET LOCAL bingo_tune.enable_ordered_scan = on");
	return same;
}

static void
count_reason(const char *reason)
{
	int			i;

	for (i = 0; i < MOST_REASONS - 1 && reasons[i][0] && strcmp(reasons[i], reason) != 0; i++)
		;
	snprintf(reasons[i], sizeof(reasons[i]), "%s", reason);
	reason_count[i]++;
}

void
print_reasons(void)
{
	for (int i = 0; i < MOST_REASONS && reasons[i][0]; i++)
		printf("%6u comparisons: %s\n", reason_count[i], reasons[i]);
}

/* How much of the same answer comes from the window, or why nothing does. */
static bool
count_served(Session *session, const Question *question)
{
	char		text[LONGEST_SQL + 100];
	char		reason[200] = "window not planned";
	int			window = 0;
	int			behind = 0;
	int			length;
	PGresult   *result;

	length = snprintf(text, sizeof(text), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ");
	if (question->form == CURSOR)
		snprintf(text + length, sizeof(text) - length, "DECLARE c CURSOR FOR %s", question->place->query);
	else if (question->form == SIMPLE)
		snprintf(text + length, sizeof(text) - length, "%s", question->sql);
	else
		snprintf(text + length, sizeof(text) - length, "EXECUTE %s (%u)", question->place->name, question->limit);
	result = ask(session, text);
	if (result == NULL)
		return false;
	for (int i = 0; i < PQntuples(result); i++)
	{
		const char *line = PQgetvalue(result, i, 0);

		if (sscanf(line, " Rows from Window: %d", &window) == 1)
			snprintf(reason, sizeof(reason), "from the window");
		sscanf(line, " Rows from Plan Behind: %d", &behind);
		sscanf(line, " Plan Behind Used: %199[^\n]", reason);
	}
	PQclear(result);
	/* EXPLAIN reads a cursor to its end */
	if (question->form == CURSOR && question->piece + question->limit <= (unsigned) window)
		behind = 0;
	if (window > 0 && behind > 0)
		snprintf(reason, sizeof(reason), "over the window's end");
	pthread_mutex_lock(&counting);
	comparisons++;
	served += window > 0;
	crossed += window > 0 && behind > 0;
	count_reason(reason);
	pthread_mutex_unlock(&counting);
	return window > 0;
}

static void
draw_question(Session *session, Place *place, bool own, Question *question)
{
	question->place = place;
	question->form = own ? SIMPLE : draw(session, FORMS);
	/* a plain LIMIT of more is cheaper without the window, which may be shorter than asked for */
	question->limit = 1 + draw(session, question->form == SIMPLE ? place->window_rows : 4 * place->window_rows);
	question->piece = draw(session, 3) ? 0 : draw(session, 2 * place->window_rows);
	snprintf(question->sql, sizeof(question->sql), "%s LIMIT %u", place->query, question->limit);
}

bool
is_parted(const Place *place)
{
	return strcmp(place->name, "parted") == 0;
}

/* In the transaction that is open.  own: a writer's view of what he has changed. */
bool
compare_answers(Session *session, Place *place, bool own)
{
	Question	question;
	PGresult   *with = NULL;
	PGresult   *without = NULL;
	bool		plain_first = draw(session, 4) == 0;
	bool		from_window = false;

	if (draw(session, 3) == 0)
		return compare_count(session, place, own);
	session->quiet = true;
	draw_question(session, place, own, &question);
	if (is_parted(place))
		run(session, "LOCK TABLE ONLY parted.d IN SHARE UPDATE EXCLUSIVE MODE");
	if (plain_first && !session->failed)
		without = ask_plain(session, &question);
	if (!session->failed)
		with = ask_with(session, &question);
	if (!session->failed && !plain_first)
		without = ask_plain(session, &question);
	if (with && without && !session->failed)
	{
		if (!random_same_result(with, without))
		{
			if (!is_plain_as_well(session, &question, with))
				report_difference(session, &question, with, without);
		}
		else if (!own)
			from_window = count_served(session, &question);
	}
	PQclear(with);
	PQclear(without);
	session->quiet = false;
	return from_window;
}

void
compare_at_rest(Session *session, Place *place)
{
	bool		was_served = false;

	for (unsigned i = 0; i < 12 && !stop; i++)
	{
		begin_at(session, place);
		run(session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
		was_served = compare_answers(session, place, false) || session->failed || was_served;
		run(session, "COMMIT");
	}
	/* one or the other question may be cheaper without the window */
	if (!was_served && !stop)
		finding("%s is not served at rest", place->name);
}

void *
read_always(void *argument)
{
	Session    *session = argument;
	Database   *database = session->database;

	while (!stop && !stop_changing)
	{
		Place	   *place = &database->places[draw(session, database->nplaces)];

		begin_at(session, place);
		run(session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
		if (draw(session, 3) == 0)
		{
			run(session, "SELECT pg_current_snapshot()");
			pause_for(session, draw(session, 10) ? 100000 : 1000000);
		}
		compare_answers(session, place, false);
		/* by the same snapshot, which is older now */
		if (!session->failed && draw(session, 4) == 0)
		{
			pause_for(session, draw(session, 10) ? 20000 : 1000000);
			compare_answers(session, place, false);
		}
		/* a prepared statement whose result has changed its type */
		if (session->failed)
			run(session, "ROLLBACK; DEALLOCATE ALL");
		else
			run(session, "COMMIT");
		pause_for(session, 3000);
	}
	return NULL;
}
