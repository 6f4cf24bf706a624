/*
 * definition/tree.c
 *	  Find the driving table of an ordering and the tree of its dimensions.
 *
 * The order is total if and only if some table, the driving one, has a unique
 * key whose columns are all among the sort keys (or equal to one by a join
 * condition), and every other table, a dimension, adds exactly one row or none
 * to each row of its parent, because the conditions between the two compare
 * all columns of a unique key of the dimension.  Then each row of the driving
 * table gives at most one row of the result.  An optional dimension (definition/outer.c) adds exactly
 * one row, NULLs if need be, and so can't be the driving table.
 *
 *	  for each table with a unique key in ORDER BY:
 *		  placed = {it};  while something can be placed: a table joined on a
 *		  unique key to a placed one is placed behind it
 *		  all placed, all conditions used -> done
 *
 * Among several candidates the one whose key column stands last in ORDER BY is
 * tried first: there it is what people mean by "the order ends in a unique key".
 *
 * If ORDER BY has the unique key of no table that will do, the key of one that has
 * all the others as its dimensions is appended to it, in the direction of the last
 * key that the query names: ties have to be broken somehow, and pages that are told
 * apart by (time, id) sort both alike.  The primary key is tried first.
 *
 * If none will do, the problem of the first tried candidate is reported.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/joins.h"
#include "definition/output.h"
#include "definition/relation.h"
#include "definition/tree.h"
#include "definition/types.h"

/* Why a unique index can't be relied on, or NULL. */
static char *
find_defect(BingoAnalysis *analysis, int table, const BingoIndexShape *index)
{
	const char *name = quote_identifier(bingo_relations_label(index->oid));

	if (!index->usable)
		return psprintf("unique index %s is not valid", name);
	if (!index->immediate)
		return psprintf("unique index %s is deferrable", name);
	if (index->partial)
		return psprintf("unique index %s is partial", name);
	for (int i = 0; i < index->nkeys; i++)
	{
		BingoColumn column;
		bool		not_null;

		if (index->attnos[i] == 0)
			return psprintf("unique index %s is on an expression", name);
		if (!bingo_relation_attribute(analysis->relations[table].relid, index->attnos[i],
									  &column, &not_null) || !not_null)
			return psprintf("column %s of unique index %s may be null",
							bingo_analysis_column_name(analysis, table, index->attnos[i]), name);
	}
	return NULL;
}

/*
 * The sort key that orders by the column, or by one equal to it; -1 if none.
 */
static int
find_sort_key(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoDefinition *definition = analysis->definition;

	for (int i = 0; i < definition->nsort; i++)
		if (bingo_analysis_equivalent(analysis, definition->sort[i].column.table,
									  definition->sort[i].column.attno, table, attno))
			return i;
	return -1;
}

/*
 * The position of the last sort key that the unique index needs, or -1 if
 * ORDER BY does not have all its columns.
 */
static int
find_key_in_order(BingoAnalysis *analysis, int table, const BingoIndexShape *index)
{
	int			last = -1;

	for (int i = 0; i < index->nkeys; i++)
	{
		int			position;
		BingoSortKey *key;

		if (index->attnos[i] == 0)
			return -1;
		position = find_sort_key(analysis, table, index->attnos[i]);
		if (position < 0)
			return -1;
		key = &analysis->definition->sort[position];
		if (key->opfamily != index->opfamilies[i] ||
			!bingo_relation_same_equality(key->collation, index->collations[i]))
			return -1;
		last = Max(last, position);
	}
	return last;
}

/*
 * Which side of the condition is the column's, compared with the parent; -1 if none.  An
 * optional table is joined by the conditions of its own join only, any other by none of these.
 */
static int
find_side(const BingoAnalysis *analysis, const BingoCondition *condition, int table, AttrNumber attno, int parent)
{
	if (condition->optional != (analysis->relations[table].optional ? table : -1))
		return -1;
	for (int side = 0; side < 2; side++)
		if (condition->table[side] == table && condition->attno[side] == attno &&
			condition->table[1 - side] == parent)
			return side;
	return -1;
}

/* Do the conditions between the two tables compare all columns of the index? */
static bool
match_index(BingoAnalysis *analysis, BingoPlacement *placement, BingoIndexShape *index)
{
	placement->index = index;
	placement->njoin = index->nkeys;
	for (int i = 0; i < index->nkeys; i++)
	{
		ListCell   *cell;

		placement->conditions[i] = NULL;
		foreach(cell, analysis->conditions)
		{
			BingoCondition *condition = lfirst(cell);
			int			side = find_side(analysis, condition, placement->table, index->attnos[i],
										 placement->parent);

			if (side >= 0 && bingo_relation_compares_like(condition, index->opfamilies[i], index->collations[i]))
			{
				placement->conditions[i] = condition;
				placement->sides[i] = side;
				break;
			}
		}
		if (placement->conditions[i] == NULL)
			return false;
	}
	return true;
}

