/*
 * catalog_random.c
 *	  Random DDL and maintenance around orderings, and readers that compare.
 *
 * Usage: catalog_random SECONDS SEED LOGDIR CONNINFO ...
 *
 * Each database is prepared by t/catalog_random.pl (catalog_random.sql): schemas, in
 * the program "places", with small tables and an ordering of a window so small that
 * answers run over its end all the time.  BINGO_CATALOG_SESSIONS sessions (default 9)
 * are, by turns,
 *
 *	readers		in one REPEATABLE READ snapshot the answer with and without
 *				bingo_tune.enable_ordered_scan, byte by byte; how many rows came from the
 *				window (catalog_random_read.c);
 *	writers		DML of their own rows: no two writers ever meet in a row, so none of them
 *				waits for another one (catalog_random_write.c);
 *	changers	one command or transaction of catalog_random_kinds.sql after the other:
 *				DDL, maintenance, also of the extension's own relations
 *				(catalog_random_change.c);
 *
 * every third such three in the second database, where the extension itself comes and
 * goes.  Beside them, for each database, one session ends prepared transactions, and
 * one watches who waits for what (catalog_random_watch.c).
 *
 * Findings:
 *	- a difference; a lost connection (the server's log says why);
 *	- an SQLSTATE that plain tables would not give: is_excused() below;
 *	- a lock of ours waited for by a reader or a writer, any wait in a COMMIT, and
 *	  anything that does not end in a minute;
 *	- an ordering that is not valid BINGO_CATALOG_PATIENCE (60) seconds after the last
 *	  change, or at the end is not 0/0/0 by verify_ordering(), or not served.
 *
 * The like of a finding is printed twice and then counted.  A difference ends the run,
 * as do BINGO_CATALOG_FINDINGS (10) that are not alike.  BINGO_CATALOG_ONLY and
 * BINGO_CATALOG_WITHOUT are regular expressions for kinds of changes, to make a finding
 * smaller; LOGDIR/session-N.sql has what each session but the readers sent, with times.
 * The same seed makes each session draw the same numbers, but the interleaving is the
 * machine's.
 *
 * Exit status 0 without finding, 1 with; what was done is counted at the end.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "catalog_random.h"

#define MOST_DATABASES	2
#define MOST_ALIKE		200
#define LONGEST_LOG		(16 * 1024 * 1024)

volatile bool stop_changing = false;
volatile bool stop = false;
volatile bool finished = false;

static Database databases[MOST_DATABASES];
static int	ndatabases;
static Session sessions[MOST_SESSIONS];
static pthread_t ids[MOST_SESSIONS];
static const char *logdir;
static uint64_t seed;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;
static char alike[MOST_ALIKE][160];
static int	alike_count[MOST_ALIKE];
static int	nalike;

uint32_t
draw(Session *session, uint32_t n)
{
	return random_draw(&session->state, n);
}

/* Only to let others work between; no verdict depends on how long. */
void
pause_for(Session *session, uint32_t microseconds)
{
	usleep(1 + draw(session, microseconds));
}

static int
setting(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value ? atoi(value) : otherwise;
}

/* --- findings --- */

/* Its number among those that differ in more than numbers. */
static int
find_alike(const char *text)
{
	char		shape[sizeof(alike[0])];
	size_t		length = 0;
	int			i;

	for (const char *c = text; *c && length < sizeof(shape) - 1; c++)
	{
		if (*c >= '0' && *c <= '9' && length > 0 && shape[length - 1] == '#')
			continue;
		shape[length++] = *c >= '0' && *c <= '9' ? '#' : *c;
	}
	shape[length] = '\0';
	for (i = 0; i < nalike && strcmp(alike[i], shape) != 0; i++)
		;
	if (i == nalike && nalike < MOST_ALIKE)
		strcpy(alike[nalike++], shape);
	return i < MOST_ALIKE ? i : MOST_ALIKE - 1;
}

