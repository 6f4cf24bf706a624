/*
 * catalog_random_change.c
 *	  The changers of catalog_random.c: DDL and maintenance, and how often.
 *
 * Mostly a changer waits until all orderings have been valid again, so that most
 * comparisons are with windows; then it draws a kind of catalog_random_kinds.sql and
 * does its steps.
 *
 * Plain PostgreSQL may answer CONCURRENTLY with a deadlock: it waits for every
 * transaction that has a snapshot, among which are those that wait for its lock.  So
 * nothing else of the changers' runs beside it, and no deadlock is excused.
 */
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalog_random.h"

#define MOST_WORDS	16

typedef struct Word
{
	char		name[16];
	char	   *value;
} Word;

/* One time that a kind is done.  What it has looked up stays for its further steps. */
typedef struct Change
{
	Place	   *place;
	int			table;			/* row of place->tables */
	PGresult   *column;			/* name, type, other */
	PGresult   *key;			/* name, columns, reversed */
	const char *gid;
	Word		words[MOST_WORDS];
	int			nwords;
} Change;

static unsigned tried[MOST_KINDS];
static unsigned failed[MOST_KINDS];
static unsigned passed_over[MOST_KINDS];
static PGresult *names;			/* of the kinds, for the counts */
static pthread_mutex_t one_catalog = PTHREAD_MUTEX_INITIALIZER;

#define KIND_FIELD(kind, field) PQgetvalue(session->database->kinds, (kind), (field))

/* --- kinds --- */

static bool
is_wanted(const char *kind)
{
	const char *only = getenv("BINGO_CATALOG_ONLY");
	const char *without = getenv("BINGO_CATALOG_WITHOUT");
	regex_t		regex;
	bool		wanted = true;

	if (only && regcomp(&regex, only, REG_EXTENDED | REG_NOSUB) == 0)
	{
		wanted = regexec(&regex, kind, 0, NULL, 0) == 0;
		regfree(&regex);
	}
	if (without && regcomp(&regex, without, REG_EXTENDED | REG_NOSUB) == 0)
	{
		wanted &= regexec(&regex, kind, 0, NULL, 0) != 0;
		regfree(&regex);
	}
	return wanted;
}

static int
weight_of(Session *session, int kind)
{
	/* the extension comes and goes in the second database only */
	if (strcmp(KIND_FIELD(kind, 2), "extension") == 0 && session->database->number == 0)
		return 0;
	return is_wanted(KIND_FIELD(kind, 0)) ? atoi(KIND_FIELD(kind, 1)) : 0;
}

void
load_kinds(Session *session)
{
	Database   *database = session->database;

	database->kinds = ask(session, "SELECT kind, weight, scope, away, allowed, cardinality(steps)"
						  " FROM catalog_random.kinds ORDER BY kind COLLATE \"C\"");
	database->steps = ask(session, "SELECT kind, step FROM catalog_random.kinds,"
						  " unnest(steps) WITH ORDINALITY u (step, number) ORDER BY kind COLLATE \"C\", number");
	database->lookups = ask(session, "SELECT word, query FROM catalog_random.lookups");
	names = database->kinds;
	for (int i = 0; i < PQntuples(database->kinds); i++)
		database->total_weight += weight_of(session, i);
}

void
print_kinds(void)
{
	for (int i = 0; i < PQntuples(names); i++)
	{
		if (tried[i] + passed_over[i] > 0)
			printf("%6u changes: %s (%u failed, %u passed over)\n", tried[i], PQgetvalue(names, i, 0), failed[i],
				   passed_over[i]);
	}
}

