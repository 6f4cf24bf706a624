/*
 * advise/ordering.c
 *	  The ordering that could serve a query which sorts a join for its first rows.
 *
 * No index gives an order by columns of several tables, or finds rows by one table in the
 * order of another.  The ordering is written from the query itself: its tables and the
 * conditions that join them, its ORDER BY, and every column that it reads of them; what
 * filters stays with the query, and so does the right side of a LEFT JOIN that it does not
 * sort by: the ordering's rows are what that is joined to.  Whether that is an ordering is for the analysis to say
 * that create_ordering() makes (definition/define.c): what it refuses is never proposed.
 *
 * Its window is to hold the rows that the query asks for, and more, since what filters
 * passes rows over.  One value of many is a parameter instead, and the window has all rows.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/relations.h"
#include "definition/define.h"
#include "definition/expression.h"
#include "definition/views.h"
#include "store/definition.h"
#include "store/ordering.h"

/* Of a window: times the rows that are asked for, and bounds. */
#define TIMES_THE_ROWS	20
#define LEAST_ROWS		10000
#define MOST_ROWS		1000000

/* Can there be an ordering below the query's LIMIT at all? */
static bool
is_page(const Query *query)
{
	return query->commandType == CMD_SELECT && query->sortClause != NIL && query->limitCount != NULL &&
		!query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL && query->distinctClause == NIL &&
		query->setOperations == NULL && !query->hasWindowFuncs && !query->hasTargetSRFs && query->rowMarks == NIL &&
		query->cteList == NIL && list_length(query->jointree->fromlist) > 0;
}

static bool
is_column(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno > 0;
}

/* "column = column" of two of the tables, more or less: the analysis looks closer. */
static bool
is_joining(Node *clause, Relids tables)
{
	OpExpr	   *operator = (OpExpr *) clause;

	return IsA(clause, OpExpr) && list_length(operator->args) == 2 &&
		is_column(linitial(operator->args)) && is_column(lsecond(operator->args)) &&
		bms_num_members(pull_varnos(NULL, clause)) == 2 && bms_is_subset(pull_varnos(NULL, clause), tables);
}

/* So many different values has a column, as ANALYZE has seen it; 0: it has not. */
static double
count_values(Oid relid, AttrNumber attno)
{
	HeapTuple	statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attno), BoolGetDatum(false));
	HeapTuple	class;
	double		values;

	if (!HeapTupleIsValid(statistics))
		return 0;
	values = ((Form_pg_statistic) GETSTRUCT(statistics))->stadistinct;
	ReleaseSysCache(statistics);
	if (values >= 0)
		return values;
	class = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(class))
		return 0;
	values *= -((Form_pg_class) GETSTRUCT(class))->reltuples;
	ReleaseSysCache(class);
	return values;
}

static bool
is_value(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return (IsA(node, Const) && !((Const *) node)->constisnull) ||
		(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN);
}

/*
 * "column = value", of a column that has more values than a window has times the rows of a
 * page: of most of them it would not hold a page.  Then it becomes "column = $n", of which the
 * ordering keeps all rows (definition/conditions.c).
 */
static Node *
make_parameter(const Query *core, Node *clause, Relids tables, int *parameters)
{
	OpExpr	   *operator = (OpExpr *) copyObject(clause);
	int			side;
	Var		   *column;
	Param	   *parameter;

	if (!IsA(operator, OpExpr) || list_length(operator->args) != 2)
		return NULL;
	side = is_value(linitial(operator->args)) ? 1 : 0;
	if (!is_column(list_nth(operator->args, side)) || !is_value(list_nth(operator->args, 1 - side)) ||
		!op_mergejoinable(operator->opno, exprType(linitial(operator->args))))
		return NULL;
	column = (Var *) linitial(pull_var_clause(list_nth(operator->args, side), 0));
	if (!bms_is_member(column->varno, tables) ||
		count_values(rt_fetch(column->varno, core->rtable)->relid, column->varattno) <= TIMES_THE_ROWS)
		return NULL;
	parameter = makeNode(Param);
	parameter->paramkind = PARAM_EXTERN;
	parameter->paramid = ++*parameters;
	parameter->paramtype = exprType(list_nth(operator->args, 1 - side));
	parameter->paramtypmod = -1;
	parameter->paramcollid = exprCollation(list_nth(operator->args, 1 - side));
	parameter->location = -1;
	lfirst(list_nth_cell(operator->args, 1 - side)) = parameter;
	return (Node *) operator;
}

