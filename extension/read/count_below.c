/*
 * read/count_below.c
 *	  The rows of a subquery, counted: SELECT count(*) FROM (SELECT ... FROM table ...) page.
 *
 * A step of read/count_match.c.  The planner pulls a simple subquery up, and nothing is left
 * of it.  One that ORMs write around a page stays: it has ORDER BY, DISTINCT, or LIMIT.  It
 * has as many rows as its table has that pass its conditions, if it neither joins nor
 * groups; as DISTINCT and GROUP BY leave all rows, if the table's primary key is among what
 * is distinct; and LIMIT and OFFSET cut the number, not which rows they are.  Where a join
 * has each of the table's rows at least once (read/count_join.c), DISTINCT and GROUP BY leave one
 * of each, if nothing but the table's columns is distinct beside the primary key.
 *
 * That the primary key's values are distinct holds under a snapshot that sees the index's
 * row in pg_index: whoever made the index saw no duplicates, and none is committed since.
 * An older one may see two rows that were there before (bingo_count_is_unique_to()).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/relation.h"
#include "read/count_step.h"
#include "read/match_step.h"

static const BingoIndexShape *
find_primary_key(Oid relid)
{
	ListCell   *cell;

	/* of partitions that come and go the index of the whole says nothing */
	foreach(cell, get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? NIL : bingo_relation_indexes(relid))
	{
		const BingoIndexShape *index = lfirst(cell);

		if (index->primary && index->usable && index->immediate && index->nkeys == 1)
			return index;
	}
	return NULL;
}

Expr *
bingo_count_find_below(List *levels, Expr *expr)
{
	ListCell   *cell;

	foreach(cell, levels)
	{
		const Var  *var = bingo_match_var(expr);
		const TargetEntry *entry = NULL;

		if (var != NULL && var->varattno > 0)
			entry = get_tle_by_resno(((PlannerInfo *) lfirst(cell))->processed_tlist, var->varattno);
		if (entry == NULL)
			break;
		expr = entry->expr;
	}
	return expr;
}

/* The target list is of the level above the levels. */
static bool
is_unique(BingoCountMatch *match, List *clauses, List *target_list, List *levels)
{
	const BingoIndexShape *index = find_primary_key(match->counter->definition->tables[0].relid);
	ListCell   *cell;

	foreach(cell, index ? clauses : NIL)
	{
		SortGroupClause *clause = lfirst(cell);
		const Var  *var = (const Var *) bingo_count_find_below(levels, get_sortgroupclause_tle(clause, target_list)->expr);

		if (IsA(var, Var) && var->varno == match->varno && var->varlevelsup == 0 && var->varattno == index->attnos[0] &&
			op_in_opfamily(clause->eqop, index->opfamilies[0]) &&
			bingo_relation_same_equality(index->collations[0], var->varcollid))
		{
			match->unique_index = index->oid;
			return true;
		}
	}
	return false;
}

bool
bingo_count_is_unique(BingoCountMatch *match, List *clauses, List *target_list)
{
	return is_unique(match, clauses, target_list, NIL);
}

static const char *
match_clauses(const Query *query)
{
	if (query->commandType != CMD_SELECT || query->setOperations != NULL || query->groupingSets != NIL ||
		(query->hasAggs && query->groupClause == NIL) || query->havingQual != NULL || query->hasWindowFuncs || query->hasTargetSRFs ||
		query->hasDistinctOn || query->rowMarks != NIL || query->hasModifyingCTE)
		return "it counts the rows of a subquery that is more than a table's rows";
	return query->limitOption == LIMIT_OPTION_WITH_TIES ? "it counts the rows of a subquery WITH TIES" : NULL;
}

/* Are a join's rows one for each of the table's, afterwards? */
static bool
is_of_table(const BingoCountMatch *match, PlannerInfo *level, List *clauses)
{
	ListCell   *cell;

	foreach(cell, clauses)
		if (!bms_is_subset(pull_varnos(level, (Node *) get_sortgroupclause_tle(lfirst(cell), level->processed_tlist)->expr),
						   bms_make_singleton(match->varno)))
			return false;
	return clauses != NIL;
}

/* One subquery, which stands alone at the level above. */
static const char *
match_subquery(RelOptInfo *rel, BingoCountMatch *match)
{
	PlannerInfo *subroot = rel->subroot;
	const Query *query = subroot->parse;
	const char *reason = match_clauses(query);
	bool		limited = query->limitCount != NULL || query->limitOffset != NULL;

	if (reason != NULL)
		return reason;
	if (rel->baserestrictinfo != NIL || !bms_is_empty(rel->lateral_relids) || rel->joininfo != NIL)
		return "it filters or joins the rows of a subquery";
	if (contain_volatile_functions((Node *) subroot->processed_tlist))
		return "it counts the rows of a subquery with a volatile function";
	if (limited && (match->page.limit != NULL || match->page.offset != NULL))
		return "it counts the rows of a LIMIT within a LIMIT";
	if (!bingo_count_is_value(match, query->limitCount) || !bingo_count_is_value(match, query->limitOffset))
		return "it counts the rows of a subquery with a LIMIT that is not known before";
	if (limited)
	{
		match->page.limit = query->limitCount;
		match->page.offset = query->limitOffset;
	}
	return NULL;
}

const char *
bingo_count_match_below(PlannerInfo *root, RelOptInfo *input, BingoCountMatch *match)
{
	const char *reason = root->parse->groupClause != NIL ? "it groups the rows of a subquery" : NULL;
	ListCell   *cell;

	match->below = true;
	while (reason == NULL && input->rtekind == RTE_SUBQUERY)
	{
		match->levels = lappend(match->levels, input->subroot);
		reason = match_subquery(input, match);
		if (input->subroot == match->root)
			break;
		input = find_base_rel(input->subroot, bms_singleton_member(input->subroot->all_baserels));
	}
	if (reason == NULL && match->joined && !is_of_table(match, match->root, match->root->parse->distinctClause) &&
		!is_of_table(match, match->root, match->root->parse->groupClause))
		return "it counts the rows of a join";
	foreach(cell, reason ? NIL : match->levels)
	{
		PlannerInfo *level = lfirst(cell);
		List	   *below = list_copy_tail(match->levels, foreach_current_index(cell) + 1);

		if ((level->parse->distinctClause != NIL &&
			 !is_unique(match, level->parse->distinctClause, level->processed_tlist, below)) ||
			(level->parse->groupClause != NIL && !is_unique(match, level->parse->groupClause, level->processed_tlist, below)))
			return "it counts the distinct rows of a subquery without the primary key";
	}
	return reason;
}

bool
bingo_count_is_unique_to(Oid index, Snapshot snapshot)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		unique = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);

		unique = IsMVCCSnapshot(snapshot) && form->indisunique && form->indisvalid && form->indimmediate &&
			(HeapTupleHeaderXminFrozen(tuple->t_data) ||
			 !XidInMVCCSnapshot(HeapTupleHeaderGetRawXmin(tuple->t_data), snapshot));
		ReleaseSysCache(tuple);
	}
	return unique;
}
