/*
 * fuzz_compare.c
 *	  The same query with and without ordered scans, in one snapshot.
 *
 * A block is a transaction with some settings; each of its queries is executed
 * twice behind the same savepoint: as a client would have it (ordered scans on,
 * any fast_output), then with both off.  The answers must be alike (fuzz_judge.c),
 * the SQLSTATE of an error too.  The counters of the orderings, read in
 * between, say whether the answer was served; they must not move in the second
 * execution.
 *
 * In some blocks another session changes the tables after the snapshot was taken:
 * the window then holds rows that the snapshot doesn't see, and lacks none.
 */
#include "fuzz_case.h"

#include <stdlib.h>
#include <string.h>

#define KEPT		3
#define MOST_PAGES	12

typedef struct Counters
{
	long long	scans;
	long long	served;
	long long	behind;
	char		used[2000];		/* the scans of each ordering */
} Counters;

static Query kept[KEPT];
static uint64_t kept_round = 0;

static bool
read_counters(Fuzz *fuzz, const char *before, Counters *counters)
{
	static Text sql;
	PGresult   *result;
	bool		done;

	sql.length = 0;
	/* with the settings of a block even this would start workers */
	say(&sql, "%s SELECT fuzz.unsafe(), coalesce(sum(scans), 0), coalesce(sum(rows_served), 0), coalesce(sum(rows_behind), 0),"
		" string_agg(concat(ordering_id, ':', scans), ' ' ORDER BY ordering_id)"
		" FROM bingo_tune.ordering_counters()", before);
	result = PQexec(fuzz->connection, sql.data);
	done = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (done)
	{
		counters->scans = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
		counters->served = strtoll(PQgetvalue(result, 0, 2), NULL, 10);
		counters->behind = strtoll(PQgetvalue(result, 0, 3), NULL, 10);
		snprintf(counters->used, sizeof(counters->used), "%s", PQgetvalue(result, 0, 4));
	}
	else
		finding(fuzz, sql.data, "%s", PQerrorMessage(fuzz->connection));
	PQclear(result);
	return done;
}

#define WITH_SCANS "ROLLBACK TO s; SET LOCAL bingo_tune.enable_ordered_scan = on;"
#define WITHOUT_SCANS "ROLLBACK TO s; SET LOCAL bingo_tune.enable_ordered_scan = off; SET LOCAL bingo_tune.fast_output = off;"

/* The place of the ordering that alone gave all the rows, or -1. */
static int
find_only_one(const Counters *before, const Counters *after)
{
	const char *a = before->used;
	const char *b = after->used;
	int			found = -1;

	if (after->behind != before->behind || after->served == before->served)
		return -1;
	for (int place = 0; *a && *b; place++)
	{
		size_t		left = strcspn(a, " ");
		size_t		right = strcspn(b, " ");

		if (left != right || strncmp(a, b, left) != 0)
		{
			if (found >= 0)
				return -1;
			found = place;
		}
		a += left + (a[left] == ' ');
		b += right + (b[right] == ' ');
	}
	return *a == '\0' && *b == '\0' ? found : -1;
}

/*
 * Pages one after the other, as far as they come from one window alone: no row may come
 * twice.  The plain plan doesn't promise that, nor does a plan that sorts or joins what an
 * ordering gives: only Limit above it takes exactly the page and what stands before.
 */
static void
compare_pages(Fuzz *fuzz, const Query *query)
{
	PGresult   *pages[MOST_PAGES];
	PGresult   *full;
	Text		sql = {0};
	Counters	before;
	Counters	after;
	int			size = 1 + (int) draw(fuzz, 30);
	bool		known = chance(fuzz, 50);
	int			n = 0;
	int			place = -1;
	bool		served = true;

	say(&sql, "%s", query->full.data);
	if (!read_counters(fuzz, WITHOUT_SCANS, &before))
		return;
	full = PQexec(fuzz->connection, sql.data);
	while (served && n < MOST_PAGES && read_counters(fuzz, WITH_SCANS, &before))
	{
		sql.length = 0;
		say(&sql, known ? "%s LIMIT %d OFFSET %d" : "%s LIMIT (SELECT %d) OFFSET (SELECT %d)", query->full.data, size, n * size);
		pages[n] = PQexec(fuzz->connection, sql.data);
		served = read_counters(fuzz, WITH_SCANS, &after) && PQresultStatus(pages[n]) == PGRES_TUPLES_OK &&
			after.served - before.served == (long long) n * size + PQntuples(pages[n]);
		if (served && n == 0)
			place = find_only_one(&before, &after);
		served = served && place >= 0 && place == find_only_one(&before, &after);
		n++;
	}
	/* the last may be of the plain plan */
	if (n > 1 && PQresultStatus(full) == PGRES_TUPLES_OK && !judge_contained(pages, n - !served, full))
		finding(fuzz, query->full.data, "pages of %d rows, limits %s: a row comes on two of the first %d", size,
				known ? "known" : "unknown", n - !served);
	fuzz->counts.pages += n - !served;
	for (int i = 0; i < n; i++)
		PQclear(pages[i]);
	PQclear(full);
}

