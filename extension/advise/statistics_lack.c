/*
 * advise/statistics_lack.c
 *	  Which statistics of expressions the planner should have: kinds statistics and analyze.
 *
 * advise() has reckoned with all of them (advise/statistics.c).  The server has none, until they are made; so each statement
 * is planned once more, with the chosen indexes, but without one of them.  If its plan is another one then, whose cost differs
 * by so much that it matters, it is misled: what is cheap by the planner's guess need not be.
 *
 * What gives statistics: an index of all rows that has the expression, which is there or chosen, once the table is ANALYZEd.
 * Without one CREATE STATISTICS, of a table that has no parts: the planner looks for those at each part, where nobody would make them.
 * A partial index has statistics that the planner does not use.  And whoever builds an index on an expression ANALYZEs, whatever
 * plans say: the examples have few values, and nothing else would do it until enough rows have changed.
 *
 * So a plan is never chosen by what the server then does not know, unless the role may not read the table, or its rows
 * could not be looked at: then the planner's own guess was taken before and after.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_statistic_ext.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "advise/expression.h"
#include "base/relations.h"

static bool
plan_now(const BingoAdvise *advise, BingoAdviseStatement *statement, BingoAdvisePlan *plan)
{
	return statement->ordering != NULL ? bingo_advise_plan_served(advise, statement, plan) : bingo_advise_plan(advise, statement, plan);
}

static bool
is_misled(const BingoAdvise *advise, BingoAdviseStatement *statement, const BingoAdviseExpression *expression)
{
	BingoAdvisePlan knowing = {0};
	BingoAdvisePlan guessing = {0};
	bool		planned = plan_now(advise, statement, &knowing);

	bingo_advise_hide_expression(expression);
	planned = planned && plan_now(advise, statement, &guessing);
	bingo_advise_hide_expression(NULL);
	return planned && knowing.shape != guessing.shape &&
		(bingo_advise_is_less(statement, knowing.cost, guessing.cost) || bingo_advise_is_less(statement, guessing.cost, knowing.cost));
}

void
bingo_advise_find_misled(BingoAdvise *advise)
{
	ListCell   *cell;

	foreach(cell, advise->expressions)
	{
		BingoAdviseExpression *expression = lfirst(cell);
		ListCell   *place;

		foreach(place, expression->statistics ? expression->statements : NIL)
		{
			BingoAdviseStatement *statement = lfirst(place);
			MemoryContext caller;

			CHECK_FOR_INTERRUPTS();
			if (!list_member_ptr(advise->statements, statement) || statement->hidden || (statement->ordering != NULL && statement->ordering->counts) ||
				!is_misled(advise, statement, expression))
				continue;
			caller = MemoryContextSwitchTo(advise->context);
			expression->misled = lappend(expression->misled, statement);
			MemoryContextSwitchTo(caller);
		}
	}
}

bool
bingo_advise_is_misled(const BingoAdvise *advise, const BingoAdviseStatement *statement)
{
	ListCell   *cell;

	foreach(cell, advise->expressions)
	{
		if (list_member_ptr(((const BingoAdviseExpression *) lfirst(cell))->misled, statement))
			return true;
	}
	return false;
}

/* --- what gives them --- */

static const BingoAdviseIndex *
find_chosen(const BingoAdvise *advise, const BingoAdviseExpression *expression)
{
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		const BingoAdviseIndex *index = lfirst(cell);

		for (int i = 0; index->relid == expression->relid && index->predicate == NULL && i < index->nkeys; i++)
		{
			if (index->keys[i].is_expression && strcmp(index->keys[i].name, expression->name) == 0)
				return index;
		}
	}
	return NULL;
}

static bool
has_parts(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE || find_inheritance_children(relid, NoLock) != NIL;
}

static bool
is_taken(const List *names, const char *name, Oid schema)
{
	const ListCell *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return SearchSysCacheExists2(STATEXTNAMENSP, CStringGetDatum(name), ObjectIdGetDatum(schema));
}

