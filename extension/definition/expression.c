/*
 * definition/expression.c
 *	  Expressions that an ordering sorts by.
 *
 * The window keeps the expression's value in a column of its own, computed at commit from the
 * current row (write/compute.c), and by the query that fills the window.  Both, and the planner
 * that sorts the plan behind, must come to the same value, whoever computes it and with whatever
 * settings.  So an expression is made of columns of one table, constants, and PostgreSQL's own
 * immutable functions and operators; of what PostgreSQL calls immutable though a setting has a
 * say, the conversions to and from text that are known to have none, and nothing that is_unsteady_function() names.
 * User's functions are not called: the commit is somebody else's.
 *
 * They are kept as the planner will have them, constants folded: equal() finds them there again
 * (read/match_order.c, read/match_search.c).  And as they were written: SQL that is made of the folded ones
 * lacks a COLLATE that has gone into a constant or a cast.
 *
 * An error that a value causes (1 / n, text::jsonb) is none of the writer's: the work at commit
 * is contained then (write/contain.c).  It is not for expressions that can't raise one.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/expression.h"
#include "definition/types.h"

static bool
is_foreign_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId;
}

/*
 * Of a user's type even an operator of PostgreSQL's may run his code: record_eq().  Asked
 * before constants are folded: that happens in upkeep, too, which is nobody's session.
 */
static bool
runs_foreign_code(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Const) && bingo_types_has_domain(exprType(node)))
		return true;
	if (IsA(node, CoerceToDomain) || check_functions_in_node(node, is_foreign_function, NULL) ||
		((IsA(node, Const) || IsA(node, Var)) && !bingo_types_is_own(exprType(node))))
		return true;
	return expression_tree_walker(node, runs_foreign_code, context);
}

bool
bingo_expression_runs_foreign_code(Node *node)
{
	return runs_foreign_code(node, NULL);
}

/* Is the type's text the same whatever the settings are?  Of float8 it is not, nor of dates. */
static bool
has_plain_text(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return type_is_enum(type);
	}
}

/*
 * Immutable by their word: they read TimeZone, timezone_abbreviations or quote_all_identifiers.  Of all of
 * PostgreSQL's immutable functions, called with many values under several settings, these differed,
 * and output functions, which only cstring can be made of.
 */
static bool
is_unsteady_function(Oid function, void *context)
{
	switch (function)
	{
		case F_AGE_TIMESTAMPTZ_TIMESTAMPTZ:
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
		case F_TIMEZONE_TEXT_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMETZ:
		case F_QUOTE_IDENT:
			return true;
		default:
			return false;
	}
}

/* Is it a value of a type that stands for something in the catalogs, which may change, or text without a type? */
static bool
is_reference(Node *node)
{
	if (!IsA(node, Var) && !IsA(node, Const) && !IsA(node, FuncExpr) && !IsA(node, OpExpr) && !IsA(node, RelabelType) &&
		!IsA(node, CoerceViaIO))
		return false;
	switch (exprType(node))
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
		case CSTRINGOID:
			return true;
		default:
			return false;
	}
}

/* The first part that can't be kept. */
typedef struct Obstacle
{
	char	   *what;
} Obstacle;