/*
 * The number of ordered scans after the last execution without them; -1: unknown.
 * Read with the next query's counters: each trip to the server costs more than what it
 * does there.
 */
static long long scans_without = -1;
static bool in_savepoint;

/* Executes the query both ways; false if that can't be done. */
static bool
execute_both(Fuzz *fuzz, const Query *query, const Course *course, const char *output, Answer *answers, Counters *before, Counters *after)
{
	char		sql[200];

	snprintf(sql, sizeof(sql), "%s SAVEPOINT s; SET LOCAL bingo_tune.enable_ordered_scan = on; SET LOCAL bingo_tune.fast_output = '%s';",
			 in_savepoint ? "ROLLBACK TO s; RELEASE s;" : "", output);
	if (!read_counters(fuzz, sql, before))
		return false;
	in_savepoint = true;
	if (scans_without >= 0 && before->scans != scans_without)
		finding(fuzz, query->sql.data, "in the query before: an ordered scan although enable_ordered_scan is off");
	execute_course(fuzz, query, course, false, &answers[0]);
	if (!read_counters(fuzz, WITHOUT_SCANS, after))
		return false;
	scans_without = after->scans;
	execute_course(fuzz, query, course, true, &answers[1]);
	answers[2].n = 0;
	answers[2].state[0] = '\0';
	if (query->judgement != LEGAL || query->full.length == 0 || answers[0].state[0] || after->served == before->served)
		return true;
	if (answers[1].state[0])
		PQclear(PQexec(fuzz->connection, WITHOUT_SCANS));
	execute_full(fuzz, query, course, &answers[2]);
	return true;
}

static bool
is_planners(Fuzz *fuzz, const Query *query, const Course *course, const Answer *served)
{
	if (strcmp(served->state, "FZ001") != 0)
		return false;
	PQclear(PQexec(fuzz->connection, WITH_SCANS));
	return early_is_planners(fuzz, query, course);
}

/* False: no more in this transaction. */
static bool
compare_query(Fuzz *fuzz, const Query *query, const Course *course)
{
	static const char *const outputs[] = {"off", "orderings", "all"};
	static Answer answers[3];	/* served, plain, without LIMIT */
	static Text how;
	const char *output = outputs[draw(fuzz, 3)];
	const char *difference;
	Counters	before = {0};
	Counters	after = {0};
	bool		served;

	fuzz->cases++;
	execute_describe(course, output, &how);
	if (!execute_both(fuzz, query, course, output, answers, &before, &after))
		return false;
	served = after.served > before.served;
	difference = judge_answers(query, course, &answers[0], &answers[1], &answers[2]);
	if (difference && is_planners(fuzz, query, course, &answers[0]))
		difference = NULL;
	if (difference)
		finding(fuzz, query->sql.data, "%s; %s", difference, how.data);
	fuzz->counts.compared++;
	fuzz->counts.failed += answers[0].state[0] != '\0';
	fuzz->counts.compared_of[query->kind]++;
	fuzz->counts.served_of[query->kind] += served;
	fuzz->counts.served += served;
	fuzz->counts.continued += served && after.behind > before.behind;
	fuzz->counts.legal += served && query->judgement == LEGAL;
	if (query->pages && query->judgement == LEGAL && answers[0].state[0] == '\0' && chance(fuzz, 60))
	{
		compare_pages(fuzz, query);
		scans_without = -1;
	}
	for (int i = 0; i < 3; i++)
		execute_free(&answers[i]);
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
		while (kept[i].copies);
		snprintf(name, sizeof(name), "kept%d", i);
		result = execute_prepare(fuzz, name, &kept[i]);
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
			execute_draw_course(fuzz, &kept[number], &course);
			course.mode = MODE_KEPT;
			course.number = number;
			course.nsteps = 1 + (int) draw(fuzz, 3);
			return compare_query(fuzz, &kept[number], &course);
		}
	}
	query_write(fuzz, &query);
	execute_draw_course(fuzz, &query, &course);
	return compare_query(fuzz, &query, &course);
}

