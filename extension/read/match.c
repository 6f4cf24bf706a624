/*
 * read/match.c
 *	  Does an ordering answer the query level that is being planned?
 *
 * Pure: it looks at the planner's state at UPPERREL_ORDERED and at the
 * ordering's definition, and changes nothing.  Called by the planner's hook
 * for each ordering that may fit, and on behalf of explain_ordering(), which
 * wants the reason in words.
 *
 * The planner's state is compared, not the parse tree, because by then views,
 * joins written as WHERE, operand order, constant conditions and policies that
 * allow everything have come to one form:
 *
 *	- the base relations are the ordering's tables, each once, plain, without
 *	  any condition of its own (a row-level security policy is one);
 *	- the equivalence classes of two and more columns are exactly those of the
 *	  ordering's joins, so every condition is a join of the ordering's and none
 *	  of the ordering's is missing;
 *	- the pathkeys are the ordering's sort keys, all of them: rows are skipped
 *	  by their number behind the window, which only a total order allows.  A
 *	  sort key may be any column of the class (equal columns sort alike);
 *	- the target list is made of the ordering's own columns, by exact Var: an
 *	  equal column may look different (1.0 and 1.00).  It holds nothing whose
 *	  evaluation for a skipped row would be noticed or could differ.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "read/match.h"
#include "read/match_step.h"

typedef struct ColumnWalk
{
	const BingoDefinition *definition;
	const BingoMatch *match;
	Node	   *foreign;		/* the first part that is no column of the ordering */
} ColumnWalk;

/* The clauses that change which rows there are, or what is done with them. */
static const char *
find_clause(const Query *parse)
{
	if (parse->commandType != CMD_SELECT)
		return "it is not a SELECT";
	if (parse->rowMarks != NIL)
		return "it locks rows (FOR UPDATE or FOR SHARE)";
	if (parse->hasAggs || parse->groupClause != NIL || parse->groupingSets != NIL || parse->havingQual != NULL)
		return "it aggregates";
	if (parse->distinctClause != NIL)
		return "it has DISTINCT";
	if (parse->hasWindowFuncs)
		return "it has window functions";
	if (parse->hasTargetSRFs)
		return "its select list has a set-returning function";
	if (parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return "it has FETCH ... WITH TIES";
	return NULL;
}

/*
 * Is the table expanded to others beside itself?  The mark that it may have
 * children outlasts the last of them until ANALYZE; it is then expanded to itself.
 */
static bool
has_children(PlannerInfo *root, int varno, const RangeTblEntry *rte)
{
	ListCell   *lc;

	if (!rte->inh)
		return false;
	foreach(lc, root->append_rel_list)
	{
		AppendRelInfo *info = lfirst_node(AppendRelInfo, lc);

		if (info->parent_relid == varno &&
			planner_rt_fetch(info->child_relid, root)->relid != rte->relid)
			return true;
	}
	return false;
}

/* The relations of the query level are the ordering's tables, each once. */
static bool
match_tables(PlannerInfo *root, const BingoDefinition *definition, bool explain, BingoMatch *match)
{
	int			varno = -1;
	int			found = 0;

	if (root->parse->setOperations != NULL)
		BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it is a UNION, INTERSECT or EXCEPT");
	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		RangeTblEntry *rte = planner_rt_fetch(varno, root);
		int			i;

		if (rte->rtekind != RTE_RELATION)
			BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it reads \"%s\", which is not a table", rte->eref->aliasname);
		for (i = 0; i < definition->ntables; i++)
		{
			if (definition->tables[i].relid == rte->relid)
				break;
		}
		if (i == definition->ntables)
			BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it reads table \"%s\", which the ordering does not have", bingo_match_table_name(rte->relid));
		if (match->varnos[i] != 0)
			BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it reads table \"%s\" more than once", bingo_match_table_name(rte->relid));
		if (has_children(root, varno, rte))
			BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "table \"%s\" has inheritance children", bingo_match_table_name(rte->relid));
		if (rte->tablesample != NULL)
			BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it has TABLESAMPLE");
		match->varnos[i] = varno;
		found++;
	}

	if (found < definition->ntables)
	{
		int			i;

		for (i = 0; match->varnos[i] != 0; i++)
			;
		BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "it does not read table \"%s\"", bingo_match_table_name(definition->tables[i].relid));
	}
	return true;
}

/* Does the class hold the column? */
static bool
has_column(const EquivalenceClass *ec, const BingoMatch *match, const BingoColumn *column)
{
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		Var		   *var = bingo_match_var(((EquivalenceMember *) lfirst(lc))->em_expr);

		if (var && var->varno == match->varnos[column->table] && var->varattno == column->attno)
			return true;
	}
	return false;
}