/* As PostgreSQL 16 calls them. */
static char *
choose_name(Oid relid, List **names)
{
	char	   *label = bingo_relations_label(relid);
	Oid			schema = get_rel_namespace(relid);
	char	   *name;
	int			number = 0;

	do
	{
		char	   *end = number > 0 ? psprintf("_expr_stat%d", number) : pstrdup("_expr_stat");

		name = psprintf("%.*s%s", pg_mbcliplen(label, strlen(label), NAMEDATALEN - 1 - strlen(end)), label, end);
		number++;
	} while (is_taken(*names, name, schema));
	*names = lappend(*names, name);
	return quote_qualified_identifier(bingo_relations_schema(schema), name);
}

/* --- rows --- */

static BingoAdviseRow *
statistics_row(const BingoAdviseExpression *expression, List **names)
{
	BingoAdviseRow *row = palloc0(sizeof(BingoAdviseRow));

	row->kind = "statistics";
	row->statistics = choose_name(expression->relid, names);
	row->table = expression->relid;
	row->serves = list_copy(expression->misled);
	row->command = psprintf("CREATE STATISTICS %s ON (%s) FROM %s", row->statistics, expression->name, bingo_advise_table(expression->relid));
	row->reason = psprintf("the planner guesses how many rows %s finds, and takes another plan than if it knew", expression->name);
	return row;
}

/* That of the table, one for all that is new of it. */
static void
add_analyze(List **rows, const BingoAdviseExpression *expression, const BingoAdviseIndex *index)
{
	BingoAdviseRow *row = NULL;
	ListCell   *cell;

	foreach(cell, *rows)
	{
		if (((BingoAdviseRow *) lfirst(cell))->table == expression->relid)
			row = lfirst(cell);
	}
	if (row == NULL)
	{
		row = palloc0(sizeof(BingoAdviseRow));
		row->kind = "analyze";
		row->analyzes = true;
		row->table = expression->relid;
		row->command = psprintf("ANALYZE %s", bingo_advise_table(expression->relid));
		*rows = lappend(*rows, row);
	}
	row->reason = row->reason ? psprintf("%s, %s", row->reason, expression->name) :
		psprintf("finds out what the planner would guess: how many rows have which value of %s", expression->name);
	row->serves = list_concat_unique_ptr(row->serves, expression->misled);
	if (index != NULL)
		row->serves = list_concat_unique_ptr(row->serves, index->served);
}

/* The one for each expression of a table, whoever looked at it. */
static bool
is_first(const BingoAdvise *advise, const BingoAdviseExpression *expression)
{
	ListCell   *cell;

	foreach(cell, advise->expressions)
	{
		BingoAdviseExpression *other = lfirst(cell);

		if (other == expression)
			return true;
		if (other->relid == expression->relid && strcmp(other->name, expression->name) == 0 && (other->misled != NIL || expression->misled == NIL))
			return false;
	}
	return true;
}

/* First what is made, then the ANALYZE of each table. */
List *
bingo_advise_statistics_rows(const BingoAdvise *advise)
{
	List	   *made = NIL;
	List	   *analyzed = NIL;
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, advise->expressions)
	{
		const BingoAdviseExpression *expression = lfirst(cell);
		const BingoAdviseIndex *index = find_chosen(advise, expression);
		bool		indexed = index != NULL || bingo_advise_has_expression(expression->relid, expression->name);

		if ((index == NULL && expression->misled == NIL) || !is_first(advise, expression) || (!indexed && has_parts(expression->relid)) ||
			get_rel_relkind(expression->relid) == '\0')
			continue;			/* the last: it is gone by now */
		if (!indexed)
			made = lappend(made, statistics_row(expression, &names));
		add_analyze(&analyzed, expression, index);
	}
	return list_concat(made, analyzed);
}