static void
count(unsigned *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* --- words --- */

static bool look_up(Session *session, void *context, const char *word, char *value, size_t size);

static const char *
known_value(const Change *change, const char *word)
{
	const Place *place = change->place;
	const struct
	{
		const char *word;
		PGresult   *result;
		int			row;
		int			column;
	}			fields[] = {
		{"n", place->tables, change->table, 0}, {"after", place->tables, change->table, 1},
		{"fill", place->tables, change->table, 2}, {"c", change->column, 0, 0}, {"type", change->column, 0, 1},
		{"other", change->column, 0, 2}, {"k", change->key, 0, 0}, {"kc", change->key, 0, 1},
		{"kr", change->key, 0, 2}
	};

	for (int i = 0; i < change->nwords; i++)
	{
		if (strcmp(change->words[i].name, word) == 0)
			return change->words[i].value;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		if (strcmp(fields[i].word, word) == 0 && PQntuples(fields[i].result) > 0)
			return PQgetvalue(fields[i].result, fields[i].row, fields[i].column);
	}
	if (strcmp(word, "s") == 0 || strcmp(word, "o") == 0)
		return place->name;
	return strcmp(word, "gid") == 0 ? change->gid : NULL;
}

/* By a query, once for all steps; true if it gave something. */
static bool
query_value(Session *session, Change *change, const char *word, char *value, size_t size)
{
	PGresult   *lookups = session->database->lookups;
	PGresult   *result;
	char		sql[LONGEST_SQL];
	int			row = 0;
	bool		good;

	while (row < PQntuples(lookups) && strcmp(PQgetvalue(lookups, row, 0), word) != 0)
		row++;
	if (row == PQntuples(lookups) || change->nwords == MOST_WORDS)
	{
		finding("catalog_random_kinds.sql: what is {%s}?", word);
		return false;
	}
	if (!expand(session, PQgetvalue(lookups, row, 1), look_up, change, sql, sizeof(sql)))
		return false;
	session->quiet = true;
	result = ask(session, sql);
	session->quiet = false;
	good = result && PQntuples(result) > 0;
	if (good)
	{
		Word	   *known = &change->words[change->nwords++];

		snprintf(value, size, "%s", PQgetvalue(result, draw(session, PQntuples(result)), 0));
		snprintf(known->name, sizeof(known->name), "%s", word);
		known->value = strdup(value);
	}
	PQclear(result);
	return good;
}

static bool
look_up(Session *session, void *context, const char *word, char *value, size_t size)
{
	Change	   *change = context;
	const char *known = known_value(change, word);
	char	   *literal;

	if (known)
		snprintf(value, size, "%s", known);
	else if (strcmp(word, "t") == 0)
		snprintf(value, size, "%s.%s", change->place->name, PQgetvalue(change->place->tables, change->table, 0));
	else if (strcmp(word, "rows") == 0)
		snprintf(value, size, "%d", change->place->window_rows);
	else if (strcmp(word, "query") == 0)
	{
		literal = PQescapeLiteral(session->connection, change->place->definition, strlen(change->place->definition));
		snprintf(value, size, "%s", literal);
		PQfreemem(literal);
	}
	else
		return query_value(session, change, word, value, size);
	return true;
}

/* --- doing --- */

static PGresult *
draw_row(Session *session, const char *what, const char *from, const Change *change)
{
	char		sql[400];
	PGresult   *result;

	snprintf(sql, sizeof(sql), "SELECT %s FROM catalog_random.%s WHERE schema = '%s' AND tab = '%s' ORDER BY 1, 2"
			 " OFFSET %u %% greatest((SELECT count(*) FROM catalog_random.%s WHERE schema = '%s' AND tab = '%s'), 1)"
			 " LIMIT 1", what, from, change->place->name, PQgetvalue(change->place->tables, change->table, 0),
			 draw(session, 1000), from, change->place->name, PQgetvalue(change->place->tables, change->table, 0));
	session->quiet = true;
	result = ask(session, sql);
	session->quiet = false;
	return result;
}

static bool
do_step(Session *session, Change *change, const char *text)
{
	Database   *database = session->database;
	char		sql[LONGEST_SQL];
	Prepared   *prepared = strstr(text, "{gid}") ? reserve_prepared(session) : NULL;
	bool		good;
	bool		done = false;

	if (strstr(text, "{gid}") && prepared == NULL)
		return false;
	change->gid = prepared ? prepared->gid : NULL;
	good = expand(session, text, look_up, change, sql, sizeof(sql));
	if (good)
	{
		if (strstr(sql, "CONCURRENTLY"))
			pthread_rwlock_wrlock(&database->concurrently);
		else
			pthread_rwlock_rdlock(&database->concurrently);
		done = run(session, "%s", sql);
		if (PQtransactionStatus(session->connection) != PQTRANS_IDLE)
			run(session, "ROLLBACK");
		pthread_rwlock_unlock(&database->concurrently);
		database->changed_at = random_now();
	}
	if (prepared)
		release_prepared(session, prepared, done);
	return done;
}

static void
do_steps(Session *session, int kind, Change *change)
{
	PGresult   *steps = session->database->steps;
	bool		first = true;

	for (int i = 0; i < PQntuples(steps) && !stop; i++)
	{
		if (strcmp(PQgetvalue(steps, i, 0), session->kind) != 0)
			continue;
		session->failed = false;
		/* a step back that failed is tried again: others go on with what it puts back */
		for (int tries = 0; !do_step(session, change, PQgetvalue(steps, i, 1)) && !stop; tries++)
		{
			if (first && !session->failed)
			{
				count(&passed_over[kind]);
				return;
			}
			count(&failed[kind]);
			if (first || tries == 3)
				return;
			pause_for(session, 100000);
		}
		first = false;
		pause_for(session, 200000);
	}
	count(&tried[kind]);
}

/* Everything, so that the extension can go and come. */
static void
lock_places(Database *database, Place *place, bool changes)
{
	for (int i = 0; i < database->nplaces; i++)
	{
		if (changes && (place == NULL || place == &database->places[i]))
			pthread_mutex_lock(&database->places[i].changing_lock);
	}
}

static void
unlock_places(Database *database, Place *place, bool changes)
{
	for (int i = 0; i < database->nplaces; i++)
	{
		if (changes && (place == NULL || place == &database->places[i]))
			pthread_mutex_unlock(&database->places[i].changing_lock);
	}
}

/* The place that a kind is for, by its scope, or NULL. */
static Place *
find_place(Database *database, const char *scope)
{
	for (int i = 0; i < database->nplaces; i++)
	{
		if (strcmp(database->places[i].name, scope) == 0)
			return &database->places[i];
	}
	return NULL;
}

static void
do_kind(Session *session, int kind, Place *place)
{
	const char *scope = KIND_FIELD(kind, 2);
	bool		extension = strcmp(scope, "extension") == 0;
	bool		changes = extension || strcmp(scope, "table") == 0 || find_place(session->database, scope) != NULL;
	Spells	   *away = KIND_FIELD(kind, 3)[0] != 't' ? NULL : extension ? &session->database->extension : &place->away;
	Change		change = {.place = place};

	lock_places(session->database, extension ? NULL : place, changes);
	if (strcmp(scope, "catalog") == 0)
		pthread_mutex_lock(&one_catalog);
	begin_at(session, place);
	session->kind = KIND_FIELD(kind, 0);
	session->scope = scope;
	session->allowed = KIND_FIELD(kind, 4);
	if (changes)
		spell_begin(&place->changing);
	if (away)
		spell_begin(away);
	change.table = draw(session, PQntuples(place->tables));
	change.column = draw_row(session, "name, type, other", "columns", &change);
	change.key = draw_row(session, "name, columns, reversed", "keys", &change);
	do_steps(session, kind, &change);
	if (away)
		spell_end(away);
	if (changes)
		spell_end(&place->changing);
	if (strcmp(scope, "catalog") == 0)
		pthread_mutex_unlock(&one_catalog);
	unlock_places(session->database, extension ? NULL : place, changes);

	PQclear(change.column);
	PQclear(change.key);
	for (int i = 0; i < change.nwords; i++)
		free(change.words[i].value);
	session->kind = NULL;
}

static void
change_something(Session *session)
{
	Database   *database = session->database;
	int			which = draw(session, database->total_weight);
	Place	   *place = &database->places[draw(session, database->nplaces)];
	Place	   *of_kind;
	int			kind;

	for (kind = 0; (which -= weight_of(session, kind)) >= 0; kind++)
		;
	of_kind = find_place(database, KIND_FIELD(kind, 2));
	do_kind(session, kind, of_kind ? of_kind : place);
}

void *
change_always(void *argument)
{
	Session    *session = argument;

	while (!stop && !stop_changing && session->database->total_weight > 0)
	{
		if (draw(session, 8) != 0)
			wait_valid(session);
		if (!stop && !stop_changing)
			change_something(session);
	}
	begin_at(session, NULL);
	return NULL;
}
