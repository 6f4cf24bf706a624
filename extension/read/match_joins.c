/*
 * read/match_joins.c
 *	  Are the joins of a core relation the ordering's joins?
 *
 * A step of read/match.c, whose head says what is compared and why it is the
 * planner's equivalence classes.
 *
 * Invariant: the rows of the joined relation are those of the ordering's joins
 * that satisfy the conditions which read/match_filter.c collects.  So:
 *
 *	- each join of the ordering stands in one class, both columns, under the same
 *	  operator family and collation; a class with a constant does as well, for
 *	  then each of the two columns has a condition that it equals the constant;
 *	- the class is one by its values: timestamp and timestamptz are equal by TimeZone, and two
 *	  timestamps that equal one timestamptz may differ;
 *	- no class says more than the ordering's joins do.  Its members within the
 *	  core must be connected: by a join of the ordering, or by standing in one
 *	  table, where the planner makes a condition of that table from them.  Of a
 *	  class with a constant each member has its own condition.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/expression.h"
#include "definition/types.h"
#include "read/match_step.h"

/* A member of a class within the core. */
typedef struct CoreMember
{
	const EquivalenceMember *member;
	int			table;			/* its only table, or -1 */
	int			component;
} CoreMember;

/* More members than that within one core are taken for a join that the ordering lacks. */
#define MAX_MEMBERS 32

/* Are two types equal by nothing but the values, in every family of the class that knows both? */
static bool
are_exact(const EquivalenceClass *ec, Oid left, Oid right)
{
	ListCell   *lc;

	foreach(lc, ec->ec_opfamilies)
	{
		Oid			operator = get_opfamily_member(lfirst_oid(lc), left, right, BTEqualStrategyNumber);

		if (OidIsValid(operator) && op_volatile(operator) != PROVOLATILE_IMMUTABLE)
			return false;
	}
	return true;
}

bool
bingo_match_is_exact(const EquivalenceClass *ec)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, ec->ec_members)
	{
		Oid			type = ((EquivalenceMember *) lfirst(lc))->em_datatype;

		foreach(other, ec->ec_members)
		{
			Oid			other_type = ((EquivalenceMember *) lfirst(other))->em_datatype;

			if (other_type == type)
				break;			/* it was compared with those behind it already */
			if (!are_exact(ec, other_type, type))
				return false;
		}
	}
	return true;
}

bool
bingo_match_has_column(const BingoMatch *match, const EquivalenceClass *ec, int table, AttrNumber attno)
{
	ListCell   *lc;

	if (!bingo_match_is_exact(ec))
		return false;
	foreach(lc, ec->ec_members)
	{
		if (bingo_match_is_column(match, (EquivalenceMember *) lfirst(lc), table, attno))
			return true;
	}
	return false;
}

static Node *
strip_casts(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

static bool
set_nulling(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		bingo_set_nulling((Var *) node, (Relids) context);
	return expression_tree_walker(node, set_nulling, context);
}

Node *
bingo_match_make_kept(const BingoMatch *match, const BingoColumn *column)
{
	Node	   *expression = bingo_expression_of(match->ordering->definition, column, match->varnos[column->table]);

	(void) set_nulling(expression, match->nulled[column->table]);
	return expression;
}

bool
bingo_match_is_kept(const BingoMatch *match, Node *node, const BingoColumn *column)
{
	return match->varnos[column->table] != 0 && equal(strip_casts(node), strip_casts(bingo_match_make_kept(match, column)));
}

bool
bingo_match_has_kept(const BingoMatch *match, const EquivalenceClass *ec, const BingoColumn *column)
{
	ListCell   *lc;

	if (column->attno != InvalidAttrNumber)
		return bingo_match_has_column(match, ec, column->table, column->attno);
	/* who has called a function of PostgreSQL's own volatile must not find his statement failing */
	if (!bingo_match_is_exact(ec) || ec->ec_has_volatile)
		return false;
	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *member = (EquivalenceMember *) lfirst(lc);

		if (!member->em_is_child && bms_is_subset(member->em_relids, match->relids) &&
			bingo_match_is_kept(match, (Node *) member->em_expr, column))
			return true;
	}
	return false;
}

bool
bingo_match_stands_for_join(const BingoMatch *match, const EquivalenceClass *ec, int t, int j)
{
	const BingoTable *table = &match->ordering->definition->tables[t];
	const BingoJoinColumn *join = &table->join[j];

	return !ec->ec_has_volatile && !ec->ec_broken &&
		list_member_oid(ec->ec_opfamilies, join->opfamily) && ec->ec_collation == join->collation &&
		bingo_match_has_column(match, ec, t, join->attno) &&
		bingo_match_has_column(match, ec, table->parent, join->parent_attno);
}

