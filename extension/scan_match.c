/*
 * scan_match.c
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

#include "compat.h"
#include "scan_match.h"

/* Ends the comparison; the words are only made for somebody who reads them. */
#define FAIL(failed_step, ...) \
	do { \
		match->step = (failed_step); \
		if (explain) \
			match->reason = psprintf(__VA_ARGS__); \
		return false; \
	} while (0)

/* A column that the ordering joins on, and its class of columns that are equal by the joins. */
typedef struct JoinedColumn
{
	int			table;
	AttrNumber	attno;
	int			class_no;
} JoinedColumn;

#define MAX_JOINED (BINGO_MAX_TABLES * BINGO_MAX_KEYS * 2)

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

/* The ordering's table that a range table index stands for, or -1. */
static int
find_table(const BingoDefinition *definition, const BingoMatch *match, Index varno)
{
	int			i;

	for (i = 0; i < definition->ntables; i++)
	{
		if (match->varnos[i] == varno)
			return i;
	}
	return -1;
}

static const char *
table_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	return name ? name : "(dropped)";
}

static const char *
column_name(const BingoDefinition *definition, int table, AttrNumber attno)
{
	Oid			relid = definition->tables[table].relid;
	char	   *name;

	if (attno == InvalidAttrNumber)
		return psprintf("all columns of %s", table_name(relid));
	name = get_attname(relid, attno, true);
	return psprintf("%s.%s", table_name(relid), name ? name : "(dropped)");
}

/* A binary-compatible cast (varchar to text in a sort key) changes no value. */
static Var *
strip_to_var(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr && IsA(expr, Var) && ((Var *) expr)->varlevelsup == 0 ? (Var *) expr : NULL;
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
		FAIL(BINGO_MATCH_TABLES, "it is a UNION, INTERSECT or EXCEPT");
	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		RangeTblEntry *rte = planner_rt_fetch(varno, root);
		int			i;

		if (rte->rtekind != RTE_RELATION)
			FAIL(BINGO_MATCH_TABLES, "it reads \"%s\", which is not a table", rte->eref->aliasname);
		for (i = 0; i < definition->ntables; i++)
		{
			if (definition->tables[i].relid == rte->relid)
				break;
		}
		if (i == definition->ntables)
			FAIL(BINGO_MATCH_TABLES, "it reads table \"%s\", which the ordering does not have", table_name(rte->relid));
		if (match->varnos[i] != 0)
			FAIL(BINGO_MATCH_TABLES, "it reads table \"%s\" more than once", table_name(rte->relid));
		if (has_children(root, varno, rte))
			FAIL(BINGO_MATCH_TABLES, "table \"%s\" has inheritance children", table_name(rte->relid));
		if (rte->tablesample != NULL)
			FAIL(BINGO_MATCH_TABLES, "it has TABLESAMPLE");
		match->varnos[i] = varno;
		found++;
	}

	if (found < definition->ntables)
	{
		int			i;

		for (i = 0; match->varnos[i] != 0; i++)
			;
		FAIL(BINGO_MATCH_TABLES, "it does not read table \"%s\"", table_name(definition->tables[i].relid));
	}
	return true;
}


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
	Var		   *var = strip_to_var(expr);
	int			table;
	int			i;

	if (var == NULL)
		return -1;
	table = find_table(definition, match, var->varno);
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
static bool
match_conditions(PlannerInfo *root, const BingoDefinition *definition, bool explain, BingoMatch *match)
{
	JoinedColumn columns[MAX_JOINED];
	bool		seen[MAX_JOINED] = {false};
	int			count = classify_joins(definition, columns);
	ListCell   *lc;
	int			i;

	if (root->join_info_list != NIL)
		FAIL(BINGO_MATCH_CONDITIONS, "it has an outer join, or a condition with EXISTS or IN");
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = (EquivalenceClass *) lfirst(lc);
		ListCell   *member;
		int			class_no = -1;
		int			members = 0;

		if (count_members(ec) < 2)
			continue;			/* only a sort key */
		if (ec->ec_has_const || ec->ec_has_volatile || ec->ec_broken)
			FAIL(BINGO_MATCH_CONDITIONS, "it has a condition with a constant or a parameter (WHERE, or a row-level security policy)");
		foreach(member, ec->ec_members)
		{
			EquivalenceMember *em = (EquivalenceMember *) lfirst(member);

			if (em->em_is_child)
				continue;
			i = find_member(definition, match, columns, count, em->em_expr);
			if (i < 0 || (class_no >= 0 && columns[i].class_no != class_no))
				FAIL(BINGO_MATCH_CONDITIONS, "it joins on columns that the ordering does not join on");
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
			FAIL(BINGO_MATCH_CONDITIONS, "it joins on other columns, or by another operator or collation, than the ordering");
	}

	for (i = 0; i < count; i++)
	{
		if (!seen[i])
			FAIL(BINGO_MATCH_CONDITIONS, "it lacks the ordering's join condition on %s",
				 column_name(definition, columns[i].table, columns[i].attno));
	}

	for (i = 0; i < definition->ntables; i++)
	{
		RelOptInfo *rel = find_base_rel(root, match->varnos[i]);

		if (rel->baserestrictinfo != NIL)
			FAIL(BINGO_MATCH_CONDITIONS, "it has a condition on table \"%s\" (WHERE, or a row-level security policy)",
				 table_name(definition->tables[i].relid));
		if (rel->joininfo != NIL)
			FAIL(BINGO_MATCH_CONDITIONS, "it has a condition that is not column = column");
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
		Var		   *var = strip_to_var(((EquivalenceMember *) lfirst(lc))->em_expr);

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
			FAIL(BINGO_MATCH_SORT, "its ORDER BY has more keys than the ordering");
		if (pathkey->pk_eclass->ec_has_volatile || !has_column(pathkey->pk_eclass, match, &key->column))
			FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY is not %s", i + 1,
				 column_name(definition, key->column.table, key->column.attno));
		if (pathkey->pk_opfamily != key->opfamily)
			FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY sorts by another operator", i + 1);
		if (pathkey->pk_eclass->ec_collation != key->collation)
			FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY has another collation", i + 1);
		if (bingo_pathkey_descending(pathkey) != key->descending)
			FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY has the other direction", i + 1);
		if (pathkey->pk_nulls_first != key->nulls_first)
			FAIL(BINGO_MATCH_SORT, "key %d of its ORDER BY puts NULLs at the other end", i + 1);
		i++;
	}
	if (i < definition->nsort)
		FAIL(BINGO_MATCH_SORT, "its ORDER BY ends before %s",
			 column_name(definition, definition->sort[i].column.table, definition->sort[i].column.attno));
	return true;
}

