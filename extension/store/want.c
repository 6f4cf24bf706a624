/*
 * store/want.c
 *	  Whether upkeep is asked for when this transaction has committed.
 */
#include "postgres.h"

#include "pgstat.h"

#include "base/compat.h"
#include "store/want.h"

#define CHANGES_BETWEEN_CHECKS 64
#define MOST_BETWEEN_CHECKS 1024	/* of a great window, for which so many are a small part */
#define CHANGES_PART 256

static bool wanted = false;
static int64 changes_unchecked = MOST_BETWEEN_CHECKS;	/* so that a new backend checks first */

void
bingo_want_upkeep(void)
{
	wanted = true;
}

/*
 * Looks at the statistics, which don't know this transaction yet and are near
 * enough otherwise: the worker counts.
 */
void
bingo_want_for_changes(const BingoOrdering *ordering, bool complete, int64 changes)
{
	PgStat_StatTabEntry *statistics;
	int64		rows;

	if (ordering->definition->nkeys > 0)
		return;				/* write/row.c looks at keys */
	changes_unchecked += changes;
	if (changes_unchecked < CHANGES_BETWEEN_CHECKS ||
		changes_unchecked < Min(MOST_BETWEEN_CHECKS, ordering->window_rows / CHANGES_PART))
		return;
	changes_unchecked = 0;
	statistics = pgstat_fetch_stat_tabentry(ordering->window);
	if (statistics == NULL)
	{
		/* a crash has taken them */
		wanted = wanted || pgstat_track_counts;
		return;
	}
	rows = bingo_live_tuples(statistics);
	if (rows + changes > 2 * ordering->window_rows ||
		(!complete && rows - changes < ordering->window_rows / 2))
		wanted = true;
}

bool
bingo_want_take(void)
{
	bool		taken = wanted;

	wanted = false;
	return taken;
}
