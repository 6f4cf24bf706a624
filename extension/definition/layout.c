/*
 * definition/layout.c
 *	  A definition as stored facts: written once, when the ordering is built, and
 *	  read ever after.
 *
 * What a window's column, a remembered image, or a locked key's hash means must not
 * change while the ordering lives, whatever happens to the catalogs: the choice among
 * several unique indexes, say, and the order of a key's columns.  So the result of the
 * analysis is stored, by table's OID, attribute number, operator, family and hash
 * function, and never worked out again; another layout is another ordering, with
 * another id.  definition/resolve.c compares it with the catalogs.
 *
 * Format: decimal numbers with a blank before each, in the order in which
 * code_definition() goes through the structure; the first is the format's version, which
 * is another one for counters.  One function for both directions, so that they can't
 * differ.  Filter and expressions to sort by are stored beside it, as the server writes expressions:
 * a list of both and of what they are written of.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "definition/layout.h"

#define ORDERING_VERSION 1
#define COUNTER_VERSION 3
#define FILTERED_VERSION 4			/* an ordering with a filter */
#define EXTENDED_VERSION 5			/* an ordering with LEFT JOIN or expressions, and perhaps a filter */
#define KEYED_VERSION 6				/* the same, or without, of which each key's rows are counted */

typedef struct Codec
{
	StringInfo	out;			/* writing, or else */
	const char *in;				/* reading */
	bool		bad;
} Codec;

/* Returns the number: the one given, or the one read, which is between the limits. */
static int64
code_number(Codec *codec, int64 number, int64 least, int64 most)
{
	char	   *end;

	if (codec->out)
	{
		appendStringInfo(codec->out, " " INT64_FORMAT, number);
		return number;
	}
	number = codec->bad ? least : strtoll(codec->in, &end, 10);
	if (codec->bad || end == codec->in || number < least || number > most)
	{
		codec->bad = true;
		return least;
	}
	codec->in = end;
	return number;
}

static void
code_oid(Codec *codec, Oid *oid)
{
	*oid = (Oid) code_number(codec, *oid, 0, OID_MAX);
}

static void
code_bool(Codec *codec, bool *flag)
{
	*flag = code_number(codec, *flag, 0, 1) != 0;
}

static void
code_attno(Codec *codec, AttrNumber *attno)
{
	*attno = (AttrNumber) code_number(codec, *attno, 1, PG_INT16_MAX);
}

static void
code_int(Codec *codec, int *number, int least, int most)
{
	*number = (int) code_number(codec, *number, least, most);
}

/* The number of an array's elements; the array is made when reading. */
static void
code_array(Codec *codec, int *n, int most, void **array, Size size)
{
	code_int(codec, n, 0, most);
	if (codec->out == NULL)
		*array = palloc0(Max(*n, 1) * size);
}

static void
code_column(Codec *codec, BingoColumn *column, int ntables)
{
	int			attno = column->attno == InvalidAttrNumber ? -1 - column->expression : column->attno;

	code_int(codec, &column->table, 0, ntables - 1);
	code_int(codec, &attno, -BINGO_MAX_KEYS, PG_INT16_MAX);
	column->attno = Max(attno, InvalidAttrNumber);
	column->expression = attno < 0 ? -1 - attno : 0;
	code_oid(codec, &column->type);
	code_int(codec, &column->typmod, PG_INT32_MIN, PG_INT32_MAX);
	code_oid(codec, &column->collation);
}

static void
code_join_column(Codec *codec, BingoJoinColumn *join)
{
	code_attno(codec, &join->parent_attno);
	code_attno(codec, &join->attno);
	code_oid(codec, &join->equality);
	code_oid(codec, &join->opfamily);
	code_oid(codec, &join->collation);
	code_oid(codec, &join->parent_type);
	code_oid(codec, &join->type);
	code_oid(codec, &join->parent_hash);
	code_oid(codec, &join->own_hash);
	code_column(codec, &join->parent_column, BINGO_MAX_TABLES);
	code_column(codec, &join->own_column, BINGO_MAX_TABLES);
}

static void
code_table(Codec *codec, BingoTable *table, int number)
{
	code_oid(codec, &table->relid);
	code_int(codec, &table->parent, -1, number - 1);
	code_array(codec, &table->njoin, BINGO_MAX_KEYS, (void **) &table->join, sizeof(BingoJoinColumn));
	for (int i = 0; i < table->njoin; i++)
		code_join_column(codec, &table->join[i]);
}

static void
code_key(Codec *codec, BingoKeyColumn *key, int noutput)
{
	code_attno(codec, &key->attno);
	code_oid(codec, &key->opfamily);
	code_oid(codec, &key->collation);
	code_int(codec, &key->output, 0, noutput - 1);
}

static void
code_sort_key(Codec *codec, BingoSortKey *key, int ntables, int noutput)
{
	code_column(codec, &key->column, ntables);
	code_oid(codec, &key->sort_operator);
	code_oid(codec, &key->opfamily);
	code_oid(codec, &key->collation);
	code_bool(codec, &key->descending);
	code_bool(codec, &key->nulls_first);
	code_int(codec, &key->output, 0, noutput - 1);
}