/* The range table indexes in a join tree, but for joins' own. */
static Relids
find_tables(Node *node)
{
	Relids		tables = NULL;
	ListCell   *cell;

	if (IsA(node, RangeTblRef))
		return bms_make_singleton(((RangeTblRef *) node)->rtindex);
	if (IsA(node, JoinExpr))
		return bms_union(find_tables(((JoinExpr *) node)->larg), find_tables(((JoinExpr *) node)->rarg));
	foreach(cell, castNode(FromExpr, node)->fromlist)
		tables = bms_add_members(tables, find_tables(lfirst(cell)));
	return tables;
}

/* The joining ones of conditions, and those by a value; the columns of the others are added to what is read. */
static Node *
keep_joining(const Query *core, Node *quals, Relids tables, List **columns, int *parameters)
{
	List	   *kept = NIL;
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *parameter = make_parameter(core, lfirst(cell), tables, parameters);

		if (is_joining(lfirst(cell), tables))
			kept = lappend(kept, lfirst(cell));
		else if (parameter != NULL)
			kept = lappend(kept, parameter);
		else
			*columns = list_concat(*columns, pull_var_clause(lfirst(cell), PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
															 PVC_RECURSE_PLACEHOLDERS));
	}
	return kept == NIL ? NULL : (Node *) make_ands_explicit(kept);
}

/* Writing a query as SQL wants every join of the range table to be in the join tree. */
static void
forget_joins(const Query *core, Node *node)
{
	JoinExpr   *join = (JoinExpr *) node;
	RangeTblEntry *rte;

	if (!IsA(node, JoinExpr))
		return;
	forget_joins(core, join->larg);
	forget_joins(core, join->rarg);
	if (join->rtindex == 0)
		return;
	rte = rt_fetch(join->rtindex, core->rtable);
	rte->rtekind = RTE_RESULT;	/* has no columns */
	rte->eref->colnames = NIL;
}

/* Without LEFT JOINs of what the query does not sort by ("sorted": range table indexes). */
static Node *
leave_joins(const Query *core, Node *node, Relids sorted, List **columns)
{
	ListCell   *cell;

	if (IsA(node, FromExpr))
	{
		foreach(cell, ((FromExpr *) node)->fromlist)
			lfirst(cell) = leave_joins(core, lfirst(cell), sorted, columns);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		join->larg = leave_joins(core, join->larg, sorted, columns);
		join->rarg = leave_joins(core, join->rarg, sorted, columns);
		if (join->jointype == JOIN_LEFT && !bms_overlap(find_tables(join->rarg), sorted))
		{
			*columns = list_concat(*columns, pull_var_clause(join->quals, PVC_RECURSE_PLACEHOLDERS));
			node = join->larg;
			join->larg = join->rarg;	/* that of the core goes on without it */
			forget_joins(core, (Node *) join);
		}
	}
	return node;
}

static void
keep_joins(const Query *core, Node *node, Relids tables, List **columns, int *parameters)
{
	if (IsA(node, FromExpr))
	{
		ListCell   *cell;

		foreach(cell, ((FromExpr *) node)->fromlist)
			keep_joins(core, lfirst(cell), tables, columns, parameters);
		((FromExpr *) node)->quals = keep_joining(core, ((FromExpr *) node)->quals, tables, columns, parameters);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		keep_joins(core, join->larg, tables, columns, parameters);
		keep_joins(core, join->rarg, tables, columns, parameters);
		if (join->jointype == JOIN_INNER && join->usingClause == NIL)
			join->quals = keep_joining(core, join->quals, tables, columns, parameters);
	}
}

