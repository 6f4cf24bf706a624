/*
 * read/match.c
 *	  Can an ordering's window give the rows of a relation that is being planned?
 *
 * An ordering is to a join what an index is to a table: the window is an ordered
 * path of the relation that the ordering's tables make, the core.  What stands
 * above the core - more joins, aggregates, Limit - is PostgreSQL's own.  For one
 * table the core is the base relation, otherwise the join relation of exactly the
 * ordering's tables, whatever else the query level joins to it.
 *
 * Pure: it looks at the planner's state and at the ordering's definition, and
 * changes nothing.  Called by the planner's hooks for each relation that may be a
 * core, and on behalf of explain_ordering(), which wants all obstacles in words.
 *
 * The planner's state is compared, not the parse tree, because by then views,
 * joins written as WHERE, operand order, constant conditions and policies that
 * allow everything have come to one form:
 *
 *	- the relations are the ordering's tables, each once (in each of its roles, if it has several), plain, and no outer or
 *	  semi join is made between two of them but the ordering's own (read/match_outer.c).  A table that
 *	  the ordering joins by LEFT JOIN may be missing in the query, since it adds and takes away no row;
 *	- the equivalence classes say what the ordering's joins say, and no more
 *	  (read/match_joins.c);
 *	- all other conditions can be evaluated on the window's rows
 *	  (read/match_filter.c), or be searched by its index (read/match_search.c);
 *	- the first pathkeys that are wanted are the order of the window
 *	  (read/match_order.c);
 *	- the columns that are wanted of the relation are the ordering's own, by exact
 *	  Var: an equal column may look different (1.0 and 1.00).  Only a column that
 *	  nobody sees, sorted by but not selected, may be any of its class.  Others of the
 *	  driving table, and its whole row, are looked up (read/join_back.c).
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "read/match.h"
#include "read/match_step.h"
#include "read/storage.h"

/*
 * Is the table expanded to others beside itself?  The mark that it may have
 * children outlasts the last of them until ANALYZE; it is then expanded to itself.
 */
bool
bingo_match_has_children(PlannerInfo *root, int varno, const RangeTblEntry *rte)
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

/* Does the query level read the table outside of the core? */
static bool
reads_table(PlannerInfo *root, const BingoMatch *match, Oid relid)
{
	int			varno = -1;

	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		const RangeTblEntry *rte = planner_rt_fetch(varno, root);

		if (rte->rtekind == RTE_RELATION && rte->relid == relid && !bms_is_member(varno, match->relids))
			return true;
	}
	return false;
}

bool
bingo_match_reads_apart(PlannerInfo *root, Oid relid)
{
	int			varno = -1;

	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		const RangeTblEntry *rte = planner_rt_fetch(varno, root);
		ListCell   *lc;

		foreach(lc, rte->rtekind == RTE_SUBQUERY ? rte->subquery->rtable : NIL)
		{
			const RangeTblEntry *inner = lfirst_node(RangeTblEntry, lc);

			if (inner->rtekind == RTE_RELATION && inner->relid == relid)
				return true;
		}
	}
	return false;
}

/* Has the planner removed a LEFT JOIN of the table, which neither adds nor takes away rows? */
static bool
is_removed(PlannerInfo *root, Oid relid)
{
	ListCell   *lc;

	foreach(lc, root->parse->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relid == relid && rte->inFromCl &&
			!bms_is_member(foreach_current_index(lc) + 1, root->all_baserels))
			return true;
	}
	return false;
}

/* Why is there no such table? */
static void
refuse_table(PlannerInfo *root, BingoMatch *match, Oid relid)
{
	if (match->explain && is_removed(root, relid))
		BINGO_MATCH_REFUSE(match, "PostgreSQL leaves out its LEFT JOIN of table \"%s\", whose columns nobody wants", bingo_match_table_name(relid));
	else if (match->explain && bingo_match_reads_apart(root, relid))
		BINGO_MATCH_REFUSE(match, "PostgreSQL plans what reads table \"%s\" apart, as a subquery or a view with security_barrier",
						   bingo_match_table_name(relid));
	else
		BINGO_MATCH_REFUSE(match, "it does not read table \"%s\"", bingo_match_table_name(relid));
}

/*
 * The relations, each of which stands for one of the ordering's tables, are such as it has.  An optional one that the level
 * reads elsewhere is not left out: the window gives it, too, or the join is not the ordering's.
 */
static void
match_tables(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	for (int i = 0; i < definition->ntables; i++)
	{
		const BingoTable *table = &definition->tables[i];
		int			varno = match->varnos[i];

		if (varno == 0 && (!table->optional || reads_table(root, match, table->relid)))
		{
			refuse_table(root, match, table->relid);
			if (!match->explain)
				return;
		}
		if (varno == 0)
			continue;
		/* an ordering of a partitioned table is what read/leaves.c has made of its partitions' */
		if (planner_rt_fetch(varno, root)->relkind != RELKIND_PARTITIONED_TABLE &&
			bingo_match_has_children(root, varno, planner_rt_fetch(varno, root)))
			BINGO_MATCH_REFUSE(match, "table \"%s\" has inheritance children", bingo_match_table_name(table->relid));
		if (planner_rt_fetch(varno, root)->tablesample != NULL)
			BINGO_MATCH_REFUSE(match, "it has TABLESAMPLE");
		if (i > 0 && match->varnos[table->parent] == 0)
		{
			refuse_table(root, match, definition->tables[table->parent].relid);
			if (!match->explain)
				return;
		}
	}
}

