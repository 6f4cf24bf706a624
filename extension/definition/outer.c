/*
 * definition/outer.c
 *	  LEFT JOIN and RIGHT JOIN in an ordering's query.
 *
 * The nullable side is one table, or one with others joined to it by LEFT JOIN again:
 * "a LEFT JOIN (b LEFT JOIN c)" is "(a LEFT JOIN b) LEFT JOIN c", since b's join does not
 * look at c.  With an inner join there b's row would be there or not as c's is, which is
 * refused; so is FULL JOIN, which makes the driving table optional.
 *
 * Why no condition may choose rows by an optional table: any that is not true of NULLs
 * makes the join an inner one, as the planner's reduce_outer_joins() has it, and the others, such as IS
 * NULL, choose rows by what another transaction's row may make true or false.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"

#include "definition/outer.h"
#include "definition/output.h"

/* The table that all others below the node are joined to by LEFT JOIN; its range table index, or -1. */
static int
find_head(Node *node)
{
	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex;
	if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype == JOIN_LEFT)
		return find_head(((JoinExpr *) node)->larg);
	if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype == JOIN_RIGHT)
		return find_head(((JoinExpr *) node)->rarg);
	return -1;
}

static int
find_optional(const JoinExpr *join)
{
	return find_head(join->jointype == JOIN_LEFT ? join->rarg : join->larg);
}

bool
bingo_outer_collect(BingoAnalysis *analysis, const JoinExpr *join)
{
	int			rti;

	if (join->jointype == JOIN_INNER)
		return true;
	if (join->jointype != JOIN_LEFT && join->jointype != JOIN_RIGHT)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
								   pstrdup("FULL JOIN is not supported in the query of an ordering"), NULL,
								   pstrdup("Use JOIN or LEFT JOIN: the rows of one table, to which others are joined, are kept in order."));
	rti = find_optional(join);
	if (rti < 0)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
								   pstrdup("an inner join on the nullable side of an outer join is not supported in the query of an ordering"),
								   NULL, pstrdup("Join these tables one after the other, each by JOIN or each by LEFT JOIN."));
	analysis->relations[bingo_output_table(analysis, rti)].optional = true;
	return true;
}

int
bingo_outer_table(const BingoAnalysis *analysis, const JoinExpr *join)
{
	return join->jointype == JOIN_INNER ? -1 : bingo_output_table(analysis, find_optional(join));
}

bool
bingo_outer_allows(BingoAnalysis *analysis, Node *clause)
{
	Bitmapset  *used = pull_varnos(NULL, clause);

	for (int i = 0; i < analysis->nrelations; i++)
	{
		const BingoRelation *relation = &analysis->relations[i];

		if (relation->optional && bms_is_member(relation->rti, used))
			return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, exprLocation(clause),
									   psprintf("a condition on table \"%s\", which is joined by LEFT JOIN, is not supported in the query of an ordering",
												relation->name),
									   pstrdup("It would choose rows by whether the table has one for them."),
									   psprintf("Leave it out: queries that are served may have it. Or join %s by JOIN.",
												quote_identifier(relation->name)));
	}
	return true;
}

bool
bingo_outer_refuse_condition(BingoAnalysis *analysis, int table, int location)
{
	const char *name = quote_identifier(analysis->relations[table].name);

	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, location,
							   psprintf("this condition of the LEFT JOIN of table \"%s\" is not supported in the query of an ordering",
										analysis->relations[table].name),
							   NULL,
							   psprintf("Let ON compare nothing but all columns of a unique key of %s with columns of one other table.", name));
}
