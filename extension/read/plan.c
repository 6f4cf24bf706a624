/*
 * read/plan.c
 *	  A path of read/path.c becomes a plan node.
 *
 * The node's rows have the columns of the window, then those that are looked up in the
 * driving table.  custom_scan_tlist says which Var each of them is, and set_customscan_references() makes target list and
 * filter refer to that.  A column that stands in for another one (read/match.c) is
 * there twice, under both names, with the same number.
 *
 * The plan behind gives the relation's rows in a layout of its own; for each column
 * of the node it is noted here where the plan behind has it, while both are still
 * Vars of the query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"

#include "base/compat.h"
#include "read/late.h"
#include "read/leaves.h"
#include "read/match.h"
#include "read/match_step.h"
#include "read/plan.h"
#include "read/verdict.h"

/* No scan reads as many rows in vain. */
#define MOST_PATIENCE 1000000000

const BingoMatch *
bingo_plan_path_match(const CustomPath *path)
{
	return linitial(path->custom_private);
}

Const *
bingo_plan_make_one(void)
{
	return makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(1), false, FLOAT8PASSBYVAL);
}

/* The layout of the node's rows, as Vars of the query. */
static List *
make_layout(const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	List	   *layout = NIL;
	ListCell   *lc;
	int			i;

	for (i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];
		Expr	   *given;

		/* the plan behind need not give what is computed, so nothing above may take it from here; nor does anybody ask for what is not read */
		if (column->attno == InvalidAttrNumber || match->varnos[column->table] == 0)
			given = (Expr *) makeNullConst(column->type, column->typmod, column->collation);
		else
			given = (Expr *) bingo_match_make_var(match, i);
		layout = lappend(layout, makeTargetEntry(given, i + 1, NULL, false));
	}
	foreach(lc, match->fetched)
		layout = lappend(layout, makeTargetEntry(copyObject((Expr *) lfirst(lc)), list_length(layout) + 1, NULL, false));
	foreach(lc, match->stand_ins)
	{
		BingoStandIn *stand_in = lfirst(lc);

		layout = lappend(layout, makeTargetEntry(copyObject((Expr *) stand_in->var), stand_in->output + 1, NULL, false));
	}
	return layout;
}

/* Is it, whatever has made it NULL?  A relation has one value of it only. */
static bool
is_same_column(const Expr *expr, const Expr *other)
{
	const Var  *var = (const Var *) expr;
	const Var  *other_var = (const Var *) other;

	return IsA(expr, Var) && IsA(other, Var) && var->varlevelsup == 0 &&
		var->varno == other_var->varno && var->varattno == other_var->varattno;
}

/* Where the plan behind has the columns of the node. */
static List *
map_columns(const BingoMatch *match, List *layout, const Plan *behind)
{
	int			ncolumns = match->ordering->definition->noutput + list_length(match->fetched);
	int		   *columns = palloc0(ncolumns * sizeof(int));
	List	   *map = NIL;
	ListCell   *lc;
	int			i;

	foreach(lc, layout)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		ListCell   *other;

		foreach(other, behind->targetlist)
		{
			TargetEntry *given = lfirst_node(TargetEntry, other);

			if (columns[entry->resno - 1] == 0 && is_same_column(given->expr, entry->expr))
				columns[entry->resno - 1] = given->resno;
		}
	}
	for (i = 0; i < ncolumns; i++)
		map = lappend_int(map, columns[i]);
	return map;
}

/* The levels of the keyset that is searched by: the last of the search keys is the first of them. */
static List *
find_levels(const BingoMatch *match)
{
	BingoSearchKey *last = match->search ? llast(match->search) : NULL;

	return last != NULL && BINGO_IS_KEYSET(last) ? lcons(last, list_copy(last->rest)) : NIL;
}

/* Its values that must be the same. */
static List *
find_twins(const BingoMatch *match)
{
	return find_levels(match) != NIL ? ((BingoSearchKey *) llast(match->search))->twins : NIL;
}

static int
find_position(const List *keys, const BingoSearchKey *key)
{
	ListCell   *lc;

	foreach(lc, keys)
		if (lfirst(lc) == key)
			return foreach_current_index(lc);
	elog(ERROR, "a search key is not among those that are searched by");
	return -1;
}

/* What is searched by: values, and then the conditions, for EXPLAIN. */
static void
add_search(const BingoMatch *match, CustomScan *cscan, List **numbers, List **oids)
{
	List	   *conditions = NIL;
	List	   *levels = find_levels(match);
	List	   *keys = list_concat(list_copy_head(match->search, list_length(match->search) - (levels != NIL)), levels);
	ListCell   *lc;

	foreach(lc, keys)
	{
		BingoSearchKey *search = lfirst(lc);

		cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(search->value));
		*numbers = lappend_int(lappend_int(*numbers, search->key), search->strategy);
		*oids = lappend_oid(lappend_oid(lappend_oid(*oids, search->type), search->function), search->equal);
	}
	foreach(lc, find_twins(match))
	{
		BingoTwin  *twin = lfirst(lc);

		cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(twin->value));
		*numbers = lappend_int(*numbers, find_position(keys, twin->key));
	}
	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		conditions = list_append_unique_ptr(conditions, search->condition->clause);
		if (search->beside != NULL)
			conditions = list_append_unique_ptr(conditions, search->beside->clause);
	}
	cscan->custom_exprs = list_concat(cscan->custom_exprs, copyObject(conditions));
}

