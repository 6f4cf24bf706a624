/*
 * ordering_random_write.c
 *	  The random statements of ordering_random.c's writers.
 *
 * Most functions run one statement, drawn with its values, in the thread's
 * transaction.  Between them they insert, change and delete rows of every table of
 * the orderings, change keys, move rows over the boundary, write columns that no
 * ordering has, and leave rows without a partner: every way that a change can reach
 * a window, or pass it by.
 */
#include <stdio.h>
#include <string.h>

#include "ordering_random.h"

static void
copy_sessions(Thread *thread)
{
	PGresult   *result;
	int			n = 1 + draw(thread, 30);

	result = PQexec(thread->connection, "COPY sessions FROM STDIN");
	if (PQresultStatus(result) != PGRES_COPY_IN)
	{
		judge(thread, result, "COPY");
		PQclear(result);
		return;
	}
	PQclear(result);
	for (int i = 0; i < n; i++)
	{
		char		line[200];

		snprintf(line, sizeof(line), "%u\t2021-01-01 00:00:%02u\t%u\t%u\n",
				 100000 + draw(thread, 1000000), draw(thread, 60), 1 + draw(thread, CUSTOMERS),
				 1 + draw(thread, MOVIES));
		PQputCopyData(thread->connection, line, strlen(line));
	}
	PQputCopyEnd(thread->connection, NULL);
	while ((result = PQgetResult(thread->connection)) != NULL)
	{
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			judge(thread, result, "COPY");
		PQclear(result);
	}
	fprintf(thread->log, "%.6f COPY sessions FROM STDIN; -- %d rows\n", random_now(), n);
}

static void
write_sessions(Thread *thread)
{
	unsigned	id = 1 + draw(thread, SESSIONS);
	unsigned	customer = 1 + draw(thread, CUSTOMERS + 5);
	unsigned	movie = 1 + draw(thread, MOVIES + 5);

	switch (draw(thread, 16))
	{
		case 0:
		case 1:
		case 2:
			run(thread, "INSERT INTO sessions VALUES (%u, '2021-01-01', %u, %u) ON CONFLICT DO NOTHING",
				id, customer, movie);
			break;
		case 3:
			run(thread, "INSERT INTO sessions VALUES (%u, '2021-01-01', %u, %u)"
				" ON CONFLICT (id) DO UPDATE SET movie_id = excluded.movie_id", id, customer, movie);
			break;
		case 4:
		case 5:
			run(thread, "DELETE FROM sessions WHERE id = %u", id);
			break;
		case 6:
			run(thread, "UPDATE sessions SET movie_id = %u WHERE id = %u", movie, id);
			break;
		case 7:
			run(thread, "UPDATE sessions SET customer_id = nullif(%u, 1) WHERE id = %u", customer, id);
			break;
		case 8:
			run(thread, "UPDATE sessions SET start_time = start_time + interval '1 s' WHERE id %% 50 = %u",
				id % 50);
			break;
		case 9:
			run(thread, "UPDATE sessions SET id = %u WHERE id = %u", 1 + draw(thread, SESSIONS), id);
			break;
		case 10:
			run(thread, "UPDATE sessions SET movie_id = %u WHERE movie_id = %u", movie,
				1 + draw(thread, MOVIES));
			break;
		case 11:
			run(thread, "DELETE FROM sessions WHERE id > 100000 OR id %% 40 = %u", id % 40);
			break;
		case 12:
			run(thread, "MERGE INTO sessions s USING (SELECT g, %u + g %% 3 m FROM generate_series(%u, %u) g) n"
				" ON s.id = n.g WHEN MATCHED AND g %% 2 = 0 THEN DELETE"
				" WHEN MATCHED THEN UPDATE SET movie_id = n.m"
				" WHEN NOT MATCHED THEN INSERT VALUES (n.g, '2022-02-02', %u, n.m)",
				movie, id, id + 9, customer);
			break;
		case 13:
			copy_sessions(thread);
			break;
		case 14:
			run(thread, "WITH m AS (INSERT INTO movies VALUES (%u, 'cte', 2000 + %u, 1, 1)"
				" ON CONFLICT (id) DO UPDATE SET year = excluded.year RETURNING id)"
				" INSERT INTO sessions SELECT %u, '2021-01-01', %u, m.id FROM m"
				" ON CONFLICT DO NOTHING", movie, draw(thread, 30), id, customer);
			break;
		case 15:
			run(thread, "INSERT INTO sessions SELECT g, '2023-01-01', 1 + g %% %u, 1 + g %% %u"
				" FROM generate_series(%u, %u) g ON CONFLICT DO NOTHING", CUSTOMERS, MOVIES, id, id + 60);
			break;
	}
}

