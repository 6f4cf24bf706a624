/*
 * base/hidden.c
 *	  Relations that the planner of this session does not see: bingo_tune.hidden_relations.
 *
 * So a statement is measured with an index and without it in the very same state of the server.  To drop the
 * index, even in a transaction that is rolled back, is a change of its table: it keeps writers waiting, empties
 * caches, and no ordering and no counter of the table is read in that transaction.
 *
 * The way: the list of a table's indexes that planning has made loses those that are hidden; an index of a
 * partitioned table hides those of its partitions.  So does the list of what CREATE STATISTICS has made, which share the numbers of
 * all objects: one number names one thing, or else one of each kind, which is as much hidden as was asked for.  Whoever looks for orderings and counters while planning passes over
 * those whose window is hidden (read/seen.c).
 *
 * Invariant: it decides which plan is taken, never what a plan returns.  For what a table promises, the executor and whatever
 * checks uniqueness go by the relation's own list of indexes, which stays whole; so do all that write.  So anybody may
 * set it, as he may enable_indexscan.  Plans that were made before are made anew: a change of the
 * setting throws them away.
 *
 * What HypoPG and advise() pretend is added by hooks that come later, and has OIDs of its own.
 */
#include "postgres.h"

#include <limits.h>

#include "catalog/partition.h"
#include "optimizer/plancat.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "base/compat.h"
#include "base/hidden.h"

typedef struct HiddenList
{
	int			n;
	Oid			relids[FLEXIBLE_ARRAY_MEMBER];
} HiddenList;

char	   *bingo_hidden_text = NULL;

static const HiddenList *hidden = NULL;
static get_relation_info_hook_type prev_get_relation_info_hook = NULL;

/* --- the setting --- */

/* The next number, or false; "*place" is then behind it, and behind the comma that follows. */
static bool
read_oid(const char **place, Oid *oid)
{
	char	   *end;
	unsigned long long number;

	*place += strspn(*place, " \t\n");
	if (**place < '0' || **place > '9')
		return false;
	errno = 0;
	number = strtoull(*place, &end, 10);
	if (errno != 0 || number == 0 || number > OID_MAX)
		return false;
	end += strspn(end, " \t\n");
	if (*end == ',' && end[1] != '\0')
		end++;
	else if (*end != '\0')
		return false;
	*oid = (Oid) number;
	*place = end;
	return true;
}

bool
bingo_hidden_check(char **text, void **extra, GucSource source)
{
	const char *place = *text ? *text : "";
	HiddenList *list;

	place += strspn(place, " \t\n");
	if (*place == '\0')
		return true;
	/* at most one number for two characters */
	list = bingo_guc_malloc(offsetof(HiddenList, relids) + sizeof(Oid) * (strlen(place) / 2 + 1));
	if (list == NULL)
		return false;
	list->n = 0;
	while (*place != '\0')
	{
		if (read_oid(&place, &list->relids[list->n++]))
			continue;
		bingo_guc_free(list);
		GUC_check_errdetail("It is a list of OIDs, separated by commas.");
		GUC_check_errhint("Type, for example: SELECT set_config('bingo_tune.hidden_relations', 'my_index'::regclass::oid::text, false);");
		return false;
	}
	*extra = list;
	return true;
}

void
bingo_hidden_assign(const char *text, void *extra)
{
	if (hidden != NULL || extra != NULL)
		ResetPlanCache();
	hidden = extra;
}

/* --- who asks --- */

bool
bingo_hidden_any(void)
{
	return hidden != NULL;
}

bool
bingo_hidden_is(Oid relid)
{
	for (int i = 0; hidden != NULL && i < hidden->n; i++)
		if (hidden->relids[i] == relid)
			return true;
	return false;
}

static bool
is_hidden_index(Oid index)
{
	ListCell   *cell;

	if (bingo_hidden_is(index))
		return true;
	foreach(cell, get_rel_relispartition(index) ? get_partition_ancestors(index) : NIL)
		if (bingo_hidden_is(lfirst_oid(cell)))
			return true;
	return false;
}

static void
hide_objects(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	ListCell   *cell;

	if (prev_get_relation_info_hook)
		prev_get_relation_info_hook(root, relid, inhparent, rel);
	foreach(cell, hidden ? rel->indexlist : NIL)
		if (is_hidden_index(lfirst_node(IndexOptInfo, cell)->indexoid))
			rel->indexlist = foreach_delete_current(rel->indexlist, cell);
	foreach(cell, hidden ? rel->statlist : NIL)
		if (bingo_hidden_is(lfirst_node(StatisticExtInfo, cell)->statOid))
			rel->statlist = foreach_delete_current(rel->statlist, cell);
}

void
bingo_hidden_init(void)
{
	prev_get_relation_info_hook = get_relation_info_hook;
	get_relation_info_hook = hide_objects;
}
