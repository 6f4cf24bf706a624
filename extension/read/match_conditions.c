/*
 * read/match_conditions.c
 *	  Are the conditions of a query level the ordering's joins, and nothing else?
 *
 * A step of read/match.c, whose head says what is compared and why it is the
 * planner's equivalence classes.  Pure, as all of it: planner state and the
 * definition are read, nothing is changed, no catalog is read unless the reason
 * is wanted in words.
 *
 * The ordering's joins are sorted into classes of equal columns first, as the
 * planner has done with the query's conditions: whichever of the equal conditions
 * a query spells out, the classes are the same.  Then each class of the planner's
 * with two or more members must be one of these, member by member, under the same
 * operator family and collation.
 */
#include "postgres.h"

#include "optimizer/pathnode.h"

#include "base/compat.h"
#include "read/match_step.h"

/* A column that the ordering joins on, and its class of columns that are equal by the joins. */
typedef struct JoinedColumn
{
	int			table;
	AttrNumber	attno;
	int			class_no;
} JoinedColumn;

#define MAX_JOINED (BINGO_MAX_TABLES * BINGO_MAX_KEYS * 2)

static int
find_joined(JoinedColumn *columns, int *count, int table, AttrNumber attno)
{
	int			i;

	for (i = 0; i < *count; i++)
	{
		if (columns[i].table == table && columns[i].attno == attno)
			return i;
	}
	columns[i].table = table;
	columns[i].attno = attno;
	columns[i].class_no = i;
	(*count)++;
	return i;
}

/* Sorts the columns of the ordering's joins into classes of equal ones; returns their number. */
static int
classify_joins(const BingoDefinition *definition, JoinedColumn *columns)
{
	int			count = 0;
	int			t;

	for (t = 1; t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];
		int			j;

		for (j = 0; j < table->njoin; j++)
		{
			int			parent = find_joined(columns, &count, table->parent, table->join[j].parent_attno);
			int			own = find_joined(columns, &count, t, table->join[j].attno);
			int			from = columns[own].class_no;
			int			i;

			for (i = 0; i < count; i++)
			{
				if (columns[i].class_no == from)
					columns[i].class_no = columns[parent].class_no;
			}
		}
	}
	return count;
}

/* The joined column that an equivalence class has as a member, or -1. */
static int
find_member(const BingoDefinition *definition, const BingoMatch *match,
			const JoinedColumn *columns, int count, Expr *expr)
{
	Var		   *var = bingo_match_var(expr);
	int			table;
	int			i;

	if (var == NULL)
		return -1;
	table = bingo_match_table(definition, match, var->varno);
	for (i = 0; i < count; i++)
	{
		if (columns[i].table == table && columns[i].attno == var->varattno)
			return i;
	}
	return -1;
}

/* The operators that the ordering's joins of a class stand on are the query's. */
static bool
same_operators(const BingoDefinition *definition, const JoinedColumn *columns, int count,
			   int class_no, const EquivalenceClass *ec)
{
	int			t;

	for (t = 1; t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];
		int			j;

		for (j = 0; j < table->njoin; j++)
		{
			const BingoJoinColumn *join = &table->join[j];
			int			i;

			for (i = 0; i < count; i++)
			{
				if (columns[i].table == t && columns[i].attno == join->attno)
					break;
			}
			if (columns[i].class_no != class_no)
				continue;
			if (!list_member_oid(ec->ec_opfamilies, join->opfamily) || ec->ec_collation != join->collation)
				return false;
		}
	}
	return true;
}

/* Without those of a table that is expanded to itself. */
static int
count_members(const EquivalenceClass *ec)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		if (!((EquivalenceMember *) lfirst(lc))->em_is_child)
			count++;
	}
	return count;
}

/* The conditions of the query level are the ordering's joins and nothing else. */
bool
bingo_match_conditions(PlannerInfo *root, const BingoDefinition *definition, bool explain, BingoMatch *match)
{
	JoinedColumn columns[MAX_JOINED];
	bool		seen[MAX_JOINED] = {false};
	int			count = classify_joins(definition, columns);
	ListCell   *lc;
	int			i;

	if (root->join_info_list != NIL)
		BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it has an outer join, or a condition with EXISTS or IN");
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = (EquivalenceClass *) lfirst(lc);
		ListCell   *member;
		int			class_no = -1;
		int			members = 0;

		if (count_members(ec) < 2)
			continue;			/* only a sort key */
		if (ec->ec_has_const || ec->ec_has_volatile || ec->ec_broken)
			BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it has a condition with a constant or a parameter (WHERE, or a row-level security policy)");
		foreach(member, ec->ec_members)
		{
			EquivalenceMember *em = (EquivalenceMember *) lfirst(member);

			if (em->em_is_child)
				continue;
			i = find_member(definition, match, columns, count, em->em_expr);
			if (i < 0 || (class_no >= 0 && columns[i].class_no != class_no))
				BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it joins on columns that the ordering does not join on");
			class_no = columns[i].class_no;
			if (!seen[i])
				members++;
			seen[i] = true;
		}
		for (i = 0; i < count; i++)
		{
			if (columns[i].class_no == class_no)
				members--;
		}
		if (members != 0 || !same_operators(definition, columns, count, class_no, ec))
			BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it joins on other columns, or by another operator or collation, than the ordering");
	}

	for (i = 0; i < count; i++)
	{
		if (!seen[i])
			BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it lacks the ordering's join condition on %s",
				 bingo_match_column_name(definition, columns[i].table, columns[i].attno));
	}

	for (i = 0; i < definition->ntables; i++)
	{
		RelOptInfo *rel = find_base_rel(root, match->varnos[i]);

		if (rel->baserestrictinfo != NIL)
			BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it has a condition on table \"%s\" (WHERE, or a row-level security policy)",
				 bingo_match_table_name(definition->tables[i].relid));
		if (rel->joininfo != NIL)
			BINGO_MATCH_FAIL(BINGO_MATCH_CONDITIONS, "it has a condition that is not column = column");
	}
	return true;
}
