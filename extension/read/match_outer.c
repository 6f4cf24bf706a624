/*
 * read/match_outer.c
 *	  Are the outer joins within a core relation the ordering's LEFT JOINs?
 *
 * A step of read/match.c, the first one that needs all tables.  A table that the ordering
 * joins by LEFT JOIN may be joined in the query
 *
 *	- by LEFT JOIN, too.  Then the conditions of the join say which row is joined, and must be the
 *	  ordering's, no more and no less.  The planner keeps them apart from those that
 *	  choose rows: as clauses of both tables that are not "pushed down", or, if they
 *	  look at the right table only, as conditions of that table.  No condition of it proves or
 *	  filters anything above the join.
 *	- by an inner join, or by a LEFT JOIN that the planner has reduced to one, since a condition
 *	  is not true of NULLs.  Then its conditions are those of any join (read/match_joins.c), and
 *	  the rows of the window without a row of it are left out ("present"): the window has a column
 *	  that is NULL if and only if the row is missing (bingo_definition_presence()).
 *	- not at all, or only until the planner removed the join because nobody wants its columns: it
 *	  neither adds nor takes away a row.
 *
 * A condition "parent = constant" makes the planner replace "parent = own" by "own =
 * constant" below the join (reconsider_outer_join_clauses()), which joins the same rows.
 *
 * All that counts of a LEFT JOIN are its two tables and its conditions: the planner itself may
 * make it in any place where these are there.  What its conditions look at is among its tables
 * (min_lefthand and min_righthand), and each of them requires all of these: the parent and the table.  So of a table that is joined by LEFT JOIN a
 * condition that is "pushed down" to more tables than this one chooses rows above the join.
 *
 * From PostgreSQL 16 on the number of the join in each Var tells which join has made it NULL: a column
 * of the table below its join is not the one above it, of which classes and sort keys
 * are made ("nulled").
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/match_step.h"

/* Which conditions of which tables' joins the query has: a bit for each. */
typedef struct SaidJoins
{
	uint32		columns[BINGO_MAX_TABLES];
} SaidJoins;

bool
bingo_match_is_inside(const BingoMatch *match, const SpecialJoinInfo *join)
{
	return bms_is_subset(join->min_lefthand, match->relids) && bms_is_subset(join->min_righthand, match->relids);
}

Var *
bingo_match_make_var(const BingoMatch *match, int output)
{
	const BingoColumn *column = &match->ordering->definition->output[output];
	Var		   *var = makeVar(match->varnos[column->table], column->attno, column->type, column->typmod, column->collation, 0);

	bingo_set_nulling(var, bms_copy(match->nulled[column->table]));
	return var;
}

/* The ordering's table whose LEFT JOIN it is; -1 if it is another outer join, or of several tables. */
static int
find_table(PlannerInfo *root, const BingoMatch *match, const SpecialJoinInfo *join)
{
	int			varno;

	if (join->jointype != JOIN_LEFT || !bms_get_singleton_member(bingo_table_relids(root, join->min_righthand), &varno))
		return -1;
	return bingo_match_table(match, varno);
}

/* An outer join that is not the ordering's; "table" if it is a LEFT JOIN where that has a JOIN. */
static char *
describe(const BingoDefinition *definition, int table)
{
	if (table >= 0 && !definition->tables[table].optional)
		return psprintf("it joins table \"%s\" by LEFT JOIN, the ordering by JOIN",
						bingo_match_table_name(definition->tables[table].relid));
	return pstrdup(bingo_definition_has_optional(definition) ?
				   "it joins the ordering's tables by another outer join than the ordering's, EXISTS or IN" :
				   "it joins the ordering's tables by an outer join, EXISTS or IN");
}

/* Notes which tables are joined by LEFT JOIN; false if there is any other outer join. */
static bool
find_outer_joins(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = (SpecialJoinInfo *) lfirst(lc);
		int			table;

		if (!bms_overlap(join->min_lefthand, match->relids) || !bms_overlap(join->min_righthand, match->relids))
			continue;
		table = find_table(root, match, join);
		if (table > 0 && definition->tables[table].optional && match->outer[table] == NULL)
		{
			match->outer[table] = join;
			continue;
		}
		match->refused = true;
		if (match->explain)
			bingo_match_add_obstacle(match, describe(definition, table));
		return false;
	}
	return true;
}

/* Is the expression that column of a table, whatever has made it NULL? */
static bool
is_column(const BingoMatch *match, Node *expr, int table, AttrNumber attno)
{
	Var		   *var = bingo_match_var((Expr *) expr);

	return var != NULL && var->varno == match->varnos[table] && var->varattno == attno;
}

/* Is it an equality as that of the ordering's join? */
static bool
is_equality(const OpExpr *condition, const BingoJoinColumn *join)
{
	return IsA(condition, OpExpr) && list_length(condition->args) == 2 && condition->inputcollid == join->collation &&
		get_op_opfamily_strategy(condition->opno, join->opfamily) == BTEqualStrategyNumber &&
		op_volatile(condition->opno) == PROVOLATILE_IMMUTABLE;
}

static bool
is_true(Expr *clause)
{
	return IsA(clause, Const) && !((Const *) clause)->constisnull && DatumGetBool(((Const *) clause)->constvalue);
}

