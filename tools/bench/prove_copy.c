/*
 * bench/prove_copy.c
 *	  The copy: a database made, known again, and dropped.
 *
 * It is called bingo_prove_PID and has a comment of ours, which it gets when a session of
 * this run is in it.  So one with the comment and without a client's session is what a killed
 * run has left, and the next run on that server drops it.  (One killed between CREATE
 * DATABASE and the comment leaves an empty database, which nobody recognises.)
 *
 * Definitions are pg_dump's, of the whole database but for rights, publications and
 * subscriptions; what can't be there, an extension that lives in one database only, say, is
 * passed over, but the tables that matter must have all their columns and indexes.  Owners are
 * kept, where they exist, so that functions in the indexes of others run as these, as they
 * do anywhere, and not as the superuser who may be copying.  Rows go
 * by COPY, all as one snapshot sees them, between the definitions that pg_dump restores
 * before data and those after.  Then VACUUM ANALYZE, so that the copy is as good as the
 * tables can be.  pg_dump and psql get passwords from a file that only this user can read, not from
 * their command lines.  The session has the settings that the source has for database and role.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/file.h"
#include "client.h"
#include "options.h"

#define COMMENT "bingo_bench prove: dropped when its run has ended"

#define LEFT_BEHIND \
	"SELECT /* bingo_tune.prove */ pg_catalog.quote_ident(d.datname) FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.~) '^bingo_prove_[0-9]+$'" \
	" AND pg_catalog.shobj_description(d.oid, 'pg_database') OPERATOR(pg_catalog.=) $1 AND pg_catalog.pg_has_role(d.datdba, 'USAGE')" \
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid OPERATOR(pg_catalog.=) d.oid" \
	" AND a.backend_type OPERATOR(pg_catalog.=) 'client backend')"

/* The source's encoding and locale, whichever columns this version has for them. */
#define CREATE_DATABASE \
	"SELECT /* bingo_tune.prove */ pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', $1::pg_catalog.text," \
	" pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)" \
	" || CASE j.j OPERATOR(pg_catalog.->>) 'datlocprovider' WHEN 'i' THEN pg_catalog.format(' LOCALE_PROVIDER icu ICU_LOCALE %L'," \
	" COALESCE(j.j OPERATOR(pg_catalog.->>) 'datlocale', j.j OPERATOR(pg_catalog.->>) 'daticulocale')) WHEN 'b' THEN" \
	" pg_catalog.format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j.j OPERATOR(pg_catalog.->>) 'datlocale') ELSE '' END" \
	" FROM pg_catalog.pg_database AS d, LATERAL (SELECT pg_catalog.to_jsonb(d)) AS j(j)" \
	" WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()"

#define SETTINGS \
	"SELECT /* bingo_tune.prove */ s.name, pg_catalog.current_setting(s.name) FROM pg_catalog.pg_settings AS s" \
	" WHERE s.source IN ('database', 'database user') AND s.context IN ('user', 'superuser')"

/* --- connections --- */

/* As it stands between quotes in a connection string. */
static void
write_escaped(FILE *out, const char *value)
{
	for (; *value; value++)
	{
		if (*value == '\'' || *value == '\\')
			putc('\\', out);
		putc(*value, out);
	}
}

/* What nobody else may read; "ps" shows command lines to all. */
static bool
is_secret(const PQconninfoOption *option)
{
	static const char *const others[] = {"oauth_client_secret", "scram_client_key", "scram_server_key"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(option->keyword, others[i]) == 0)
			return true;
	return option->dispchar[0] == '*';
}

/* Is it a part of where a connection leads?  A service is not: what it says has become the values of the others. */
static bool
is_given(const PQconninfoOption *option)
{
	return option->val && option->val[0] && strncmp(option->keyword, "service", 7) != 0 && strcmp(option->keyword, "dbname") != 0;
}

/*
 * Where a connection leads, but to this database.  Secrets go into a file, as a service of libpq's that only this
 * user can read.  NULL after reporting what such a file can't have.
 */