static void
print_finding(bool last, const char *format, va_list arguments)
{
	char		text[16000];

	vsnprintf(text, sizeof(text), format, arguments);
	pthread_mutex_lock(&output);
	/* what sessions say of a server that has gone is no news */
	if (!stop && ++alike_count[find_alike(text)] <= 2)
		printf("FINDING %.6f %s\n", random_now(), text);
	fflush(stdout);
	if (last || nalike >= setting("BINGO_CATALOG_FINDINGS", 10))
		stop = stop_changing = true;
	pthread_mutex_unlock(&output);
}

void
finding(const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	print_finding(false, format, arguments);
	va_end(arguments);
}

void
last_finding(const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	print_finding(true, format, arguments);
	va_end(arguments);
}

/* --- what is excused --- */

void
spell_begin(Spells *spells)
{
	__atomic_add_fetch(&spells->begun, 1, __ATOMIC_SEQ_CST);
}

void
spell_end(Spells *spells)
{
	__atomic_add_fetch(&spells->ended, 1, __ATOMIC_SEQ_CST);
}

/* Was there a spell at any time since so many had ended? */
static bool
met_spell(const Spells *spells, unsigned ended)
{
	return __atomic_load_n(&spells->begun, __ATOMIC_SEQ_CST) > ended;
}

void
begin_at(Session *session, Place *place)
{
	if (PQtransactionStatus(session->connection) != PQTRANS_IDLE)
		run(session, "ROLLBACK");
	session->failed = false;
	session->place = place;
	if (place)
	{
		session->away_ended = __atomic_load_n(&place->away.ended, __ATOMIC_SEQ_CST);
		session->changing_ended = __atomic_load_n(&place->changing.ended, __ATOMIC_SEQ_CST);
	}
	session->extension_ended = __atomic_load_n(&session->database->extension.ended, __ATOMIC_SEQ_CST);
}

/* A table, a column, an index or other object, a function, a schema that is not there. */
static bool
is_missing(const char *state)
{
	return strstr("42P01 42703 42704 42883 3F000", state) != NULL;
}

/*
 * What plain tables without this extension answer, too: UPDATE and DELETE first list the
 * publications of their table and then look each of them up, while DROP PUBLICATION locks
 * none of the tables (RelationBuildPublicationDesc()).
 */
static bool
met_drop_publication(const char *state, const char *message)
{
	return strcmp(state, "XX000") == 0 && strstr(message, "cache lookup failed for publication ");
}

/* What UPDATE and DELETE of a row say, in any isolation level, that another session moves to another partition meanwhile. */
static bool
met_moved_row(const char *state, const char *message)
{
	return strcmp(state, "40001") == 0 && strstr(message, "moved to another partition due to concurrent update");
}

/* Also a partition that a row would go to. */
static bool
is_partition_missing(const char *state, const char *message)
{
	return strcmp(state, "23514") == 0 && strstr(message, "no partition of relation ");
}

static bool
is_excused(Session *session, const char *state, const char *message)
{
	Place	   *place = session->place;

	if ((is_missing(state) || is_partition_missing(state, message)) && place && met_spell(&place->away, session->away_ended))
		return true;
	switch (session->role)
	{
		case READER:
			/* of a prepared statement, after ALTER TYPE */
			return strcmp(state, "0A000") == 0 && strstr(message, "cached plan must not change result type");
		case WRITER:
			/* a change of a key; at the higher levels also what the snapshot doesn't show */
			return strcmp(state, "23505") == 0 || (strcmp(state, "40001") == 0 && session->isolation > 0) ||
				met_drop_publication(state, message) || met_moved_row(state, message);
		case CHANGER:
			if (session->allowed && *session->allowed && strstr(session->allowed, state))
				return true;
			if (!is_missing(state))
				return false;
			/* what it looked up is gone: an index; the extension; a window, which is made anew */
			return (place && strcmp(session->scope, "maintain") == 0 &&
					met_spell(&place->changing, session->changing_ended)) ||
				met_spell(&session->database->extension, session->extension_ended) ||
				strcmp(session->scope, "own") == 0;
		case HELPER:
			return is_missing(state) && met_spell(&session->database->extension, session->extension_ended);
	}
	return false;
}

