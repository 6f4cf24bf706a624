/*
 * advise/keys.c
 *	  From an expression in a query to a column of an index.
 *
 * A query's column may come through joins, and through subqueries and views that planning
 * pulls up: it is followed down to the table that it is of (resolve).  What remains is a
 * column, or an immutable expression over columns of one table: a key.  Its text is that of
 * CREATE INDEX; the caller has set a search_path in which everything is qualified.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/relations.h"

typedef struct Resolution
{
	Query	   *level;			/* where the node stands */
	Query	   *found;			/* where its table is */
	Index		varno;
	bool		failed;
} Resolution;

static Node *resolve(Node *node, Resolution *resolution);

/* Does planning pull it up, or push conditions down into it?  Whole rows, no more and no less. */
static bool
is_simple(const Query *query)
{
	return query->commandType == CMD_SELECT && !query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
		query->distinctClause == NIL && query->setOperations == NULL && query->limitCount == NULL &&
		query->limitOffset == NULL && !query->hasWindowFuncs && !query->hasTargetSRFs;
}

static Node *
fail(Resolution *resolution)
{
	resolution->failed = true;
	return NULL;
}

static Node *
resolve_below(Node *node, Query *level, Resolution *resolution)
{
	Query	   *saved = resolution->level;
	Node	   *result;

	resolution->level = level;
	result = resolve(node, resolution);
	resolution->level = saved;
	return result;
}

static Node *
resolve_column(Var *column, Resolution *resolution)
{
	RangeTblEntry *rte;
	Var		   *result;
	Node	   *grouped;

	if (column->varlevelsup > 0 || column->varattno <= 0 || column->varno > list_length(resolution->level->rtable))
		return fail(resolution);
	rte = rt_fetch(column->varno, resolution->level->rtable);
	grouped = bingo_group_expression(rte, column->varattno);
	if (grouped != NULL)
		return resolve(grouped, resolution);
	if (rte->rtekind == RTE_JOIN)
		return resolve(list_nth(rte->joinaliasvars, column->varattno - 1), resolution);
	if (rte->rtekind == RTE_SUBQUERY && is_simple(rte->subquery))
	{
		TargetEntry *entry = get_tle_by_resno(rte->subquery->targetList, column->varattno);

		return entry == NULL ? fail(resolution) : resolve_below((Node *) entry->expr, rte->subquery, resolution);
	}
	if (rte->rtekind != RTE_RELATION ||
		(resolution->found != NULL && (resolution->found != resolution->level || resolution->varno != column->varno)))
		return fail(resolution);
	resolution->found = resolution->level;
	resolution->varno = column->varno;
	result = copyObject(column);
	result->varno = 1;
	result->varnosyn = 0;
	result->varattnosyn = 0;
	return (Node *) result;
}

static Node *
resolve_mutator(Node *node, void *context)
{
	return resolve(node, context);
}

static Node *
resolve(Node *node, Resolution *resolution)
{
	if (node == NULL || resolution->failed)
		return NULL;
	check_stack_depth();
	if (IsA(node, Var))
		return resolve_column((Var *) node, resolution);
	if (IsA(node, Param) || IsA(node, SubLink) || IsA(node, Aggref) || IsA(node, WindowFunc) || IsA(node, GroupingFunc) ||
		IsA(node, Query) || IsA(node, CurrentOfExpr))
		return fail(resolution);
	return expression_tree_mutator(node, resolve_mutator, resolution);
}