/* A column to be selected, if it is one of a table, and is not selected yet. */
static void
select_column(const Query *core, Relids tables, List **list, Node *node, Index reference)
{
	Var		   *column = (Var *) node;
	TargetEntry *entry = tlist_member((Expr *) node, *list);
	RangeTblEntry *rte;

	if (!IsA(node, Var) || column->varlevelsup > 0 || column->varattno <= 0 || !bms_is_member(column->varno, tables) || (entry != NULL && reference == 0))
		return;
	rte = rt_fetch(column->varno, core->rtable);
	if (rte->rtekind != RTE_RELATION)
		return;
	if (entry == NULL)
	{
		entry = makeTargetEntry((Expr *) node, list_length(*list) + 1, bingo_relations_column(rte->relid, column->varattno), false);
		*list = lappend(*list, entry);
	}
	entry->ressortgroupref = reference;
}

/* A column to be sorted by is selected; an expression comes into "computed"; what can be neither is left out. */
static void
select_sort_key(const Query *core, Relids tables, List **list, List **computed, Node *node, Index reference)
{
	TargetEntry *entry = makeTargetEntry((Expr *) node, 0, NULL, true);

	Relids		read = pull_varnos(NULL, bingo_expression_below_joins(node));

	if (IsA(node, Var) || bms_is_empty(read) || !bms_is_subset(read, tables))
	{
		select_column(core, tables, list, node, reference);
		return;
	}
	entry->ressortgroupref = reference;
	*computed = lappend(*computed, entry);
}

/* By table and column, so that what reads the same columns has the same definition. */
static int
compare_columns(const ListCell *left, const ListCell *right)
{
	const Var  *l = lfirst(left);
	const Var  *r = lfirst(right);

	if (!IsA(l, Var) || !IsA(r, Var))
		return IsA(r, Var) - IsA(l, Var);
	return l->varno != r->varno ? (l->varno > r->varno) - (l->varno < r->varno) : l->varattno - r->varattno;
}

/* The query without all that the ordering does not have. */
static Query *
make_core(Query *query, int *parameters)
{
	Query	   *core = copyObject(query);
	List	   *columns = NIL;
	List	   *list = NIL;
	List	   *computed = NIL;
	Relids		sorted = NULL;
	Relids		tables;
	ListCell   *cell;

	core->targetList = (List *) bingo_flatten_join_alias_vars(core, (Node *) core->targetList);
	core->jointree = (FromExpr *) bingo_flatten_join_alias_vars(core, (Node *) core->jointree);
	foreach(cell, core->sortClause)
		sorted = bms_add_members(sorted, pull_varnos(NULL, (Node *) get_sortgroupclause_tle(lfirst(cell), core->targetList)->expr));
	core->jointree = (FromExpr *) leave_joins(core, (Node *) core->jointree, sorted, &columns);
	tables = find_tables((Node *) core->jointree);
	keep_joins(core, (Node *) core->jointree, tables, &columns, parameters);
	columns = list_concat(columns, pull_var_clause((Node *) core->targetList, PVC_RECURSE_PLACEHOLDERS));
	foreach(cell, core->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);

		select_sort_key(core, tables, &list, &computed, (Node *) get_sortgroupclause_tle(clause, core->targetList)->expr,
						clause->tleSortGroupRef);
	}
	if (list_length(list) + list_length(computed) < list_length(core->sortClause))
		return NULL;			/* by what is no column, or something twice */
	list_sort(columns, compare_columns);
	foreach(cell, columns)
		select_column(core, tables, &list, lfirst(cell), 0);
	foreach(cell, computed)
		lfirst_node(TargetEntry, cell)->resno = list_length(list) + foreach_current_index(cell) + 1;
	core->targetList = list_concat(list, computed);
	core->limitCount = core->limitOffset = NULL;
	core->hasSubLinks = false;
	return core;
}

/* LIMIT and OFFSET as they were given; -1: not known. */
static int64
known_rows(Node *node, ParamListInfo params)
{
	if (node == NULL)
		return 0;
	if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 1)
		node = linitial(((FuncExpr *) node)->args);
	if (IsA(node, Const) && !((Const *) node)->constisnull)
	{
		if (((Const *) node)->consttype == INT4OID)
			return DatumGetInt32(((Const *) node)->constvalue);
		if (((Const *) node)->consttype == INT8OID)
			return DatumGetInt64(((Const *) node)->constvalue);
	}
	if (IsA(node, Param) && params != NULL && ((Param *) node)->paramid <= params->numParams)
	{
		const ParamExternData *value = &params->params[((Param *) node)->paramid - 1];

		if (!value->isnull && value->ptype == INT4OID)
			return DatumGetInt32(value->value);
		if (!value->isnull && value->ptype == INT8OID)
			return DatumGetInt64(value->value);
	}
	return -1;
}