static void
judge(Session *session, const PGresult *result, const char *sql)
{
	static const char *const names[] = {"reader", "writer", "changer", "helper"};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorMessage(result);

	session->failed = true;
	if (PQstatus(session->connection) == CONNECTION_BAD)
		last_finding("%s %d lost its connection: %s in: %s", names[session->role], session->number,
					 PQerrorMessage(session->connection), sql);
	else if (state == NULL || !is_excused(session, state, message))
		finding("%s%s%s: SQLSTATE %s: %s in: %s (session %d)", names[session->role],
				session->kind ? " " : "", session->kind ? session->kind : "", state ? state : "none", message,
				sql, session->number);
}

/* --- statements --- */

static void
log_statement(Session *session, const char *sql, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	char		old[sizeof(session->path) + 4];

	/* a reader's follow from the others' */
	if (session->log == NULL || session->quiet)
		return;
	fprintf(session->log, "%.6f %s;%s%s\n", random_now(), sql, state ? " -- failed: " : "", state ? state : "");
	if (ftell(session->log) < LONGEST_LOG)
		return;
	fclose(session->log);
	snprintf(old, sizeof(old), "%s.old", session->path);
	rename(session->path, old);
	session->log = fopen(session->path, "w");
}

PGresult *
answer(Session *session, PGresult *result, const char *sql)
{
	log_statement(session, sql, result);
	if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	judge(session, result, sql);
	PQclear(result);
	return NULL;
}

PGresult *
ask(Session *session, const char *sql)
{
	return answer(session, PQexec(session->connection, sql), sql);
}

bool
run(Session *session, const char *format,...)
{
	char		sql[LONGEST_SQL];
	va_list		arguments;
	PGresult   *result;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	result = ask(session, sql);
	PQclear(result);
	return result != NULL;
}

/* --- start and end --- */

static void
open_session(Session *session, Database *database, Role role)
{
	static const char *const names[] = {"reader", "writer", "changer", "helper"};

	session->role = role;
	session->number = session - sessions;
	session->database = database;
	session->state = random_start(seed, session->number);
	session->connection = PQconnectdb(database->conninfo);
	if (PQstatus(session->connection) != CONNECTION_OK)
	{
		fprintf(stderr, "could not connect: %s", PQerrorMessage(session->connection));
		exit(2);
	}
	if (role == WRITER)
		session->me = database->writers++;
	if (role == WRITER || role == CHANGER)
	{
		snprintf(session->path, sizeof(session->path), "%s/session-%d.sql", logdir, session->number);
		session->log = fopen(session->path, "w");
	}
	/* The watcher knows sessions by their name.  Sorting small tables is too cheap to need an ordering. */
	run(session, "SET application_name = '%s %d'; SET client_min_messages = error; SET enable_sort = off;"
		" SET enable_incremental_sort = off; SET statement_timeout = '100s'; SET jit = off; SET plan_cache_mode = force_generic_plan", names[role], session->number);
}

static void
load_database(Session *session)
{
	Database   *database = session->database;
	PGresult   *orderings = ask(session, "SELECT name, query, window_rows, coalesce(definition, query)"
								" FROM catalog_random.orderings ORDER BY name");
	char		sql[200];

	database->nplaces = PQntuples(orderings);
	for (int i = 0; i < database->nplaces; i++)
	{
		Place	   *place = &database->places[i];

		place->name = PQgetvalue(orderings, i, 0);
		place->query = PQgetvalue(orderings, i, 1);
		place->window_rows = atoi(PQgetvalue(orderings, i, 2));
		place->definition = PQgetvalue(orderings, i, 3);
		snprintf(sql, sizeof(sql), "SELECT name, after, fill FROM catalog_random.tables WHERE schema = '%s'"
				 " ORDER BY name", place->name);
		place->tables = ask(session, sql);
		snprintf(sql, sizeof(sql), "SELECT tab, weight, statement FROM catalog_random.changes WHERE schema = '%s'"
				 " ORDER BY statement", place->name);
		place->changes = ask(session, sql);
		snprintf(sql, sizeof(sql), "SELECT tab, key, value, filter FROM catalog_random.counters WHERE name = '%s'", place->name);
		place->counter = ask(session, sql);
		pthread_mutex_init(&place->changing_lock, NULL);
	}
	load_kinds(session);
}