/* Does the window have the column? */
static bool
is_output(const BingoDefinition *definition, const BingoMatch *match, const Var *var)
{
	int			table = var->varlevelsup == 0 ? find_table(definition, match, var->varno) : -1;
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

		wanted.table = find_table(definition, match, var->varno);
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
		FAIL(BINGO_MATCH_OUTPUT, "its select list has a volatile function");
	foreach(lc, root->processed_tlist)
	{
		TargetEntry *entry = (TargetEntry *) lfirst(lc);

		if (!find_foreign((Node *) entry->expr, &walk) ||
			bingo_match_stand_in(root, definition, match, entry) != NULL)
			continue;
		if (IsA(walk.foreign, Var))
		{
			Var		   *var = (Var *) walk.foreign;
			int			table = find_table(definition, match, var->varno);

			FAIL(BINGO_MATCH_OUTPUT, "it needs %s, which the ordering does not have",
				 table < 0 ? "a column" : column_name(definition, table, var->varattno));
		}
		FAIL(BINGO_MATCH_OUTPUT, "its select list has a subquery");
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
		FAIL(BINGO_MATCH_TABLES, "the ordering cannot be used: %s", ordering->reason);

	/* the cheapest test first, unless somebody wants to know what differs */
	if (!explain && bms_num_members(root->all_baserels) != definition->ntables)
	{
		match->step = BINGO_MATCH_TABLES;
		return false;
	}
	if (!match_tables(root, definition, explain, match))
		return false;
	clause = find_clause(root->parse);
	/* from 16 on relids has outer joins, too: match_conditions() names them */
	if (clause == NULL && root->join_info_list == NIL &&
		!bms_equal(input_rel->relids, root->all_baserels))
		clause = "its rows are not those of a plain join";
	if (clause != NULL)
		FAIL(BINGO_MATCH_SHAPE, "%s", clause);

	if (!match_conditions(root, definition, explain, match) ||
		!match_sort(root, definition, explain, match) ||
		!match_output(root, definition, explain, match))
		return false;

	match->step = BINGO_MATCH_COMPLETE;
	return true;
}
