/*
 * ordering_random_count.c
 *	  Counts in ordering_random.c: by a counter and without, in one statement and so under one snapshot.
 *
 * A condition on ctid is one that no counter has.  Writers compare beside what they have changed themselves.
 */
#include <libpq-fe.h>
#include <stdbool.h>
#include <string.h>

#include "ordering_random.h"

static const char *const counts[] = {
	"SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM sessions WHERE ctid IS NOT NULL OR id = %u), %u",
	"SELECT (SELECT count(*) FROM sessions WHERE movie_id = %u),"
	" (SELECT count(*) FROM sessions WHERE movie_id = %u AND ctid IS NOT NULL)",
	"SELECT (SELECT count(*) FROM sessions WHERE movie_id = %u AND customer_id < 30),"
	" (SELECT count(*) FROM sessions WHERE movie_id = %u AND customer_id < 30 AND ctid IS NOT NULL)",
	"SELECT coalesce(sum(abs(n)), 0), 0 FROM (SELECT sum(n) AS n FROM"
	" (SELECT movie_id, count(*) AS n FROM sessions WHERE movie_id <> %u GROUP BY movie_id UNION ALL"
	" SELECT movie_id, - count(*) FROM sessions WHERE movie_id <> %u AND ctid IS NOT NULL GROUP BY movie_id) both_ways"
	" GROUP BY movie_id) differing",
	"SELECT coalesce(sum(abs(n)), 0), 0 FROM (SELECT sum(n) AS n FROM"
	" (SELECT customer_id, count(*) AS n FROM sessions WHERE movie_id IS DISTINCT FROM %u GROUP BY customer_id UNION ALL"
	" SELECT customer_id, - count(*) FROM sessions WHERE movie_id IS DISTINCT FROM %u AND ctid IS NOT NULL"
	" GROUP BY customer_id) both_ways GROUP BY customer_id) differing",
};
#define NCOUNTS	(sizeof(counts) / sizeof(counts[0]))

void
compare_counts(Thread *thread)
{
	char		sql[1200];
	uint32_t	movie = 1 + draw(thread, MOVIES);
	PGresult   *result;

	snprintf(sql, sizeof(sql), counts[draw(thread, NCOUNTS)], movie, movie);
	result = ask(thread, sql);
	if (result && strcmp(PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1)) != 0)
		finding("thread %d: counted %s, plain %s: %s", thread->number, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), sql);
	PQclear(result);
}