/* The query level sorts by the ordering's keys, all of them and no others. */
static bool
match_sort(PlannerInfo *root, const BingoDefinition *definition, bool explain, BingoMatch *match)
{
	ListCell   *lc;
	int			i = 0;

	foreach(lc, root->sort_pathkeys)
	{
		PathKey    *pathkey = (PathKey *) lfirst(lc);
		const BingoSortKey *key = &definition->sort[i];

		if (i == definition->nsort)
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "its ORDER BY has more keys than the ordering");
		if (pathkey->pk_eclass->ec_has_volatile || !has_column(pathkey->pk_eclass, match, &key->column))
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY is not %s", i + 1,
				 bingo_match_column_name(definition, key->column.table, key->column.attno));
		if (pathkey->pk_opfamily != key->opfamily)
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY sorts by another operator", i + 1);
		if (pathkey->pk_eclass->ec_collation != key->collation)
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY has another collation", i + 1);
		if (bingo_pathkey_descending(pathkey) != key->descending)
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY has the other direction", i + 1);
		if (pathkey->pk_nulls_first != key->nulls_first)
			BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY puts NULLs at the other end", i + 1);
		i++;
	}
	if (i < definition->nsort)
		BINGO_MATCH_FAIL(BINGO_MATCH_SORT, "its ORDER BY ends before %s",
			 bingo_match_column_name(definition, definition->sort[i].column.table, definition->sort[i].column.attno));
	return true;
}

/* Does the window have the column? */
static bool
is_output(const BingoDefinition *definition, const BingoMatch *match, const Var *var)
{
	int			table = var->varlevelsup == 0 ? bingo_match_table(definition, match, var->varno) : -1;
	int			i;

	for (i = 0; table >= 0 && i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];

		if (column->table == table && column->attno == var->varattno &&
			column->type == var->vartype && column->typmod == var->vartypmod &&
			column->collation == var->varcollid)
			return true;
	}
	return false;
}

/* Finds the first part of an expression that the window's columns can't give. */
static bool
find_foreign(Node *node, ColumnWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) ? !is_output(walk->definition, walk->match, (Var *) node) :
		IsA(node, PlaceHolderVar) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
	{
		walk->foreign = node;
		return true;
	}
	return expression_tree_walker(node, find_foreign, (void *) walk);
}

/*
 * A column that is sorted by but not selected may be any of its class, since
 * nobody sees it: the ordering's own sort key stands in for it.  Returns that,
 * or NULL if the entry of the target list is no such column.
 */
Var *
bingo_match_stand_in(PlannerInfo *root, const BingoDefinition *definition, const BingoMatch *match,
					 const TargetEntry *entry)
{
	const Var  *var = (const Var *) entry->expr;
	ListCell   *lc;
	int			i = 0;

	if (!entry->resjunk || !IsA(var, Var) || is_output(definition, match, var))
		return NULL;
	foreach(lc, root->sort_pathkeys)
	{
		const BingoColumn *column = &definition->sort[i++].column;
		BingoColumn wanted = *column;

		wanted.table = bingo_match_table(definition, match, var->varno);
		wanted.attno = var->varattno;
		if (wanted.table >= 0 && has_column(((PathKey *) lfirst(lc))->pk_eclass, match, &wanted) &&
			var->vartype == column->type && var->vartypmod == column->typmod && var->varcollid == column->collation)
			return makeVar(match->varnos[column->table], column->attno, column->type, column->typmod,
						   column->collation, 0);
	}
	return NULL;
}

/* The select list needs nothing but the ordering's columns. */
static bool
match_output(PlannerInfo *root, const BingoDefinition *definition, bool explain, BingoMatch *match)
{
	ColumnWalk	walk = {definition, match, NULL};
	ListCell   *lc;

	if (contain_volatile_functions((Node *) root->processed_tlist))
		BINGO_MATCH_FAIL(BINGO_MATCH_OUTPUT, "its select list has a volatile function");
	foreach(lc, root->processed_tlist)
	{
		TargetEntry *entry = (TargetEntry *) lfirst(lc);

		if (!find_foreign((Node *) entry->expr, &walk) ||
			bingo_match_stand_in(root, definition, match, entry) != NULL)
			continue;
		if (IsA(walk.foreign, Var))
		{
			Var		   *var = (Var *) walk.foreign;
			int			table = bingo_match_table(definition, match, var->varno);

			BINGO_MATCH_FAIL(BINGO_MATCH_OUTPUT, "it needs %s, which the ordering does not have",
				 table < 0 ? "a column" : bingo_match_column_name(definition, table, var->varattno));
		}
		BINGO_MATCH_FAIL(BINGO_MATCH_OUTPUT, "its select list has a subquery");
	}
	return true;
}

bool
bingo_match_ordering(PlannerInfo *root, RelOptInfo *input_rel,
					 const BingoOrdering *ordering, bool explain, BingoMatch *match)
{
	const BingoDefinition *definition = ordering->definition;
	const char *clause;

	memset(match, 0, sizeof(*match));
	if (definition == NULL)
		BINGO_MATCH_FAIL(BINGO_MATCH_TABLES, "the ordering cannot be used: %s", ordering->reason);

	/* the cheapest test first, unless somebody wants to know what differs */
	if (!explain && bms_num_members(root->all_baserels) != definition->ntables)
	{
		match->step = BINGO_MATCH_TABLES;
		return false;
	}
	if (!match_tables(root, definition, explain, match))
		return false;
	clause = find_clause(root->parse);
	/* from 16 on relids has outer joins, too: bingo_match_conditions() names them */
	if (clause == NULL && root->join_info_list == NIL &&
		!bms_equal(input_rel->relids, root->all_baserels))
		clause = "its rows are not those of a plain join";
	if (clause != NULL)
		BINGO_MATCH_FAIL(BINGO_MATCH_SHAPE, "%s", clause);

	if (!bingo_match_conditions(root, definition, explain, match) ||
		!match_sort(root, definition, explain, match) ||
		!match_output(root, definition, explain, match))
		return false;

	match->step = BINGO_MATCH_COMPLETE;
	return true;
}
