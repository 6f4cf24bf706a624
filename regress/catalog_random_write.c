/*
 * catalog_random_write.c
 *	  The writers of catalog_random.c.
 *
 * A transaction changes rows in one place, and now and then compares its own view of
 * it.  In the place "scratch" it keeps to one table: what is done to the role there
 * has to lock both.  Where there are partitions it does not compare: whoever has changed their rows can't lock out ATTACH.
 */
#include <stdlib.h>

#include "catalog_random.h"

static void
write_once(Session *session, Place *place, const char *only)
{
	int			total = 0;
	int			row = 0;
	char		sql[LONGEST_SQL];

	for (int i = 0; i < PQntuples(place->changes); i++)
		total += atoi(PQgetvalue(place->changes, i, 1));
	do
	{
		int			which = draw(session, total);

		for (row = 0; (which -= atoi(PQgetvalue(place->changes, row, 1))) >= 0; row++)
			;
	} while (only && strcmp(PQgetvalue(place->changes, row, 0), only) != 0);
	if (!expand(session, PQgetvalue(place->changes, row, 2), NULL, NULL, sql, sizeof(sql)))
		finding("catalog_random.sql: %s", PQgetvalue(place->changes, row, 2));
	else
		run(session, "%s", sql);
}

static void
end_transaction(Session *session)
{
	Prepared   *prepared = NULL;

	if (session->failed || draw(session, 8) == 0)
		run(session, "ROLLBACK");
	else if (draw(session, 10) == 0 && (prepared = reserve_prepared(session)) != NULL)
		release_prepared(session, prepared, run(session, "PREPARE TRANSACTION '%s'", prepared->gid));
	else
		run(session, "COMMIT");
}

static void
write_transaction(Session *session)
{
	static const char *const levels[] = {"READ COMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
	int			level = draw(session, 4);
	Place	   *place = &session->database->places[draw(session, session->database->nplaces)];
	bool		scratch = strcmp(place->name, "scratch") == 0;
	const char *only = scratch ? (draw(session, 2) ? "f" : "d") : NULL;
	bool		savepoint = false;

	begin_at(session, place);
	session->isolation = 0;
	if (draw(session, 3) == 0)
	{
		write_once(session, place, only);
		return;
	}
	session->isolation = level > 0 ? level - 1 : 0;
	run(session, "BEGIN ISOLATION LEVEL %s", levels[level]);
	if (draw(session, 20) == 0)
		run(session, "SET LOCAL session_replication_role = replica");
	for (int i = draw(session, 5); i >= 0 && !session->failed; i--)
	{
		switch (draw(session, 14))
		{
			case 0:
				savepoint |= run(session, "SAVEPOINT s");
				break;
			case 1:
				if (savepoint)
					run(session, "ROLLBACK TO s");
				break;
			case 2:
				/* the last: a reader that writes afterwards deadlocks with REINDEX INDEX on plain tables, too */
				if (!scratch && !is_parted(place) && level > 1)
				{
					compare_answers(session, place, true);
					i = 0;
				}
				break;
			default:
				write_once(session, place, only);
				if (session->failed && savepoint)
				{
					session->failed = false;
					run(session, "ROLLBACK TO s");
				}
		}
	}
	if (draw(session, 4) == 0)
		pause_for(session, 20000);	/* with its locks */
	end_transaction(session);
}

void *
write_always(void *argument)
{
	Session    *session = argument;

	while (!stop && !stop_changing)
	{
		write_transaction(session);
		/* leaves readers and changers some of the machine */
		pause_for(session, 5000);
	}
	begin_at(session, NULL);
	return NULL;
}