/* Can the table be placed behind the parent?  Then the placement is filled. */
static bool
match_dimension(BingoAnalysis *analysis, BingoPlacement *placement)
{
	ListCell   *cell;

	foreach(cell, analysis->relations[placement->table].indexes)
	{
		BingoIndexShape *index = lfirst(cell);

		if (index->unique && index->nkeys <= BINGO_MAX_KEYS &&
			find_defect(analysis, placement->table, index) == NULL &&
			match_index(analysis, placement, index))
			return true;
	}
	return false;
}

static bool
is_placed(const BingoTree *tree, int table)
{
	for (int i = 0; i < tree->nplaced; i++)
		if (tree->placed[i].table == table)
			return true;
	return false;
}

/* Place one more table; false if none can be. */
static bool
place_one(BingoTree *tree)
{
	for (int table = 0; table < tree->analysis->nrelations; table++)
	{
		if (is_placed(tree, table))
			continue;
		for (int i = 0; i < tree->nplaced; i++)
		{
			BingoPlacement	placement = {.table = table, .parent = tree->placed[i].table};

			if (match_dimension(tree->analysis, &placement))
			{
				tree->placed[tree->nplaced++] = placement;
				return true;
			}
		}
	}
	return false;
}

static bool
same_condition(const BingoCondition *a, const BingoCondition *b)
{
	for (int side = 0; side < 2; side++)
		if (a->optional == b->optional && a->operator == (side == 0 ? b->operator : get_commutator(b->operator)) &&
			a->table[0] == b->table[side] && a->attno[0] == b->attno[side] &&
			a->table[1] == b->table[1 - side] && a->attno[1] == b->attno[1 - side])
			return true;
	return false;
}

/* A condition that no join uses would choose rows. */
static BingoCondition *
find_unused_condition(BingoTree *tree)
{
	ListCell   *cell;

	foreach(cell, tree->analysis->conditions)
	{
		BingoCondition *condition = lfirst(cell);
		bool		used = false;

		for (int i = 0; i < tree->nplaced && !used; i++)
			for (int j = 0; j < tree->placed[i].njoin && !used; j++)
				used = same_condition(condition, tree->placed[i].conditions[j]);
		if (!used)
			return condition;
	}
	return NULL;
}

static bool
refuse_unplaced(BingoTree *tree, int table)
{
	BingoAnalysis *analysis = tree->analysis;
	BingoRelation *relation = &analysis->relations[table];
	char	   *detail = NULL;
	ListCell   *cell;

	/* A unique index that the query does join on, but that has a defect, is the best explanation. */
	foreach(cell, relation->indexes)
	{
		BingoIndexShape *index = lfirst(cell);
		char	   *defect = index->unique ? find_defect(analysis, table, index) : NULL;

		if (defect == NULL || index->nkeys > BINGO_MAX_KEYS)
			continue;
		for (int i = 0; i < tree->nplaced; i++)
		{
			BingoPlacement	placement = {.table = table, .parent = tree->placed[i].table};

			if (match_index(analysis, &placement, index))
				detail = defect;
		}
	}
	if (detail != NULL)
	{
		StringInfoData sentence;

		initStringInfo(&sentence);
		appendStringInfo(&sentence, "%c%s.", pg_toupper(detail[0]), detail + 1);
		detail = sentence.data;
	}
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, relation->location,
							   psprintf("table \"%s\" is not joined on a unique key of its own to one other table of the ordering",
										relation->name),
							   detail,
							   psprintf("Join %s on all columns of a valid, not deferrable, not partial unique index on NOT NULL columns, or create one.",
										quote_identifier(relation->name)));
}

/* Try one table as the driving one. */
static bool
build_from(BingoAnalysis *analysis, int driving, BingoIndexShape *key)
{
	BingoTree	tree = {.analysis = analysis, .nplaced = 1};
	BingoCondition *unused;

	tree.placed[0].table = driving;
	tree.placed[0].parent = -1;
	tree.placed[0].index = key;
	while (place_one(&tree))
		;
	for (int table = 0; table < analysis->nrelations; table++)
		if (!is_placed(&tree, table))
			return refuse_unplaced(&tree, table);

	unused = find_unused_condition(&tree);
	if (unused != NULL)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, unused->location,
								   psprintf("the condition between %s and %s is not part of a join on a unique key",
											bingo_analysis_column_name(analysis, unused->table[0], unused->attno[0]),
											bingo_analysis_column_name(analysis, unused->table[1], unused->attno[1])),
								   pstrdup("It would choose rows, which is up to the queries."),
								   pstrdup("Leave it out."));
	return bingo_joins_define(&tree);
}

