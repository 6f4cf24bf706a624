/*
 * advise/unique.c
 *	  Unique keys that an ordering needs, and that are not there.
 *
 * An ordering needs one of the table that ends its order, and of each table that is joined behind it
 * (definition/tree.c).  A database without any key gets none, however much it would gain.  So where
 * that alone is missing a unique index is proposed with the ordering, before it.
 *
 * It is more than a matter of speed: from then on the table refuses what is there twice.  So it is
 * proposed for nothing but what is a key by all appearance, a column
 *
 *		- that is NOT NULL, and of which ANALYZE has seen no value twice, and
 *		- that is filled by a sequence or by random UUIDs; or, in a table that has none such, that is
 *		  joined on, or is a whole number or UUID that ends the ORDER BY.
 *
 * Whether there really is no value twice is for CREATE UNIQUE INDEX to find out, which reads all; the
 * note says so.  Who then makes the ordering without it gets its error.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "advise/page.h"
#include "base/compat.h"
#include "definition/definition.h"

/* Has ANALYZE seen no value of the column twice, and none that is NULL? */
static bool
looks_unique(Oid relid, AttrNumber attno)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attno), BoolGetDatum(false));
	bool		unique;

	if (!HeapTupleIsValid(tuple))
		return false;
	unique = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct == -1.0;
	ReleaseSysCache(tuple);
	return unique;
}

static bool
calls_generator(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, NextValueExpr) ||
		(IsA(node, FuncExpr) && (((FuncExpr *) node)->funcid == F_NEXTVAL || ((FuncExpr *) node)->funcid == F_GEN_RANDOM_UUID)))
		return true;
	return expression_tree_walker(node, calls_generator, context);
}

/* Does the column have new values from a sequence, or random ones? */
static bool
is_generated(Relation table, AttrNumber attno)
{
	const TupleConstr *constraints = RelationGetDescr(table)->constr;

	if (TupleDescAttr(RelationGetDescr(table), attno - 1)->attidentity != '\0')
		return true;
	for (int i = 0; constraints != NULL && i < constraints->num_defval; i++)
	{
		if (constraints->defval[i].adnum == attno && constraints->defval[i].adbin != NULL)
			return calls_generator(stringToNode(constraints->defval[i].adbin), NULL);
	}
	return false;
}

static bool
is_key_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == UUIDOID;
}

static List *
add_key(List *keys, Oid relid, AttrNumber attno)
{
	BingoSupposedKey *key;
	ListCell   *cell;

	foreach(cell, keys)
	{
		key = lfirst(cell);
		if (key->relid == relid && key->attno == attno)
			return keys;
	}
	key = palloc(sizeof(BingoSupposedKey));
	key->relid = relid;
	key->attno = attno;
	return lappend(keys, key);
}

/* The columns that are filled so; none, if it is no plain table. */
static List *
add_generated(List *keys, Oid relid)
{
	Relation	table = try_relation_open(relid, AccessShareLock);

	if (table == NULL)
		return keys;
	for (AttrNumber attno = 1; table->rd_rel->relkind == RELKIND_RELATION && attno <= RelationGetNumberOfAttributes(table); attno++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), attno - 1);

		if (!column->attisdropped && bingo_is_not_null(column) && looks_unique(relid, attno) && is_generated(table, attno))
			keys = add_key(keys, relid, attno);
	}
	relation_close(table, AccessShareLock);
	return keys;
}

typedef struct Naming
{
	const Query *core;
	const List *generated;		/* of BingoSupposedKey *: whose tables need no others */
	List	   *keys;
} Naming;

static void
name_column(Naming *naming, Node *node, bool joined)
{
	const Var  *column = (const Var *) node;
	RangeTblEntry *rte;
	ListCell   *cell;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	column = (const Var *) node;
	if (node == NULL || !IsA(node, Var) || column->varlevelsup > 0 || column->varattno <= 0 || (!joined && !is_key_type(column->vartype)))
		return;
	rte = rt_fetch(column->varno, naming->core->rtable);
	if (rte->rtekind != RTE_RELATION || rte->relkind != RELKIND_RELATION || !looks_unique(rte->relid, column->varattno))
		return;
	foreach(cell, naming->generated)
	{
		if (((const BingoSupposedKey *) lfirst(cell))->relid == rte->relid)
			return;
	}
	naming->keys = add_key(naming->keys, rte->relid, column->varattno);
}

/* Both sides of each "column = column" of two tables, more or less. */
static bool
name_joined(Node *node, void *context)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
	{
		Node	   *left = linitial(((OpExpr *) node)->args);
		Node	   *right = lsecond(((OpExpr *) node)->args);

		if (bingo_advise_is_column(left) && bingo_advise_is_column(right))
		{
			name_column(context, left, true);
			name_column(context, right, true);
		}
		return false;
	}
	return expression_tree_walker(node, name_joined, context);
}

/* What could be unique keys of the tables of an ordering's query, BingoSupposedKey *; those that are there may be among them. */
List *
bingo_advise_unique_keys(const Query *core)
{
	Naming		naming = {.core = core};
	Relids		tables = bingo_advise_tables((Node *) core->jointree);
	List	   *generated = NIL;
	int			table = -1;

	while ((table = bms_next_member(tables, table)) >= 0)
		generated = add_generated(generated, rt_fetch(table, core->rtable)->relid);
	naming.generated = generated;
	if (core->sortClause != NIL)
		name_column(&naming, (Node *) get_sortgroupclause_tle(llast(core->sortClause), core->targetList)->expr, false);
	(void) name_joined((Node *) core->jointree, &naming);
	return list_concat(list_copy(generated), naming.keys);
}

/* Those of them that the definition needs. */
List *
bingo_advise_unique_lacking(const BingoDefinition *definition)
{
	List	   *keys = NIL;

	for (int i = 0; i < definition->ntables; i++)
	{
		const BingoTable *table = &definition->tables[i];

		if (!OidIsValid(table->unique_index))
			keys = add_key(keys, table->relid, i == 0 ? definition->driving[0].attno : table->join[0].attno);
	}
	return keys;
}
