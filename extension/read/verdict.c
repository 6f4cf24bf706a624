/*
 * read/verdict.c
 *	  What planning decided about each ordering, for explain_ordering().
 *
 * While a query is planned for that purpose the planner's hooks leave here what they
 * find; of no other one that is planned meanwhile (read/planned.c).  Each query level is looked at when its planning ends, because a level that
 * lacks a table has no relation at which a hook would see the ordering at all: the
 * tables are sought among all that the level reads, the columns that are wanted of
 * them are those that something else needs, and the steps of read/match.c say
 * everything that stands in the way.  Of several levels the one that came nearest
 * counts: the fewest missing tables, then the fewest obstacles.
 *
 * Planning looks at an ordering's definition and at the size of its window, and at nothing
 * else of it, so an ordering that is only proposed can be planned with, too.
 */
#include "postgres.h"

#include <math.h>

#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "read/hint.h"
#include "read/leaves.h"
#include "read/match.h"
#include "read/match_step.h"
#include "read/planned.h"
#include "read/seen.h"
#include "read/verdict.h"

/* What is planned to be told, and what is found. */
typedef struct Collection
{
	const char *text;			/* NULL: nothing is */
	MemoryContext context;
	List	   *verdicts;		/* of BingoScanVerdict * */
} Collection;

static Collection collection = {0};
static BingoOrdering *pretended = NULL;
static const char *pretended_text = NULL;	/* for that statement */

List *
bingo_verdict_orderings(void)
{
	return bingo_verdict_pretends() ? list_make1(pretended) : bingo_seen_list();
}

bool
bingo_verdict_pretends(void)
{
	return pretended != NULL && bingo_planned_is(pretended_text);
}

bool
bingo_verdict_is_asked(void)
{
	return bingo_planned_is(collection.text);
}

static BingoScanVerdict *
find_verdict(const BingoOrdering *ordering)
{
	ListCell   *lc;

	foreach(lc, bingo_verdict_is_asked() ? collection.verdicts : NIL)
	{
		BingoScanVerdict *verdict = (BingoScanVerdict *) lfirst(lc);

		if (verdict->ordering->id == ordering->id)
			return verdict;
	}
	return NULL;
}

static void
append_count(StringInfo text, const char *what, int count, const char *noun)
{
	if (count > 0)
		appendStringInfo(text, "; %s %d %s%s", what, count, noun, count == 1 ? "" : "s");
}

/* What a window that matches gives of the query, in words. */
static char *
describe_part(const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	appendStringInfoString(&text, definition->ntables == 1 ? "table " : "join of ");
	for (i = 0; i < definition->ntables; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ", bingo_match_table_name(definition->tables[i].relid));
	append_count(&text, match->backward ? "ordered backwards by" : "ordered by", list_length(match->pathkeys), "key");
	append_count(&text, "searched by", list_length(match->search), "condition");
	append_count(&text, "filtered by", list_length(match->filter) + list_length(match->late), "condition");
	append_count(&text, "looking up", list_length(match->fetched), "column");
	return text.data;
}

void
bingo_verdict_choose(const BingoMatch *match)
{
	BingoScanVerdict *verdict = find_verdict(match->ordering);

	if (verdict == NULL)
		return;
	verdict->chosen = true;
	verdict->grouped = match->grouped;
	verdict->leaves = match->leaves;
	verdict->part = describe_part(match);
}

void
bingo_verdict_note(const BingoOrdering *ordering, const char *reason)
{
	BingoScanVerdict *verdict = find_verdict(ordering);

	/* GEQO joins in memory of its own */
	if (verdict != NULL)
		verdict->cost = MemoryContextStrdup(collection.context, reason);
}

void
bingo_verdict_cost(const BingoOrdering *ordering, double cost, double cost_behind)
{
	if (bingo_verdict_is_asked())
		bingo_verdict_note(ordering, psprintf("its cost, %.2f, is higher than the plain plan's, %.2f", cost, cost_behind));
}

bool
bingo_verdict_beyond(const BingoOrdering *ordering, double wanted, double rows)
{
	if (rint(wanted) <= rint(rows))
		return false;
	if (bingo_verdict_is_asked())
		bingo_verdict_note(ordering, psprintf("it wants %.0f rows, and the window is expected to give %.0f of them", wanted, rows));
	return true;
}

void
bingo_verdict_rows(const BingoOrdering *ordering, double rows)
{
	BingoScanVerdict *verdict = find_verdict(ordering);

	if (verdict != NULL)
		verdict->rows = rows;
}

/* The outer joins that are made between the relations only, as far as they have numbers. */
static Relids
add_joins(PlannerInfo *root, Relids relids)
{
	Relids		joins = NULL;
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		const SpecialJoinInfo *join = (const SpecialJoinInfo *) lfirst(lc);

		if (bingo_join_relid(join) != 0 &&
			bms_is_subset(bingo_table_relids(root, bms_union(join->min_lefthand, join->min_righthand)), relids))
			joins = bms_add_member(joins, bingo_join_relid(join));
	}
	return bms_add_members(relids, joins);
}

