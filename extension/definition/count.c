/*
 * definition/count.c
 *	  A query analysed into the definition of a counter, or the reason why it can't be one.
 *
 *	  SELECT key, ..., count(*) FROM table [WHERE condition] GROUP BY key, ...
 *
 * A key is a column, or whether one IS NULL: deleted_at IS NULL counts the rows that are
 * deleted, those that are not, and with both all.
 *
 * As definition/define.c: nothing here raises an error for what it finds, and no relation
 * is opened or locked; the result is allocated in the current memory context.
 *
 * What can be a key and a condition is bounded by what a trigger may do in somebody else's
 * statement: no code of users is run there, and nothing that can fail.
 *
 * - A key's type has a btree operator class of PostgreSQL's own under which equal values
 *	 have equal images (btequalimage): changes are summed by image, and a group has one
 *	 value to show.  So no numeric (1.0 and 1.00), no float (0 and -0), and no
 *	 nondeterministic collation.
 * - Of conditions see definition/filter.c.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/analysis.h"
#include "definition/count.h"
#include "definition/filter.h"
#include "definition/relation.h"
#include "definition/types.h"

typedef struct CountAnalysis
{
	Query	   *query;
	List	   *target_list;
	BingoProblem *problem;
	BingoDefinition *definition;
	Oid			relid;
	int			rti;
	bool		counted;		/* count(*) is in the select list */
} CountAnalysis;

static bool
refuse(CountAnalysis *analysis, int location, char *message, char *hint)
{
	BingoProblem *problem = analysis->problem;

	problem->sqlstate = ERRCODE_FEATURE_NOT_SUPPORTED;
	problem->location = location;
	problem->message = message;
	problem->detail = NULL;
	problem->hint = hint;
	return false;
}

/* --- clauses and the table --- */

static const char *
find_foreign_clause(const Query *query)
{
	if (query->cteList != NIL)
		return "WITH";
	if (query->setOperations != NULL)
		return "UNION, INTERSECT or EXCEPT";
	if (query->distinctClause != NIL)
		return "DISTINCT";
	if (query->groupingSets != NIL)
		return "GROUPING SETS, ROLLUP or CUBE";
	if (query->havingQual != NULL)
		return "HAVING";
	if (query->hasWindowFuncs)
		return "a window function";
	if (query->hasTargetSRFs)
		return "a set-returning function";
	if (query->hasSubLinks)
		return "a subquery";
	if (query->sortClause != NIL)
		return "ORDER BY";
	if (query->limitCount != NULL || query->limitOffset != NULL)
		return "LIMIT or OFFSET";
	if (query->rowMarks != NIL)
		return "FOR UPDATE or FOR SHARE";
	return NULL;
}

static bool
check_clauses(CountAnalysis *analysis)
{
	const char *clause;

	if (analysis->query->commandType != CMD_SELECT || analysis->query->utilityStmt != NULL)
		return refuse(analysis, -1, "the query of a counter must be a SELECT",
					  BINGO_COUNT_GIVE_SELECT);
	clause = find_foreign_clause(analysis->query);
	if (clause == NULL)
		return true;
	return refuse(analysis, -1, psprintf("%s is not supported in the query of a counter", clause),
				  "Leave it out: queries that are served may have more than the counter's own.");
}

static bool
check_table(CountAnalysis *analysis)
{
	List	   *from = analysis->query->jointree->fromlist;
	RangeTblEntry *rte;
	const char *obstacle;

	if (list_length(from) != 1 || !IsA(linitial(from), RangeTblRef))
		return refuse(analysis, -1, "the query of a counter reads one table, without joins",
					  "No join's count can be proved to be right at every commit: count the table's own rows.");
	analysis->rti = linitial_node(RangeTblRef, from)->rtindex;
	rte = rt_fetch(analysis->rti, analysis->query->rtable);
	if (rte->rtekind != RTE_RELATION || rte->tablesample != NULL)
		return refuse(analysis, -1, "the query of a counter reads a plain table",
					  "Name the table itself in FROM.");
	analysis->relid = rte->relid;
	obstacle = bingo_relation_obstacle(rte->relid);
	if (obstacle == NULL)
		return true;
	(void) refuse(analysis, -1, psprintf("\"%s\" is %s", bingo_relations_label(rte->relid), obstacle),
				  BINGO_RELATION_NAME_ANOTHER);
	analysis->problem->detail = "A counter keeps itself exact with triggers on a permanent, plain table.";
	return false;
}