static bool
find_obstacle(Node *node, void *context)
{
	Obstacle   *obstacle = context;

	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_unsteady_function, NULL))
		obstacle->what = "a function that depends on settings";
	else if (is_reference(node))
		obstacle->what = psprintf("a value of type %s", bingo_relations_type(exprType(node)));
	if (obstacle->what)
		return true;
	switch (nodeTag(node))
	{
		case T_Var:
			if (((Var *) node)->varattno <= 0)
				obstacle->what = ((Var *) node)->varattno < 0 ? "a system column" : "a whole row";
			break;
		case T_Const:
		case T_RelabelType:
		case T_CollateExpr:
		case T_BoolExpr:
		case T_NullIfExpr:
		case T_DistinctExpr:
		case T_OpExpr:
		case T_ScalarArrayOpExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_BooleanTest:
		case T_FuncExpr:
		case T_List:
			break;
		case T_NullTest:
			if (((NullTest *) node)->argisrow)
				obstacle->what = "IS NULL of a row";
			break;
		case T_CoerceViaIO:
			if (!has_plain_text(exprType(node)) || !has_plain_text(exprType((Node *) ((CoerceViaIO *) node)->arg)))
				obstacle->what = "a conversion by text that depends on settings";
			break;
		case T_Param:
			obstacle->what = "a parameter";
			break;
		default:
			obstacle->what = "this kind of expression";
	}
	return obstacle->what != NULL || expression_tree_walker(node, find_obstacle, context);
}

bool
bingo_expression_is_steady(Node *expression, char **obstacle, char **hint)
{
	Obstacle	found = {0};

	*hint = NULL;
	if (contain_mutable_functions(expression))
	{
		*obstacle = "an expression whose value depends on the time, on settings or on other tables";
		*hint = "Order by a column, and let the query that is served compute from it.";
		return false;
	}
	if (runs_foreign_code(expression, NULL))
	{
		*obstacle = "an expression with functions, operators or types that are not PostgreSQL's own";
		*hint = "Add a generated column with its value: ALTER TABLE ... ADD COLUMN ... GENERATED ALWAYS AS (...) STORED.";
		return false;
	}
	if (find_obstacle(expression, &found))
	{
		*obstacle = psprintf("%s in an expression", found.what);
		return false;
	}
	return true;
}

Node *
bingo_expression_prepare(Node *expression, Index varno, Node **written, char **obstacle, char **hint)
{
	if (!bingo_expression_is_steady(expression, obstacle, hint))
		return NULL;
	*written = copyObject(expression);
	ChangeVarNodes(*written, varno, 1, 0);
	expression = eval_const_expressions(NULL, copyObject(expression));
	fix_opfuncids(expression);
	if (!bms_is_member(varno, pull_varnos(NULL, expression)))
	{
		*obstacle = "an expression without a column";
		*hint = "Leave it out: it decides nothing.";
		return NULL;
	}
	ChangeVarNodes(expression, varno, 1, 0);
	return expression;
}

static bool
forget_nulling(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		bingo_set_nulling((Var *) node, NULL);
	return expression_tree_walker(node, forget_nulling, context);
}

Node *
bingo_expression_below_joins(const Node *expression)
{
	Node	   *copy = copyObject(unconstify(Node *, expression));

	(void) forget_nulling(copy, NULL);
	return copy;
}

List *
bingo_expression_columns(const Node *expression)
{
	Bitmapset  *attnos = NULL;
	List	   *columns = NIL;
	int			member = -1;

	pull_varattnos(unconstify(Node *, expression), 1, &attnos);
	while ((member = bms_next_member(attnos, member)) >= 0)
		columns = lappend_int(columns, member + FirstLowInvalidHeapAttributeNumber);
	return columns;
}

Node *
bingo_expression_of(const BingoDefinition *definition, const BingoColumn *column, Index varno)
{
	Node	   *expression = copyObject(list_nth(definition->expressions, column->expression));

	ChangeVarNodes(expression, 1, varno, 0);
	return expression;
}

char *
bingo_expression_format(const BingoDefinition *definition, const BingoColumn *column, const char *name)
{
	return deparse_expression(list_nth(definition->written_expressions, column->expression),
							  deparse_context_for(name, definition->tables[column->table].relid), true, false);
}

