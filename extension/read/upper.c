/*
 * read/upper.c
 *	  What windows and counters give above the scans and joins of a query level.
 *
 * create_upper_paths_hook, once for all who want it: every query pays for each call of each hook.  Where the
 * stage has its plain paths, whoever can give it offers his own.
 */
#include "postgres.h"

#include "optimizer/planner.h"

#include "read/count.h"
#include "read/distinct.h"
#include "read/extreme.h"
#include "read/group.h"
#include "read/offer.h"
#include "read/upper.h"
#include "read/verdict.h"
#include "read/worth.h"

static create_upper_paths_hook_type prev_create_upper_paths_hook = NULL;

/* The cheapest tests: may the groups be those of a window, or of a counter?  Only one aggregate, or counts. */
static bool
may_be_given(PlannerInfo *root, const RelOptInfo *input)
{
	if (bingo_verdict_pretends() || bingo_count_is_collecting())
		return true;
	return (list_length(root->agginfos) == 1 || bingo_count_may_be_given(root)) && !bingo_worth_is_table_without(root, input);
}

static void
offer(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output, const void *extra)
{
	switch (stage)
	{
		case UPPERREL_GROUP_AGG:
			if (may_be_given(root, input))
			{
				bingo_extreme_offer(root, input, output);
				bingo_count_offer_groups(root, input, output);
			}
			if (root->group_pathkeys != NIL)
				bingo_group_offer(root, input, output, extra);
			break;
		case UPPERREL_WINDOW:
			bingo_distinct_offer(root, stage, input, output);
			bingo_count_offer_window(root, input, output);
			break;
		case UPPERREL_DISTINCT:
			bingo_distinct_offer(root, stage, input, output);
			break;
		case UPPERREL_ORDERED:
			bingo_offer_again(root, input, output);
			break;
		case UPPERREL_FINAL:
			/* explain_ordering() wants to know what stands in the way at each query level */
			if (bingo_verdict_is_asked())
				bingo_verdict_look(root);
			break;
		default:
			break;
	}
}

static void
bingo_create_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						 RelOptInfo *output_rel, void *extra)
{
	if (prev_create_upper_paths_hook)
		prev_create_upper_paths_hook(root, stage, input_rel, output_rel, extra);
	offer(root, stage, input_rel, output_rel, extra);
}

void
bingo_upper_init(void)
{
	prev_create_upper_paths_hook = create_upper_paths_hook;
	create_upper_paths_hook = bingo_create_upper_paths;
}