/*
 * The relations of the level that are the ordering's tables, the first of each; how many are
 * missing that must not, each counted twice, but for one that a subquery of the level reads.
 */
static Relids
find_tables(PlannerInfo *root, const BingoDefinition *definition, int *missing)
{
	Relids		relids = NULL;
	int			i;

	for (i = 0; i < definition->ntables; i++)
	{
		int			varno = -1;

		while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
		{
			RangeTblEntry *rte = planner_rt_fetch(varno, root);

			if (rte->rtekind == RTE_RELATION && rte->relid == definition->tables[i].relid && !bms_is_member(varno, relids))
			{
				relids = bms_add_member(relids, varno);
				break;
			}
		}
		if (varno < 0 && !definition->tables[i].optional)
			*missing += bingo_match_reads_apart(root, definition->tables[i].relid) ? 1 : 2;
	}
	return add_joins(root, relids);
}

/* The columns of the relations that something else wants. */
static PathTarget *
find_wanted(PlannerInfo *root, Relids relids)
{
	PathTarget *target = create_empty_pathtarget();
	int			varno = -1;

	while ((varno = bms_next_member(relids, varno)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[varno];
		AttrNumber	attno;

		if (rel == NULL)
			continue;			/* an outer join */

		for (attno = rel->min_attr; attno <= rel->max_attr; attno++)
		{
			Oid			type = RECORDOID;
			int32		typmod = -1;
			Oid			collation = InvalidOid;
			Var		   *var;

			if (bms_is_subset(rel->attr_needed[attno - rel->min_attr], relids) ||
				(attno < 0 && root->rowMarks != NIL))
				continue;			/* nobody wants it, or only to lock the row */
			if (attno != InvalidAttrNumber &&
				!bingo_relations_find_type(planner_rt_fetch(varno, root)->relid, attno, &type, &typmod, &collation))
				continue;
			var = makeVar(varno, attno, type, typmod, collation, 0);
			bingo_set_nulling(var, bms_intersect(bingo_nulling_relids(rel), relids));
			add_column_to_pathtarget(target, (Expr *) var, 0);
		}
	}
	return target;
}

/*
 * Is it of a partition of a table of the level, *whole?  Then as if it were of that; *leaves: the partitions that are read.  What is
 * only proposed is of the partitioned table itself.
 */
static const BingoOrdering *
translate_ordering(PlannerInfo *root, const BingoOrdering *ordering, Oid *whole, List **leaves)
{
	int			varno = -1;

	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		RelOptInfo *rel = bingo_leaves_find_whole(root, bms_make_singleton(varno));
		List	   *parts = NIL;
		BingoOrdering *translated;

		if (rel == NULL)
			continue;
		(void) bingo_leaves_list(root, rel, &parts);
		*whole = planner_rt_fetch(varno, root)->relid;
		if (pretended != NULL && bingo_definition_find_table(pretended->definition, *whole, 0) >= 0)
		{
			*leaves = parts;
			return ordering;
		}
		translated = bingo_leaves_translate(ordering, parts, *whole);
		if (translated == NULL)
			continue;
		*leaves = parts;
		return translated;
	}
	return ordering;
}

/* What the match does not look at: have the other partitions such an ordering, too? */
static void
look_at_leaves(BingoMatch *match, BingoScanVerdict *verdict, Oid whole, const List *leaves)
{
	BingoOrdering translated = *match->ordering;
	const char *reason = NULL;

	if (list_length(leaves) > BINGO_MOST_LEAVES)
		reason = BINGO_LEAVES_TOO_MANY;
	else if (pretended == NULL)
		reason = bingo_leaves_complete(match, &translated, whole, leaves);
	if (reason == NULL && pretended == NULL)
		verdict->leader = ((const BingoOrdering *) linitial(match->leaves))->id;
	if (reason != NULL)
	{
		match->refused = true;
		match->obstacles = lappend(match->obstacles, pstrdup(reason));
	}
}

