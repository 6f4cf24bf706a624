/*
 * write/contain.c
 *	  The work at commit where it may run code of users and extensions, or compute what fails.
 *
 * An error in that is none of the statement's: the plain tables need not compare what
 * the window has to.  So the work is done in a subtransaction, and the error is a reason to
 * mark the window, which everybody may read: so without values.  Other orderings are spared the subtransaction.
 */
#include "postgres.h"

#include "base/attempt.h"
#include "definition/expression.h"
#include "definition/filter.h"
#include "definition/types.h"
#include "write/borrow.h"
#include "write/work.h"

typedef struct Attempt
{
	BingoWork  *work;
	const char *(*maintain) (BingoWork *work);
	const char *failure;
} Attempt;

bool
bingo_contain_errors(BingoWork *work)
{
	BingoOrdering *ordering;
	const BingoDefinition *definition;

	if (!bingo_catalog_find(bingo_pending_ordering(work->pending), work->patience, &ordering) ||
		ordering == NULL || ordering->definition == NULL)
		return false;
	definition = ordering->definition;
	return bingo_types_run_foreign_code(definition) || bingo_filter_may_fail(definition) ||
		bingo_expression_may_fail((Node *) definition->expressions) ||
		bingo_expression_may_exceed((Node *) definition->expressions) || bingo_expression_may_exceed((Node *) definition->filter);
}

static void
attempt(void *argument)
{
	Attempt    *attempt = argument;

	attempt->failure = attempt->maintain(attempt->work);
}

/* With an error all locks are lost that were had meanwhile. */
const char *
bingo_contain(BingoWork *work, const char *(*maintain) (BingoWork *work))
{
	Attempt		argument = {.work = work, .maintain = maintain};
	int			borrowed = bingo_borrow_count();
	ErrorData  *error = bingo_attempt_at_end(attempt, &argument);

	if (error == NULL)
		return argument.failure;
	bingo_borrow_forget(borrowed);
	/* memory that was not had is there again, with the subtransaction */
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	work->window.relation = NULL;
	work->gate = false;
	work->changes = 0;
	return psprintf("an error: %s", bingo_attempt_describe(error));
}
