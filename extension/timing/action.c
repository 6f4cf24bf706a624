/*
 * timing/action.c
 *	  What a statement does, in words: the action that endpoints are found by.
 *
 * An action names the command, the tables and the columns that are compared
 * with a value, sorted; not the output columns, the order, constants, aliases,
 * white space or join conditions:
 *
 *		SELECT FROM customers WHERE customers.id =
 *		SELECT FROM customers, movies, sessions
 *		SELECT CALLS pg_sleep
 *		INSERT INTO sessions
 *		DELETE FROM sessions WHERE sessions.id =
 *
 * so statements that an application's author would call "the same" have the
 * same action, however its SQL is spelled ("x IN ($1)" and "x = $1" too).
 * Functions count for SELECT only, where count(*) makes another question of it.
 *
 * Only the grammar is used: no catalog, no lock, no right is needed, an action
 * does not depend on OIDs or on which tables exist, and can be computed at any
 * time, even while a statement fails.  Schemas are left out because the same
 * statement may or may not name them.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/position.h"
#include "timing/timing.h"

PG_FUNCTION_INFO_V1(bingo_statement_action);

typedef struct ActionContext
{
	List	   *tables;			/* names */
	List	   *ctes;			/* names that only look like tables */
	List	   *aliases;		/* alternating: alias, name */
	List	   *filters;		/* "table.column operator" */
	List	   *functions;
	bool		grouped;
	bool		distinct;
	bool		locking;
} ActionContext;

static List *
add_name(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return names;
	}
	return lappend(names, pstrdup(name));
}

static int
compare_names(const ListCell *left, const ListCell *right)
{
	return strcmp(lfirst(left), lfirst(right));
}

/* First pass: every name that the second one needs to resolve columns. */
static bool
collect_names(Node *node, ActionContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
	{
		RangeVar   *range = (RangeVar *) node;

		context->tables = add_name(context->tables, range->relname);
		if (range->alias)
			context->aliases = lappend(lappend(context->aliases, range->alias->aliasname),
									   range->relname);
		return false;
	}
	if (IsA(node, CommonTableExpr))
		context->ctes = add_name(context->ctes, ((CommonTableExpr *) node)->ctename);
	else if (IsA(node, FuncCall))
		context->functions = add_name(context->functions,
									  strVal(llast(((FuncCall *) node)->funcname)));
	else if (IsA(node, SelectStmt))
	{
		SelectStmt *select = (SelectStmt *) node;

		context->grouped |= select->groupClause != NIL;
		context->distinct |= select->distinctClause != NIL;
		context->locking |= select->lockingClause != NIL;
	}
	return raw_expression_tree_walker(node, collect_names, context);
}

static Node *
strip_casts(Node *node)
{
	while (node && IsA(node, TypeCast))
		node = ((TypeCast *) node)->arg;
	return node;
}

/* Does an expression depend on a row or on a query? */
static bool
contains_column(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef) || IsA(node, SubLink))
		return true;
	return raw_expression_tree_walker(node, contains_column, context);
}

static void
add_filter(ActionContext *context, Node *column, const char *operator)
{
	List	   *fields = ((ColumnRef *) column)->fields;
	const char *table = NULL;

	if (!IsA(llast(fields), String))
		return;					/* table.* */
	if (list_length(fields) > 1)
	{
		table = strVal(list_nth(fields, list_length(fields) - 2));
		for (int i = 0; i < list_length(context->aliases); i += 2)
		{
			if (strcmp(list_nth(context->aliases, i), table) == 0)
			{
				table = list_nth(context->aliases, i + 1);
				break;
			}
		}
	}
	else if (list_length(context->tables) == 1)
		table = linitial(context->tables);
	context->filters = add_name(context->filters,
								psprintf("%s%s%s %s", table ? table : "", table ? "." : "",
										 strVal(llast(fields)), operator));
}

/* Second pass, over conditions: columns that are compared with a value. */
static bool
collect_filters(Node *node, ActionContext *context)
{
	if (node == NULL || IsA(node, SelectStmt))
		return false;			/* a sub-select has its own conditions */
	if (IsA(node, NullTest))
	{
		NullTest   *test = (NullTest *) node;
		Node	   *argument = strip_casts((Node *) test->arg);

		if (argument && IsA(argument, ColumnRef))
			add_filter(context, argument,
					   test->nulltesttype == IS_NULL ? "IS NULL" : "IS NOT NULL");
	}
	if (IsA(node, A_Expr))
	{
		A_Expr	   *expression = (A_Expr *) node;
		Node	   *left = strip_casts(expression->lexpr);
		Node	   *right = strip_casts(expression->rexpr);
		const char *operator = strVal(llast(expression->name));

		if (left && right && IsA(left, ColumnRef) && !contains_column(right, NULL))
			add_filter(context, left, operator);
		else if (left && right && IsA(right, ColumnRef) && !contains_column(left, NULL))
			add_filter(context, right, operator);
	}
	return raw_expression_tree_walker(node, collect_filters, context);
}