/* Another session changes some rows; the block's snapshot was taken by its first query. */
static void
write_beside(Fuzz *fuzz)
{
	PGconn	   *own = fuzz->connection;

	fuzz->connection = fuzz->writer;
	fprintf(fuzz->script, "-- by another session:\n");
	for (int i = (int) draw(fuzz, 3); i >= 0; i--)
		schema_write_row(fuzz);
	fprintf(fuzz->script, "-- by this one again:\n");
	fuzz->connection = own;
	fuzz->beside = true;
}

void
compare_block(Fuzz *fuzz)
{
	static const char *const levels[] = {"REPEATABLE READ", "REPEATABLE READ", "REPEATABLE READ", "REPEATABLE READ READ ONLY",
	"SERIALIZABLE", "READ COMMITTED", "SERIALIZABLE READ ONLY DEFERRABLE"};
	static const char *const settings[] = {"enable_hashjoin = off", "enable_mergejoin = off", "enable_nestloop = off", "enable_sort = off",
		"enable_incremental_sort = off", "cursor_tuple_fraction = 1", "plan_cache_mode = force_generic_plan",
		"plan_cache_mode = force_custom_plan", "enable_seqscan = off", "join_collapse_limit = 1", "work_mem = '64kB'",
		"geqo_threshold = 2", "geqo_threshold = 2; SET LOCAL geqo_seed = 0.7", "enable_material = off", "enable_memoize = off",
		"enable_indexscan = off", "enable_bitmapscan = off", "enable_hashagg = off", "from_collapse_limit = 1"};
	int			level = chance(fuzz, 80) ? 0 : (int) draw(fuzz, 7);
	int			n = 20 + (int) draw(fuzz, 40);
	int			writes = -1;	/* before this query another session writes */

	if (kept_round != fuzz->round + 1)
		prepare_kept(fuzz);
	scans_without = -1;
	in_savepoint = false;
	witness_take(fuzz);
	run(fuzz, "BEGIN ISOLATION LEVEL %s", levels[level]);
	if (level < 3 && chance(fuzz, 6))
		schema_write_row(fuzz);
	else if (level < 4 && chance(fuzz, 30))
		writes = 1 + (int) draw(fuzz, n);
	/* the tables are so small that reading and sorting all of one often costs less than finding some rows */
	if (chance(fuzz, 35))
		run(fuzz, "SET LOCAL cpu_tuple_cost = 0.3");
	if (chance(fuzz, 75))
		run(fuzz, "SET LOCAL enable_sort = off");
	for (int i = chance(fuzz, 50) ? 0 : 1 + (int) draw(fuzz, 2); i > 0; i--)
		run(fuzz, "SET LOCAL %s", settings[draw(fuzz, sizeof(settings) / sizeof(settings[0]))]);
	parts_set(fuzz);
	if (chance(fuzz, 3))
	{
		/* workers take long to start */
		n = n > 8 ? 8 : n;
		if (chance(fuzz, 40))
			run(fuzz, "SET LOCAL %s = on", PQserverVersion(fuzz->connection) < 160000 ? "force_parallel_mode" : "debug_parallel_query");
		else
			run(fuzz, "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;"
				" SET LOCAL min_parallel_index_scan_size = 0");
	}
	if (chance(fuzz, 1))
		run(fuzz, "SET LOCAL jit = on; SET LOCAL jit_above_cost = 0; SET LOCAL jit_inline_above_cost = -1;"
			" SET LOCAL jit_optimize_above_cost = -1");
	if (chance(fuzz, 8))
		run(fuzz, "SET LOCAL ROLE fuzz_reader");
	for (int i = 0; i < n; i++)
	{
		if (i == writes)
			write_beside(fuzz);
		if (!compare_next(fuzz))
			break;
	}
	run(fuzz, "ROLLBACK");
	fuzz->beside = false;
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
		char		sql[400];
		PGresult   *result;

		if (!fuzz->orderings[i].alive)
			continue;
		/* of a partitioned table it stands for one of each partition */
		snprintf(sql, sizeof(sql), "SELECT v.* FROM (SELECT bool_and(state = 'valid') AS valid FROM bingo_tune.orderings"
				 " WHERE name = '%s' OR name ^@ '%s_') o, bingo_tune.verify_ordering('%s') v WHERE o.valid", name, name, name);
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