static void
code_columns(Codec *codec, int *n, BingoColumn **columns, int ntables)
{
	code_array(codec, n, MaxAttrNumber, (void **) columns, sizeof(BingoColumn));
	for (int i = 0; i < *n; i++)
		code_column(codec, &(*columns)[i], ntables);
}

/* Of an ordering that 1.0 could have made: 1.0's. */
static int64
choose_version(const BingoDefinition *definition)
{
	if (definition->counts)
		return COUNTER_VERSION;
	if (definition->nkeys > 0)
		return KEYED_VERSION;
	if (bingo_definition_has_optional(definition) || definition->expressions)
		return EXTENDED_VERSION;
	return definition->nread > 0 ? FILTERED_VERSION : ORDERING_VERSION;
}

static void
code_definition(Codec *codec, BingoDefinition *definition)
{
	int64		version = code_number(codec, choose_version(definition), ORDERING_VERSION, KEYED_VERSION);

	definition->counts = version == COUNTER_VERSION;
	code_array(codec, &definition->ntables, BINGO_MAX_TABLES, (void **) &definition->tables, sizeof(BingoTable));
	for (int i = 0; i < definition->ntables; i++)
		code_table(codec, &definition->tables[i], i);
	code_columns(codec, &definition->noutput, &definition->output, definition->ntables);
	code_array(codec, &definition->ndriving, BINGO_MAX_KEYS, (void **) &definition->driving, sizeof(BingoKeyColumn));
	for (int i = 0; i < definition->ndriving; i++)
		code_key(codec, &definition->driving[i], definition->noutput);
	code_array(codec, &definition->nsort, BINGO_MAX_KEYS, (void **) &definition->sort, sizeof(BingoSortKey));
	for (int i = 0; i < definition->nsort; i++)
		code_sort_key(codec, &definition->sort[i], definition->ntables, definition->noutput);
	for (int i = 1; version >= EXTENDED_VERSION && i < definition->ntables; i++)
		code_bool(codec, &definition->tables[i].optional);
	if (version >= FILTERED_VERSION)
		code_columns(codec, &definition->nread, &definition->read, definition->ntables);
	if (version == KEYED_VERSION)
		code_int(codec, &definition->nkeys, 1, definition->nsort - 1);
	if (definition->counts)
	{
		for (int i = 0; i < definition->nsort; i++)
			code_bool(codec, &definition->sort[i].null_test);
		code_columns(codec, &definition->nread, &definition->read, definition->ntables);
		code_columns(codec, &definition->nnever_null, &definition->never_null, definition->ntables);
	}
}

char *
bingo_layout_write(const BingoDefinition *definition)
{
	StringInfoData text;
	Codec		codec = {.out = &text};

	initStringInfo(&text);
	code_definition(&codec, unconstify(BingoDefinition *, definition));
	return text.data;
}

char *
bingo_layout_write_filter(const BingoDefinition *definition)
{
	if (definition->filter == NIL && definition->expressions == NIL)
		return NULL;
	return nodeToString(list_make4(definition->filter, definition->expressions, definition->written_filter,
								   definition->written_expressions));
}

/* Is what was read of the kind that it says it is? */
static bool
is_sound(const BingoDefinition *definition)
{
	if (definition->counts)
		return definition->ntables == 1 && definition->ndriving == 0 &&
			definition->nsort == definition->noutput;
	for (int i = 1; i < definition->ntables; i++)
		if (definition->tables[i].optional && bingo_definition_presence(definition, i) < 0)
			return false;
	return definition->ntables > 0 && definition->ndriving > 0 && definition->nsort > 0;
}

/* Fills filter and expressions; false if there are not as many of these as the layout speaks of. */
static bool
read_nodes(BingoDefinition *definition, const char *text)
{
	List	   *nodes = text ? castNode(List, stringToNode(text)) : NIL;
	int			nexpressions = 0;

	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].attno == InvalidAttrNumber)
			nexpressions = Max(nexpressions, definition->output[i].expression + 1);
	if (nodes == NIL)
		return nexpressions == 0;
	if (list_length(nodes) != 4)
		return false;
	definition->filter = linitial(nodes);
	definition->expressions = lsecond(nodes);
	definition->written_filter = lthird(nodes);
	definition->written_expressions = lfourth(nodes);
	return list_length(definition->expressions) == nexpressions && list_length(definition->written_expressions) == nexpressions;
}

BingoDefinition *
bingo_layout_read(const char *text, const char *filter)
{
	Codec		codec = {.in = text};
	BingoDefinition *definition = palloc0(sizeof(BingoDefinition));

	code_definition(&codec, definition);
	if (codec.bad || *codec.in != '\0' || !is_sound(definition) || !read_nodes(definition, filter))
		return NULL;
	bingo_definition_fill_used(definition);
	return definition;
}
