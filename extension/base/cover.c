/*
 * base/cover.c
 *	  Can one index do all that another can?
 *
 * It can if both are of one table and method, have the same predicate, and the keys of the
 * other are its first keys: the same columns or expressions, operator families, input types,
 * collations and parameters, in the same directions or all in the opposite ones (a btree is
 * read both ways).  Every column that the other includes is in it, and the other enforces
 * nothing that it does not.  A method that is no btree does not find by its first keys alone
 * what it finds by all, or not as fast: there the keys are the same to the last.
 *
 * Expressions and predicates are compared as they are stored: nothing is computed, which
 * would call functions of the table's owner with the rights of whoever looks.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/cover.h"

static bool
has_column(Relation index, AttrNumber attnum)
{
	for (int i = 0; i < index->rd_index->indnatts; i++)
		if (index->rd_index->indkey.values[i] == attnum)
			return true;
	return false;
}

/* What pg_index stores as a tree; NULL if there is none. */
static Node *
read_tree(Relation index, AttrNumber attnum)
{
	bool		isnull;
	Datum		tree = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, attnum, &isnull);

	return isnull ? NULL : stringToNode(TextDatumGetCString(tree));
}

static bool
same_parameters(Relation cover, Relation index, int key)
{
	Datum		left = get_attoptions(RelationGetRelid(cover), key + 1);
	Datum		right = get_attoptions(RelationGetRelid(index), key + 1);

	if (left == (Datum) 0 || right == (Datum) 0)
		return left == right;
	return datumIsEqual(left, right, false, -1);
}

/* Storage parameters are a matter of taste for a btree, and of what is found how fast for others. */
static bool
same_options(Relation cover, Relation index)
{
	if (cover->rd_options == NULL || index->rd_options == NULL)
		return cover->rd_options == index->rd_options;
	return VARSIZE(cover->rd_options) == VARSIZE(index->rd_options) &&
		memcmp(cover->rd_options, index->rd_options, VARSIZE(index->rd_options)) == 0;
}

/* Of the expressions that both have: each at its place. */
static bool
same_expressions(Relation cover, Relation index)
{
	List	   *left = (List *) read_tree(cover, Anum_pg_index_indexprs);
	List	   *right = (List *) read_tree(index, Anum_pg_index_indexprs);

	if (list_length(right) > list_length(left))
		return false;
	for (int i = 0; i < list_length(right); i++)
	{
		if (!equal(list_nth(left, i), list_nth(right, i)))
			return false;
	}
	return true;
}

/* Are the first keys of one index the keys of the other, forward or backward? */
static bool
keys_begin(Relation cover, Relation index)
{
	bool		forward = true;
	bool		backward = true;

	if (index->rd_index->indnkeyatts > cover->rd_index->indnkeyatts)
		return false;
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		int			flipped = index->rd_indoption[i] ^
			(INDOPTION_DESC | INDOPTION_NULLS_FIRST);

		if (index->rd_index->indkey.values[i] != cover->rd_index->indkey.values[i] ||
			index->rd_opfamily[i] != cover->rd_opfamily[i] ||
			index->rd_opcintype[i] != cover->rd_opcintype[i] ||
			index->rd_indcollation[i] != cover->rd_indcollation[i] ||
			!same_parameters(cover, index, i))
			return false;
		forward &= index->rd_indoption[i] == cover->rd_indoption[i];
		backward &= flipped == cover->rd_indoption[i];
	}
	return (forward || backward) && same_expressions(cover, index);
}

static bool
enforces_more(Relation cover, Relation index)
{
	return index->rd_index->indisunique &&
		!(cover->rd_index->indisunique && cover->rd_index->indnkeyatts == index->rd_index->indnkeyatts);
}

bool
bingo_index_covers(Relation cover, Relation index)
{
	if (cover->rd_index->indrelid != index->rd_index->indrelid ||
		cover->rd_rel->relam != index->rd_rel->relam ||
		!keys_begin(cover, index) || enforces_more(cover, index) ||
		!equal(read_tree(cover, Anum_pg_index_indpred), read_tree(index, Anum_pg_index_indpred)))
		return false;
	if (index->rd_rel->relam != BTREE_AM_OID &&
		(cover->rd_index->indnkeyatts != index->rd_index->indnkeyatts || !same_options(cover, index)))
		return false;
	for (int i = index->rd_index->indnkeyatts; i < index->rd_index->indnatts; i++)
		if (!has_column(cover, index->rd_index->indkey.values[i]))
			return false;
	return true;
}
