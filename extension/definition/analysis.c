/*
 * definition/analysis.c
 *	  What the files that analyse a query share: how they fail, and which columns are equal.
 */
#include "postgres.h"

#include "base/relations.h"
#include "definition/analysis.h"

/* Always returns false, so that a check can end with it. */
bool
bingo_analysis_fail(BingoAnalysis *analysis, int sqlstate, int location,
					char *message, char *detail, char *hint)
{
	BingoProblem *problem = analysis->problem;

	problem->sqlstate = sqlstate;
	problem->location = location;
	problem->message = message;
	problem->detail = detail;
	problem->hint = hint;
	problem->lacking = NULL;
	problem->commands = NIL;
	return false;
}

char *
bingo_analysis_column_name(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoRelation *relation = &analysis->relations[table];

	return psprintf("%s.%s", relation->name, bingo_relations_column(relation->relid, attno));
}

/*
 * Are the two columns equal in every row of the result?  Follows the conditions
 * from the first column; "seen" holds the conditions already followed.  That of a LEFT JOIN
 * does not say so: one of them may be NULL.
 */
static bool
reach_column(BingoAnalysis *analysis, int table, AttrNumber attno,
			 int goal_table, AttrNumber goal_attno, Bitmapset **seen)
{
	ListCell   *cell;

	if (table == goal_table && attno == goal_attno)
		return true;
	foreach(cell, analysis->conditions)
	{
		BingoCondition *condition = lfirst(cell);
		int			number = foreach_current_index(cell);

		if (condition->optional >= 0 || bms_is_member(number, *seen))
			continue;
		for (int side = 0; side < 2; side++)
		{
			if (condition->table[side] != table || condition->attno[side] != attno)
				continue;
			*seen = bms_add_member(*seen, number);
			if (reach_column(analysis, condition->table[1 - side], condition->attno[1 - side],
							 goal_table, goal_attno, seen))
				return true;
		}
	}
	return false;
}

bool
bingo_analysis_equivalent(BingoAnalysis *analysis, int table, AttrNumber attno,
						  int other_table, AttrNumber other_attno)
{
	Bitmapset  *seen = NULL;
	bool		equivalent = reach_column(analysis, table, attno, other_table, other_attno, &seen);

	bms_free(seen);
	return equivalent;
}
