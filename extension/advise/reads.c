/*
 * advise/reads.c
 *	  Which columns a query reads of each of its tables: what an index must have so that the
 *	  table need not be visited.
 *
 * The input is a rewritten query.  Parse analysis has noted the columns for the check of
 * rights; what row security adds reads more.  Of a table that the query changes or locks
 * the rows are visited anyway, and so they are for whole rows and system columns.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"

#include "advise/advise.h"
#include "base/compat.h"

static BingoAdviseReads *
find_reads(List **all, Oid relid)
{
	BingoAdviseReads *reads;
	ListCell   *cell;

	foreach(cell, *all)
	{
		if (((BingoAdviseReads *) lfirst(cell))->relid == relid)
			return lfirst(cell);
	}
	reads = palloc0(sizeof(BingoAdviseReads));
	reads->relid = relid;
	*all = lappend(*all, reads);
	return reads;
}

static void
read_table(const Query *level, int varno, const RangeTblEntry *rte, BingoAdviseReads *reads)
{
	Bitmapset  *columns = bms_copy(bingo_selected_columns(level, rte));
	int			column = -1;
	ListCell   *cell;

	foreach(cell, pull_vars_of_level((Node *) rte->securityQuals, 0))
	{
		const Var  *var = lfirst(cell);

		if (IsA(var, Var) && var->varno == varno)
			columns = bms_add_member(columns, var->varattno - FirstLowInvalidHeapAttributeNumber);
	}
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		if (column + FirstLowInvalidHeapAttributeNumber > 0)
			reads->columns = bms_add_member(reads->columns, column + FirstLowInvalidHeapAttributeNumber);
		else
			reads->visits = true;
	}
	reads->visits = reads->visits || columns == NULL || level->commandType != CMD_SELECT || level->rowMarks != NIL;
}

static bool
read_level(Node *node, void *context)
{
	Query	   *level = (Query *) node;
	int			varno = 0;
	ListCell   *cell;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, read_level, context);
	check_stack_depth();
	foreach(cell, level->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		varno++;
		if (rte->rtekind == RTE_RELATION && rte->relid >= FirstNormalObjectId)
			read_table(level, varno, rte, find_reads(context, rte->relid));
	}
	return query_tree_walker(level, read_level, context, 0);
}

/* BingoAdviseReads *, one for each table. */
List *
bingo_advise_reads(Query *query)
{
	List	   *all = NIL;

	(void) read_level((Node *) query, &all);
	return all;
}