static void
write_movies(Thread *thread)
{
	unsigned	movie = 1 + draw(thread, MOVIES + 5);

	switch (draw(thread, 10))
	{
		case 0:
		case 1:
			run(thread, "UPDATE movies SET name = 'm%u' WHERE id = %u", draw(thread, 1000), movie);
			break;
		case 2:
		case 3:
			run(thread, "UPDATE movies SET year = %u WHERE id = %u", 1990 + draw(thread, 40), movie);
			break;
		case 4:
			run(thread, "UPDATE movies SET duration = duration + 1 WHERE id = %u", movie);
			break;
		case 5:
			run(thread, "DELETE FROM movies WHERE id = %u", movie);
			break;
		case 6:
			run(thread, "INSERT INTO movies VALUES (%u, 'new', %u, 90, %u) ON CONFLICT DO NOTHING",
				movie, 1990 + draw(thread, 40), 1 + draw(thread, STUDIOS));
			break;
		case 7:
			run(thread, "UPDATE movies SET id = %u WHERE id = %u", 1 + draw(thread, MOVIES + 5), movie);
			break;
		case 8:
			run(thread, "UPDATE movies SET studio_id = nullif(%u, 0) WHERE id = %u",
				draw(thread, STUDIOS + 2), movie);
			break;
		case 9:
			run(thread, "UPDATE movies SET unused = unused + 1 WHERE id = %u", movie);
			break;
	}
}

/* A row for each session, or none. */
static void
write_ratings(Thread *thread)
{
	unsigned	session = 1 + draw(thread, SESSIONS);
	unsigned	stars = draw(thread, 100);

	switch (draw(thread, 8))
	{
		case 0:
		case 1:
		case 2:
			run(thread, "UPDATE ratings SET stars = %u WHERE session_id = %u", stars, session);
			break;
		case 3:
			run(thread, "UPDATE ratings SET stars = stars + 1 WHERE session_id BETWEEN %u AND %u", session, session + 4);
			break;
		case 4:
			run(thread, "DELETE FROM ratings WHERE session_id = %u", session);
			break;
		case 5:
			run(thread, "INSERT INTO ratings VALUES (%u, %u) ON CONFLICT (session_id) DO UPDATE SET stars = ratings.stars - 1",
				session, stars);
			break;
		case 6:
			run(thread, "UPDATE ratings SET session_id = %u WHERE session_id = %u", 1 + draw(thread, SESSIONS), session);
			break;
		case 7:
			run(thread, "WITH s AS (INSERT INTO sessions VALUES (%u, '2024-01-01', %u, %u) ON CONFLICT (id) DO UPDATE SET movie_id = 3 RETURNING id)"
				" INSERT INTO ratings SELECT id, %u FROM s ON CONFLICT DO NOTHING", session, 1 + draw(thread, CUSTOMERS),
				1 + draw(thread, MOVIES), stars);
			break;
	}
}

