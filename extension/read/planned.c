/*
 * read/planned.c
 *	  Which statement is being planned, and is it a cursor's?
 *
 * Planning calls functions, for what is constant or for estimates, and what these run is planned meanwhile, by the same
 * hooks, in memory that is gone when the function is over; and then executed.  So whoever plans a statement to learn something of it
 * (explain_ordering(), explain_counter(), advise()), or pretends for it that something is there, asks in his hooks
 * whether it is this one.
 *
 * A statement is known by the place of its text, not by what that says: a function's statement has a copy of its own.
 *
 * Those that nobody wants to know of, nearly all, pay for no more than that question.
 *
 * A cursor over one table, without ORDER BY and groups, is what the SQL standard calls simply updatable: UPDATE ... WHERE CURRENT OF asks the
 * scan of the table where it stands, also if the cursor's query does not say FOR UPDATE.  A window's scan stands in no table.
 * Where there is an ORDER BY the plain plan would most often sort, which has no place in the table either.
 *
 * Invariant: "planned_text" and "is_cursor" are of the innermost planning, or NULL and false; an error leaves what they were when that began.
 */
#include "postgres.h"

#include "optimizer/planner.h"

#include "base/compat.h"
#include "read/planned.h"

static planner_hook_type prev_planner_hook = NULL;
static bool (*is_wanted) (void) = NULL;
static int	followers = 0;
static const char *planned_text = NULL;
static bool is_cursor = false;

static PlannedStmt *
plan_next(BINGO_PLANNER_PARAMETERS)
{
	if (prev_planner_hook)
		return prev_planner_hook(BINGO_PLANNER_ARGUMENTS);
	return standard_planner(BINGO_PLANNER_ARGUMENTS);
}

/* Apart from the hook, which costs each statement less so. */
static pg_noinline PlannedStmt *
plan_with_notes(BINGO_PLANNER_PARAMETERS)
{
	const char *outer_text = planned_text;
	bool		in_cursor = is_cursor;
	PlannedStmt *volatile result = NULL;

	planned_text = query_string;
	is_cursor = (cursorOptions & CURSOR_OPT_FAST_PLAN) != 0;
	PG_TRY();
	{
		result = plan_next(BINGO_PLANNER_ARGUMENTS);
	}
	PG_FINALLY();
	{
		planned_text = outer_text;
		is_cursor = in_cursor;
	}
	PG_END_TRY();
	return result;
}

static PlannedStmt *
bingo_planned_planner(BINGO_PLANNER_PARAMETERS)
{
	if (followers > 0 || is_cursor || (cursorOptions & CURSOR_OPT_FAST_PLAN) != 0 || is_wanted())
		return plan_with_notes(BINGO_PLANNER_ARGUMENTS);
	return plan_next(BINGO_PLANNER_ARGUMENTS);
}

bool
bingo_planned_is_cursor(void)
{
	return is_cursor;
}

const char *
bingo_planned_text(void)
{
	return planned_text;
}

void
bingo_planned_follow(void)
{
	followers++;
}

void
bingo_planned_leave(void)
{
	followers--;
}

bool
bingo_planned_is(const char *text)
{
	return text != NULL && planned_text == text;
}

void
bingo_planned_init(bool (*wants) (void))
{
	is_wanted = wants;
	prev_planner_hook = planner_hook;
	planner_hook = bingo_planned_planner;
}