static void
look_for(PlannerInfo *root, BingoScanVerdict *verdict)
{
	Oid			whole = InvalidOid;
	List	   *leaves = NIL;
	const BingoOrdering *ordering = translate_ordering(root, verdict->ordering, &whole, &leaves);
	Relids		relids = NULL;
	BingoMatch	match;
	BingoMatch	merged;
	int			missing = 0;

	if (ordering->definition != NULL)
	{
		relids = find_tables(root, ordering->definition, &missing);
		if (bms_is_empty(relids))
			return;
	}
	if (!bingo_match_core(root, relids, find_wanted(root, relids), ordering, true, &match) &&
		bingo_match_lists(root, relids, find_wanted(root, relids), ordering, &merged))
		match = merged;
	if (leaves != NIL)
		look_at_leaves(&match, verdict, whole, leaves);
	if (bingo_hint_names_scan(root, relids))
	{
		match.refused = true;
		match.obstacles = lappend(match.obstacles, pstrdup(BINGO_HINT_OBSTACLE));
	}
	if (verdict->looked &&
		(missing > verdict->missing ||
		 (missing == verdict->missing && list_length(match.obstacles) >= list_length(verdict->obstacles))))
		return;
	verdict->looked = true;
	verdict->missing = missing;
	verdict->obstacles = match.obstacles;
	verdict->backward = match.backward;
	verdict->part = match.refused ? NULL : describe_part(&match);
}

void
bingo_verdict_look(PlannerInfo *root)
{
	ListCell   *lc;

	foreach(lc, bingo_verdict_is_asked() ? collection.verdicts : NIL)
		look_for(root, (BingoScanVerdict *) lfirst(lc));
}

/* Of partitions' orderings one was planned with for all. */
static void
follow_leader(BingoScanVerdict *verdict, List *verdicts)
{
	ListCell   *lc;

	foreach(lc, verdicts)
	{
		const BingoScanVerdict *leader = lfirst(lc);

		if (leader->ordering->id != verdict->leader || leader == verdict || verdict->obstacles != NIL)
			continue;
		verdict->cost = leader->cost;
		verdict->rows = leader->rows;
		verdict->chosen = leader->chosen;
		verdict->leaves = leader->leaves;
	}
}

static PlannedStmt *
plan_collecting(Query *query, const char *query_string, List *verdicts)
{
	PlannedStmt *volatile plan = NULL;
	Collection	outer = collection;

	collection = (Collection) {query_string, CurrentMemoryContext, verdicts};
	bingo_planned_follow();
	PG_TRY();
	{
		plan = bingo_plan_query(query, query_string, CURSOR_OPT_PARALLEL_OK, NULL);
	}
	PG_FINALLY();
	{
		bingo_planned_leave();
		collection = outer;
	}
	PG_END_TRY();
	return plan;
}

List *
bingo_verdict_collect(Query *query, const char *query_string, PlannedStmt **plan)
{
	List	   *verdicts = NIL;
	ListCell   *lc;

	foreach(lc, pretended != NULL && pretended_text == query_string ? list_make1(pretended) : bingo_seen_list())
	{
		BingoScanVerdict *verdict;

		if (bingo_is_counter(lfirst(lc)))
			continue;
		verdict = palloc0(sizeof(BingoScanVerdict));
		verdict->ordering = (const BingoOrdering *) lfirst(lc);
		verdict->leader = verdict->ordering->id;
		verdict->rows = -1;
		verdicts = lappend(verdicts, verdict);
	}

	*plan = plan_collecting(query, query_string, verdicts);
	foreach(lc, verdicts)
		follow_leader(lfirst(lc), verdicts);
	return verdicts;
}

void
bingo_verdict_suppose(BingoDefinition *definition, int64 window_rows, const char *query_string, void (*action) (void *argument), void *argument)
{
	BingoOrdering *outer = pretended;
	const char *outer_text = pretended_text;
	BingoOrdering ordering = {.id = -1, .name = "", .window_rows = window_rows, .definition = definition, .usable = true};

	pretended = &ordering;
	pretended_text = query_string;
	PG_TRY();
	{
		action(argument);
	}
	PG_FINALLY();
	{
		pretended = outer;
		pretended_text = outer_text;
	}
	PG_END_TRY();
}

typedef struct Pretence
{
	Query	   *query;
	const char *query_string;
	List	   *verdicts;
} Pretence;

static void
collect_pretended(void *argument)
{
	Pretence   *pretence = argument;
	PlannedStmt *plan;

	pretence->verdicts = bingo_verdict_collect(pretence->query, pretence->query_string, &plan);
}

BingoScanVerdict *
bingo_verdict_pretend(Query *query, const char *query_string, BingoDefinition *definition, int64 window_rows)
{
	Pretence	pretence = {.query = query, .query_string = query_string};

	bingo_verdict_suppose(definition, window_rows, query_string, collect_pretended, &pretence);
	return linitial(pretence.verdicts);
}
