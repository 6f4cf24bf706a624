/*
 * advise/ordering.c
 *	  The ordering that could serve a query which sorts a join for its first rows.
 *
 * No index gives an order by columns of several tables, or finds rows by one table in the
 * order of another.  The ordering is written from the query itself: its tables and the
 * conditions that join them, its ORDER BY, and every column that it reads of them; what
 * filters stays with the query, and so does the right side of a LEFT JOIN that it does not
 * need for its order (advise/ordering_joins.c): the ordering's rows are what that is joined to.
 * Whether that is an ordering is for the analysis to say that create_ordering() makes (definition/define.c; of a partitioned table whole.c): what it refuses is never proposed.
 *
 * Its window is to hold the rows that the query asks for, and more: many times them where what filters
 * passes rows over.  One value of many is a parameter instead (advise/parameter.c), and the
 * window has all rows.
 */
#include "postgres.h"

#include "access/stratnum.h"
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

#include "advise/advise.h"
#include "advise/page.h"
#include "advise/whole.h"
#include "base/compat.h"
#include "base/compat_plan.h"
#include "base/relations.h"
#include "definition/expression.h"
#include "definition/views.h"
#include "store/definition.h"
#include "store/ordering.h"

/* "column = column" of two of the tables, more or less: the analysis looks closer.  "column < column" filters. */
static bool
is_joining(Node *clause, Relids tables)
{
	OpExpr	   *operator = (OpExpr *) clause;
	Relids		read;

	if (!IsA(clause, OpExpr) || list_length(operator->args) != 2 ||
		!bingo_advise_is_column(linitial(operator->args)) || !bingo_advise_is_column(lsecond(operator->args)) ||
		!op_mergejoinable(operator->opno, exprType(linitial(operator->args))))
		return false;
	read = pull_varnos(NULL, bingo_expression_below_joins(clause));
	return bms_num_members(read) == 2 && bms_is_subset(read, tables);
}

/* What becomes of the query's conditions. */
typedef struct Keeping
{
	Query	   *core;
	Relids		tables;
	List	   *columns;		/* that those which are left read */
	int			parameters;		/* "column = value" that were kept */
	bool		all;			/* rows are wanted */
	bool		filtered;		/* some are left */
} Keeping;

/* The joining ones of conditions, and those by a value; the columns of the others are added to what is read. */
static Node *
keep_joining(Keeping *keeping, Node *quals)
{
	List	   *kept = NIL;
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *parameter = bingo_advise_parameter(keeping->core, lfirst(cell), keeping->tables, &keeping->parameters, &keeping->all);

		if (is_joining(lfirst(cell), keeping->tables))
			kept = lappend(kept, lfirst(cell));
		else if (parameter != NULL)
			kept = lappend(kept, parameter);
		else
		{
			keeping->columns = list_concat(keeping->columns, bingo_advise_columns(lfirst(cell)));
			keeping->filtered = true;
		}
	}
	return kept == NIL ? NULL : (Node *) make_ands_explicit(kept);
}