/* What the whole query level does that no window can answer. */
static void
match_level(PlannerInfo *root, BingoMatch *match)
{
	const Query *parse = root->parse;

	if (parse->commandType != CMD_SELECT)
		BINGO_MATCH_REFUSE(match, "it is not a SELECT");
	if (root->rowMarks != NIL)
		BINGO_MATCH_REFUSE(match, "it locks rows (FOR UPDATE or FOR SHARE)");
}

static bool
is_altered(const BingoDefinition *definition, const BingoColumn *column)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	/* an optional table may be gone: the query need not read it */
	return !bingo_relations_find_type(definition->tables[column->table].relid, column->attno, &type, &typmod, &collation) ||
		type != column->type || typmod != column->typmod || collation != column->collation;
}

/*
 * Are the window's columns what the tables have?  Between ALTER TYPE and the next build
 * they are not: such a window is not used, but its layout must not be planned with either.
 */
static void
match_layout(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			i;

	for (i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];

		if (column->attno != InvalidAttrNumber && is_altered(definition, column))
			BINGO_MATCH_REFUSE(match, "%s is gone, or has another type than when the ordering was built",
							   bingo_match_kept_name(definition, column));
	}
	for (i = 0; i < definition->nread; i++)
	{
		if (is_altered(definition, &definition->read[i]))
			BINGO_MATCH_REFUSE(match, "%s is gone, or has another type than when the ordering was built",
							   bingo_match_kept_name(definition, &definition->read[i]));
	}
}

/* The window's values are the tables', but may be stored in another way. */
static void
match_storage(PlannerInfo *root, BingoMatch *match)
{
	if (bingo_storage_is_read(root))
		BINGO_MATCH_REFUSE(match, "it looks at how a value is stored (pg_column_size() or the like)");
}

/*
 * Is it a column that is sorted by and otherwise not wanted, not even by a join above?
 * Then any column of its class does: the ordering's own sort key stands in for it.
 */
static BingoStandIn *
find_stand_in(PlannerInfo *root, const BingoMatch *match, Var *var)
{
	const BingoDefinition *definition = match->ordering->definition;
	RelOptInfo *rel = find_base_rel(root, var->varno);
	Relids		wanted = var->varattno >= rel->min_attr ? rel->attr_needed[var->varattno - rel->min_attr] : NULL;
	BingoStandIn *stand_in;
	ListCell   *lc;
	int			i;

	if (!bingo_match_is_whole_level(root, match) ||
		!bms_equal(bms_difference(wanted, match->relids), bms_make_singleton(0)))
		return NULL;
	foreach(lc, root->processed_tlist)
	{
		TargetEntry *entry = (TargetEntry *) lfirst(lc);

		if (!(entry->resjunk && equal(entry->expr, var)) &&
			list_member(pull_var_clause((Node *) entry->expr, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS), var))
			return NULL;
	}
	for (i = 0; i < match->covered; i++)
	{
		const BingoColumn *column = &definition->sort[i].column;

		foreach(lc, match->pathkeys)
		{
			const EquivalenceClass *ec = ((PathKey *) lfirst(lc))->pk_eclass;

			if (column->attno == InvalidAttrNumber || !bingo_match_has_column(match, ec, column->table, column->attno) ||
				!bingo_match_has_column(match, ec, bingo_match_table(match, var->varno), var->varattno) ||
				var->vartype != column->type || var->vartypmod != column->typmod || var->varcollid != column->collation)
				continue;
			stand_in = palloc(sizeof(BingoStandIn));
			stand_in->var = var;
			stand_in->output = definition->sort[i].output;
			return stand_in;
		}
	}
	return NULL;
}

/* What is wanted of the relation are the ordering's columns, or such that can be looked up. */
static void
match_target(PlannerInfo *root, const PathTarget *target, BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, target->exprs)
	{
		Var		   *var = (Var *) lfirst(lc);
		BingoStandIn *stand_in;

		if (!IsA(var, Var))
			BINGO_MATCH_REFUSE(match, "it needs an expression below an outer join");
		else if (bingo_match_output(match, var) < 0)
		{
			stand_in = bingo_match_find_joined(match, var);
			if (stand_in == NULL)
				stand_in = find_stand_in(root, match, var);
			if (stand_in != NULL)
				match->stand_ins = lappend(match->stand_ins, stand_in);
			else if (bingo_match_is_fetchable(root, match, var))
				match->fetched = lappend(match->fetched, var);
			else
				BINGO_MATCH_REFUSE(match, "it needs %s, which the ordering does not have",
								   bingo_match_column_name(match->ordering->definition,
														   bingo_match_table(match, var->varno), var->varattno));
		}
	}
}