static char *
describe_connection(PGconn *conn, const char *database, const char *path)
{
	PQconninfoOption *all = PQconninfo(conn);
	FILE	   *secrets = fopen(path, "w");
	char	   *text = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&text, &size);
	bool		done = secrets && out;

	if (done)
	{
		fprintf(secrets, "[bingo_prove]\n");
		fprintf(out, "service=bingo_prove dbname='");
		write_escaped(out, database);
	}
	for (PQconninfoOption *option = all; done && option && option->keyword; option++)
	{
		if (is_given(option) && is_secret(option))
		{
			done = strlen(option->val) < 1000 && strchr(option->val, '\n') == NULL && !isspace((unsigned char) option->val[strlen(option->val) - 1]);
			fprintf(secrets, "%s=%s\n", option->keyword, option->val);
		}
		else if (is_given(option))
		{
			fprintf(out, "' %s='", option->keyword);
			write_escaped(out, option->val);
		}
	}
	if (out)
	{
		fputc('\'', out);
		fclose(out);
	}
	done = (secrets == NULL || fclose(secrets) == 0) && done;
	PQconninfoFree(all);
	if (done)
		return text;
	bingo_client_error("58030", "Make room there; a password may have no line break and no space at its end.",
					   "could not write what pg_dump connects with into \"%s\"", path);
	free(text);
	return NULL;
}

static PGconn *
connect_to_copy(const Prove *prove)
{
	PQconninfoOption *all = PQconninfo(prove->target);
	const char *keywords[100] = {"dbname"};
	const char *values[100] = {prove->name};
	size_t		n = 1;
	PGconn	   *conn;

	for (PQconninfoOption *option = all; option && option->keyword && n < sizeof(values) / sizeof(values[0]) - 1; option++)
		if (is_given(option))
		{
			keywords[n] = option->keyword;
			values[n++] = option->val;
		}
	conn = PQconnectdbParams(keywords, values, 0);
	PQconninfoFree(all);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	bingo_client_report("could not connect to the copy", conn, NULL);
	PQfinish(conn);
	return NULL;
}

/* --- pg_dump and psql --- */

/*
 * Runs a program until it ends, with what it says in a file; an interrupt ends it.  Returns
 * its exit status, 127 if it is not there.
 */
