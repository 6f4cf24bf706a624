/*
 * upkeep/lacking.c
 *	  Partitions that were missed when they came.
 *
 * DDL defines what a new partition is to have (upkeep/parts.c), but waits for nobody: it gives up if what the
 * others have can't be read now, as somebody has locked them.  Or the partition came to their owner by REASSIGN OWNED, of which
 * no event trigger is told; or was renamed, or a column was, before what was defined for it could be built: then its definition
 * means nothing any more, and is made anew.
 *
 * So each round of upkeep compares: what was made under one name for one table, and which of its partitions have that.  That takes
 * catalogs that are in caches mostly, and no lock; only what is lacking is analysed.  The partition is locked against
 * create_counter(), which may be about to make the same.  What can't be had at once is tried again in the next round.
 *
 * What was dropped by its own name, and not by that of all, is not missed (store/definition.c).
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "base/attempt.h"
#include "base/lock_now.h"
#include "base/relations.h"
#include "definition/partition.h"
#include "store/catalog.h"
#include "store/definition.h"
#include "store/store.h"
#include "upkeep/build.h"
#include "upkeep/lacking.h"
#include "upkeep/parts.h"
#include "upkeep/query.h"

/* What was made for a table under a name. */
typedef struct Family
{
	const char *whole;
	bool		counts;
	Oid			owner;
	Oid			table;
	const BingoStoredDefinition *sibling;	/* one that is built; NULL: none is */
	List	   *parts;			/* that have one */
	List	   *lost;			/* definitions that can't be analysed, of partitions that are there */
} Family;

typedef struct Lacking
{
	const BingoStoredDefinition *sibling;
	const BingoStoredDefinition *lost;	/* the one that it has, or NULL */
	Oid			part;
} Lacking;

typedef struct Analysis
{
	const BingoStoredDefinition *stored;
	Oid			relid;			/* InvalidOid: its query means nothing now */
} Analysis;

static Family *
find_family(List **families, const BingoStoredDefinition *stored, Oid table)
{
	Family	   *family;
	ListCell   *cell;

	foreach(cell, *families)
	{
		family = lfirst(cell);
		if (family->table == table && family->counts == stored->counts && family->owner == stored->owner &&
			strcmp(family->whole, stored->whole) == 0)
			return family;
	}
	family = palloc0(sizeof(Family));
	family->whole = stored->whole;
	family->counts = stored->counts;
	family->owner = stored->owner;
	family->table = table;
	*families = lappend(*families, family);
	return family;
}

/* The only partition that the query reads, or InvalidOid. */
static Oid
find_partition(const Query *query)
{
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, query->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind != RTE_RELATION || !get_rel_relispartition(rte->relid))
			continue;
		if (OidIsValid(found))
			return InvalidOid;
		found = rte->relid;
	}
	return found;
}

static void
analyze(void *argument)
{
	Analysis   *analysis = argument;
	ErrorData  *error;
	const Query *query = bingo_query_analyze(analysis->stored, analysis->stored->owner, &error);

	if (query == NULL && error != NULL && error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		ReThrowError(error);
	if (query != NULL)
		analysis->relid = find_partition(query);
}

/* Of one that is not built: the partition that it is of by now, or InvalidOid if it is of none.  False: that can't be told now. */
static bool
find_part(const BingoStoredDefinition *stored, Oid *relid)
{
	Analysis	analysis = {.stored = stored};
	ErrorData  *error = bingo_attempt_undone(analyze, &analysis);

	if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	*relid = analysis.relid;
	return error == NULL;
}

/* Adds what is not built to its family. */
static void
add_unbuilt(List **families, const BingoStoredDefinition *stored)
{
	Oid			part;
	bool		known = find_part(stored, &part);
	bool		lost = known && !OidIsValid(part);
	Oid			table;
	Family	   *family;

	/* of one that a dump has brought the partition is not known */
	if (!OidIsValid(part))
		part = stored->part;
	table = OidIsValid(part) ? bingo_parts_above(part, stored->levels) : InvalidOid;
	if (!OidIsValid(table))
		return;
	family = find_family(families, stored, table);
	if (lost)
		family->lost = lappend(family->lost, unconstify(BingoStoredDefinition *, stored));
	else
		family->parts = lappend_oid(family->parts, part);
}

static List *
list_families(void)
{
	List	   *definitions = bingo_definition_list();
	List	   *families = NIL;
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, definitions)
	{
		BingoStoredDefinition *stored = lfirst(cell);
		const BingoOrdering *built = stored->whole ? bingo_catalog_find_named(stored->name) : NULL;
		Family	   *family;
		Oid			table;
		Oid			part;

		if (built == NULL || built->definition == NULL || built->definition->counts != stored->counts)
			continue;
		part = bingo_partition_of(built->definition);
		table = bingo_parts_above(part, stored->levels);
		if (!OidIsValid(table))
			continue;
		family = find_family(&families, stored, table);
		family->parts = lappend_oid(family->parts, part);
		if (family->sibling == NULL && built->usable)
			family->sibling = stored;
	}
	foreach(cell, families != NIL ? definitions : NIL)
	{
		const BingoStoredDefinition *stored = lfirst(cell);

		if (stored->whole != NULL && bingo_catalog_find_named(stored->name) == NULL)
			add_unbuilt(&families, stored);
	}
	return families;
}

static void
define(void *argument)
{
	const Lacking *lacking = argument;
	BingoScope	scope;
	bool		defined;

	if (!bingo_lock_relation_now(lacking->part, ShareUpdateExclusiveLock))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg_internal("a partition is locked")));
	if (lacking->lost != NULL)
		bingo_build_give_up(lacking->lost->name, NULL);
	bingo_store_enter(&scope, lacking->sibling->owner);
	defined = bingo_parts_define(lacking->part, lacking->sibling);
	bingo_store_leave(&scope);
	/* what is lost is not given up for nothing */
	if (lacking->lost != NULL && !defined)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg_internal("nothing takes the place of \"%s\"", lacking->lost->name)));
}

static const BingoStoredDefinition *
find_lost(const Family *family, Oid part)
{
	ListCell   *cell;

	foreach(cell, family->lost)
		if (((const BingoStoredDefinition *) lfirst(cell))->part == part)
			return lfirst(cell);
	return NULL;
}

/* False: something is locked. */
static bool
complete(const Family *family)
{
	bool		had = true;
	ListCell   *cell;

	foreach(cell, family->sibling ? bingo_parts_leaves(family->table) : NIL)
	{
		Lacking		lacking = {.sibling = family->sibling, .part = lfirst_oid(cell), .lost = find_lost(family, lfirst_oid(cell))};
		ErrorData  *error;

		if (list_member_oid(family->parts, lacking.part) || bingo_relations_find_owner(lacking.part) != family->owner ||
			bingo_definition_is_apart(family->whole, lacking.part))
			continue;
		error = bingo_attempt(define, &lacking);
		if (error == NULL)
			continue;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
		ereport(DEBUG1,
				(errmsg_internal("a partition gets nothing under the name \"%s\": %s", family->whole, error->message)));
		had = had && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE && error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED;
	}
	return had;
}

static void
complete_all(void *argument)
{
	bool	   *had = argument;
	ListCell   *cell;

	foreach(cell, list_families())
		*had = complete(lfirst(cell)) && *had;
}

bool
bingo_lacking_define(void)
{
	bool		had = true;
	ErrorData  *error = bingo_attempt(complete_all, &had);

	if (error == NULL)
		return had;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ereport(DEBUG1, (errmsg_internal("partitions are not looked at: %s", error->message)));
	return error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE;
}
