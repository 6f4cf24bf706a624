/*
 * advise/worth.c
 *	  Which orderings and counters are worth what they cost: index or ordering?
 *
 * Both may serve the same page: an index that gives the first of its keys leaves few rows to
 * be sorted, as long as many differ in it.  An ordering is then more than is needed: writers
 * of all of its tables pay for it, four times what an entry of an index costs them
 * (advise/writes.c), and there is a window to be kept.  So it is proposed if what it would
 * save beyond the chosen indexes
 *
 *		- is more than its writers pay, less what they then need not pay for indexes, and
 *		- is half at least of what the indexes leave of a call of one of its statements, which is
 *		  a time that one notices, and a part of what the call takes today.
 *
 * What a call takes from a window is the planner's to say, who is shown the ordering as if it was
 * there (advise/plan.c); but no less than the fastest pages have taken.
 *
 * The same goes for counters: an index-only scan may count, too, and where few rows are left
 * to be counted nothing is gained.  So a counter's calls must be slow with indexes, ten times
 * what they take from it: a count that takes a millisecond is nobody's trouble, however often
 * it is asked for.  And slow by its plan, too: what was slow once, of a table of a page, had to wait
 * for something that a counter would not spare it.
 *
 * Indexes that serve nothing but statements that get orderings are not chosen any more.  The
 * statements of one definition share one ordering, its window being the largest of theirs, and so do
 * those that select other columns (advise/share.c); counters are shared by more (advise/counter.c).
 */
#include "postgres.h"

#include "advise/advise.h"

/* The fastest of the pages in bench/results/2026-11-28-shapes.md that come from a window. */
#define SERVED_MS	0.1

/*
 * A count, in bench/results/2026-11-29-counters.md; and what each row more adds that it is
 * summed up from: 1,000 groups take 0.97.
 */
#define COUNT_MS	0.1
#define SUMMED_ROW_MS	0.001

/* So many times of that are a count that one waits for. */
#define SLOW_TIMES	10

/* And so many times, and milliseconds more, a page; which must be a part of what it takes today. */
#define SLOWER_TIMES	2
#define NOTICED_MS	0.5
#define NOTICED_PART	0.01

double
bingo_advise_served_ms(const BingoAdviseOrdering *ordering, const BingoAdviseStatement *statement)
{
	return ordering->counts ? COUNT_MS + SUMMED_ROW_MS * bingo_advise_counted_rows(ordering, statement) :
		Max(SERVED_MS, bingo_advise_call_ms(statement, statement->cost_served));
}

double
bingo_advise_least_ms(const BingoAdviseStatement *statement)
{
	double		best = bingo_advise_call_ms(statement, statement->cost_best);

	return statement->ordering == NULL ? best : Min(best, bingo_advise_served_ms(statement->ordering, statement));
}

static double
calls_a_second(const BingoAdviseStatement *statement)
{
	return Max(statement->calls, 1) / statement->seconds;
}

static bool
is_among(const List *orderings, const BingoAdviseStatement *statement)
{
	ListCell   *cell;

	foreach(cell, orderings)
	{
		if (list_member_ptr(((const BingoAdviseOrdering *) lfirst(cell))->served, statement))
			return true;
	}
	return false;
}

/* Does the index serve nothing but statements that have orderings, these or that one? */
static bool
is_needless(const BingoAdvise *advise, const BingoAdviseIndex *index, const BingoAdviseOrdering *ordering)
{
	ListCell   *cell;

	foreach(cell, index->served)
	{
		if (!list_member_ptr(ordering->served, lfirst(cell)) && !is_among(advise->orderings, lfirst(cell)))
			return false;
	}
	return index->served != NIL;
}

/* Does it read so much, by its plan, that its counter could be faster? */
static bool
reads_much(const BingoAdviseOrdering *counter, const BingoAdviseStatement *statement)
{
	return bingo_advise_planned_ms(statement->cost_now) > SLOW_TIMES * bingo_advise_served_ms(counter, statement);
}

/* Is what indexes leave of it so slow that it should be served? */
static bool
is_slow(const BingoAdviseOrdering *ordering, const BingoAdviseStatement *statement)
{
	double		left = bingo_advise_call_ms(statement, statement->cost_now);
	double		served = bingo_advise_served_ms(ordering, statement);

	if (ordering->counts)
		return left > SLOW_TIMES * served && reads_much(ordering, statement);
	return left > SLOWER_TIMES * served && left - served > NOTICED_MS &&
		left - served > NOTICED_PART * bingo_advise_call_ms(statement, statement->cost_before);
}

static bool
is_worth(BingoAdvise *advise, const BingoAdviseOrdering *ordering)
{
	double		saved = 0;
	double		writes = advise->one ? 0 : ordering->write_ms;
	double		needs_ms;
	bool		slow = false;
	ListCell   *cell;

	if (!bingo_advise_needs_fit(advise, ordering, &needs_ms))
		return false;
	writes += advise->one ? 0 : needs_ms;
	foreach(cell, ordering->served)
	{
		const BingoAdviseStatement *statement = lfirst(cell);
		double		left = bingo_advise_call_ms(statement, statement->cost_now);
		double		served = bingo_advise_served_ms(ordering, statement);

		slow = slow || is_slow(ordering, statement);
		saved += calls_a_second(statement) * Max(left - served, 0);
	}
	foreach(cell, advise->chosen)
	{
		if (!advise->one && is_needless(advise, lfirst(cell), ordering))
			writes -= ((BingoAdviseIndex *) lfirst(cell))->write_ms;
	}
	return slow && saved > writes;
}

