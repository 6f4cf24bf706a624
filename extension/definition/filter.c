/*
 * definition/filter.c
 *	  Conditions that choose the rows which a counter counts, or an ordering keeps.
 *
 * They are evaluated for others, a counter's by triggers and an ordering's at commit, in somebody else's statement:
 * no code of users is run there, and in a trigger nothing that can fail.  So a condition is made of
 * columns, constants and comparisons of PostgreSQL's own btree operator families, IS NULL,
 * booleans, AND, OR and NOT: none of them can raise an error.  That of an ordering may be any
 * expression that can be sorted by, too (definition/expression.c): where it might raise an error the work at commit is
 * contained, and the error is a mark (write/contain.c).
 *
 * They are kept as the planner will have the conditions of a query: constants folded, one
 * form of AND and OR; and as they were written, since SQL that is made of the folded ones lacks a
 * COLLATE that has gone into a constant or a cast.  Then equal() finds them there again (read/count_search.c,
 * read/match_filter.c).
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "definition/expression.h"
#include "definition/filter.h"
#include "definition/types.h"

const char *const bingo_filter_hint =
"Conditions compare columns with constants, or are IS NULL, booleans, and AND, OR and NOT of such.";

static bool
is_own_comparison(Oid operator)
{
	return operator < FirstNormalObjectId && bingo_operator_interpretation(operator) != NIL &&
		func_volatile(get_opcode(operator)) == PROVOLATILE_IMMUTABLE;
}

static bool
is_operand(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) || IsA(node, Const);
}

/*
 * Can its values be compared whatever they are?  Arrays and ranges ask for what their elements
 * have, one by one; and two columns of different collations have none for the comparison.
 */
static bool
is_comparable(Node *operand, Oid collation)
{
	Oid			type = exprType(operand);

	return (OidIsValid(collation) || !type_is_collatable(type)) &&
		OidIsValid(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc);
}

static bool
are_operands(List *operands, Oid collation)
{
	ListCell   *cell;

	foreach(cell, operands)
		if (!is_operand(lfirst(cell)) || !is_comparable(lfirst(cell), collation))
			return false;
	return true;
}

static bool is_condition(Node *node);

static bool
are_conditions(List *nodes)
{
	ListCell   *cell;

	foreach(cell, nodes)
		if (!is_condition(lfirst(cell)))
			return false;
	return true;
}

static bool
is_condition(Node *node)
{
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
			return exprType(node) == BOOLOID;
		case T_BoolExpr:
			return are_conditions(((BoolExpr *) node)->args);
		case T_NullTest:
			return is_operand((Node *) ((NullTest *) node)->arg) && !((NullTest *) node)->argisrow;
		case T_BooleanTest:
			return is_condition((Node *) ((BooleanTest *) node)->arg);
		case T_OpExpr:
			return is_own_comparison(((OpExpr *) node)->opno) && are_operands(((OpExpr *) node)->args, ((OpExpr *) node)->inputcollid);
		case T_ScalarArrayOpExpr:
			return is_own_comparison(((ScalarArrayOpExpr *) node)->opno) &&
				are_operands(((ScalarArrayOpExpr *) node)->args, ((ScalarArrayOpExpr *) node)->inputcollid);
		default:
			return false;
	}
}

/* An ordering's, but for what is_condition() allows: before constants are folded, and behind. */
static bool
is_expression(Node *written, Node *condition, BingoFilterRefusal *refusal)
{
	return bingo_expression_is_steady(written, &refusal->obstacle, &refusal->hint) &&
		bingo_expression_is_steady(condition, &refusal->obstacle, &refusal->hint);
}

bool
bingo_filter_add(BingoDefinition *definition, Node *quals, int varno, int table, BingoFilterRefusal *refusal)
{
	Node	   *all = quals;
	ListCell   *cell;

	refusal->location = exprLocation(quals);
	refusal->obstacle = refusal->hint = NULL;
	if (bingo_expression_runs_foreign_code(quals))
	{
		(void) bingo_expression_is_steady(quals, &refusal->obstacle, &refusal->hint);
		return false;
	}
	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *written = copyObject(lfirst(cell));

		ChangeVarNodes(written, varno, table + 1, 0);
		definition->written_filter = lappend(definition->written_filter, written);
	}
	quals = eval_const_expressions(NULL, copyObject(quals));
	quals = (Node *) canonicalize_qual((Expr *) quals, false);
	fix_opfuncids(quals);		/* a comparison that NOT was pulled into has none yet */
	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *condition = lfirst(cell);

		refusal->location = exprLocation(condition);
		if (!is_condition(condition) && (definition->counts || !is_expression(all, condition, refusal)))
			return false;
		ChangeVarNodes(condition, varno, table + 1, 0);
		definition->filter = lappend(definition->filter, condition);
	}
	return true;
}

bool
bingo_filter_may_fail(const BingoDefinition *definition)
{
	ListCell   *cell;

	foreach(cell, definition->filter)
		if (bingo_expression_may_fail(lfirst(cell)) && !is_condition(lfirst(cell)))
			return true;
	return false;
}

List *
bingo_filter_columns(const BingoDefinition *definition, int table)
{
	Bitmapset  *attnos = NULL;
	List	   *columns = NIL;
	int			member = -1;

	pull_varattnos((Node *) definition->filter, table + 1, &attnos);
	while ((member = bms_next_member(attnos, member)) >= 0)
		columns = lappend_int(columns, member + FirstLowInvalidHeapAttributeNumber);
	return columns;
}

/* Those on the table, with Vars of relation varno. */
static List *
choose(List *conditions, int table, int varno)
{
	List	   *filter = NIL;
	ListCell   *cell;

	foreach(cell, conditions)
	{
		Node	   *condition = lfirst(cell);

		/* one that folding has left without a column is the first table's */
		if (bms_is_member(table + 1, pull_varnos(NULL, condition)) || (table == 0 && !contain_var_clause(condition)))
			filter = lappend(filter, copyObject(condition));
	}
	ChangeVarNodes((Node *) filter, table + 1, varno, 0);
	return filter;
}

List *
bingo_filter_of(const BingoDefinition *definition, int table, int varno)
{
	return choose(definition->filter, table, varno);
}

char *
bingo_filter_format(const BingoDefinition *definition, int table, const char *name)
{
	List	   *written = choose(definition->written_filter, table, 1);

	return written == NIL ? NULL :
		deparse_expression((Node *) make_ands_explicit(written),
						   deparse_context_for(name, definition->tables[table].relid), true, false);
}

List *
bingo_filter_list_collations(const BingoDefinition *definition, List *collations)
{
	return bingo_expression_list_collations((Node *) definition->filter, collations);
}