/* All but those that are known to take every value of an ordinary size. */
static bool
function_may_fail(Oid function, void *context)
{
	switch (function)
	{
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_INT4EQ:
		case F_INT4NE:
		case F_INT4LT:
		case F_INT4LE:
		case F_INT4GT:
		case F_INT4GE:
		case F_INT8EQ:
		case F_INT8NE:
		case F_INT8LT:
		case F_INT8LE:
		case F_INT8GT:
		case F_INT8GE:
		case F_INT84EQ:
		case F_INT84NE:
		case F_TEXTEQ:
		case F_TEXTNE:
		case F_BOOLEQ:
		case F_BOOLNE:
			return false;
		default:
			return true;
	}
}

bool
bingo_expression_lacks_collation(const Node *node)
{
	List	   *arguments = NIL;

	if (IsA(node, FuncExpr))
		arguments = ((const FuncExpr *) node)->args;
	else if (IsA(node, OpExpr))
		arguments = ((const OpExpr *) node)->args;
	else if (IsA(node, ScalarArrayOpExpr))
		arguments = ((const ScalarArrayOpExpr *) node)->args;
	return arguments != NIL && type_is_collatable(exprType(linitial(arguments))) && !OidIsValid(exprInputCollation(node));
}

/* Functions are asked for; the rest of find_obstacle()'s list can't fail by itself but for conversions. */
static bool
may_fail(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceViaIO) || IsA(node, MinMaxExpr) || bingo_expression_lacks_collation(node) ||
		check_functions_in_node(node, function_may_fail, NULL))
		return true;
	return expression_tree_walker(node, may_fail, context);
}

bool
bingo_expression_may_fail(Node *node)
{
	return may_fail(node, NULL);
}

/* Of a long text another case may be longer than a value can be. */
static bool
function_may_exceed(Oid function, void *context)
{
	return function == F_LOWER_TEXT || function == F_UPPER_TEXT;
}

static bool
may_exceed(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, function_may_exceed, NULL) || expression_tree_walker(node, may_exceed, context);
}

bool
bingo_expression_may_exceed(Node *node)
{
	return may_exceed(node, NULL);
}

static bool
find_collation(Node *node, void *context)
{
	List	  **collations = context;
	Oid			collation;

	if (node == NULL)
		return false;
	collation = exprInputCollation(node);
	if (OidIsValid(collation))
		*collations = list_append_unique_oid(*collations, collation);
	return expression_tree_walker(node, find_collation, context);
}

List *
bingo_expression_list_collations(Node *node, List *collations)
{
	(void) find_collation(node, &collations);
	return collations;
}

static bool
is_function_gone(Oid function, void *context)
{
	return !SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function));
}

static bool
find_gone(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (((IsA(node, Var) || IsA(node, Const) || IsA(node, RelabelType)) &&
		 !SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(exprType(node)))) ||
		(IsA(node, OpExpr) && !OidIsValid(get_opcode(((OpExpr *) node)->opno))) ||
		check_functions_in_node(node, is_function_gone, NULL))
		return true;
	return expression_tree_walker(node, find_gone, context);
}

static bool
find_given_collation(Node *node, void *context)
{
	List	  **collations = context;

	if (node == NULL)
		return false;
	if (IsA(node, CollateExpr))
		*collations = list_append_unique_oid(*collations, ((CollateExpr *) node)->collOid);
	return expression_tree_walker(node, find_given_collation, context);
}

bool
bingo_expression_is_intact(const BingoDefinition *definition)
{
	List	   *nodes = list_make4(definition->filter, definition->expressions, definition->written_filter, definition->written_expressions);
	List	   *collations = NIL;
	ListCell   *cell;

	(void) find_collation((Node *) nodes, &collations);
	(void) find_given_collation((Node *) nodes, &collations);
	foreach(cell, collations)
		if (!SearchSysCacheExists1(COLLOID, ObjectIdGetDatum(lfirst_oid(cell))))
			return false;
	for (int i = 0; i < definition->nread; i++)
		if (bingo_relations_find_column(definition->tables[definition->read[i].table].relid, definition->read[i].attno) == NULL)
			return false;
	return !find_gone((Node *) nodes, NULL);
}