static bool
find_conditions(Node *node, ActionContext *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SelectStmt))
		collect_filters(((SelectStmt *) node)->whereClause, context);
	else if (IsA(node, UpdateStmt))
		collect_filters(((UpdateStmt *) node)->whereClause, context);
	else if (IsA(node, DeleteStmt))
		collect_filters(((DeleteStmt *) node)->whereClause, context);
	else if (IsA(node, JoinExpr))
		collect_filters(((JoinExpr *) node)->quals, context);
	return raw_expression_tree_walker(node, find_conditions, context);
}

static void
append_names(StringInfo action, const char *before, List *names)
{
	ListCell   *cell;

	list_sort(names, compare_names);
	foreach(cell, names)
	{
		appendStringInfoString(action, before);
		appendStringInfoString(action, lfirst(cell));
		before = ", ";
	}
}

/* The command with its target, which is taken off the tables that are read. */
static RangeVar *
append_command(StringInfo action, Node *statement)
{
	RangeVar   *target = NULL;

	switch (nodeTag(statement))
	{
		case T_SelectStmt:
			appendStringInfoString(action, "SELECT");
			break;
		case T_InsertStmt:
			target = ((InsertStmt *) statement)->relation;
			appendStringInfo(action, "INSERT INTO %s", target->relname);
			break;
		case T_UpdateStmt:
			target = ((UpdateStmt *) statement)->relation;
			appendStringInfo(action, "UPDATE %s", target->relname);
			break;
		case T_DeleteStmt:
			target = ((DeleteStmt *) statement)->relation;
			appendStringInfo(action, "DELETE FROM %s", target->relname);
			break;
		case T_MergeStmt:
			target = ((MergeStmt *) statement)->relation;
			appendStringInfo(action, "MERGE INTO %s", target->relname);
			break;
		default:
			Assert(false);
	}
	return target;
}

static bool
is_optimizable(Node *statement)
{
	return IsA(statement, SelectStmt) || IsA(statement, InsertStmt) ||
		IsA(statement, UpdateStmt) || IsA(statement, DeleteStmt) || IsA(statement, MergeStmt);
}

static List *
remove_name(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return list_delete_cell(names, cell);
	}
	return names;
}

static void
describe_statement(Node *statement, StringInfo action)
{
	ActionContext context = {0};
	RangeVar   *target;
	ListCell   *cell;

	if (!is_optimizable(statement))
	{
		appendStringInfoString(action, CreateCommandName(statement));
		if (IsA(statement, CopyStmt) && ((CopyStmt *) statement)->relation)
			appendStringInfo(action, " %s", ((CopyStmt *) statement)->relation->relname);
		return;
	}
	collect_names(statement, &context);
	foreach(cell, context.ctes)
		context.tables = remove_name(context.tables, lfirst(cell));
	find_conditions(statement, &context);

	target = append_command(action, statement);
	if (target)
		context.tables = remove_name(context.tables, target->relname);
	append_names(action, " FROM ", context.tables);
	append_names(action, " WHERE ", context.filters);
	if (IsA(statement, SelectStmt))
		append_names(action, " CALLS ", context.functions);
	if (context.distinct)
		appendStringInfoString(action, " DISTINCT");
	if (context.grouped)
		appendStringInfoString(action, " GROUPED");
	if (context.locking)
		appendStringInfoString(action, " LOCKING");
}

/* Fits an action into its size; what is cut off still counts, as a hash. */
static void
copy_action(char target[BINGO_ACTION_SIZE], const StringInfo action)
{
	const int	tail = 2 + 16;	/* "~", hash and the end */

	if (action->len < BINGO_ACTION_SIZE)
	{
		memcpy(target, action->data, action->len + 1);
		return;
	}
	else
	{
		int			length = pg_mbcliplen(action->data, action->len, BINGO_ACTION_SIZE - tail);
		uint64		hash = DatumGetUInt64(hash_any_extended((unsigned char *) action->data,
															action->len, 0));

		snprintf(target, BINGO_ACTION_SIZE, "%.*s~%016llx", length, action->data,
				 (unsigned long long) hash);
	}
}

/*
 * A planned statement may stand in a utility statement, whose text is all there
 * is: what was planned is the statement inside.
 */