/* Without what changes no value. */
static Node *
strip(Node *node)
{
	for (;;)
	{
		if (node != NULL && IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (node != NULL && IsA(node, CollateExpr))
			node = (Node *) ((CollateExpr *) node)->arg;
		else
			return node;
	}
}

static Oid
table_of(const Query *level, Index varno)
{
	RangeTblEntry *rte = rt_fetch(varno, level->rtable);
	Oid			relid = rte->relid;
	char		kind = get_rel_relkind(relid);

	if (relid < FirstNormalObjectId ||
		(kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW))
		return InvalidOid;
	return relid;
}

/*
 * The expression, in terms of its table alone, as SQL; NULL if the table is gone.  With the cast that an
 * operator asked for ("id = 5.0"), which nobody wrote: without it the index would be of something else.
 */
static char *
write_expression(Node *node, Oid relid)
{
	char	   *table = bingo_relations_find_label(relid);
	char	   *column;

	if (table == NULL)
		return NULL;
	if (!IsA(node, Var))
		return deparse_expression(node, deparse_context_for(table, relid), false, true);
	column = bingo_relations_find_column(relid, ((Var *) node)->varattno);
	return column ? pstrdup(quote_identifier(column)) : NULL;
}

/* The key that the expression is, compared by a collation (or its own); NULL: none. */
BingoAdviseKey *
bingo_advise_key(Query *level, Node *node, Oid collation)
{
	Resolution	resolution = {.level = level};
	BingoAdviseKey *key;
	Node	   *expression;
	Oid			relid;

	expression = strip(resolve(strip(node), &resolution));
	if (resolution.failed || expression == NULL || resolution.found == NULL)
		return NULL;
	relid = table_of(resolution.found, resolution.varno);
	if (!OidIsValid(relid) || contain_mutable_functions(expression) || expression_returns_set(expression) ||
		!OidIsValid(GetDefaultOpClass(exprType(expression), BTREE_AM_OID)))
		return NULL;
	key = palloc0(sizeof(BingoAdviseKey));
	key->level = resolution.found;
	key->varno = resolution.varno;
	key->relid = relid;
	key->is_expression = !IsA(expression, Var);
	key->type = exprType(expression);
	key->attno = key->is_expression ? 0 : ((Var *) expression)->varattno;
	key->name = write_expression(expression, relid);
	key->own_collation = exprCollation(expression);
	/* jsonb ? text has a collation, and its left side none */
	if (OidIsValid(collation) && collation != key->own_collation && type_is_collatable(key->type))
		key->collation = collation;
	return key->name ? key : NULL;
}

/* Has it one value while a table is scanned?  Columns of outer queries do, for an index. */
bool
bingo_advise_is_constant(Node *node)
{
	return !contain_vars_of_level(node, 0) && !contain_volatile_functions(node);
}

/*
 * A condition of one table that has no value: a boolean column or its negation, IS NULL.
 * As SQL, with a key that tells its table; NULL: none.
 */
char *
bingo_advise_flag(Query *level, Node *clause, BingoAdviseKey **key)
{
	Resolution	resolution = {.level = level};
	Node	   *expression = resolve(clause, &resolution);
	Oid			relid;

	if (resolution.failed || expression == NULL || resolution.found == NULL || contain_mutable_functions(expression))
		return NULL;
	relid = table_of(resolution.found, resolution.varno);
	if (!OidIsValid(relid))
		return NULL;
	*key = palloc0(sizeof(BingoAdviseKey));
	(*key)->level = resolution.found;
	(*key)->varno = resolution.varno;
	(*key)->relid = relid;
	return write_expression(expression, relid);
}

static char *
collation_name(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg_internal("a collation of it was dropped")));
	name = quote_qualified_identifier(bingo_relations_schema(((Form_pg_collation) GETSTRUCT(tuple))->collnamespace),
									  NameStr(((Form_pg_collation) GETSTRUCT(tuple))->collname));
	ReleaseSysCache(tuple);
	return name;
}

/* As CREATE INDEX has it. */
char *
bingo_advise_key_text(const BingoAdviseKey *key)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, key->is_expression ? "(%s)" : "%s", key->name);
	if (OidIsValid(key->collation))
		appendStringInfo(&text, " COLLATE %s", collation_name(key->collation));
	if (key->opclass)
		appendStringInfo(&text, " %s", key->opclass);
	if (key->descending)
		appendStringInfoString(&text, " DESC");
	if (key->nulls_first != key->descending)
		appendStringInfoString(&text, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	return text.data;
}

/* The same column, however it is ordered. */
bool
bingo_advise_same_key(const BingoAdviseKey *left, const BingoAdviseKey *right)
{
	return left->level == right->level && left->varno == right->varno && strcmp(left->name, right->name) == 0 &&
		left->is_expression == right->is_expression && left->collation == right->collation &&
		left->opclass == right->opclass && left->gin == right->gin;
}

/* From its name: as a table has it, of relation 1. */
Node *
bingo_advise_read_key(const char *name, Oid relid)
{
	char	   *text = psprintf("SELECT %s FROM ONLY %s", name, bingo_advise_table(relid));
	Query	   *query = parse_analyze_fixedparams(linitial_node(RawStmt, pg_parse_query(text)), text, NULL, 0, NULL);

	return (Node *) linitial_node(TargetEntry, query->targetList)->expr;
}

/* Quoted, with its schema. */
char *
bingo_advise_table(Oid relid)
{
	return bingo_relations_name(relid);
}