static void
init_database(Database *database, const char *conninfo)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&database->concurrently, &attributes);
	pthread_mutex_init(&database->prepared_lock, NULL);
	database->conninfo = conninfo;
	database->number = database - databases;
	database->changed_at = random_now();
}

/* Everything has stopped: each ordering comes back, is right, and is used. */
static void
check_at_rest(Session *session)
{
	Database   *database = session->database;
	PGresult   *result;

	while (!stop && database->prepared_count > 0)
		usleep(10000);
	if (!wait_valid(session))
		return;
	for (int i = 0; i < database->nplaces && !stop; i++)
		compare_at_rest(session, &database->places[i]);
	result = ask(session, "SELECT name, v FROM catalog_random.orderings, bingo_tune.verify_ordering(name) v"
				 " WHERE (missing, extra, differing) <> (0, 0, 0)");
	for (int i = 0; result && i < PQntuples(result); i++)
		last_finding("verify_ordering('%s') at rest: %s", PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
	PQclear(result);
	result = ask(session, "SELECT name FROM bingo_tune.counters WHERE bingo_tune.verify_counter(name) <> 0");
	for (int i = 0; result && i < PQntuples(result); i++)
		last_finding("verify_counter('%s') at rest finds a difference", PQgetvalue(result, i, 0));
	PQclear(result);
}

static void
join(int first, int last)
{
	for (int i = first; i < last; i++)
		pthread_join(ids[i], NULL);
}

int
main(int argc, char **argv)
{
	void	   *(*const bodies[]) (void *) = {read_always, write_always, change_always};
	int			n = setting("BINGO_CATALOG_SESSIONS", 9);
	double		deadline;
	int			next;

	if (argc < 5 || argc - 4 > MOST_DATABASES || n < 3 || n > MOST_SESSIONS - 3 * MOST_DATABASES)
	{
		fprintf(stderr, "usage: %s SECONDS SEED LOGDIR CONNINFO ...\n", argv[0]);
		return 2;
	}
	deadline = random_now() + atof(argv[1]);
	seed = strtoull(argv[2], NULL, 10);
	logdir = argv[3];
	ndatabases = argc - 4;

	/* for each database one who prepares and looks at the end, a resolver, a watcher */
	next = n;
	for (int i = 0; i < ndatabases; i++)
	{
		init_database(&databases[i], argv[4 + i]);
		for (int j = 0; j < 3; j++)
			open_session(&sessions[next++], &databases[i], HELPER);
		load_database(&sessions[next - 3]);
	}
	for (int i = 0; i < n; i++)
		open_session(&sessions[i], &databases[i / 3 % 3 == 2 ? ndatabases - 1 : 0], (Role) (i % 3));
	for (int i = 0; i < n; i++)
		pthread_create(&ids[i], NULL, bodies[i % 3], &sessions[i]);
	for (int i = n; i < next; i++)
	{
		if ((i - n) % 3 != 0)
			pthread_create(&ids[i], NULL, (i - n) % 3 == 1 ? resolve_always : watch_always, &sessions[i]);
	}

	while (!stop && random_now() < deadline)
		usleep(50000);
	stop_changing = true;
	join(0, n);
	for (int i = 0; i < ndatabases && !stop; i++)
		check_at_rest(&sessions[n + 3 * i]);
	stop = finished = true;
	for (int i = n; i < next; i++)
	{
		if ((i - n) % 3 != 0)
			pthread_join(ids[i], NULL);
	}

	print_kinds();
	print_reasons();
	for (int i = 0; i < nalike; i++)
		printf("%d times: %s\n", alike_count[i], alike[i]);
	printf("%u counts compared, %u from counters, %u of these beside own changes\n", count_comparisons, counts_served, own_counts_served);
	printf("%d findings, %u comparisons, %u from windows, %u over the end\n", nalike, comparisons, served, crossed);
	return nalike > 0;
}
