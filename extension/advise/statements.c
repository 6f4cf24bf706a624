/*
 * advise/statements.c
 *	  The workload: the statements of this database, as timing has them.
 *
 * Of each query one example is taken: the slowest, which is the one that hurts, or if
 * that was cut the recent one.  Texts and constants are others' secrets: what is read here
 * is what query_examples shows the caller (timing/examples.c).
 *
 * What is never planned, CREATE INDEX or a DO block, say, counts in no total: what shares of
 * it are looked at would depend on what has been built meanwhile, and by advice itself.  Nor does
 * an INSERT that came once: what a table was loaded with says nothing of what an application waits for.
 *
 * What bingo_bench asks for itself, such as rows to draw parameters from, is no workload.
 *
 * The store is locked against new queries while it is read, as for the views.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "advise/advise.h"
#include "timing/timing.h"

/* Statements beyond that are so seldom slow that nobody waits for their advice. */
#define MOST_STATEMENTS	1000

typedef struct ReadState
{
	BingoAdvise *advise;
	bool		see_all;
	TimestampTz now;
} ReadState;

static const BingoExample *
choose_example(const BingoTimingSlot *slot)
{
	const BingoExample *recent = bingo_examples_get(&slot->examples, BINGO_EXAMPLE_RECENT);
	const BingoExample *slowest = bingo_examples_get(&slot->examples, BINGO_EXAMPLE_SLOWEST);

	return slowest != NULL && !slowest->cut ? slowest : recent;
}

/* The text of another execution; NULL: there is none. */
static char *
copy_other_text(const BingoTimingSlot *slot, const BingoExample *example)
{
	const BingoExample *recent = bingo_examples_get(&slot->examples, BINGO_EXAMPLE_RECENT);

	if (recent == NULL || recent->cut || recent->at == example->at || recent->nparams != example->nparams)
		return NULL;
	return pnstrdup(recent->bytes, recent->statement);
}

/* Does the action say that it is planned? */
static bool
is_planned(const char *action)
{
	static const char *const commands[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};

	for (int i = 0; i < lengthof(commands); i++)
	{
		if (strncmp(action, commands[i], strlen(commands[i])) == 0)
			return true;
	}
	return false;
}

/* Do the tools send it?  They say so in a comment. */
static bool
is_of_tools(const BingoExample *example)
{
	char	   *text = pnstrdup(example->bytes, example->statement);
	bool		found = strstr(text, "/* bingo_tune.") != NULL;

	pfree(text);
	return found;
}

/*
 * A statement that inserts: its action has the table's name.  The first call says nothing of how
 * often there is one: a table that was loaded at once would be taken for one that is written all
 * the time.
 */
static void
collect_inserts(BingoAdvise *advise, const BingoTimingSlot *slot, uint64 calls, double seconds)
{
	static const char command[] = "INSERT INTO ";
	BingoAdviseInserts *inserts;

	if (calls < 2 || strncmp(slot->action, command, strlen(command)) != 0)
		return;
	inserts = palloc(sizeof(BingoAdviseInserts));
	inserts->table = pstrdup(slot->action + strlen(command));
	inserts->rows = pg_atomic_read_u64(&((BingoTimingSlot *) slot)->rows) * ((calls - 1.0) / calls) / seconds;
	advise->inserts = lappend(advise->inserts, inserts);
}

static bool
collect_slot(const BingoTimingSlot *slot, void *arg)
{
	ReadState  *state = arg;
	BingoAdvise *advise = state->advise;
	const BingoExample *example;
	BingoAdviseStatement *statement;
	BingoHistogram histogram;
	double		seconds;

	if (slot->key.dbid != MyDatabaseId || (!state->see_all && slot->key.userid != advise->user))
		return true;
	bingo_timing_read_slot(slot, &histogram);
	if (histogram.total == 0)
		return true;
	seconds = Max((double) (state->now - slot->since) / USECS_PER_SEC, 1.0);
	collect_inserts(advise, slot, histogram.total, seconds);
	example = choose_example(slot);
	if (example == NULL ? !is_planned(slot->action) : is_of_tools(example))
		return true;
	statement = palloc0(sizeof(BingoAdviseStatement));
	statement->queryid = (int64) slot->key.queryid;
	statement->userid = slot->key.userid;
	statement->action = pstrdup(slot->action);
	statement->calls = (int64) histogram.total;
	statement->total_ms = histogram.sum / 1000.0;
	statement->seconds = seconds;
	statement->since = slot->since;
	statement->loads = histogram.total == 1 && strncmp(slot->action, "INSERT ", strlen("INSERT ")) == 0;
	if (!statement->loads)
		advise->total_ms += statement->total_ms;
	if (example == NULL)
		statement->refusal = "no example of it is kept: it has not run since the server's start, or bingo_tune.keep_examples is off";
	else if (example->cut)
		statement->refusal = "its example is not complete (more than 2 kB, or a parameter of a type that is not PostgreSQL's own)";
	else
	{
		statement->text = pnstrdup(example->bytes, example->statement);
		statement->nparams = example->nparams;
		statement->params = bingo_example_parameters(example);
		statement->other_text = copy_other_text(slot, example);
	}
	advise->statements = lappend(advise->statements, statement);
	return true;
}

/* The slowest in all first. */
static int
compare_statements(const ListCell *left, const ListCell *right)
{
	const BingoAdviseStatement *l = lfirst(left);
	const BingoAdviseStatement *r = lfirst(right);

	if (l->total_ms != r->total_ms)
		return l->total_ms > r->total_ms ? -1 : 1;
	return (l->queryid > r->queryid) - (l->queryid < r->queryid);
}

void
bingo_advise_collect(BingoAdvise *advise)
{
	ReadState	state = {.advise = advise, .see_all = bingo_examples_see_all(), .now = GetCurrentTimestamp()};
	MemoryContext caller = MemoryContextSwitchTo(advise->context);

	bingo_timing_visit(collect_slot, &state);
	list_sort(advise->statements, compare_statements);
	advise->statements = list_truncate(advise->statements, MOST_STATEMENTS);
	MemoryContextSwitchTo(caller);
}

void
bingo_advise_take_text(BingoAdvise *advise, char *text)
{
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	BingoAdviseStatement *statement = palloc0(sizeof(BingoAdviseStatement));

	statement->text = pstrdup(text);
	statement->userid = advise->user;
	statement->nparams = -1;
	statement->seconds = 1.0;
	advise->statements = list_make1(statement);
	advise->one = true;
	MemoryContextSwitchTo(caller);
}