/* Is it a condition of the LEFT JOIN of an ordering's table?  Then it is noted. */
static bool
is_join_condition(PlannerInfo *root, const BingoMatch *match, const RestrictInfo *condition, SaidJoins *said)
{
	const BingoDefinition *definition = match->ordering->definition;
	const OpExpr *comparison = (const OpExpr *) condition->clause;
	Relids		tables = bingo_table_relids(root, condition->required_relids);

	for (int t = 1; t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];

		if (match->outer[t] == NULL || bms_num_members(tables) != 2 ||
			!bms_is_member(match->varnos[t], tables) || !bms_is_member(match->varnos[table->parent], tables))
			continue;
		if (is_true(condition->clause))
			return true;		/* there was one that was replaced */
		for (int j = 0; j < table->njoin; j++)
		{
			const BingoJoinColumn *join = &table->join[j];

			if (!is_equality(comparison, join))
				continue;
			for (int side = 0; side < 2; side++)
			{
				if (is_column(match, list_nth(comparison->args, side), t, join->attno) &&
					is_column(match, list_nth(comparison->args, 1 - side), table->parent, join->parent_attno))
				{
					said->columns[t] |= 1U << j;
					return true;
				}
			}
		}
	}
	return false;
}

/* Has the parent's column that value in every row? */
static bool
has_value(PlannerInfo *root, const BingoMatch *match, int t, int j, Node *value)
{
	const BingoTable *table = &match->ordering->definition->tables[t];
	const BingoJoinColumn *join = &table->join[j];
	ListCell   *lc;
	ListCell   *member;

	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = (EquivalenceClass *) lfirst(lc);

		if (!EC_MUST_BE_REDUNDANT(ec) || ec->ec_broken || ec->ec_has_volatile ||
			!list_member_oid(ec->ec_opfamilies, join->opfamily) || ec->ec_collation != join->collation ||
			!bingo_match_has_column(match, ec, table->parent, join->parent_attno))
			continue;
		foreach(member, ec->ec_members)
		{
			EquivalenceMember *em = (EquivalenceMember *) lfirst(member);

			if (em->em_is_const && equal(em->em_expr, value))
				return true;
		}
	}
	return false;
}

/* Is it "own = constant", where the parent's column has that value?  Then it is noted. */
static bool
is_replaced_condition(PlannerInfo *root, const BingoMatch *match, int t, const RestrictInfo *condition, SaidJoins *said)
{
	const BingoTable *table = &match->ordering->definition->tables[t];
	const OpExpr *comparison = (const OpExpr *) condition->clause;

	for (int j = 0; j < table->njoin; j++)
	{
		const BingoJoinColumn *join = &table->join[j];

		if (!is_equality(comparison, join))
			continue;
		for (int side = 0; side < 2; side++)
		{
			if (is_column(match, list_nth(comparison->args, side), t, join->attno) &&
				has_value(root, match, t, j, list_nth(comparison->args, 1 - side)))
			{
				said->columns[t] |= 1U << j;
				return true;
			}
		}
	}
	return false;
}

/* The conditions of the LEFT JOINs are the ordering's. */
static void
match_conditions(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	SaidJoins	said = {{0}};

	for (int t = 0; t < definition->ntables; t++)
	{
		RelOptInfo *rel = match->varnos[t] == 0 ? NULL : find_base_rel(root, match->varnos[t]);
		ListCell   *lc;

		foreach(lc, rel && match->outer[t] ? rel->baserestrictinfo : NIL)
		{
			if (!is_replaced_condition(root, match, t, (RestrictInfo *) lfirst(lc), &said))
				BINGO_MATCH_REFUSE(match, "its LEFT JOIN of table \"%s\" has a condition that the ordering's has not",
								   bingo_match_table_name(definition->tables[t].relid));
		}
		foreach(lc, rel ? rel->joininfo : NIL)
		{
			RestrictInfo *condition = (RestrictInfo *) lfirst(lc);

			if (condition->is_pushed_down || !bms_is_subset(condition->required_relids, match->relids))
				continue;
			if (!is_join_condition(root, match, condition, &said))
				BINGO_MATCH_REFUSE(match, "one of its LEFT JOINs has a condition that the ordering's has not");
		}
	}
	for (int t = 1; t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];

		for (int j = 0; match->outer[t] != NULL && j < table->njoin; j++)
		{
			if ((said.columns[t] & (1U << j)) == 0)
				BINGO_MATCH_REFUSE(match, "it lacks the ordering's join condition on %s",
								   bingo_match_column_name(definition, t, table->join[j].attno));
		}
	}
}

/* Rows of the window without a row of a table that the query joins by an inner join are none of its rows. */
static void
require_present(BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	for (int t = 1; t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];
		NullTest   *test;

		if (!table->optional || match->varnos[t] == 0 || match->outer[t] != NULL)
			continue;
		if (match->outer[table->parent] != NULL)
		{
			/* not to be seen: the condition that joins it would have made that an inner join, too */
			BINGO_MATCH_REFUSE(match, "it joins table \"%s\" by JOIN below a LEFT JOIN", bingo_match_table_name(table->relid));
			continue;
		}
		test = makeNode(NullTest);
		test->arg = (Expr *) bingo_match_make_var(match, bingo_definition_presence(definition, t));
		test->nulltesttype = IS_NOT_NULL;
		test->argisrow = false; /* of a row type it is the value that is missing */
		test->location = -1;
		match->present = lappend(match->present, test);
	}
}

bool
bingo_match_outer(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	if (!find_outer_joins(root, match))
		return false;
	for (int t = 0; t < definition->ntables; t++)
	{
		if (match->varnos[t] != 0)
			match->nulled[t] = bms_intersect(bingo_nulling_relids(find_base_rel(root, match->varnos[t])), match->relids);
	}
	match_conditions(root, match);
	if (!match->refused || match->explain)
		require_present(match);
	return !match->refused || match->explain;
}
