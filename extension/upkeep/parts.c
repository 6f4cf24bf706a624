/*
 * upkeep/parts.c
 *	  A counter, or an ordering, of a partitioned table is one of each partition (read/count_parts.c, read/leaves.c).
 *
 * What is said of counters here holds for orderings, too, but that of these one is looked for only among those that were made
 * under the same name: another one like it may keep fewer rows.
 *
 * create_counter() makes one for each that has none like it yet.  Each of them is a counter as
 * others, and goes with its partition wherever that goes, under the name that it has: one of a
 * partition that was renamed is found by what it counts.  With its definition stands
 * the name that create_counter() was called with, which stands for all of them.  So a partition
 * that comes gets its own, as far as its definition, and upkeep builds that; of one that is dropped
 * the definition goes, too, as there would be more and more of them: with the command that drops it, or where that can't be,
 * as something is locked or nobody told us of the command, by upkeep (upkeep/build.c).
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/attempt.h"
#include "base/relations.h"
#include "definition/define.h"
#include "definition/partition.h"
#include "store/catalog.h"
#include "store/definition.h"
#include "upkeep/build.h"
#include "upkeep/parts.h"
#include "upkeep/query.h"

#define LONGEST_WAIT "10ms"
#define MOST_JOINED 64			/* as many as a query may read */
#define LOCKS_OF_JOINED 4		/* that a writer of driving rows has for each */

Oid
bingo_parts_whole(const Query *query)
{
	return rt_fetch(bingo_partition_find(query), query->rtable)->relid;
}

List *
bingo_parts_list(const Query *query)
{
	int			rti = bingo_partition_find(query);
	List	   *parts = NIL;
	ListCell   *cell;

	foreach(cell, rti ? find_all_inheritors(rt_fetch(rti, query->rtable)->relid, AccessShareLock, NULL) : NIL)
		if (get_rel_relkind(lfirst_oid(cell)) != RELKIND_PARTITIONED_TABLE)
			parts = lappend_oid(parts, lfirst_oid(cell));
	return parts;
}

Query *
bingo_parts_query(const Query *query, Oid part)
{
	return bingo_partition_query(query, bingo_partition_find(query), part);
}

/*
 * What the name stands for; NULL if that can't be told.  What is not usable is made again from its query: it
 * may be another table that the query names by now (store/load.c).
 */
static const BingoDefinition *
find_definition(const BingoStoredDefinition *stored)
{
	const BingoOrdering *built = bingo_catalog_by_name(stored->name);
	BingoProblem problem = {0};
	ErrorData  *error;
	Query	   *query;

	if (built != NULL && built->usable)
		return built->definition;
	query = bingo_query_analyze(stored, GetUserId(), &error);
	return query ? bingo_define_analyze(query, stored->counts, &problem) : NULL;
}

static bool
is_of_part(const BingoDefinition *definition, Oid relid)
{
	return definition != NULL && bingo_partition_of(definition) == relid;
}

static bool
are_alike(const BingoDefinition *other, const BingoDefinition *definition)
{
	if (!is_of_part(other, bingo_partition_of(definition)) || other->counts != definition->counts)
		return false;
	return definition->counts ? bingo_definition_counts_alike(other, definition) : bingo_partition_orders_alike(other, definition);
}

bool
bingo_parts_is_like(const char *name, const BingoDefinition *definition)
{
	const BingoStoredDefinition *stored = bingo_build_find_definition(name);

	return stored && stored->counts == definition->counts && are_alike(find_definition(stored), definition);
}

/* Is it one that may stand for the whole of that name? */
static bool
is_eligible(const BingoStoredDefinition *stored, bool counts, const char *whole)
{
	return counts || (stored != NULL && stored->whole != NULL && strcmp(stored->whole, whole) == 0);
}

bool
bingo_parts_has_one(const BingoDefinition *definition, const char *whole)
{
	List	   *names = NIL;
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		if (is_of_part(ordering->definition, bingo_partition_of(definition)) && ordering->definition->counts == definition->counts)
			names = lappend(names, pstrdup(ordering->name));
	}
	/* the cache may be another one after each look */
	foreach(cell, names)
		if (is_eligible(bingo_build_find_definition(lfirst(cell)), definition->counts, whole) && bingo_parts_is_like(lfirst(cell), definition))
			return true;
	return false;
}

/* How many levels the table is above the partition; 0: it is not. */
static int
count_levels(Oid part, Oid table)
{
	List	   *ancestors = get_rel_relispartition(part) ? get_partition_ancestors(part) : NIL;

	for (int i = 0; i < list_length(ancestors); i++)
		if (list_nth_oid(ancestors, i) == table)
			return i + 1;
	return 0;
}

Oid
bingo_parts_above(Oid part, int levels)
{
	List	   *ancestors = get_rel_relispartition(part) ? get_partition_ancestors(part) : NIL;

	return levels >= 1 && levels <= list_length(ancestors) ? list_nth_oid(ancestors, levels - 1) : InvalidOid;
}

