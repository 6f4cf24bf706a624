/*
 * read/behind.c
 *	  The plan behind a window: the plain paths of the same relation, in order.
 *
 * It is the cheapest of what the planner would have taken without us: a path that
 * is in order by itself, one that is sorted (in part or wholly), and the same of the
 * parallel ones.  Gather is added here, for the planner adds it after our hook.
 *
 * add_path() rejects and frees what it finds dominated, perhaps by our own path.
 * The paths of a table are all there when the hook is called; the plan behind stands
 * on a copy of the path's own node, and what that points to belongs to relations that
 * are finished.  A kind of node that we don't know is not taken.
 *
 * Those of a join relation come pair by pair, and with our path among them the better
 * ones would not even be made.  The planner joins two relations in both directions, one right after the other, so the hook
 * is called an even number of times, and our path is offered at each second call.  Of two tables that is
 * the last one: all plain paths are there.  Of more tables the planner makes them a second time, for a copy of
 * the relation that our path is never added to; from there they come back when ours is taken away.  The copy hangs on the relation (its
 * fdw_private, which no relation of local tables uses), as does what else is kept of it: under GEQO both go together.
 */
#include "postgres.h"

#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "base/compat.h"
#include "base/compat_plan.h"
#include "read/behind.h"

/* The size of a path's node, 0 for one that is not to be copied. */
static size_t
node_size(const Path *path)
{
	switch (nodeTag(path))
	{
		case T_Path:
			return sizeof(Path);
		case T_IndexPath:
			return sizeof(IndexPath);
		case T_BitmapHeapPath:
			return sizeof(BitmapHeapPath);
		case T_TidPath:
			return sizeof(TidPath);
		case T_TidRangePath:
			return sizeof(TidRangePath);
		case T_NestPath:
			return sizeof(NestPath);
		case T_MergePath:
			return sizeof(MergePath);
		case T_HashPath:
			return sizeof(HashPath);
		case T_GatherPath:
			return sizeof(GatherPath);
		case T_GatherMergePath:
			return sizeof(GatherMergePath);
		case T_AppendPath:
			return sizeof(AppendPath);
		case T_MergeAppendPath:
			return sizeof(MergeAppendPath);
		case T_ProjectionPath:	/* one of ours is none below a projection, either */
			return node_size(((const ProjectionPath *) path)->subpath) > 0 ? sizeof(ProjectionPath) : 0;
		default:
			return 0;
	}
}

static Path *
copy_node(const Path *path)
{
	Path	   *copy = palloc(node_size(path));

	memcpy(copy, path, node_size(path));
	return copy;
}

Cost
bingo_behind_cost(const Path *path, double wanted)
{
	double		fraction = path->rows > 0 ? Min(wanted / path->rows, 1.0) : 1.0;

	return bingo_disabled_cost(path) + path->startup_cost + (path->total_cost - path->startup_cost) * fraction;
}

/* The path in the order of the pathkeys; it may be a copy. */
static Path *
sort(PlannerInfo *root, RelOptInfo *rel, Path *path, List *pathkeys, double bound)
{
	int			presorted;

	if (pathkeys_count_contained_in(pathkeys, path->pathkeys, &presorted))
		return copy_node(path);
	if (presorted > 0 && enable_incremental_sort)
		return (Path *) create_incremental_sort_path(root, rel, copy_node(path), pathkeys, presorted, bound);
	return (Path *) create_sort_path(root, rel, copy_node(path), pathkeys, bound);
}

static Path *
gather(PlannerInfo *root, RelOptInfo *rel, Path *partial, List *pathkeys, double bound)
{
	Path	   *sorted = sort(root, rel, partial, pathkeys, bound);
	double		rows = sorted->rows * sorted->parallel_workers;

	/* there is nothing to merge by */
	if (pathkeys == NIL)
		return (Path *) create_gather_path(root, rel, sorted, rel->reltarget, NULL, &rows);
	return (Path *) create_gather_merge_path(root, rel, sorted, rel->reltarget, pathkeys, NULL, &rows);
}

static void
take_cheaper(Path **best, Path *path, double wanted)
{
	if (*best == NULL || bingo_behind_cost(path, wanted) < bingo_behind_cost(*best, wanted))
		*best = path;
}

/* Is it a path that would do, and does sorting it have a chance? */
static bool
is_candidate(const Path *path, const List *pathkeys, const Path *cheapest)
{
	return node_size(path) > 0 && path->param_info == NULL &&
		(path == cheapest || path->pathkeys != NIL);
}

static Path *
find_cheapest(List *paths)
{
	Path	   *cheapest = NULL;
	ListCell   *lc;

	foreach(lc, paths)
	{
		Path	   *path = (Path *) lfirst(lc);

		if (node_size(path) > 0 && path->param_info == NULL &&
			(cheapest == NULL || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	return cheapest;
}

BingoKept *
bingo_behind_look(RelOptInfo *rel)
{
	BingoKept  *kept = rel->fdw_private;

	if (kept == NULL)
	{
		kept = palloc0(sizeof(BingoKept));
		memcpy(&kept->rel, rel, sizeof(RelOptInfo));
		kept->rel.pathlist = kept->rel.partial_pathlist = kept->rel.ppilist = NIL;
		kept->rel.fdw_private = &kept->rel;
		rel->fdw_private = kept;
	}
	return kept;
}

BingoKept *
bingo_behind_known(const RelOptInfo *rel)
{
	return rel->fdwroutine != NULL || bingo_behind_is_plain(rel) ? NULL : rel->fdw_private;
}

RelOptInfo *
bingo_behind_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
				  JoinType jointype, JoinPathExtraData *extra)
{
	BingoKept  *join = bingo_behind_look(joinrel);

	join->calls++;
	if (bms_num_members(joinrel->relids) == 2)
		return join->calls == 2 ? joinrel : NULL;
	add_paths_to_joinrel(root, &join->rel, outerrel, innerrel, jointype, extra->sjinfo, extra->restrictlist);
	return join->calls % 2 == 0 ? &join->rel : NULL;
}

void
bingo_behind_restore(RelOptInfo *rel, const RelOptInfo *plain)
{
	ListCell   *lc;

	foreach(lc, plain->pathlist)
	{
		Path	   *path = (Path *) lfirst(lc);

		if (node_size(path) == 0)
			continue;
		path = copy_node(path);
		path->parent = rel;
		add_path(rel, path);
	}
}

bool
bingo_behind_is_plain(const RelOptInfo *rel)
{
	return rel->fdw_private == rel;
}

Path *
bingo_behind_find(PlannerInfo *root, RelOptInfo *rel, List *pathkeys, double wanted, double bound)
{
	Path	   *best = NULL;
	Path	   *cheapest = find_cheapest(rel->pathlist);
	ListCell   *lc;

	foreach(lc, rel->pathlist)
	{
		Path	   *path = (Path *) lfirst(lc);

		if (is_candidate(path, pathkeys, cheapest))
			take_cheaper(&best, sort(root, rel, path, pathkeys, bound), wanted);
	}
	if (!rel->consider_parallel)
		return best;
	cheapest = find_cheapest(rel->partial_pathlist);
	foreach(lc, rel->partial_pathlist)
	{
		Path	   *path = (Path *) lfirst(lc);

		if (is_candidate(path, pathkeys, cheapest))
			take_cheaper(&best, gather(root, rel, path, pathkeys, bound), wanted);
	}
	return best;
}