/* What the indexes that were chosen would have left of it, if there were any for it. */
static const char *
describe_alone(const BingoAdviseOrdering *ordering)
{
	double		calls = 0;
	double		before = 0;
	double		now = 0;
	ListCell   *cell;

	foreach(cell, ordering->served)
	{
		const BingoAdviseStatement *statement = lfirst(cell);

		calls += Max(statement->calls, 1);
		before += Max(statement->calls, 1) * bingo_advise_call_ms(statement, statement->cost_before);
		now += Max(statement->calls, 1) * bingo_advise_call_ms(statement, statement->cost_now);
	}
	if (now >= BINGO_ADVISE_LESS * before)
		return "";
	return psprintf("; with indexes alone a call would take about %.3g ms", now / calls);
}

/* Why not, for the row that says what else helps. */
static void
refuse(const BingoAdvise *advise, const BingoAdviseOrdering *ordering, BingoAdviseStatement *statement)
{
	statement->ordering = NULL;
	if (ordering->ntables == 1 && !ordering->counts)
		return;					/* nobody misses one where an index gives the order */
	statement->obstacle = psprintf("without one a call takes about %.3g ms, from one about %.3g ms",
								   bingo_advise_call_ms(statement, statement->cost_now), bingo_advise_served_ms(ordering, statement));
	if (ordering->counts && !advise->one && !reads_much(ordering, statement))
		statement->obstacle = "it reads too few rows for one to be faster";
	else if (!advise->one && ordering->write_ms > 0)
		statement->obstacle = psprintf("%s, and writers of its tables would pay %.3g ms a second", statement->obstacle, ordering->write_ms);
}

static void
refuse_all(const BingoAdvise *advise, const BingoAdviseOrdering *ordering)
{
	ListCell   *cell;

	foreach(cell, ordering->served)
		refuse(advise, ordering, lfirst(cell));
}

/* --- of several statements --- */

/* By the keys of their counters, so that the widest is shared last; by total time, as before. */
static int
compare_statements(const ListCell *left, const ListCell *right)
{
	const BingoAdviseStatement *l = lfirst(left);
	const BingoAdviseStatement *r = lfirst(right);
	int			keys = list_length(l->ordering->keys) - list_length(r->ordering->keys);

	if (keys != 0 || l->total_ms == r->total_ms)
		return keys != 0 ? keys : (l->queryid > r->queryid) - (l->queryid < r->queryid);
	return l->total_ms > r->total_ms ? -1 : 1;
}

/* What is fast without an ordering has no say in what one selects. */
static List *
list_wanting(const BingoAdvise *advise)
{
	List	   *wanting = NIL;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		if (statement->hidden)
			statement->ordering = NULL;
		if (statement->ordering != NULL && !statement->ordering->counts && !is_slow(statement->ordering, statement))
			refuse(advise, statement->ordering, statement);
		if (statement->ordering != NULL)
			wanting = lappend(wanting, statement);
	}
	list_sort(wanting, compare_statements);
	return wanting;
}

/* By definition. */
static List *
collect(const BingoAdvise *advise)
{
	List	   *orderings = NIL;
	ListCell   *cell;

	foreach(cell, list_wanting(advise))
	{
		BingoAdviseStatement *statement = lfirst(cell);
		BingoAdviseOrdering *same = NULL;
		ListCell   *place;

		foreach(place, orderings)
		{
			if (strcmp(((BingoAdviseOrdering *) lfirst(place))->query, statement->ordering->query) == 0 ||
				bingo_advise_share_counter(lfirst(place), statement->ordering) ||
				bingo_advise_share_ordering(lfirst(place), statement->ordering))
				same = lfirst(place);
			if (same != NULL)
				break;
		}
		if (same == NULL)
			orderings = lappend(orderings, same = statement->ordering);
		same->rows = Max(same->rows, statement->ordering->rows);
		same->served = lappend(same->served, statement);
		statement->ordering = same;
	}
	return orderings;
}

static void
take(BingoAdvise *advise, BingoAdviseOrdering *ordering)
{
	ordering->alone = describe_alone(ordering);
	bingo_advise_take_name(ordering, advise->orderings);
	advise->orderings = lappend(advise->orderings, ordering);
}

bool
bingo_advise_leave_orderings(BingoAdvise *advise)
{
	List	   *left = NIL;
	int			before = list_length(advise->orderings);
	ListCell   *cell;

	foreach(cell, advise->orderings)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);
		List	   *served = NIL;
		ListCell   *place;

		foreach(place, ordering->served)
		{
			BingoAdviseStatement *statement = lfirst(place);

			if (ordering->counts || !statement->unserved)
				served = lappend(served, statement);
			else
				statement->ordering = NULL;
		}
		ordering->served = served;
		if (served != NIL)
			left = lappend(left, ordering);
	}
	advise->orderings = left;
	return list_length(left) < before;
}

void
bingo_advise_weigh_orderings(BingoAdvise *advise)
{
	ListCell   *cell;

	foreach(cell, collect(advise))
	{
		BingoAdviseOrdering *ordering = lfirst(cell);

		ordering->write_ms = bingo_advise_ordering_ms(advise, ordering);
		if (is_worth(advise, ordering))
			take(advise, ordering);
		else
			refuse_all(advise, ordering);
	}
}