/* The search key that is an IN list, or -1. */
static int
find_list(const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		if (((BingoSearchKey *) lfirst(lc))->list)
			return foreach_current_index(lc);
	}
	return -1;
}

/* The window of an ordering, for one partition or for the only table, and the columns that are looked up there. */
static List *
make_leaf(const BingoMatch *match, const BingoOrdering *ordering)
{
	List	   *leaf = list_make2_int(ordering->id, (int) ordering->window);
	ListCell   *lc;

	foreach(lc, match->fetched)
	{
		AttrNumber	attno = ((Var *) lfirst(lc))->varattno;

		leaf = lappend_int(leaf, match->leaves == NIL ? attno :
						   bingo_leaves_attno(match->ordering->definition->tables[0].relid, ordering->definition->tables[0].relid, attno));
	}
	return leaf;
}

/* All windows that are merged; dropping or renaming one makes the plan stale. */
static List *
make_leaves(PlannerInfo *root, const BingoMatch *match)
{
	List	   *leaves = NIL;
	ListCell   *lc;

	if (match->leaves == NIL)
	{
		root->glob->relationOids = lappend_oid(root->glob->relationOids, match->ordering->window);
		return list_make1(make_leaf(match, match->ordering));
	}
	foreach(lc, match->leaves)
	{
		const BingoOrdering *ordering = lfirst(lc);

		root->glob->relationOids = lappend_oid(root->glob->relationOids, ordering->window);
		leaves = lappend(leaves, make_leaf(match, ordering));
	}
	return leaves;
}

static List *
list_partitions(PlannerInfo *root, const BingoMatch *match)
{
	return match->leaves == NIL ? NIL : bingo_leaves_list_below(root, bingo_leaves_find_whole(root, match->relids));
}

/* The orderings' names. */
static char *
make_name(const BingoMatch *match)
{
	StringInfoData name;
	ListCell   *lc;

	if (match->leaves == NIL)
		return pstrdup(match->ordering->name);
	initStringInfo(&name);
	foreach(lc, match->leaves)
		appendStringInfo(&name, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", ((const BingoOrdering *) lfirst(lc))->name);
	return name.data;
}

Plan *
bingo_scan_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
				List *tlist, List *clauses, List *custom_plans)
{
	const BingoMatch *match = bingo_plan_path_match(best_path);
	CustomScan *cscan = makeNode(CustomScan);
	Plan	   *behind = linitial(custom_plans);
	List	   *numbers;
	List	   *search = NIL;
	List	   *search_oids = NIL;

	cscan->scan.plan.targetlist = tlist;
	cscan->scan.plan.qual = list_concat(copyObject(match->present),
										extract_actual_clauses(list_concat_copy(match->filter, match->late), false));
	cscan->scan.scanrelid = 0;
	cscan->flags = best_path->flags;

	/* a cursor may go back where it could with the plan behind, and the order says where */
	if (match->covered == match->ordering->definition->nsort && !match->lists && !match->backward && match->first_of == 0 && match->fetched == NIL &&
		list_length(match->leaves) <= 1 && ExecSupportsBackwardScan(behind))
		cscan->flags |= CUSTOMPATH_SUPPORT_BACKWARD_SCAN;
	cscan->custom_plans = custom_plans;
	cscan->custom_scan_tlist = make_layout(match);
	add_search(match, cscan, &search, &search_oids);
	if (match->first_limit != NULL)
		cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(match->first_limit));

	numbers = list_make2_int(match->covered, list_length(match->search) - (find_levels(match) != NIL));
	numbers = lappend_int(numbers, list_length(find_levels(match)));
	numbers = lappend_int(numbers, list_length(find_twins(match)));
	numbers = lappend_int(numbers, find_list(match));
	numbers = lappend_int(numbers, match->merged_key);
	numbers = lappend_int(numbers, (int) Min(match->patience.most, MOST_PATIENCE));
	numbers = lappend_int(numbers, (int) Min(match->patience.most_of_none, MOST_PATIENCE));
	numbers = lappend_int(numbers, match->first_of);
	numbers = lappend_int(numbers, match->first_limit == NULL ? match->first_rows : 0);
	numbers = lappend_int(numbers, match->by_key);
	numbers = lappend_int(numbers, list_length(match->late));
	numbers = lappend_int(numbers, match->backward);
	numbers = lappend_int(numbers, bingo_late_may_wait(behind));
	cscan->custom_private = list_make5(numbers, makeString(make_name(match)),
									   map_columns(match, cscan->custom_scan_tlist, behind), search, search_oids);
	cscan->custom_private = lappend(cscan->custom_private, make_leaves(root, match));
	cscan->custom_private = lappend(cscan->custom_private, list_partitions(root, match));
	cscan->methods = &bingo_scan_methods;
	bingo_verdict_choose(match);
	return (Plan *) cscan;
}
