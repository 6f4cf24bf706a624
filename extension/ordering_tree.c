/*
 * ordering_tree.c
 *	  Find the driving table of an ordering and the tree of its dimensions.
 *
 * The order is total if and only if some table, the driving one, has a unique
 * key whose columns are all among the sort keys (or equal to one by a join
 * condition), and every other table, a dimension, adds exactly one row or none
 * to each row of its parent, because the conditions between the two compare
 * all columns of a unique key of the dimension.  Then each row of the driving
 * table gives at most one row of the result.
 *
 *	  for each table with a unique key in ORDER BY:
 *		  placed = {it};  while something can be placed: a table joined on a
 *		  unique key to a placed one is placed behind it
 *		  all placed, all conditions used -> done
 *
 * Among several candidates the one whose key column stands last in ORDER BY is
 * tried first: there it is what people mean by "the order ends in a unique key".
 * If none will do, the problem of the first tried candidate is reported.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "ordering_analysis.h"

/* The join of one dimension, in the table numbers of the query. */
typedef struct Placement
{
	int			table;
	int			parent;			/* -1: the driving table */
	BingoIndexShape *index;
	int			njoin;
	BingoCondition *conditions[BINGO_MAX_KEYS];
	int			sides[BINGO_MAX_KEYS];	/* which side of the condition is the dimension's */
} Placement;

typedef struct Tree
{
	BingoAnalysis *analysis;
	int			nplaced;
	Placement	placed[BINGO_MAX_TABLES];
} Tree;

/* Why a unique index can't be relied on, or NULL. */
static char *
find_defect(BingoAnalysis *analysis, int table, const BingoIndexShape *index)
{
	const char *name = quote_identifier(get_rel_name(index->oid));

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
		if (bingo_relation_attribute(analysis->relations[table].relid, index->attnos[i],
									 &column, &not_null) && !not_null)
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

/* Which side of the condition is the column's, compared with the parent; -1 if none. */
static int
find_side(const BingoCondition *condition, int table, AttrNumber attno, int parent)
{
	for (int side = 0; side < 2; side++)
		if (condition->table[side] == table && condition->attno[side] == attno &&
			condition->table[1 - side] == parent)
			return side;
	return -1;
}

static bool
compares_like(const BingoCondition *condition, Oid opfamily, Oid collation)
{
	return get_op_opfamily_strategy(condition->operator, opfamily) == BTEqualStrategyNumber &&
		bingo_relation_same_equality(condition->collation, collation);
}

/* Do the conditions between the two tables compare all columns of the index? */
static bool
match_index(BingoAnalysis *analysis, Placement *placement, BingoIndexShape *index)
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
			int			side = find_side(condition, placement->table, index->attnos[i],
										 placement->parent);

			if (side >= 0 && compares_like(condition, index->opfamilies[i], index->collations[i]))
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
match_dimension(BingoAnalysis *analysis, Placement *placement)
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
is_placed(const Tree *tree, int table)
{
	for (int i = 0; i < tree->nplaced; i++)
		if (tree->placed[i].table == table)
			return true;
	return false;
}

/* Place one more table; false if none can be. */
static bool
place_one(Tree *tree)
{
	for (int table = 0; table < tree->analysis->nrelations; table++)
	{
		if (is_placed(tree, table))
			continue;
		for (int i = 0; i < tree->nplaced; i++)
		{
			Placement	placement = {.table = table, .parent = tree->placed[i].table};

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
		if (a->operator == (side == 0 ? b->operator : get_commutator(b->operator)) &&
			a->table[0] == b->table[side] && a->attno[0] == b->attno[side] &&
			a->table[1] == b->table[1 - side] && a->attno[1] == b->attno[1 - side])
			return true;
	return false;
}

/* A condition that no join uses would choose rows. */
static BingoCondition *
find_unused_condition(Tree *tree)
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

/* Comma-separated column names; the tables' names before them if wanted. */
static char *
list_columns(BingoAnalysis *analysis, const Placement *placement, bool of_parent)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < placement->njoin; i++)
	{
		int			side = of_parent ? 1 - placement->sides[i] : placement->sides[i];
		BingoCondition *condition = placement->conditions[i];

		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(analysis->relations[condition->table[side]].relid,
													  condition->attno[side], false)));
	}
	return names.data;
}

