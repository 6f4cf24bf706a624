/*
 * definition/joins.c
 *	  Write the tree of joins that definition/tree.c has found into the definition.
 *
 *	  placed tables, in the query's numbers -> tables of the definition, the
 *	  driving one first -> join columns with what maintenance needs of each: the
 *	  parent's index that finds its rows, the hash functions that lock its keys
 *
 * Called at the end of the analysis of a query, in its memory context.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/typcache.h"

#include "definition/joins.h"
#include "definition/relation.h"
#include "definition/types.h"
#include "base/relations.h"

#define JOIN_HASHED "Join on columns of a type with hash functions, such as bigint, text or uuid, or leave the table out."

/* Comma-separated column names; the tables' names before them if wanted. */
static char *
list_columns(BingoAnalysis *analysis, const BingoPlacement *placement, bool of_parent)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < placement->njoin; i++)
	{
		int			side = of_parent ? 1 - placement->sides[i] : placement->sides[i];
		BingoCondition *condition = placement->conditions[i];

		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(bingo_relations_column(analysis->relations[condition->table[side]].relid,
																condition->attno[side])));
	}
	return names.data;
}

/* An index that finds the parent's rows that belong to a dimension row. */
static Oid
find_parent_index(BingoAnalysis *analysis, const BingoPlacement *placement)
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
					bingo_relation_compares_like(condition, index->opfamilies[i], index->collations[i]))
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

/* One of the condition's two columns as it is now; its table is set when all have their numbers. */
static bool
describe_column(BingoAnalysis *analysis, const BingoCondition *condition, int side, BingoColumn *column)
{
	if (bingo_relation_attribute(analysis->relations[condition->table[side]].relid,
								 condition->attno[side], column, NULL))
	{
		column->table = condition->table[side];
		return true;
	}
	return bingo_analysis_fail(analysis, ERRCODE_UNDEFINED_COLUMN, condition->location,
							   psprintf("column %s does not exist any more",
										bingo_analysis_column_name(analysis, condition->table[side],
																   condition->attno[side])),
							   NULL, "Try again.");
}

/* The operator may take any array, say, of which not all can do what it needs. */
static bool
check_join_values(BingoAnalysis *analysis, const BingoCondition *condition, const BingoColumn *column,
				  Oid taken)
{
	char	   *lack = NULL;

	if (!bingo_types_compare(column->type, taken))
		lack = "compared";
	else if (!bingo_types_hash(column->type, taken))
		lack = "hashed";
	if (lack == NULL)
		return true;
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, condition->location,
							   psprintf("values of join column %s, which has type %s, can't be %s",
										bingo_analysis_column_name(analysis, column->table, column->attno),
										bingo_relations_type(column->type), lack),
							   pstrdup("Writers lock the hash of the values that they join on, and look for rows that have equal ones."),
							   JOIN_HASHED);
}

static bool
fill_join_column(BingoAnalysis *analysis, const BingoPlacement *placement, int number,
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
	if (analysis->relations[placement->table].optional && !op_strict(join->equality))
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, condition->location,
								   psprintf("operator %s of the LEFT JOIN is not strict",
											bingo_relations_operator(condition->operator)),
								   pstrdup("NULL must equal nothing."), "Join by an operator that is strict, as =.");
	if (!get_op_hash_functions(join->equality, &parent_hash, &own_hash))
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, condition->location,
								   psprintf("operator %s of the join condition has no hash functions",
											bingo_relations_operator(condition->operator)),
								   pstrdup("Writers lock the hash of the values that they join on."),
								   JOIN_HASHED);
	join->parent_hash = parent_hash;
	join->own_hash = own_hash;
	return describe_column(analysis, condition, 1 - side, &join->parent_column) &&
		describe_column(analysis, condition, side, &join->own_column) &&
		check_join_values(analysis, condition, &join->parent_column, join->parent_type) &&
		check_join_values(analysis, condition, &join->own_column, join->type);
}

/* One placed table to one table of the definition. */
static bool
fill_table(BingoTree *tree, int number, const int *new_numbers)
{
	BingoAnalysis *analysis = tree->analysis;
	BingoPlacement *placement = &tree->placed[number];
	BingoTable *table = &analysis->definition->tables[number];

	analysis->relations[placement->table].number = number;
	table->relid = analysis->relations[placement->table].relid;
	table->unique_index = placement->index->oid;
	table->parent = -1;
	if (placement->parent < 0)
		return true;

	table->parent = new_numbers[placement->parent];
	table->optional = analysis->relations[placement->table].optional;
	table->njoin = placement->njoin;
	table->join = palloc0(placement->njoin * sizeof(BingoJoinColumn));
	for (int i = 0; i < placement->njoin; i++)
	{
		if (!fill_join_column(analysis, placement, i, &table->join[i]))
			return false;
		table->join[i].parent_column.table = table->parent;
		table->join[i].own_column.table = number;
	}

	table->parent_index = find_parent_index(analysis, placement);
	return true;
}