static int64
window_rows(const Query *query, ParamListInfo params)
{
	int64		limit = known_rows(query->limitCount, params);
	int64		offset = known_rows(query->limitOffset, params);

	if (limit < 0 || offset < 0 || limit > MOST_ROWS || offset > MOST_ROWS)
		return MOST_ROWS / TIMES_THE_ROWS;
	return Min(Max((limit + offset) * TIMES_THE_ROWS, LEAST_ROWS), MOST_ROWS);
}

static List *
tables_of(const Query *core)
{
	Relids		tables = find_tables((Node *) core->jointree);
	List	   *relids = NIL;
	int			table = -1;

	while ((table = bms_next_member(tables, table)) >= 0)
		relids = list_append_unique_oid(relids, rt_fetch(table, core->rtable)->relid);
	return relids;
}

/* The table that is sorted first, and by what, or by what that is computed from. */
static char *
choose_name(const Query *core)
{
	Node	   *key = (Node *) get_sortgroupclause_tle(linitial(core->sortClause), core->targetList)->expr;
	Var		   *first = linitial(pull_var_clause(key, 0));
	RangeTblEntry *rte = rt_fetch(first->varno, core->rtable);
	char	   *name = psprintf("%s_by_%s", bingo_relations_label(rte->relid), bingo_relations_column(rte->relid, first->varattno));

	name[pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1)] = '\0';
	return name;
}

/* In one line: blanks outside of quotes are one each. */
static char *
squeeze(const char *sql)
{
	char	   *result = palloc(strlen(sql) + 1);
	char	   *end = result;
	char		quote = '\0';

	for (; *sql; sql++)
	{
		if (quote != '\0')
			quote = *sql == quote ? '\0' : quote;
		else if (*sql == '\'' || *sql == '"')
			quote = *sql;
		else if (isspace((unsigned char) *sql))
		{
			if (end > result && end[-1] != ' ')
				*end++ = ' ';
			continue;
		}
		*end++ = *sql;
	}
	*end = '\0';
	return result;
}

BingoAdviseOrdering *
bingo_advise_ordering(Query *query, ParamListInfo params, char **obstacle)
{
	BingoAdviseOrdering *ordering;
	BingoProblem problem = {0};
	Query	   *core;
	List	   *views = NIL;
	bool		expanded;
	char	   *text = NULL;
	BingoDefinition *definition;
	Oid		   *types = NULL;	/* of parameters in conditions that are kept */
	int			ntypes = 0;
	int			parameters = 0;	/* "column = value" that were kept */

	if (!is_page(query))
		return NULL;
	query = copyObject(query);
	expanded = bingo_views_expand(query, false, &views);
	core = make_core(query, &parameters);
	if (core == NULL)
	{
		*obstacle = "it sorts by something else than columns of tables";
		return NULL;
	}
	if (!expanded)
	{
		text = squeeze(pg_get_querydef(copyObject(core), false));
		core = parse_analyze_varparams(linitial_node(RawStmt, pg_parse_query(text)), text, &types, &ntypes, NULL);
	}
	definition = bingo_define_analyze(core, false, &problem);
	if (definition == NULL)
		definition = problem.lacking;
	if (definition != NULL && expanded)
		text = bingo_definition_format(definition);
	if (definition == NULL || text == NULL)
	{
		*obstacle = definition ? "its views have tables of one name" : problem.message;
		return NULL;
	}
	ordering = palloc0(sizeof(BingoAdviseOrdering));
	ordering->name = choose_name(core);
	ordering->query = text;
	ordering->rows = parameters > 0 ? BINGO_MOST_WINDOW_ROWS : window_rows(query, params);
	ordering->relids = tables_of(core);
	ordering->lacks_indexes = problem.lacking != NULL;
	ordering->definition = definition;
	return ordering;
}