/* Appends the column to the sort keys, in the direction of the last one; false if it can't be one. */
static bool
append_sort_key(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoDefinition *definition = analysis->definition;
	bool		descending = definition->sort[definition->nsort - 1].descending;
	BingoSortKey *key;
	BingoColumn column;
	TypeCacheEntry *type;

	if (definition->nsort == BINGO_MAX_KEYS || bingo_is_virtual_generated(analysis->relations[table].relid, attno) ||
		!bingo_relation_attribute(analysis->relations[table].relid, attno, &column, NULL))
		return false;
	type = lookup_type_cache(column.type, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
	if (!OidIsValid(type->btree_opf) || !bingo_types_compare(column.type, type->btree_opintype))
		return false;

	key = &definition->sort[definition->nsort++];
	key->sort_operator = descending ? type->gt_opr : type->lt_opr;
	key->opfamily = type->btree_opf;
	key->descending = key->nulls_first = descending;
	key->output = bingo_output_add(analysis, table, attno);
	key->column = definition->output[key->output];
	key->collation = key->column.collation;
	definition->nappended++;
	return true;
}

/* Appends what ORDER BY lacks of the unique key; the order is total then. */
static bool
append_key(BingoAnalysis *analysis, int table, const BingoIndexShape *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (find_sort_key(analysis, table, index->attnos[i]) < 0 &&
			!append_sort_key(analysis, table, index->attnos[i]))
			return false;
	}
	return find_key_in_order(analysis, table, index) >= 0;
}

/*
 * Looks for the table that drives when ORDER BY does not say; with its key appended.
 * "*found": there was a usable key to append, and the problem is another one.
 */
static bool
build_with_key(BingoAnalysis *analysis, bool *found)
{
	BingoDefinition *definition = analysis->definition;
	int			nsort = definition->nsort;
	int			noutput = definition->noutput;
	BingoProblem first_problem = {0};

	*found = false;
	for (int table = 0; table < analysis->nrelations; table++)
	{
		ListCell   *cell;

		foreach(cell, analysis->relations[table].indexes)
		{
			BingoIndexShape *index = lfirst(cell);

			if (analysis->relations[table].optional || !index->unique || index->nkeys > BINGO_MAX_KEYS ||
				find_defect(analysis, table, index) != NULL)
				continue;
			if (append_key(analysis, table, index))
			{
				if (build_from(analysis, table, index))
					return true;
				if (!*found)
					first_problem = *analysis->problem;
				*found = true;
			}
			definition->nsort = nsort;
			definition->noutput = noutput;
			definition->nappended = 0;
		}
	}
	if (*found)
		*analysis->problem = first_problem;
	return false;
}

/* The defect of a unique key; of one that ORDER BY has, if "in_order".  NULL if there is none. */
static char *
find_defective_key(BingoAnalysis *analysis, bool in_order)
{
	for (int table = 0; table < analysis->nrelations; table++)
	{
		ListCell   *cell;

		foreach(cell, analysis->relations[table].indexes)
		{
			BingoIndexShape *index = lfirst(cell);
			char	   *defect = index->unique ? find_defect(analysis, table, index) : NULL;

			if (defect != NULL && (!in_order || find_key_in_order(analysis, table, index) >= 0))
				return psprintf("%c%s.", pg_toupper(defect[0]), defect + 1);
		}
	}
	return NULL;
}

/* No table has a unique key that would make the order total: say which comes nearest. */
static bool
refuse_order(BingoAnalysis *analysis)
{
	char	   *detail = find_defective_key(analysis, true);

	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
							   pstrdup("no table of the query has a unique key that would make its order total"),
							   detail ? detail : find_defective_key(analysis, false),
							   pstrdup("Give one a valid, not deferrable, not partial unique index on NOT NULL columns."));
}

bool
bingo_tree_build(BingoAnalysis *analysis)
{
	BingoProblem first_problem = {0};
	Bitmapset  *tried = NULL;
	bool		found;

	for (;;)
	{
		int			driving = -1;
		int			driving_position = -1;
		BingoIndexShape *key = NULL;

		for (int table = 0; table < analysis->nrelations; table++)
		{
			ListCell   *cell;

			if (analysis->relations[table].optional || bms_is_member(table, tried))
				continue;
			foreach(cell, analysis->relations[table].indexes)
			{
				BingoIndexShape *index = lfirst(cell);
				int			position;

				if (!index->unique || index->nkeys > BINGO_MAX_KEYS ||
					find_defect(analysis, table, index) != NULL)
					continue;
				position = find_key_in_order(analysis, table, index);
				if (position > driving_position)
				{
					driving = table;
					driving_position = position;
					key = index;
				}
			}
		}
		if (driving < 0)
			break;
		if (build_from(analysis, driving, key))
			return true;
		if (tried == NULL)
			first_problem = *analysis->problem;
		tried = bms_add_member(tried, driving);
	}

	if (build_with_key(analysis, &found))
		return true;
	if (tried != NULL)
		*analysis->problem = first_problem;
	else if (!found || find_defective_key(analysis, true) != NULL)
		return refuse_order(analysis);
	return false;
}