static char *
qualified_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

static bool
refuse_unplaced(Tree *tree, int table)
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
			Placement	placement = {.table = table, .parent = tree->placed[i].table};

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

/* An index that finds the parent's rows that belong to a dimension row. */
static Oid
find_parent_index(BingoAnalysis *analysis, const Placement *placement)
{
	ListCell   *cell;

	foreach(cell, analysis->relations[placement->parent].indexes)
	{
		BingoIndexShape *index = lfirst(cell);
		Bitmapset  *found = NULL;

		if (!index->usable || index->partial || index->nkeys < placement->njoin)
			continue;
		for (int i = 0; i < placement->njoin; i++)
		{
			for (int j = 0; j < placement->njoin; j++)
			{
				BingoCondition *condition = placement->conditions[j];

				if (index->attnos[i] == condition->attno[1 - placement->sides[j]] &&
					!bms_is_member(j, found) &&
					compares_like(condition, index->opfamilies[i], index->collations[i]))
				{
					found = bms_add_member(found, j);
					break;
				}
			}
		}
		if (bms_num_members(found) == placement->njoin)
			return index->oid;
	}
	return InvalidOid;
}

static bool
fill_join_column(BingoAnalysis *analysis, const Placement *placement, int number,
				 BingoJoinColumn *join)
{
	BingoCondition *condition = placement->conditions[number];
	int			side = placement->sides[number];
	RegProcedure parent_hash;
	RegProcedure own_hash;

	join->parent_attno = condition->attno[1 - side];
	join->attno = condition->attno[side];
	join->equality = side == 1 ? condition->operator : get_commutator(condition->operator);
	join->opfamily = placement->index->opfamilies[number];
	join->collation = placement->index->collations[number];
	op_input_types(join->equality, &join->parent_type, &join->type);
	if (!get_op_hash_functions(join->equality, &parent_hash, &own_hash))
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, condition->location,
								   psprintf("operator %s of the join condition has no hash functions",
											get_opname(condition->operator)),
								   pstrdup("Writers lock the hash of the values that they join on."),
								   NULL);
	join->parent_hash = parent_hash;
	join->own_hash = own_hash;
	return true;
}

/* One placed table to one table of the definition. */
static bool
fill_table(Tree *tree, int number, const int *new_numbers)
{
	BingoAnalysis *analysis = tree->analysis;
	Placement  *placement = &tree->placed[number];
	BingoTable *table = &analysis->definition->tables[number];

	table->relid = analysis->relations[placement->table].relid;
	table->unique_index = placement->index->oid;
	table->parent = -1;
	if (placement->parent < 0)
		return true;

	table->parent = new_numbers[placement->parent];
	table->njoin = placement->njoin;
	table->join = palloc0(placement->njoin * sizeof(BingoJoinColumn));
	for (int i = 0; i < placement->njoin; i++)
		if (!fill_join_column(analysis, placement, i, &table->join[i]))
			return false;

	table->parent_index = find_parent_index(analysis, placement);
	if (!OidIsValid(table->parent_index))
	{
		Oid			parent = analysis->relations[placement->parent].relid;

		return bingo_analysis_fail(analysis, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, -1,
								   psprintf("table \"%s\" has no index that finds its rows by %s",
											analysis->relations[placement->parent].name,
											list_columns(analysis, placement, true)),
								   psprintf("A change of a row of \"%s\" must find the rows joined to it.",
											analysis->relations[placement->table].name),
								   psprintf("CREATE INDEX ON %s (%s);", qualified_name(parent),
											list_columns(analysis, placement, true)));
	}
	return true;
}

