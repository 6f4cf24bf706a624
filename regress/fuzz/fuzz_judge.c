/*
 * fuzz_judge.c
 *	  Are two answers alike?
 *
 * EXACT: byte for byte, in the same order.  BAG: the same rows.  LEGAL, where rows
 * may tie: row by row the same sort keys, and each row is in the answer without
 * LIMIT, at least as often.  With the same keys at the same places that says all:
 * groups of ties that LIMIT does not cut have as many rows, hence the same.
 */
#include "fuzz_case.h"

#include <stdlib.h>
#include <string.h>

#include "../random.h"

/* FNV-1a (Fowler, Noll, Vo) of a row. */
static uint64_t
hash_row(const PGresult *result, int row)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	for (int column = 0; column < PQnfields(result); column++)
	{
		const char *value = PQgetvalue(result, row, column);

		hash = (hash ^ (256 + PQgetisnull(result, row, column))) * UINT64_C(0x100000001B3);
		for (int i = 0; i <= PQgetlength(result, row, column); i++)
			hash = (hash ^ (unsigned char) value[i]) * UINT64_C(0x100000001B3);
	}
	return hash;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64_t	left = *(const uint64_t *) a;
	uint64_t	right = *(const uint64_t *) b;

	return left < right ? -1 : left > right;
}

/* The hashes of the rows of several results, sorted; to be freed. */
static uint64_t *
hash_rows(PGresult *const *results, int n, int *nrows)
{
	uint64_t   *hashes;
	int			count = 0;

	for (int i = 0; i < n; i++)
		count += PQntuples(results[i]);
	hashes = malloc((count + 1) * sizeof(uint64_t));
	*nrows = 0;
	for (int i = 0; hashes && i < n; i++)
		for (int row = 0; row < PQntuples(results[i]); row++)
			hashes[(*nrows)++] = hash_row(results[i], row);
	if (hashes)
		qsort(hashes, count, sizeof(uint64_t), compare_hashes);
	return hashes;
}

/* Is each row of some results in the other, as often at least? */
bool
judge_contained(PGresult *const *some, int nsome, PGresult *all)
{
	int			few;
	int			many;
	uint64_t   *left = hash_rows(some, nsome, &few);
	uint64_t   *right = hash_rows(&all, 1, &many);
	int			j = 0;
	int			i;

	for (i = 0; left && right && i < few; i++, j++)
	{
		while (j < many && right[j] < left[i])
			j++;
		if (j == many || right[j] != left[i])
			break;
	}
	free(left);
	free(right);
	return i == few;
}

/* The same values in the last columns. */
static bool
same_keys(const PGresult *a, const PGresult *b, int nkeys)
{
	if (PQntuples(a) != PQntuples(b) || PQnfields(a) != PQnfields(b))
		return false;
	for (int row = 0; row < PQntuples(a); row++)
	{
		for (int column = PQnfields(a) - nkeys; column < PQnfields(a); column++)
		{
			if (column < 0 || PQgetisnull(a, row, column) != PQgetisnull(b, row, column) ||
				PQgetlength(a, row, column) != PQgetlength(b, row, column) ||
				memcmp(PQgetvalue(a, row, column), PQgetvalue(b, row, column), PQgetlength(a, row, column)) != 0)
				return false;
		}
	}
	return true;
}

static bool
same_step(const Query *query, PGresult *a, PGresult *b)
{
	if (strcmp(PQcmdStatus(a), PQcmdStatus(b)) != 0)
		return false;
	switch (query->judgement)
	{
		case BAG:
			return PQntuples(a) == PQntuples(b) && judge_contained(&a, 1, b);
		case LEGAL:
			return PQresultStatus(a) != PGRES_TUPLES_OK || same_keys(a, b, query->nkeys);
		case EXACT:
			break;
	}
	return random_same_result(a, b);
}

/*
 * FOR SHARE of a view by a role that may not, in a read-only transaction: the
 * planner says the one, the executor, with a plan that was made before, the other.
 */
static bool
is_refused(const char *state)
{
	return strcmp(state, "25006") == 0 || strcmp(state, "42501") == 0;
}

/* Do the last result's rows begin with those of the results before it? */
static bool
begins_alike(const Answer *answer, int first, int n, const PGresult *all)
{
	int			at = 0;

	for (int i = first; i < first + n; i++)
		for (int row = 0; row < PQntuples(answer->results[i]); row++, at++)
			if (at >= PQntuples(all) || !random_same_row(answer->results[i], row, all, at))
				return false;
	return true;
}

/* NULL, or what of the rows that tie is wrong. */
static const char *
find_illegal(const Course *course, const Answer *served, const Answer *full)
{
	static char text[200];

	if (course->mode == MODE_CURSOR)
	{
		/* DECLARE, the steps, CLOSE */
		int			n = served->n - 1 - course->close - 2 * course->again;

		if (n > 0 && full->n > 0 && !judge_contained(served->results + 1, n, full->results[0]))
			return "a row that is not there, or one more than once";
		if (!course->again || n != 2)
			return NULL;
		if (full->n > 0 && !judge_contained(&served->results[4], 1, full->results[0]))
			return "a row that is not there, or one more than once (from the beginning again)";
		return begins_alike(served, 1, n, served->results[4]) ? NULL : "another order when read again";
	}
	for (int i = 0; i < served->n && full->n > 0; i++)
	{
		PGresult   *all = full->results[full->n == served->n ? i : 0];

		if (judge_contained(&served->results[i], 1, all))
			continue;
		snprintf(text, sizeof(text), "a row that is not there, or one more than once (step %d: %d rows, %d without LIMIT)", i + 1,
				 PQntuples(served->results[i]), PQntuples(all));
		return text;
	}
	return NULL;
}

/* NULL, or what differs.  "full": without LIMIT, if that is to be looked at. */
const char *
judge_answers(const Query *query, const Course *course, const Answer *served, const Answer *plain, const Answer *full)
{
	static char text[200];

	/*
	 * values.sql's "seen too early": the planner itself puts a cheap condition of a join in front, where an index scan gets it for the joined table.
	 * A statement that was prepared before has a plan of other settings, which may do that where the plan without ordered scans does not.
	 */
	if ((strcmp(plain->state, "FZ001") == 0 && served->state[0] == '\0') || (course->mode == MODE_KEPT && strcmp(served->state, "FZ001") == 0))
		return NULL;
	/* the first answer may fit where both do not */
	if (strcmp(plain->state, TOO_LARGE) == 0)
		return NULL;
	if (strcmp(served->state, plain->state) != 0 && !(is_refused(served->state) && is_refused(plain->state)))
	{
		snprintf(text, sizeof(text), "SQLSTATE \"%s\" with ordered scans, \"%s\" without", served->state, plain->state);
		return text;
	}
	if (served->n != plain->n || strcmp(served->copied.data, plain->copied.data) != 0)
		return "the answers differ";
	for (int i = 0; i < served->n; i++)
	{
		if (served->state[0] && i == served->n - 1)
			return NULL;
		if (same_step(query, served->results[i], plain->results[i]))
			continue;
		snprintf(text, sizeof(text), "the answers differ%s (step %d: %d rows with ordered scans, %d without)",
				 query->judgement == LEGAL ? " in their sort keys" : "", i + 1,
				 PQntuples(served->results[i]), PQntuples(plain->results[i]));
		return text;
	}
	if (query->judgement != LEGAL || full->n == 0 || full->state[0])
		return NULL;
	return find_illegal(course, served, full);
}