/* Rows of partitions, which may move to others. */
static void
write_visits(Thread *thread)
{
	unsigned	visit = 1 + draw(thread, VISITS);
	unsigned	day = draw(thread, 29);

	switch (draw(thread, 8))
	{
		case 0:
		case 1:
			run(thread, "INSERT INTO visits (id, customer_id, day, note) VALUES (%u, %u, %u, 'new') ON CONFLICT DO NOTHING",
				visit, 1 + draw(thread, CUSTOMERS + 2), day);
			break;
		case 2:
		case 3:
			run(thread, "UPDATE visits SET day = %u WHERE id = %u AND NOT EXISTS (SELECT FROM visits o WHERE o.id = %u AND o.day = %u)",
				day, visit, visit, day);
			break;
		case 4:
			run(thread, "UPDATE visits SET customer_id = %u WHERE id BETWEEN %u AND %u", 1 + draw(thread, CUSTOMERS), visit, visit + 3);
			break;
		case 5:
			run(thread, "DELETE FROM visits WHERE id = %u AND day > %u", visit, day);
			break;
		case 6:
			run(thread, "UPDATE visits SET note = note || '.' WHERE day = %u", day);
			break;
		case 7:
			run(thread, "INSERT INTO visits_1 SELECT g, g %% %u, g %% 10, 'leaf' FROM generate_series(%u, %u) g ON CONFLICT DO NOTHING",
				CUSTOMERS, visit, visit + 9);
			break;
	}
}

/* Those of a joined table: they meet sessions of that movie and customer. */
static void
write_halls(Thread *thread)
{
	unsigned	session = 1 + draw(thread, SESSIONS);
	unsigned	region = 1 + draw(thread, MOVIES);

	switch (draw(thread, 7))
	{
		case 0:
		case 1:
			run(thread, "INSERT INTO halls SELECT DISTINCT movie_id, customer_id, 'h%u' FROM sessions WHERE id BETWEEN %u AND %u AND customer_id > 0"
				" ON CONFLICT (region, id) DO UPDATE SET name = excluded.name", draw(thread, 30), session, session + 5);
			break;
		case 2:
		case 3:
			run(thread, "UPDATE halls h SET region = %u, name = 'h' || id %% %u WHERE region BETWEEN %u AND %u"
				" AND NOT EXISTS (SELECT FROM halls o WHERE o.region = %u AND o.id = h.id)"
				" AND NOT EXISTS (SELECT FROM halls o WHERE o.region BETWEEN %u AND %u AND o.region <> h.region AND o.id = h.id)",
				region, 1 + draw(thread, 9), session % MOVIES, session % MOVIES + 1, region, session % MOVIES, session % MOVIES + 1);
			break;
		case 4:
			run(thread, "DELETE FROM halls WHERE region = %u AND id %% 5 = %u", region, session % 5);
			break;
		case 5:
			run(thread, "UPDATE halls SET name = 'h%u' WHERE region BETWEEN %u AND %u", draw(thread, 30), region, region + 2);
			break;
		case 6:
			run(thread, "UPDATE sessions s SET movie_id = h.region, customer_id = h.id"
				" FROM (SELECT region, id FROM halls ORDER BY (region * 7 + id) %% %u, region, id LIMIT 1) h WHERE s.id IN (%u, %u)",
				2 + draw(thread, 60), session, session + 2);
			break;
	}
}

void
move_boundaries(Thread *thread)
{
	static const char *const names[] = {"keyed movie", "keyed year", "keyed customer", "keyed both", "keyed rated", "keyed single"};
	char		sql[100];
	PGresult   *result;

	snprintf(sql, sizeof(sql), "SELECT move_boundaries('%s')", names[draw(thread, 6)]);
	fprintf(thread->log, "%.6f %s;\n", random_now(), sql);
	result = ask(thread, sql);
	thread->moved += result && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
}