/* What is built of it, of the table that it is of; NULL: it is none, or somebody has written into it by hand. */
static const BingoOrdering *
find_built(const BingoStoredDefinition *stored)
{
	const BingoOrdering *built = stored->whole ? bingo_catalog_find_named(stored->name) : NULL;

	return built != NULL && built->definition != NULL && bingo_is_counter(built) == stored->counts && built->usable ? built : NULL;
}

void
bingo_parts_note(const char *part_name, const char *name, const Query *query, Oid part)
{
	bingo_build_note_whole(part_name, name, count_levels(part, bingo_parts_whole(query)), InvalidOid);
}

const char *
bingo_parts_find_whole(const BingoDefinition *definition)
{
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *stored = lfirst(cell);
		const BingoOrdering *built = find_built(stored);

		if (built != NULL && are_alike(built->definition, definition))
			return stored->whole;
	}
	return NULL;
}

/* Is it one that the user may manage, under the name of a whole?  Somebody else may have written the name into his. */
static bool
is_part_of(const BingoStoredDefinition *stored, const char *name, bool counts)
{
	return stored->whole != NULL && strcmp(stored->whole, name) == 0 && stored->counts == counts &&
		has_privs_of_role(GetUserId(), stored->owner);
}

bool
bingo_parts_is_whole(const char *name, bool counts)
{
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
		if (is_part_of(lfirst(cell), name, counts))
			return true;
	return false;
}

char *
bingo_parts_name(const char *name, Oid part)
{
	char	   *label = bingo_relations_label(part);
	char	   *part_name = makeObjectName(name, label, NULL);
	const BingoStoredDefinition *other;

	for (int i = 2; (other = bingo_build_find_definition(part_name)) != NULL && !is_of_part(find_definition(other), part); i++)
		part_name = makeObjectName(name, label, psprintf("%d", i));
	return part_name;
}

List *
bingo_parts_named(const char *name, bool counts)
{
	List	   *names = NIL;
	ListCell   *cell;

	if (bingo_build_find_definition(name) != NULL)
		return list_make1(pstrdup(name));
	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *stored = lfirst(cell);

		if (is_part_of(stored, name, counts))
			names = lappend(names, stored->name);
	}
	return names != NIL ? names : list_make1(pstrdup(name));
}

/* --- partitions that come --- */

/* So many partitions a joined table may have. */
static int
most_joined(void)
{
	return Min(MOST_JOINED, max_locks_per_xact / LOCKS_OF_JOINED);
}

void
bingo_parts_require_few(const BingoDefinition *definition, int nparts)
{
	Oid			driving = definition->tables[0].relid;
	Oid			part = bingo_partition_of(definition);

	if (part == driving || nparts <= most_joined())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the table that \"%s\" is a partition of has %d partitions, and joined to \"%s\" it may have %d",
					bingo_relations_label(part), nparts, bingo_relations_label(driving), most_joined()),
			 errdetail("Whoever writes rows of \"%s\" works for an ordering of each of them when he commits, and has locks for each.",
					   bingo_relations_label(driving)),
			 errhint("With more max_locks_per_transaction there may be more, up to %d.", MOST_JOINED)));
}

/* Is there one for as many partitions as may be joined? */
static bool
are_enough(const BingoStoredDefinition *sibling, const BingoDefinition *definition)
{
	int			n = 0;
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *stored = lfirst(cell);

		n += stored->whole != NULL && strcmp(stored->whole, sibling->whole) == 0 && stored->counts == sibling->counts &&
			stored->owner == sibling->owner;
	}
	return bingo_partition_of(definition) != definition->tables[0].relid && n >= most_joined();
}

List *
bingo_parts_leaves(Oid relid)
{
	List	   *leaves = NIL;
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, NoLock, NULL))
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION)
			leaves = lappend_oid(leaves, lfirst_oid(cell));
	return leaves;
}

/* Of those that were made for a table above the partition one of each name and kind. */
static List *
list_siblings(Oid part)
{
	List	   *siblings = NIL;
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		BingoStoredDefinition *stored = lfirst(cell);
		const BingoOrdering *built = find_built(stored);
		bool		known = built == NULL || stored->owner != bingo_relations_find_owner(part) ||
			count_levels(part, bingo_parts_above(bingo_partition_of(built->definition), stored->levels)) == 0;
		ListCell   *other;

		foreach(other, siblings)
			known = known || (((const BingoStoredDefinition *) lfirst(other))->counts == stored->counts &&
							  strcmp(((const BingoStoredDefinition *) lfirst(other))->whole, stored->whole) == 0);
		if (!known)
			siblings = lappend(siblings, stored);
	}
	return siblings;
}

/* Is there one of the partition that is not built yet, whatever its name?  The query names it, so most are told by their text. */
static bool
is_defined(Oid part, const BingoDefinition *definition, const char *whole)
{
	const char *label = quote_identifier(bingo_relations_label(part));
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *stored = lfirst(cell);

		if (is_eligible(stored, definition->counts, whole) && (strstr(stored->query, label) || (stored->renamed && strstr(stored->renamed, label))) &&
			bingo_parts_is_like(stored->name, definition))
			return true;
	}
	return false;
}