static void
keep_joins(Keeping *keeping, Node *node)
{
	if (IsA(node, FromExpr))
	{
		ListCell   *cell;

		foreach(cell, ((FromExpr *) node)->fromlist)
			keep_joins(keeping, lfirst(cell));
		((FromExpr *) node)->quals = keep_joining(keeping, ((FromExpr *) node)->quals);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		keep_joins(keeping, join->larg);
		keep_joins(keeping, join->rarg);
		if (join->jointype == JOIN_INNER)
			join->quals = keep_joining(keeping, join->quals);
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
make_core(Query *query, Keeping *keeping)
{
	Query	   *core = copyObject(query);
	List	   *list = NIL;
	List	   *computed = NIL;
	Relids		sorted = NULL;
	Relids		tables;
	ListCell   *cell;

	core->targetList = (List *) bingo_flatten_join_alias_vars(core, (Node *) core->targetList);
	core->jointree = (FromExpr *) bingo_flatten_join_alias_vars(core, (Node *) core->jointree);
	foreach(cell, core->sortClause)
		sorted = bms_add_members(sorted, pull_varnos(NULL, (Node *) get_sortgroupclause_tle(lfirst(cell), core->targetList)->expr));
	bingo_advise_leave_joins(core, sorted, &keeping->columns);
	tables = bingo_advise_tables((Node *) core->jointree);
	keeping->core = core;
	keeping->tables = tables;
	keep_joins(keeping, (Node *) core->jointree);
	keeping->columns = list_concat(keeping->columns, bingo_advise_columns((Node *) core->targetList));
	foreach(cell, core->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);

		select_sort_key(core, tables, &list, &computed, (Node *) get_sortgroupclause_tle(clause, core->targetList)->expr,
						clause->tleSortGroupRef);
	}
	if (list_length(list) + list_length(computed) < list_length(core->sortClause))
		return NULL;			/* by what is no column, or something twice */
	list_sort(keeping->columns, compare_columns);
	foreach(cell, keeping->columns)
		select_column(core, tables, &list, lfirst(cell), 0);
	foreach(cell, computed)
		lfirst_node(TargetEntry, cell)->resno = list_length(list) + foreach_current_index(cell) + 1;
	core->targetList = list_concat(list, computed);
	core->limitCount = core->limitOffset = NULL;
	core->hasSubLinks = false;
	return core;
}

static List *
tables_of(const Query *core)
{
	Relids		tables = bingo_advise_tables((Node *) core->jointree);
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

/* Does it refer to what stands above it? */
static bool
reads_above(const Query *core, int depth)
{
	for (int level = 1; level <= depth; level++)
	{
		if (contain_vars_of_level((Node *) core, level))
			return true;
	}
	return false;
}

/* Of a definition's text; an error if it is none. */
static Query *
analyse(const char *text)
{
	Oid		   *types = NULL;	/* of parameters in conditions that are kept */
	int			ntypes = 0;

	return parse_analyze_varparams(linitial_node(RawStmt, pg_parse_query(text)), text, &types, &ntypes, NULL);
}

/* The same, if nothing but unique keys is missing that there could be. */
static BingoDefinition *
define_supposing(Query *core, BingoProblem *problem, List **lacking)
{
	BingoProblem other = {0};
	List	   *keys = bingo_advise_unique_keys(core);
	BingoDefinition *definition;

	if (keys == NIL)
		return NULL;
	definition = bingo_advise_analyze(core, keys, &other);
	if (definition == NULL)
		return NULL;
	*lacking = bingo_advise_unique_lacking(definition);
	*problem = other;
	return definition;
}

/* The order the other way round; false: there is none. */
static bool
turn(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Oid			family;
		Oid			type;
		BingoComparison comparison;
		bool		ascending;

		if (!get_ordering_op_properties(clause->sortop, &family, &type, &comparison))
			return false;
		ascending = comparison == BINGO_COMPARE_LESS;
		bingo_sort_clause_reverse(clause, ascending);
		clause->sortop = get_opfamily_member(family, type, type, ascending ? BTGreaterStrategyNumber : BTLessStrategyNumber);
		clause->nulls_first = !clause->nulls_first;
		if (!OidIsValid(clause->sortop))
			return false;
	}
	return true;
}

/* Of one page; NULL, and why not. */
static BingoAdviseOrdering *
order_page(BingoAdvisePage *page, BingoAdviseManner manner, char **obstacle)
{
	BingoAdviseOrdering *ordering;
	BingoProblem problem = {0};
	Query	   *core;
	Query	   *written = NULL;
	List	   *views = NIL;
	bool		expanded = bingo_views_expand(page->query, false, &views);
	char	   *text = NULL;
	BingoDefinition *definition;
	Keeping		keeping = {0};
	bool		all;
	bool		supposing = manner == BINGO_ADVISE_SUPPOSING || manner == BINGO_ADVISE_SUPPOSING_TURNED;
	List	   *unique = NIL;

	if ((manner == BINGO_ADVISE_TURNED || manner == BINGO_ADVISE_SUPPOSING_TURNED) && !turn(page->query))
		return NULL;
	core = make_core(page->query, &keeping);
	all = keeping.all || keeping.parameters > 0;
	if (!page->limited && !all && supposing)
		return NULL;			/* all rows of a join, in whatever order */
	if (core == NULL || reads_above(core, page->depth))
	{
		*obstacle = "it sorts by something else than columns of tables";
		return NULL;
	}
	if (!expanded)
	{
		text = bingo_advise_query_text(core);
		written = core;
		core = analyse(text);
	}
	definition = bingo_advise_analyze(core, NIL, &problem);
	if (definition == NULL && supposing)
		definition = define_supposing(core, &problem, &unique);
	if (definition != NULL && expanded)
	{
		text = bingo_definition_format(definition);
		(void) analyse(text);
	}
	if (definition == NULL || text == NULL)
	{
		*obstacle = definition ? "a table or column of it has just been dropped" : problem.message;
		return NULL;
	}
	ordering = palloc0(sizeof(BingoAdviseOrdering));
	ordering->name = choose_name(core);
	ordering->query = text;
	ordering->rows = all ? BINGO_MOST_WINDOW_ROWS : keeping.filtered ? page->rows : page->rows_unfiltered;
	ordering->limited = page->limited || all;
	ordering->relids = tables_of(core);
	ordering->ntables = definition->ntables;
	ordering->lacks_indexes = problem.lacking != NULL;
	ordering->needs = bingo_advise_needs(definition, unique);
	ordering->unique = unique;
	ordering->definition = definition;
	if (written != NULL)
		bingo_advise_split_ordering(ordering, written);
	return ordering;
}

typedef struct Attempt
{
	BingoAdvisePage *page;
	BingoAdviseManner manner;
	BingoAdviseOrdering *ordering;
	char	   *obstacle;
} Attempt;

static void
attempt_page(void *argument)
{
	Attempt    *attempt = argument;

	attempt->ordering = order_page(attempt->page, attempt->manner, &attempt->obstacle);
}

/*
 * What can't be written, or read again, is no proposal, and no error: nobody who asks for advice has written
 * the text that it would be about.
 */
List *
bingo_advise_orderings(Query *query, ParamListInfo params, BingoAdviseManner manner, char **obstacle)
{
	List	   *orderings = NIL;
	ListCell   *cell;

	if (query->commandType != CMD_SELECT)
		return NIL;
	foreach(cell, bingo_advise_pages(query, params))
	{
		Attempt		attempt = {.page = lfirst(cell), .manner = manner};

		if (bingo_advise_aside(attempt_page, &attempt) != NULL)
			*obstacle = BINGO_ADVISE_UNWRITTEN;
		else if (attempt.ordering != NULL)
			orderings = lappend(orderings, attempt.ordering);
		else if (attempt.obstacle != NULL)
			*obstacle = attempt.obstacle;
	}
	if (orderings != NIL)
		*obstacle = NULL;
	return orderings;
}

/* Of the text, as create_ordering() would with the indexes that it lacks. */
BingoDefinition *
bingo_advise_define(const BingoAdviseOrdering *ordering)
{
	BingoProblem problem = {0};
	BingoDefinition *definition = bingo_advise_analyze(analyse(ordering->query), ordering->unique, &problem);

	if (definition == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg_internal("the ordering can't be defined any more")));
	return definition;
}