static void
fill_used_columns(BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		BingoTable *table = &definition->tables[i];

		for (int j = 0; j < table->njoin; j++)
		{
			BingoTable *parent = &definition->tables[table->parent];

			table->used = bms_add_member(table->used, table->join[j].attno);
			parent->used = bms_add_member(parent->used, table->join[j].parent_attno);
		}
	}
	for (int i = 0; i < definition->noutput; i++)
	{
		BingoTable *table = &definition->tables[definition->output[i].table];

		table->used = bms_add_member(table->used, definition->output[i].attno);
	}
}

static int
add_driving_column(BingoDefinition *definition, Oid relid, AttrNumber attno)
{
	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].table == 0 && definition->output[i].attno == attno)
			return i;
	definition->output = repalloc(definition->output,
								  (definition->noutput + 1) * sizeof(BingoColumn));
	bingo_relation_attribute(relid, attno, &definition->output[definition->noutput], NULL);
	definition->output[definition->noutput].table = 0;
	return definition->noutput++;
}

/* The placed tree to the definition. */
static bool
fill_definition(Tree *tree)
{
	BingoAnalysis *analysis = tree->analysis;
	BingoDefinition *definition = analysis->definition;
	BingoIndexShape *key = tree->placed[0].index;
	int			new_numbers[BINGO_MAX_TABLES];

	for (int i = 0; i < tree->nplaced; i++)
		new_numbers[tree->placed[i].table] = i;

	definition->ntables = tree->nplaced;
	definition->tables = palloc0(tree->nplaced * sizeof(BingoTable));
	for (int i = 0; i < tree->nplaced; i++)
		if (!fill_table(tree, i, new_numbers))
			return false;

	for (int i = 0; i < definition->noutput; i++)
		definition->output[i].table = new_numbers[definition->output[i].table];
	for (int i = 0; i < definition->nsort; i++)
		definition->sort[i].column.table = new_numbers[definition->sort[i].column.table];

	definition->ndriving = key->nkeys;
	definition->driving_attnos = palloc(key->nkeys * sizeof(AttrNumber));
	definition->driving_output = palloc(key->nkeys * sizeof(int));
	for (int i = 0; i < key->nkeys; i++)
	{
		definition->driving_attnos[i] = key->attnos[i];
		definition->driving_output[i] = add_driving_column(definition, definition->tables[0].relid,
														   key->attnos[i]);
	}
	fill_used_columns(definition);
	return true;
}

/* Try one table as the driving one. */
static bool
build_from(BingoAnalysis *analysis, int driving, BingoIndexShape *key)
{
	Tree		tree = {.analysis = analysis, .nplaced = 1};
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
	return fill_definition(&tree);
}

/* Nothing in ORDER BY makes the order total: say which key comes nearest. */
static bool
refuse_order(BingoAnalysis *analysis)
{
	char	   *detail = NULL;

	for (int table = 0; table < analysis->nrelations && detail == NULL; table++)
	{
		ListCell   *cell;

		foreach(cell, analysis->relations[table].indexes)
		{
			BingoIndexShape *index = lfirst(cell);
			char	   *defect = index->unique ? find_defect(analysis, table, index) : NULL;

			if (defect != NULL && find_key_in_order(analysis, table, index) >= 0)
			{
				detail = psprintf("%c%s.", pg_toupper(defect[0]), defect + 1);
				break;
			}
		}
	}
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
							   pstrdup("ORDER BY does not end in a unique key of a table, so the order is not total"),
							   detail,
							   pstrdup("Order by all columns of a valid, not deferrable, not partial unique index on NOT NULL columns at the end."));
}

bool
bingo_tree_build(BingoAnalysis *analysis)
{
	BingoProblem first_problem = {0};
	Bitmapset  *tried = NULL;

	for (;;)
	{
		int			driving = -1;
		int			driving_position = -1;
		BingoIndexShape *key = NULL;

		for (int table = 0; table < analysis->nrelations; table++)
		{
			ListCell   *cell;

			if (bms_is_member(table, tried))
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

	if (tried == NULL)
		return refuse_order(analysis);
	*analysis->problem = first_problem;
	return false;
}