/* --- keys --- */

/* The table's column, which the query names, as it is now. */
static bool
get_column(CountAnalysis *analysis, AttrNumber attno, int location, BingoColumn *column)
{
	if (attno <= 0)
		return refuse(analysis, location, "a system column or a whole row is not supported in the query of a counter",
					  "Use plain columns.");
	if (!bingo_relation_attribute(analysis->relid, attno, column, NULL))
		return refuse(analysis, location, "a column of the table does not exist any more", "Try again.");
	if (bingo_is_virtual_generated(analysis->relid, attno))
		return refuse(analysis, location,
					  psprintf("virtual generated column \"%s\" is not supported in the query of a counter",
							   bingo_relations_column(analysis->relid, attno)),
					  "Make it STORED, or leave it out.");
	column->table = 0;
	return true;
}

/* The column of a key: itself, or the one that is asked whether it IS NULL; else NULL. */
static const Var *
find_key_column(const CountAnalysis *analysis, const Expr *expr, bool *null_test)
{
	const NullTest *test = (const NullTest *) expr;

	*null_test = IsA(expr, NullTest) && test->nulltesttype == IS_NULL && !test->argisrow;
	if (*null_test)
		expr = test->arg;
	return IsA(expr, Var) && ((const Var *) expr)->varno == analysis->rti ? (const Var *) expr : NULL;
}

/* No key has a place in the query's text: in 18 a grouped column has lost it. */
static bool
add_key(CountAnalysis *analysis, const Var *var, bool null_test)
{
	BingoDefinition *definition = analysis->definition;
	BingoSortKey *key = &definition->sort[definition->nsort];
	Oid			compared;

	for (int i = 0; i < definition->nsort; i++)
		if (definition->output[i].attno == var->varattno && definition->sort[i].null_test == null_test)
			return true;
	if (definition->nsort == BINGO_MAX_KEYS)
		return refuse(analysis, -1, psprintf("a counter has at most %d keys", BINGO_MAX_KEYS),
					  "Leave some out of GROUP BY and WHERE, or make a counter for each count.");
	if (!get_column(analysis, var->varattno, -1, &key->column))
		return false;
	definition->output[definition->noutput] = key->column;
	if (null_test)
	{
		key->null_test = true;
		key->column.type = BOOLOID;
		key->column.typmod = -1;
		key->column.collation = InvalidOid;
	}
	key->collation = key->column.collation;
	key->opfamily = bingo_types_image_family(key->column.type, key->collation, &compared);
	if (!OidIsValid(key->opfamily))
		return refuse(analysis, -1,
					  psprintf("column \"%s\", which has type %s, can't be a counter's key",
							   bingo_relations_column(analysis->relid, var->varattno),
							   bingo_relations_type(key->column.type)),
					  "Equal values of a key have equal images: integers, text, dates, uuid, boolean or enum, for example.");
	key->sort_operator = get_opfamily_member(key->opfamily, compared, compared, BTLessStrategyNumber);
	key->output = definition->nsort;
	definition->noutput++;
	definition->nsort++;
	return true;
}