/*
 * The columns of the index that find_parent_index() would take, as CREATE INDEX wants them, with the collation that they
 * are compared by; NULL, if the column's type has no index that the operator searches (int = oid).
 */
static char *
list_index_columns(BingoAnalysis *analysis, const BingoPlacement *placement)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < placement->njoin; i++)
	{
		const BingoCondition *condition = placement->conditions[i];
		int			side = 1 - placement->sides[i];
		Oid			relid = analysis->relations[condition->table[side]].relid;
		Oid			type;
		int32		typmod;
		Oid			collation;

		if (!bingo_relations_find_type(relid, condition->attno[side], &type, &typmod, &collation))
			return NULL;
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(bingo_relations_column(relid, condition->attno[side])));
		if (!bingo_relation_same_equality(condition->collation, collation))
			appendStringInfo(&columns, " COLLATE %s", generate_collation_name(condition->collation));
		if (get_op_opfamily_strategy(condition->operator, lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf) != BTEqualStrategyNumber)
			return NULL;
	}
	return columns.data;
}

/* Where an index of the table is to be made: a partition that comes has one then, too. */
static Oid
find_indexed(const BingoProblem *problem, Oid relid)
{
	return relid == problem->part && OidIsValid(problem->whole) ? problem->whole : relid;
}

/*
 * The problem names the indexes on parents that are missing, with their commands; it is the last one to be told.
 * False, if they can't be made.
 */
static bool
note_missing_indexes(const BingoTree *tree)
{
	BingoAnalysis *analysis = tree->analysis;
	StringInfoData message;
	StringInfoData detail;
	StringInfoData hint;
	List	   *commands = NIL;

	initStringInfo(&message);
	initStringInfo(&detail);
	initStringInfo(&hint);
	for (int i = 1; i < tree->nplaced; i++)
	{
		const BingoPlacement *placement = &tree->placed[i];
		const BingoRelation *parent = &analysis->relations[placement->parent];
		Oid			indexed = find_indexed(analysis->problem, parent->relid);
		char	   *columns;
		char	   *keys;
		char	   *command;

		if (OidIsValid(analysis->definition->tables[i].parent_index))
			continue;
		columns = list_columns(analysis, placement, true);
		keys = list_index_columns(analysis, placement);
		if (keys == NULL)
			return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, placement->conditions[0]->location,
									   psprintf("no index of table \"%s\" could find its rows by %s", bingo_relations_label(parent->relid), columns),
									   pstrdup("The columns that are joined have types that no index compares with one another."),
									   pstrdup("Give both columns one type."));
		appendStringInfo(&message, "%stable \"%s\" has no index that finds its rows by %s",
						 message.len > 0 ? ", and " : "", bingo_relations_label(indexed), columns);
		appendStringInfo(&detail, "%sA change of a row of \"%s\" must find the rows joined to it.",
						 detail.len > 0 ? " " : "", bingo_relations_label(analysis->relations[placement->table].relid));
		command = psprintf("CREATE INDEX ON %s (%s);", bingo_relations_name(indexed), keys);
		appendStringInfo(&hint, "%s%s", hint.len > 0 ? " " : "", command);
		commands = lappend(commands, command);
	}
	if (message.len == 0)
		return true;
	(void) bingo_analysis_fail(analysis, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, -1, message.data, detail.data, hint.data);
	analysis->problem->commands = commands;
	return true;
}

static int
add_column(BingoDefinition *definition, int table, AttrNumber attno)
{
	Oid			relid = definition->tables[table].relid;

	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].table == table && definition->output[i].attno == attno)
			return i;
	definition->output = repalloc(definition->output,
								  (definition->noutput + 1) * sizeof(BingoColumn));
	bingo_relation_require_attribute(relid, attno, &definition->output[definition->noutput], NULL);
	definition->output[definition->noutput].table = table;
	return definition->noutput++;
}

bool
bingo_joins_define(BingoTree *tree)
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
	if (!note_missing_indexes(tree))
		return false;

	for (int i = 0; i < definition->noutput; i++)
		definition->output[i].table = new_numbers[definition->output[i].table];
	for (int i = 0; i < definition->nsort; i++)
		definition->sort[i].column.table = new_numbers[definition->sort[i].column.table];

	definition->ndriving = key->nkeys;
	definition->driving = palloc(key->nkeys * sizeof(BingoKeyColumn));
	for (int i = 0; i < key->nkeys; i++)
	{
		BingoKeyColumn *column = &definition->driving[i];

		column->attno = key->attnos[i];
		column->opfamily = key->opfamilies[i];
		column->collation = key->collations[i];
		column->output = add_column(definition, 0, key->attnos[i]);
	}
	for (int i = 1; i < definition->ntables; i++)
		if (definition->tables[i].optional && bingo_definition_presence(definition, i) < 0)
			add_column(definition, i, definition->tables[i].join[0].attno);
	bingo_definition_fill_used(definition);
	return true;
}
