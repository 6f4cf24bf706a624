/*
 * catalog_random_count.c
 *	  Counts in catalog_random.c: served against plain, under the same snapshot.
 *
 * One in three comparisons is of a count: of all rows that the place's counter counts, of one
 * key, of each, of all keys but one, with FILTER, beside a row, of the rows of a page.  EXPLAIN ANALYZE says
 *	  then whether the counter was read; of a writer beside what he has changed himself.
 */
#include <stdlib.h>

#include "catalog_random.h"

unsigned	count_comparisons = 0;
unsigned	counts_served = 0;
unsigned	own_counts_served = 0;

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static void
draw_count(Session *session, const Place *place, char *sql, size_t size)
{
	const char *table = PQgetvalue(place->counter, 0, 0);
	const char *key = PQgetvalue(place->counter, 0, 1);
	const char *filter = PQgetvalue(place->counter, 0, 3);
	char		value[200];

	if (!expand(session, PQgetvalue(place->counter, 0, 2), NULL, NULL, value, sizeof(value)))
		finding("catalog_random.sql: %s", PQgetvalue(place->counter, 0, 2));
	/* of tables so small all keys are read by the plain plan now and then, one key hardly ever */
	switch (draw(session, 11))
	{
		case 0:
			snprintf(sql, size, "SELECT count(*) FROM %s WHERE %s", table, filter);
			break;
		case 1:
			/* OFFSET 0: where sorting is dear a plain path in this order would be taken */
			snprintf(sql, size, "SELECT * FROM (SELECT %s, count(*) FROM %s WHERE %s GROUP BY 1 OFFSET 0) g ORDER BY 1", key, table, filter);
			break;
		case 2:
			snprintf(sql, size, "SELECT count(*), count(*) FILTER (WHERE %s = %s), count(%s) FROM %s WHERE %s",
					 key, value, key, table, filter);
			break;
		case 3:
			snprintf(sql, size, "SELECT count(*) FROM %s WHERE %s AND %s IS DISTINCT FROM %s", table, filter, key, value);
			break;
		case 4:
			snprintf(sql, size, "SELECT n FROM (SELECT count(*) OVER () AS n FROM %s WHERE %s LIMIT 1) page", table, filter);
			break;
		case 5:
		case 6:
			snprintf(sql, size, "SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s AND %s = %s LIMIT 50 OFFSET 2) page",
					 table, filter, key, value);
			break;
		default:
			snprintf(sql, size, "SELECT count(*) FROM %s WHERE %s AND %s = %s", table, filter, key, value);
	}
}

static PGresult *
ask_plain(Session *session, const char *sql)
{
	PGresult   *result;

	if (!run(session, "SET LOCAL bingo_tune.enable_counter_scan = off"))
		return NULL;
	result = ask(session, sql);
	if (!session->failed)
		run(session, "SET LOCAL bingo_tune.enable_counter_scan = on");
	return result;
}

static void
report_difference(Session *session, const Place *place, const char *sql, const PGresult *with, const PGresult *without)
{
	int			row = 0;
	char		text[300];
	PGresult   *facts;

	snprintf(text, sizeof(text), "SELECT pg_current_snapshot(), (SELECT json_agg(c) FROM bingo_tune.counters c"
			 " WHERE name = 'count_%s')", place->name);
	facts = ask(session, text);
	while (row < PQntuples(with) && row < PQntuples(without) && random_same_row(with, row, without, row))
		row++;
	last_finding("COUNT of %s: session %d: %d rows served, %d plain; row %d ends in %s, should in %s; snapshot %s; %s; %s",
				 place->name, session->number, PQntuples(with), PQntuples(without), row,
				 row < PQntuples(with) ? PQgetvalue(with, row, PQnfields(with) - 1) : "none",
				 row < PQntuples(without) ? PQgetvalue(without, row, PQnfields(without) - 1) : "none",
				 facts ? PQgetvalue(facts, 0, 0) : "?", sql, facts ? PQgetvalue(facts, 0, 1) : "?");
	PQclear(facts);
}

static void
count_served(Session *session, const char *sql, bool own)
{
	char		text[LONGEST_SQL + 100];
	bool		read = false;
	bool		behind = false;
	PGresult   *result;

	snprintf(text, sizeof(text), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) %s", sql);
	result = ask(session, text);
	for (int i = 0; result && i < PQntuples(result); i++)
	{
		read = read || strstr(PQgetvalue(result, i, 0), "Changes Read:") != NULL;
		behind = behind || strstr(PQgetvalue(result, i, 0), "Plan Behind Used:") != NULL;
	}
	PQclear(result);
	pthread_mutex_lock(&counting);
	count_comparisons++;
	counts_served += read && !behind;
	own_counts_served += own && read && !behind;
	pthread_mutex_unlock(&counting);
}

/* In the transaction that is open; false: nothing came from a window. */
bool
compare_count(Session *session, Place *place, bool own)
{
	char		sql[LONGEST_SQL];
	bool		plain_first = draw(session, 4) == 0;
	PGresult   *with = NULL;
	PGresult   *without = NULL;

	session->quiet = true;
	draw_count(session, place, sql, sizeof(sql));
	if (plain_first)
		without = ask_plain(session, sql);
	if (!session->failed)
		with = ask(session, sql);
	if (!session->failed && !plain_first)
		without = ask_plain(session, sql);
	if (with && without && !session->failed)
	{
		if (!random_same_result(with, without))
			report_difference(session, place, sql, with, without);
		else
			count_served(session, sql, own);
	}
	PQclear(with);
	PQclear(without);
	session->quiet = false;
	return false;
}