static bool
collect_keys(CountAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	ListCell   *cell;

	definition->sort = palloc0(BINGO_MAX_KEYS * sizeof(BingoSortKey));
	definition->output = palloc0(BINGO_MAX_KEYS * sizeof(BingoColumn));
	foreach(cell, analysis->query->groupClause)
	{
		const TargetEntry *entry = get_sortgroupclause_tle(lfirst(cell), analysis->target_list);

		bool		null_test;
		const Var  *column = find_key_column(analysis, entry->expr, &null_test);

		if (column == NULL)
			return refuse(analysis, -1,
						  "this expression in GROUP BY is not supported in the query of a counter",
						  "Group by plain columns, or by whether one IS NULL.");
		if (!add_key(analysis, column, null_test))
			return false;
	}
	return true;
}

/* --- the select list --- */

static bool
is_count_of_rows(const Node *node)
{
	const Aggref *aggref = (const Aggref *) node;

	return IsA(node, Aggref) && aggref->aggfnoid == F_COUNT_ && aggref->aggfilter == NULL;
}

static bool
check_select_list(CountAnalysis *analysis)
{
	ListCell   *cell;

	foreach(cell, analysis->target_list)
	{
		const TargetEntry *entry = lfirst(cell);
		bool		null_test;

		if (is_count_of_rows((Node *) entry->expr))
			analysis->counted = true;
		else if (find_key_column(analysis, entry->expr, &null_test) == NULL)
			return refuse(analysis, exprLocation((Node *) entry->expr),
						  "what is neither count(*) nor a column is not supported in the query of a counter",
						  "Select the columns of GROUP BY and count(*).");
	}
	return analysis->counted ||
		refuse(analysis, -1, "the query of a counter selects count(*)", "Add count(*) to the select list.");
}

/* --- the filter --- */

static bool
collect_read(CountAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	ListCell   *cell;

	definition->read = palloc0(MaxHeapAttributeNumber * sizeof(BingoColumn));
	foreach(cell, bingo_filter_columns(definition, 0))
	{
		if (!get_column(analysis, lfirst_int(cell), -1, &definition->read[definition->nread]))
			return false;
		definition->nread++;
	}
	return true;
}

static bool
collect_filter(CountAnalysis *analysis)
{
	Node	   *quals = analysis->query->jointree->quals;
	BingoFilterRefusal refusal;

	if (quals != NULL && !bingo_filter_add(analysis->definition, quals, analysis->rti, 0, &refusal))
		return refuse(analysis, refusal.location, "this condition is not supported in the query of a counter",
					  unconstify(char *, bingo_filter_hint));
	return collect_read(analysis);
}

/* --- columns that are never null --- */

/* The primary key's: count(id) is what many applications ask for. */
static void
collect_never_null(CountAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	ListCell   *cell;

	definition->never_null = palloc0(INDEX_MAX_KEYS * sizeof(BingoColumn));
	foreach(cell, bingo_relation_indexes(analysis->relid))
	{
		const BingoIndexShape *index = lfirst(cell);

		for (int i = 0; index->primary && i < index->nkeys; i++)
		{
			BingoColumn column;
			bool		not_null;

			if (!bingo_relation_attribute(analysis->relid, index->attnos[i], &column, &not_null) || !not_null)
				continue;
			column.table = 0;
			definition->never_null[definition->nnever_null++] = column;
		}
	}
}

BingoDefinition *
bingo_count_analyze(Query *query, BingoProblem *problem)
{
	CountAnalysis analysis = {.query = query, .problem = problem};
	BingoDefinition *definition = palloc0(sizeof(BingoDefinition));

	analysis.definition = definition;
	analysis.target_list = (List *) bingo_flatten_group(query, (Node *) query->targetList);
	definition->counts = true;
	if (!check_clauses(&analysis) || !check_table(&analysis) || !collect_keys(&analysis) ||
		!check_select_list(&analysis) || !collect_filter(&analysis))
		return NULL;
	collect_never_null(&analysis);
	definition->ntables = 1;
	definition->tables = palloc0(sizeof(BingoTable));
	definition->tables[0].relid = analysis.relid;
	definition->tables[0].parent = -1;
	definition->driving = palloc0(sizeof(BingoKeyColumn));
	bingo_definition_fill_used(definition);
	return definition;
}