static Node *
find_planned(Node *statement)
{
	if (IsA(statement, PrepareStmt))
		return ((PrepareStmt *) statement)->query;
	if (IsA(statement, ExplainStmt))
		return find_planned(((ExplainStmt *) statement)->query);
	if (IsA(statement, DeclareCursorStmt))
		return ((DeclareCursorStmt *) statement)->query;
	if (IsA(statement, CreateTableAsStmt))
		return ((CreateTableAsStmt *) statement)->query;
	if (IsA(statement, CopyStmt) && ((CopyStmt *) statement)->query)
		return ((CopyStmt *) statement)->query;
	return statement;
}

/* The statement alone, of all that the client has sent; false if it isn't there, whatever a hook says of its place. */
bool
bingo_timing_find_statement(const char *source, int location, int length, const char **start, int *found)
{
	int			whole = source ? (int) strlen(source) : 0;

	location = Max(location, 0);
	if (location >= whole)
		return false;
	*start = source + location;
	*found = length > 0 ? Min(length, whole - location) : whole - location;
	while (*found > 0 && scanner_isspace(**start))
		(*start)++, (*found)--;
	while (*found > 0 && scanner_isspace((*start)[*found - 1]))
		(*found)--;
	return *found > 0;
}

/*
 * The action of the statement at a place in a text, as PlannedStmt gives it;
 * "planned" tells a statement that the executor runs from a utility statement.
 * Returns false if the text cannot be parsed.  Throws nothing; so it may be
 * called while a statement fails, but not inside PG_CATCH with the error still
 * on the stack.
 */
bool
bingo_timing_describe_action(const char *source, int location, int length, bool planned,
							 char action[BINGO_ACTION_SIZE])
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch;
	int			client_level = client_min_messages;
	int			log_level = BINGO_LOG_LEVEL;
	volatile bool described = false;
	const char *start;
	int			found;

	if (!bingo_timing_find_statement(source, location, length, &start, &found))
		return false;
	scratch = AllocSetContextCreate(caller, "bingo_tune action", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	/* Whoever sent the statement has had the grammar's warnings and notices. */
	client_min_messages = ERROR;
	BINGO_LOG_LEVEL = ERROR;
	PG_TRY();
	{
		List	   *statements = raw_parser(pnstrdup(start, found), RAW_PARSE_DEFAULT);
		StringInfoData words;

		if (list_length(statements) >= 1)
		{
			Node	   *statement = linitial_node(RawStmt, statements)->stmt;

			initStringInfo(&words);
			describe_statement(planned ? find_planned(statement) : statement, &words);
			copy_action(action, &words);
			described = true;
		}
	}
	PG_CATCH();
	{
		/* Only the grammar ran: there is nothing to clean up but the error. */
		MemoryContextSwitchTo(caller);
		FlushErrorState();
	}
	PG_END_TRY();
	client_min_messages = client_level;
	BINGO_LOG_LEVEL = log_level;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return described;
}

/* The action of a text that must be one statement. */
char *
bingo_timing_require_action(const char *statement)
{
	ErrorContextCallback callback = {error_context_stack, bingo_position_in, (void *) statement};
	List	   *statements;
	char		action[BINGO_ACTION_SIZE];
	StringInfoData words;

	error_context_stack = &callback;
	statements = raw_parser(statement, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an action is that of one statement, but %d were given",
						list_length(statements)),
				 errhint("Give one statement, such as 'SELECT * FROM film WHERE id = $1'.")));
	initStringInfo(&words);
	describe_statement(linitial_node(RawStmt, statements)->stmt, &words);
	copy_action(action, &words);
	return pstrdup(action);
}

/* The tables that a statement names, CTEs left out: a list of RangeVar. */
static bool
collect_ranges(Node *node, void *context)
{
	List	  **ranges = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
	{
		*ranges = lappend(*ranges, node);
		return false;
	}
	return raw_expression_tree_walker(node, collect_ranges, context);
}

List *
bingo_timing_list_tables(const char *statement)
{
	Node	   *parsed = linitial_node(RawStmt, raw_parser(statement, RAW_PARSE_DEFAULT))->stmt;
	ActionContext context = {0};
	List	   *ranges = NIL;
	List	   *tables = NIL;
	ListCell   *cell;

	if (!is_optimizable(parsed))
		return NIL;
	collect_names(parsed, &context);
	collect_ranges(parsed, &ranges);
	foreach(cell, ranges)
	{
		RangeVar   *range = lfirst(cell);

		if (range->schemaname != NULL || list_length(add_name(list_copy(context.ctes), range->relname)) > list_length(context.ctes))
			tables = lappend(tables, range);
	}
	return tables;
}

/* bingo_tune.statement_action(text) */
Datum
bingo_statement_action(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(bingo_timing_require_action(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}
