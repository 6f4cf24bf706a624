/*
 * ordering_random_judge.c
 *	  Is a writer's error one that plain tables give as well?  See the head of ordering_random.c.
 */
#include <stddef.h>
#include <string.h>

#include "ordering_random.h"

/* What plain tables give as well, or what a writer provokes itself. */
static bool
is_expected(const char *state)
{
	static const char *const expected[] = {
		"40001",				/* serialization failure */
		"40P01",				/* deadlock */
		"23505",				/* unique violation */
		"21000",				/* ON CONFLICT or MERGE meets a row twice */
		"25P02",				/* after another error */
		"55P03",				/* lock timeout */
		"55006",				/* object in use: TRUNCATE with an open cursor */
		"P0001",				/* raised by us */
		NULL
	};

	for (int i = 0; expected[i]; i++)
	{
		if (strcmp(state, expected[i]) == 0)
			return true;
	}
	return false;
}

void
judge(Thread *thread, PGresult *result, const char *sql)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorMessage(result);

	if (state == NULL)
		state = "none";
	if (!is_expected(state) || strstr(message, "advisory") || strstr(message, "bingo_tune") ||
		strstr(message, "window_"))
		finding("writer %d: SQLSTATE %s: %s in: %s", thread->number, state, message, sql);
	thread->failed = true;
}