bool
bingo_match_is_whole_level(PlannerInfo *root, const BingoMatch *match)
{
	const Query *parse = root->parse;
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		if (!bingo_match_is_inside(match, (SpecialJoinInfo *) lfirst(lc)))
			return false;
	}
	return bms_is_subset(root->all_baserels, match->relids) &&
		!parse->hasAggs && parse->groupClause == NIL && parse->groupingSets == NIL && parse->havingQual == NULL &&
		parse->distinctClause == NIL && !parse->hasWindowFuncs && !parse->hasTargetSRFs &&
		parse->setOperations == NULL &&
		list_length(match->pathkeys) == list_length(root->query_pathkeys);
}

/* The steps, each of which may find that the ordering can't be used. */
static void
match_steps(PlannerInfo *root, const PathTarget *target, BingoMatch *match)
{
	bool		explain = match->explain;

	/* the others need every table */
	match_tables(root, match);
	if (match->refused)
		return;
	match_level(root, match);
	if (!bingo_match_outer(root, match))
		return;					/* nothing else would be comparable */
	if (!match->refused || explain)
		bingo_match_joins(root, match);
	if (!match->refused || explain)
		bingo_match_order(root, target, match);
	if (!match->refused || explain)
		match_target(root, target, match);
	if (!match->refused || explain)
		bingo_match_filter(root, match);
	if (!match->refused || explain)
		match_layout(root, match);
	if (!match->refused || explain)
		match_storage(root, match);
	if (!match->refused)
		bingo_match_search(root, match);
}

/*
 * The relations from the next one after varno on may be any of the tables that are left; those in front have theirs.  Of
 * all ways to have it so the first that can be used, or else the first.  There is one, unless a table has several roles.
 */
static void
match_from(PlannerInfo *root, const PathTarget *target, const BingoMatch *start, int varno, BingoMatch *match, bool *tried)
{
	const BingoDefinition *definition = start->ordering->definition;
	const RangeTblEntry *rte;
	BingoMatch	attempt = *start;

	do
		varno = bms_next_member(start->relids, varno);
	while (varno >= 0 && planner_rt_fetch(varno, root)->rtekind == RTE_JOIN);	/* the number of an outer join */
	if (varno < 0)
	{
		match_steps(root, target, &attempt);
		if (!*tried || !attempt.refused)
			*match = attempt;
		*tried = true;
		return;
	}
	rte = planner_rt_fetch(varno, root);
	for (int i = 0; i < definition->ntables && (!*tried || match->refused); i++)
	{
		if (rte->rtekind != RTE_RELATION || definition->tables[i].relid != rte->relid || start->varnos[i] != 0)
			continue;
		attempt.varnos[i] = varno;
		match_from(root, target, &attempt, varno, match, tried);
		attempt.varnos[i] = 0;
	}
}

static bool
match_all(PlannerInfo *root, const PathTarget *target, BingoMatch *match)
{
	BingoMatch	start = *match;
	bool		tried = false;

	match_from(root, target, &start, -1, match, &tried);
	if (!tried)
		match->refused = true;	/* of many relations: nobody wants to read about each */
	return !match->refused;
}

static void
start_match(BingoMatch *match, const BingoOrdering *ordering, Relids relids)
{
	memset(match, 0, sizeof(*match));
	match->ordering = ordering;
	match->relids = relids;
	match->merged_key = -1;
}

/* Are there as many relations as tables, but for optional ones? */
static bool
may_be_tables(PlannerInfo *root, Relids relids, const BingoDefinition *definition)
{
	int			n = bms_num_members(bingo_table_relids(root, relids));
	int			least = 1;

	for (int i = 1; i < definition->ntables; i++)
		least += !definition->tables[i].optional;
	return n >= least && n <= definition->ntables;
}

bool
bingo_match_core(PlannerInfo *root, Relids relids, const PathTarget *target,
				 const BingoOrdering *ordering, bool explain, BingoMatch *match)
{
	start_match(match, ordering, relids);
	match->explain = explain;
	if (ordering->definition == NULL)
	{
		match->refused = true;
		if (explain)
			match->obstacles = list_make1(psprintf("the ordering cannot be used: %s", ordering->reason));
		return false;
	}
	if (!explain && !may_be_tables(root, relids, ordering->definition))
		return false;
	return match_all(root, target, match);
}

bool
bingo_match_has_list(PlannerInfo *root, Relids relids)
{
	int			varno = -1;

	while ((varno = bms_next_member(relids, varno)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[varno];	/* an outer join has none */
		ListCell   *lc;

		foreach(lc, rel ? rel->baserestrictinfo : NIL)
		{
			if (IsA(lfirst_node(RestrictInfo, lc)->clause, ScalarArrayOpExpr))
				return true;
		}
	}
	return false;
}

bool
bingo_match_lists(PlannerInfo *root, Relids relids, const PathTarget *target,
				  const BingoOrdering *ordering, BingoMatch *match)
{
	if (ordering->definition == NULL || !may_be_tables(root, relids, ordering->definition) ||
		!bingo_match_has_list(root, relids))
		return false;
	start_match(match, ordering, relids);
	match->lists = true;
	return match_all(root, target, match);
}