BingoStandIn *
bingo_match_find_joined(const BingoMatch *match, Var *var)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			number = var->varlevelsup == 0 ? bingo_match_table(match, var->varno) : -1;

	for (int t = 1; number >= 0 && t < definition->ntables; t++)
	{
		const BingoTable *table = &definition->tables[t];

		if (table->optional || definition->tables[table->parent].optional || (number != t && number != table->parent))
			continue;			/* a row without a partner has a value on one side only */
		for (int j = 0; j < table->njoin; j++)
		{
			const BingoJoinColumn *join = &table->join[j];
			const BingoColumn *column = number == t ? &join->own_column : &join->parent_column;
			BingoColumn other = number == t ? join->parent_column : join->own_column;
			BingoStandIn *stand_in;
			Oid			compared;

			if (column->attno != var->varattno || other.type != var->vartype || other.typmod != var->vartypmod ||
				other.collation != var->varcollid ||
				bingo_types_image_family(var->vartype, var->varcollid, &compared) != join->opfamily || join->collation != var->varcollid)
				continue;
			other.table = number == t ? table->parent : t;
			stand_in = palloc(sizeof(BingoStandIn));
			stand_in->var = var;
			for (stand_in->output = 0; stand_in->output < definition->noutput; stand_in->output++)
				if (definition->output[stand_in->output].table == other.table &&
					definition->output[stand_in->output].attno == other.attno)
					return stand_in;
			pfree(stand_in);
		}
	}
	return NULL;
}

/* Each join of the ordering is a join of the query's. */
static void
require_joins(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			t;

	for (t = 1; t < definition->ntables; t++)
	{
		int			j;

		if (match->varnos[t] == 0 || match->outer[t] != NULL)
			continue;			/* read/match_outer.c has looked at it */
		for (j = 0; j < definition->tables[t].njoin; j++)
		{
			ListCell   *lc;

			foreach(lc, root->eq_classes)
			{
				if (bingo_match_stands_for_join(match, (EquivalenceClass *) lfirst(lc), t, j))
					break;
			}
			if (lc == NULL)
				BINGO_MATCH_REFUSE(match, "it lacks the ordering's join condition on %s",
								   bingo_match_column_name(definition, t, definition->tables[t].join[j].attno));
		}
	}
}

/* The members of a class within the core; -1 if there are too many. */
static int
collect_members(const BingoMatch *match, const EquivalenceClass *ec, CoreMember *members)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *member = (EquivalenceMember *) lfirst(lc);
		int			varno;

		if (member->em_is_child || member->em_is_const || bms_is_empty(member->em_relids) ||
			!bms_is_subset(member->em_relids, match->relids))
			continue;
		if (count == MAX_MEMBERS)
			return -1;
		members[count].member = member;
		members[count].table = bms_get_singleton_member(member->em_relids, &varno) ? bingo_match_table(match, varno) : -1;
		members[count].component = count;
		count++;
	}
	return count;
}

static void
connect(CoreMember *members, int count, int a, int b)
{
	int			from = members[a].component;
	int			i;

	for (i = 0; i < count; i++)
	{
		if (members[i].component == from)
			members[i].component = members[b].component;
	}
}

/* Does a join of the ordering's say that the two are equal? */
static bool
are_joined(const BingoMatch *match, const EquivalenceClass *ec, const CoreMember *dimension, const CoreMember *parent)
{
	const BingoTable *table = &match->ordering->definition->tables[dimension->table];
	int			j;

	if (table->parent != parent->table)
		return false;
	for (j = 0; j < table->njoin; j++)
	{
		if (bingo_match_is_column(match, dimension->member, dimension->table, table->join[j].attno) &&
			bingo_match_is_column(match, parent->member, parent->table, table->join[j].parent_attno) &&
			bingo_match_stands_for_join(match, ec, dimension->table, j))
			return true;
	}
	return false;
}

/* Does the class say nothing that the ordering's joins, or conditions of one table, don't say? */
static bool
is_implied(const BingoMatch *match, const EquivalenceClass *ec)
{
	CoreMember	members[MAX_MEMBERS];
	int			count;
	int			a;

	count = collect_members(match, ec, members);
	if (count >= 0 && count < 2)
		return true;
	if (count < 0 || ec->ec_broken || ec->ec_has_volatile)
		return false;
	for (a = 0; a < count; a++)
	{
		int			b;

		if (members[a].table < 0)
			return false;
		for (b = 0; b < count; b++)
		{
			if (members[a].component != members[b].component && members[b].table >= 0 &&
				(members[a].table == members[b].table || are_joined(match, ec, &members[a], &members[b])))
				connect(members, count, a, b);
		}
	}
	for (a = 1; a < count; a++)
	{
		if (members[a].component != members[0].component)
			return false;
	}
	return true;
}

void
bingo_match_joins(PlannerInfo *root, BingoMatch *match)
{
	ListCell   *lc;

	require_joins(root, match);
	if (match->refused && !match->explain)
		return;
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = (EquivalenceClass *) lfirst(lc);

		if (ec->ec_has_const ? ec->ec_broken && bms_overlap(ec->ec_relids, match->relids) : !is_implied(match, ec))
			BINGO_MATCH_REFUSE(match, "it joins on other columns, or by another operator or collation, than the ordering");
	}
}