static void
write_others(Thread *thread)
{
	unsigned	customer = 1 + draw(thread, CUSTOMERS + 5);
	unsigned	studio = 1 + draw(thread, STUDIOS + 1);

	switch (draw(thread, 9))
	{
		case 0:
		case 1:
			run(thread, "UPDATE customers SET name = 'c%u' WHERE id = %u", draw(thread, 1000), customer);
			break;
		case 2:
			run(thread, "DELETE FROM customers WHERE id = %u", customer);
			break;
		case 3:
			run(thread, "INSERT INTO customers VALUES (%u, 'new') ON CONFLICT (id) DO UPDATE SET name = 'again'",
				customer);
			break;
		case 4:
			run(thread, "UPDATE customers SET id = %u WHERE id = %u", 1 + draw(thread, CUSTOMERS + 5),
				customer);
			break;
		case 5:
			run(thread, "UPDATE customers SET name = name || '.' WHERE id %% 9 = %u", customer % 9);
			break;
		case 6:
			run(thread, "UPDATE studios SET title = 't%u' WHERE id = %u", draw(thread, 100), studio);
			break;
		case 7:
			run(thread, "DELETE FROM studios WHERE id = %u", studio);
			break;
		case 8:
			run(thread, "INSERT INTO studios VALUES (%u, 't%u') ON CONFLICT DO NOTHING", studio,
				draw(thread, 100));
			break;
	}
}

/* Many rows come to one key at once, too many for what is kept of it (extension/write/give_up.c); and leave it again. */
static void
fill_key(Thread *thread)
{
	unsigned	first = 1 + draw(thread, SESSIONS / 2);
	unsigned	customer = 1 + draw(thread, CUSTOMERS);
	unsigned	movie = 1 + draw(thread, MOVIES);

	switch (draw(thread, 6))
	{
		case 0:
			run(thread, "UPDATE sessions SET movie_id = %u WHERE id BETWEEN %u AND %u", movie, first, first + SESSIONS / 2);
			break;
		case 1:
			run(thread, "UPDATE sessions SET customer_id = %u WHERE id BETWEEN %u AND %u", customer, first, first + SESSIONS / 2);
			break;
		case 2:
			run(thread, "INSERT INTO sessions SELECT g, '2024-01-01', %u, 1 + g %% %u FROM generate_series(%u, %u) g"
				" ON CONFLICT (id) DO UPDATE SET customer_id = excluded.customer_id", customer, MOVIES, first, first + 400);
			break;
		default:
			run(thread, "UPDATE sessions SET movie_id = 1 + id * 11 %% %u, customer_id = 1 + id * 7 %% %u"
				" WHERE movie_id = %u OR customer_id = %u", MOVIES, CUSTOMERS, movie, customer);
			break;
	}
}

void
disturb_orderings(Thread *thread)
{
	switch (draw(thread, 6))
	{
		case 0:
			run(thread, "TRUNCATE sessions");
			run(thread, "INSERT INTO sessions SELECT g, '2020-01-01', 1 + g %% %u, 1 + g * 7 %% %u"
				" FROM generate_series(1, %u) g", CUSTOMERS, MOVIES, SESSIONS / 2);
			break;
		case 1:
			run(thread, "ALTER TABLE movies DISABLE TRIGGER ALL");
			write_movies(thread);
			run(thread, "ALTER TABLE movies ENABLE TRIGGER ALL");
			break;
		case 2:
			run(thread, "UPDATE studios SET title = (SELECT string_agg(md5(g::text || random()), '')"
				" FROM generate_series(1, 120) g) WHERE id = %u", 1 + draw(thread, STUDIOS));
			break;
		case 3:
			run(thread, "UPDATE studios SET title = left(title, 20)");
			break;
		case 4:
			run(thread, "TRUNCATE studios");
			run(thread, "INSERT INTO studios SELECT g, 't' || g FROM generate_series(1, %u) g", STUDIOS);
			break;
		case 5:
			run(thread, "SET LOCAL session_replication_role = replica");
			write_sessions(thread);
			write_movies(thread);
			break;
	}
}

void
write_anything(Thread *thread)
{
	uint32_t	which = draw(thread, 100);

	thread->changed = true;
	if (random_of_first() && draw(thread, 6) == 0)
		fill_key(thread);
	else if (which < 40)
		write_sessions(thread);
	else if (which < 60)
		write_movies(thread);
	else if (which < 80)
		write_ratings(thread);
	else if (which < 84)
		write_visits(thread);
	else if (which < 88)
		write_halls(thread);
	else if (which < 90)
		fill_key(thread);
	else
		write_others(thread);
}