static int
run_program(const char *secrets, char *const arguments[], const char *messages)
{
	pid_t		child = fork();
	int			status;

	if (child == 0)
	{
		int			file = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(file, 1);
		dup2(file, 2);
		setenv("PGSERVICEFILE", secrets, 1);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	if (child < 0)
		return 127;
	while (waitpid(child, &status, 0) < 0)
		if (errno == EINTR && bench_prove_interrupted)
			kill(child, SIGTERM);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
report_program(const Prove *prove, const char *program, int status)
{
	char	   *path = bench_prove_print("%s/messages", prove->directory);
	char	   *text = status == 127 ? NULL : bench_file_read(path);

	if (status == 127)
		bingo_client_error("58P01", "Debian: apt-get install postgresql-client", "%s is not there", program);
	else
		bingo_client_error("58030", "Connect as a role that may dump the definitions of the whole database.",
						   "%s failed: %s", program, text ? text : "");
	free(text);
	free(path);
}

/* The definitions of a section ("pre-data", "post-data") from the source into the copy. */
static bool
copy_definitions(Prove *prove, const char *section)
{
	char	   *of_source = bench_prove_print("%s/source", prove->directory);
	char	   *of_target = bench_prove_print("%s/target", prove->directory);
	char	   *from = describe_connection(prove->source, PQdb(prove->source), of_source);
	char	   *to = describe_connection(prove->target, prove->name, of_target);
	char	   *option = bench_prove_print("--section=%s", section);
	char	   *file = bench_prove_print("--file=%s/definitions", prove->directory);
	char	   *messages = bench_prove_print("%s/messages", prove->directory);
	char	   *dump[] = {"pg_dump", "--no-privileges", "--no-publications", "--no-subscriptions",
	"--no-password", option, file, "-d", from, NULL};
	char	   *psql[] = {"psql", "-X", "-q", "--no-password", file, "-d", to, NULL};
	int			status = from && to ? run_program(of_source, dump, messages) : -1;

	if (status > 0 && !bench_prove_interrupted)
		report_program(prove, "pg_dump", status);
	else if (status == 0)
	{
		status = run_program(of_target, psql, messages);
		/* 3 and 0 are psql's for statements that failed and did not */
		if (status != 0 && status != 3 && !bench_prove_interrupted)
			report_program(prove, "psql", status);
		else
			status = 0;
	}
	free(of_source);
	free(of_target);
	free(from);
	free(to);
	free(option);
	free(file);
	free(messages);
	return status == 0 && !bench_prove_interrupted;
}

/* --- the database --- */

static void
remove_left_behind(const Prove *prove)
{
	PGresult   *result = bench_prove_ask(prove->target, "could not look for what other runs have left", LEFT_BEHIND, 1,
										 (const char *const[]) {COMMENT});

	for (int i = 0; result && i < PQntuples(result); i++)
	{
		if (!prove->options->quiet)
			fprintf(stderr, "removing %s, which an interrupted run has left\n", PQgetvalue(result, i, 0));
		bench_prove_do(prove->target, "could not remove it", "DROP DATABASE IF EXISTS %s WITH (FORCE)", PQgetvalue(result, i, 0));
	}
	PQclear(result);
}

static bool
create_database(Prove *prove)
{
	char		name[sizeof(prove->name)];
	PGresult   *result;
	bool		done;

	snprintf(name, sizeof(name), "bingo_prove_%d", (int) getpid());
	result = bench_prove_ask(prove->source, "could not ask how the database was made", CREATE_DATABASE, 1, (const char *const[]) {name});
	if (result == NULL)
		return false;
	done = bench_prove_do(prove->target, "could not make a database for the copy", "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	if (done)
		memcpy(prove->name, name, sizeof(name));
	return done;
}

static bool
take_settings(Prove *prove)
{
	PGresult   *result = bench_prove_ask(prove->source, "could not read the settings", SETTINGS, 0, NULL);
	bool		done = result != NULL;

	for (int i = 0; done && i < PQntuples(result); i++)
	{
		PGresult   *set = bench_prove_ask(prove->copy, "could not set what the database has set", "SELECT /* bingo_tune.bench */ pg_catalog.set_config($1, $2, false)", 2,
										  (const char *const[]) {PQgetvalue(result, i, 0), PQgetvalue(result, i, 1)});

		done = set != NULL;
		PQclear(set);
	}
	PQclear(result);
	return done;
}

bool
bench_prove_make_copy(Prove *prove)
{
	const char *parent = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char	   *directory = bench_prove_print("%s/bingo_prove.XXXXXX", parent);

	if (mkdtemp(directory) == NULL)
	{
		bingo_client_error("58030", "Make room there, or set TMPDIR to where this user may write.",
						   "could not make a directory in %s: %s", parent, strerror(errno));
		free(directory);
		return false;
	}
	prove->directory = directory;
	prove->target = bingo_client_connect_as(prove->options->to ? prove->options->to : prove->options->conninfo, "bingo_prove");
	if (prove->target == NULL)
		return false;
	bench_prove_watch(1, prove->target);
	remove_left_behind(prove);
	if (!create_database(prove) || (prove->copy = connect_to_copy(prove)) == NULL)
		return false;
	bench_prove_watch(2, prove->copy);
	return bench_prove_do(prove->target, "could not mark the copy", "COMMENT ON DATABASE %s IS '%s'", prove->name, COMMENT);
}

/* --- what is in it --- */

static bool
copy_rows(Prove *prove, const ProveTable *table)
{
	char	   *sql = bench_prove_print("COPY %s (%s) TO STDOUT", table->name, table->columns);
	PGresult   *out = PQexec(prove->source, sql);
	PGresult   *in = NULL;
	char	   *line = NULL;
	int			length = -2;

	free(sql);
	sql = bench_prove_print("COPY %s (%s) FROM STDIN", table->name, table->columns);
	if (PQresultStatus(out) != PGRES_COPY_OUT)
		bingo_client_report("could not read a table", prove->source, out);
	else if (PQresultStatus(in = PQexec(prove->copy, sql)) != PGRES_COPY_IN)
		bingo_client_report("could not write a table of the copy", prove->copy, in);
	else
	{
		while ((length = PQgetCopyData(prove->source, &line, 0)) > 0)
		{
			bool		sent = PQputCopyData(prove->copy, line, length) == 1;

			PQfreemem(line);
			if (!sent || bench_prove_interrupted)
				break;
		}
		PQputCopyEnd(prove->copy, length == -1 ? NULL : "the source ended");
	}
	free(sql);
	PQclear(out);
	PQclear(in);
	/* what either side says in the end; of a source that is not at its end nothing is taken any more */
	while ((in = PQgetResult(prove->copy)) != NULL)
	{
		if (PQresultStatus(in) != PGRES_COMMAND_OK && !bench_prove_interrupted)
			bingo_client_report("could not copy a table", prove->copy, in);
		if (PQresultStatus(in) != PGRES_COMMAND_OK)
			length = -2;
		PQclear(in);
	}
	if (length != -1)
		return false;
	while ((out = PQgetResult(prove->source)) != NULL)
		PQclear(out);
	return true;
}

/* Are all columns and indexes of a table there? */
static bool
check_table(Prove *prove, const ProveTable *table)
{
	PGresult   *result = bench_prove_ask(prove->copy, "could not look at the copy",
										 "SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index AS i WHERE i.indisvalid AND"
										 " i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1))", 1, (const char *const[]) {table->name});
	char	   *path;
	char	   *text;
	bool		done;

	if (result == NULL)
		return false;
	done = atoi(PQgetvalue(result, 0, 0)) == table->indexes;
	PQclear(result);
	if (done)
		return true;
	path = bench_prove_print("%s/messages", prove->directory);
	text = bench_file_read(path);
	bingo_client_error("55000", "Connect as a role that may make what is missing, or give another server with --to.",
					   "not all indexes of %s could be made in the copy: %s", table->name, text ? text : "");
	free(text);
	free(path);
	return false;
}

bool
bench_prove_fill_copy(Prove *prove)
{
	bool		done;

	bench_prove_say(prove, "copying definitions and rows");
	done = copy_definitions(prove, "pre-data") && bench_prove_do(prove->source, "could not begin", "BEGIN ISOLATION LEVEL REPEATABLE READ");
	for (int i = 0; i < prove->ntables && done; i++)
		if (prove->tables[i].kind == 'r' && prove->tables[i].columns[0])
			done = !bench_prove_interrupted && copy_rows(prove, &prove->tables[i]);
	done = done && bench_prove_do(prove->source, "could not end", "COMMIT") && copy_definitions(prove, "post-data");
	for (int i = 0; i < prove->ntables && done; i++)
		done = check_table(prove, &prove->tables[i]);
	for (int i = 0; i < prove->ntables && done; i++)
		done = bench_prove_do(prove->copy, "could not analyse the copy", "VACUUM (ANALYZE) %s", prove->tables[i].name);
	return done && take_settings(prove) && bench_prove_do(prove->copy, "could not make the copy writable", "SET default_transaction_read_only = off");
}

/* --- its end --- */

static void
remove_files(Prove *prove)
{
	static const char *const files[] = {"definitions", "messages", "source", "target"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
	{
		char	   *path = bench_prove_print("%s/%s", prove->directory, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(prove->directory);
	free(prove->directory);
}

/* Not by bench_prove_do(), which does nothing any more after an interrupt. */
bool
bench_prove_drop_copy(Prove *prove)
{
	bool		done = true;

	for (int i = 1; i <= 2; i++)
		bench_prove_watch(i, NULL);
	PQfinish(prove->copy);
	if (prove->name[0])
	{
		char	   *sql = bench_prove_print("DROP DATABASE IF EXISTS %s WITH (FORCE)", prove->name);
		PGresult   *result;

		if (PQstatus(prove->target) != CONNECTION_OK)
			PQreset(prove->target);
		result = PQexec(prove->target, sql);
		done = PQresultStatus(result) == PGRES_COMMAND_OK;
		if (!done)
		{
			bingo_client_report("could not drop the copy", prove->target, result);
			fprintf(stderr, "HINT: When the server is there, type: %s; the next run does so, too.\n", sql);
		}
		PQclear(result);
		free(sql);
	}
	PQfinish(prove->target);
	if (prove->directory)
		remove_files(prove);
	return done;
}
