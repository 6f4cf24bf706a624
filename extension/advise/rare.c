/*
 * advise/rare.c
 *	  "status = 'failed'": a condition whose value is rare, and is the same in all that was seen; or "status IN
 *	  ('failed', 'lost')", whose values are rare together.
 *
 * An index of the rows that have it is a small part of one of all rows, and so is what its writers pay.  Of a list it
 * has the rows in one order, too, as no index does whose first column is compared with several values.  But
 * it serves no other value.  So
 *
 *		- the value is a constant of the statement.  A parameter's is another one next time, and a
 *		  generic plan could not use the index with any;
 *		- it is in both examples of the query, of two executions; or the caller gave the statement himself; or it
 *		  is a view's or a policy's;
 *		- ANALYZE has seen few different values in the column, and this one seldom or never: it is a state, not a name.
 *
 * Examples of one query (one queryid) have the same tree but for their constants.  So these are compared
 * in the order in which a walk meets them.  Where the other one can't be read, or is not like it,
 * all of them may vary: "could not look" is not "they are the same".
 *
 * What is the same is known by its location in the text, which rewriting and copying keep.  What was stored has none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/advise.h"

/* A column with more values has no states, and what more rows have is not rare. */
#define MOST_STATES		100
#define RARE			0.1

static bool
collect_constants(Node *node, void *context)
{
	List	  **constants = context;

	if (node == NULL)
		return false;
	if (IsA(node, Const))
		*constants = lappend(*constants, node);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, collect_constants, context, 0);
	return expression_tree_walker(node, collect_constants, context);
}

/*
 * Locations of the constants that are the same in the other example of the query; of all, without another.
 */
List *
bingo_advise_same_constants(const Query *query, const Query *other)
{
	List	   *constants = NIL;
	List	   *others = NIL;
	List	   *same = NIL;
	ListCell   *left;
	ListCell   *right;

	(void) collect_constants((Node *) query, &constants);
	(void) collect_constants((Node *) (other ? other : query), &others);
	if (list_length(constants) != list_length(others))
		return NIL;
	forboth(left, constants, right, others)
	{
		if (equal(lfirst(left), lfirst(right)))
			same = lappend_int(same, lfirst_node(Const, left)->location);
	}
	return same;
}

/* --- rare --- */

static bool
is_whole_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Are equal values of the column and the constant the same bytes? */
static bool
is_comparable(Oid type, const BingoAdviseKey *key, const Const *value)
{
	Oid			collation = OidIsValid(key->collation) ? key->collation : key->own_collation;

	if (value->constisnull || (OidIsValid(collation) && !get_collation_isdeterministic(collation)))
		return false;
	if (type == VARCHAROID || type == TEXTOID)
		return value->consttype == VARCHAROID || value->consttype == TEXTOID;
	if (is_whole_number(type))
		return is_whole_number(value->consttype);
	return type == value->consttype && (type == CHAROID || type_is_enum(type));
}

/* The part of the rows that have it; -1: that is not known, or it is no state. */
static double
frequency_in(HeapTuple statistics, const Const *value)
{
	double		values = ((Form_pg_statistic) GETSTRUCT(statistics))->stadistinct;
	double		result = -1;
	AttStatsSlot slot;

	if (values <= 0 || values > MOST_STATES ||
		!get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		return -1;
	for (int i = 0; i < slot.nvalues && i < slot.nnumbers; i++)
	{
		result = slot.numbers[i];	/* rarer than the last, if it is none of them */
		if (datum_image_eq(slot.values[i], value->constvalue, value->constbyval, value->constlen))
			break;
	}
	free_attstatsslot(&slot);
	return result;
}

static double
frequency_of(const BingoAdviseKey *key, const Const *value, const List *same)
{
	HeapTuple	statistics;
	double		part;

	if (!IsA(value, Const) || key->attno == 0 || !is_comparable(getBaseType(key->type), key, value) ||
		(value->location >= 0 && !list_member_int(same, value->location)))
		return -1;
	statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(key->relid), Int16GetDatum(key->attno),
								 BoolGetDatum(get_rel_relkind(key->relid) == RELKIND_PARTITIONED_TABLE));
	if (!HeapTupleIsValid(statistics))
		return -1;
	part = frequency_in(statistics, value);
	ReleaseSysCache(statistics);
	return part;
}

/* What "column = value", or "column = ANY (value)", compares with. */
static List *
list_values(Node *value)
{
	if (IsA(value, ArrayCoerceExpr))
		value = (Node *) ((ArrayCoerceExpr *) value)->arg;	/* varchar's are compared as text */
	if (!IsA(value, ArrayExpr))
		return list_make1(value);
	return ((ArrayExpr *) value)->multidims ? NIL : ((ArrayExpr *) value)->elements;
}

double
bingo_advise_rare_part(const BingoAdviseKey *key, Node *value, const List *same)
{
	double		sum = 0;
	ListCell   *cell;

	foreach(cell, list_values(value))
	{
		double		part = frequency_of(key, lfirst(cell), same);

		if (part < 0)
			return 0;
		sum += part;
	}
	return sum <= RARE ? sum : 0;
}