/* What a partition is to get. */
typedef struct Coming
{
	Oid			part;
	const BingoStoredDefinition *sibling;
	Oid			of;				/* the partition that has that */
	MemoryContext context;		/* of what is found */
	char	   *name;			/* NULL: nothing */
	char	   *text;
} Coming;

/*
 * Undone in any case, for its locks: analysis has locked the sibling.
 */
static void
find_coming(void *argument)
{
	Coming	   *coming = argument;
	ErrorData  *error;
	Query	   *query;
	const BingoDefinition *definition;
	BingoProblem problem = {0};
	char	   *name;
	int			rti;

	query = bingo_query_analyze(coming->sibling, GetUserId(), &error);
	/* somebody may have written another query by hand */
	rti = query != NULL ? bingo_partition_find_table(query, coming->of) : 0;
	if (rti == 0)
		return;
	query = bingo_partition_query(query, rti, coming->part);
	definition = bingo_define_analyze(query, coming->sibling->counts, &problem);
	if (definition == NULL || bingo_parts_has_one(definition, coming->sibling->whole) ||
		is_defined(coming->part, definition, coming->sibling->whole))
		return;
	name = bingo_parts_name(coming->sibling->whole, coming->part);
	if (bingo_build_find_definition(name) != NULL)
		return;					/* its own, to be built again, or one of another query that was made for it */
	coming->name = MemoryContextStrdup(coming->context, name);
	coming->text = MemoryContextStrdup(coming->context, bingo_query_format(query));
}

static bool
define(Oid part, const BingoStoredDefinition *sibling)
{
	Coming		coming = {.part = part, .sibling = sibling, .context = CurrentMemoryContext};
	const BingoOrdering *built = find_built(sibling);
	Oid			table;
	ErrorData  *error;
	const BingoDefinition *definition;

	/* what was defined just now has made the cache stale, and perhaps it can't be loaded again at once */
	if (built == NULL || are_enough(sibling, built->definition))
		return false;
	coming.of = bingo_partition_of(built->definition);
	table = bingo_parts_above(coming.of, sibling->levels);
	error = bingo_attempt_undone(find_coming, &coming);
	if (error != NULL)
		ReThrowError(error);
	if (coming.name == NULL)
		return false;
	definition = bingo_build_require_definition(bingo_query_parse(coming.text, sibling->counts, true), sibling->counts, NULL);
	bingo_build_define(coming.name, coming.text, NULL, definition, sibling->window_rows);
	bingo_build_note_whole(coming.name, sibling->whole, count_levels(part, table), part);
	return true;
}

/*
 * The definition alone: it is built as one that was restored.  Whoever has the sibling locked, and may be waiting for us, is hardly
 * waited for; nor is he who makes a partition of the same name in another schema, and with it a definition of the same name.
 */
bool
bingo_parts_define(Oid part, const BingoStoredDefinition *sibling)
{
	int			level = NewGUCNestLevel();
	bool		defined;

	(void) set_config_option("lock_timeout", LONGEST_WAIT, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	defined = define(part, sibling);
	AtEOXact_GUC(true, level);
	return defined;
}

/* What is made with a schema is in it, wherever its name was left out. */
static List *
list_made_with_schema(const CreateSchemaStmt *statement)
{
	List	   *tables = NIL;
	ListCell   *cell;

	foreach(cell, statement->schemaElts)
	{
		RangeVar   *table;

		if (!IsA(lfirst(cell), CreateStmt) || lfirst_node(CreateStmt, cell)->partbound == NULL)
			continue;
		table = copyObject(lfirst_node(CreateStmt, cell)->relation);
		if (table->schemaname == NULL)
			table->schemaname = statement->schemaname;
		tables = lappend(tables, table);
	}
	return tables;
}

List *
bingo_parts_list_new(const Node *parsetree)
{
	List	   *tables = NIL;
	ListCell   *cell;

	if (IsA(parsetree, CreateStmt) && ((const CreateStmt *) parsetree)->partbound != NULL)
		tables = list_make1(((const CreateStmt *) parsetree)->relation);
	if (IsA(parsetree, CreateSchemaStmt))
		tables = list_made_with_schema((const CreateSchemaStmt *) parsetree);
	foreach(cell, IsA(parsetree, AlterTableStmt) ? ((const AlterTableStmt *) parsetree)->cmds : NIL)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_AttachPartition)
			tables = lappend(tables, castNode(PartitionCmd, command->def)->name);
		else if (command->subtype == AT_ChangeOwner)
			tables = lappend(tables, ((const AlterTableStmt *) parsetree)->relation);
	}
	return tables;
}

static void
follow(Oid relid)
{
	ListCell   *leaf;
	ListCell   *cell;

	foreach(leaf, bingo_parts_leaves(relid))
		foreach(cell, list_siblings(lfirst_oid(leaf)))
			bingo_parts_define(lfirst_oid(leaf), lfirst(cell));
}

void
bingo_parts_follow(List *tables)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		Oid			relid = RangeVarGetRelid(lfirst_node(RangeVar, cell), NoLock, true);

		if (OidIsValid(relid) && get_rel_relispartition(relid))
			follow(relid);
	}
}
