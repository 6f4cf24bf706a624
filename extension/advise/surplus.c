/*
 * advise/surplus.c
 *	  Indexes that every writer pays for and nobody would miss: kind drop_index.
 *
 * Redundant is an index when another one that stays can do all that it does (base/cover.c);
 * of two that can do the same the older stays.  Unused is one that was not scanned since
 * the statistics began, is older than they are (advise/since.c), whose table was read
 * meanwhile, that no plan of the examined statements takes now, and that finds no rows of a
 * foreign key, for the day when one that they refer to is deleted.  Only a primary knows
 * that; and it does not know what its standbys read.
 *
 * Nothing is said of an index that enforces or marks something (unique, constraint, replica
 * identity, CLUSTER), that an ordering needs, that belongs to an extension or to an index
 * of a partitioned table, or that is not valid.  Nor of tables that the caller may not read.
 *
 * Tables are looked at one by one, without waiting for their locks: one that is locked
 * gets no advice.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/cover.h"
#include "base/relations.h"

/* An index of the table that is looked at. */
typedef struct Look
{
	Relation	index;
	bool		works;			/* can be asked: valid and ready */
	bool		stays;			/* is for more than finding rows */
	bool		unused;
	struct Look *cover;
} Look;

typedef struct Search
{
	BingoAdvise *advise;
	bool		knows_needed;	/* false: an ordering can't be read */
	TimestampTz since;
} Search;

/* --- one table --- */

static bool
is_for_more(Relation index)
{
	Form_pg_index form = index->rd_index;
	Oid			oid = RelationGetRelid(index);

	return form->indisunique || form->indisprimary || form->indisexclusion || form->indisreplident || form->indisclustered ||
		index->rd_rel->relkind != RELKIND_INDEX || index->rd_rel->relispartition ||
		OidIsValid(get_index_constraint(oid)) || OidIsValid(getExtensionOfObject(RelationRelationId, oid)) ||
		bingo_advise_needing(oid, form->indrelid) != NULL;
}

static int64
count_scans(Oid relid)
{
	return DatumGetInt64(DirectFunctionCall1(pg_stat_get_numscans, ObjectIdGetDatum(relid)));
}

/* By name, in any schema: what a plan says. */
static bool
is_planned(const Search *search, Relation index)
{
	StringInfoData name;
	ListCell   *cell;

	initStringInfo(&name);
	escape_json(&name, RelationGetRelationName(index));
	foreach(cell, search->advise->used_names)
	{
		if (strcmp(lfirst(cell), name.data) == 0)
			return true;
	}
	return false;
}

/* Does it lead with a column of a foreign key? */
static bool
finds_references(Relation table, Relation index)
{
	ListCell   *cell;

	foreach(cell, RelationGetFKeyList(table))
	{
		const ForeignKeyCacheInfo *key = lfirst(cell);

		for (int i = 0; i < key->nkeys; i++)
		{
			if (key->conkey[i] == index->rd_index->indkey.values[0])
				return true;
		}
	}
	return false;
}

static bool
is_unused(const Search *search, Relation table, Relation index)
{
	TimestampTz born;

	return search->knows_needed && !finds_references(table, index) && !RecoveryInProgress() && count_scans(RelationGetRelid(index)) == 0 &&
		bingo_advise_born(index, &born) && born <= search->since && !is_planned(search, index);
}

/* Its indexes; NIL also if one of them can't be looked at now. */
static List *
open_indexes(const Search *search, Relation table)
{
	List	   *looks = NIL;
	bool		complete = true;
	bool		read = count_scans(RelationGetRelid(table)) > 0;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
	{
		Relation	index = bingo_relations_open_now(lfirst_oid(cell));
		Look	   *look = palloc0(sizeof(Look));

		complete = complete && index != NULL;
		if (index == NULL)
			continue;
		look->index = index;
		look->works = index->rd_index->indisvalid && index->rd_index->indisready && index->rd_index->indislive;
		look->stays = is_for_more(index);
		look->unused = look->works && !look->stays && is_unused(search, table, index);
		read = read || count_scans(RelationGetRelid(index)) > 0;
		looks = lappend(looks, look);
	}
	foreach(cell, looks)
	{
		((Look *) lfirst(cell))->unused &= read;
		((Look *) lfirst(cell))->works &= complete;
	}
	return looks;
}

/* Of two that can do the same, does the first one stay? */
static bool
goes_before(const Look *first, const Look *second)
{
	return first->stays || !bingo_index_covers(second->index, first->index) ||
		RelationGetRelid(first->index) < RelationGetRelid(second->index);
}

/* One that is there for more than finding rows if there is one, else the longest, of equals the oldest. */
static bool
is_better(const Look *cover, const Look *than)
{
	return than == NULL || (!than->stays && (cover->stays || (bingo_index_covers(cover->index, than->index) && goes_before(cover, than))));
}

static void
find_cover(Look *look, List *looks)
{
	ListCell   *cell;

	if (!look->works || look->stays)
		return;
	foreach(cell, looks)
	{
		Look	   *cover = lfirst(cell);

		if (cover != look && cover->works && !cover->unused && bingo_index_covers(cover->index, look->index) &&
			goes_before(cover, look) && is_better(cover, look->cover))
			look->cover = cover;
	}
}

static void
keep(const Search *search, const Look *look)
{
	BingoAdvise *advise = search->advise;
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	BingoAdviseSurplus *surplus = palloc0(sizeof(BingoAdviseSurplus));

	surplus->name = bingo_relations_name(RelationGetRelid(look->index));
	surplus->since = search->since;
	surplus->size = (int64) RelationGetNumberOfBlocks(look->index) * BLCKSZ;
	if (look->cover)
	{
		surplus->cover = bingo_relations_name(RelationGetRelid(look->cover->index));
		surplus->longer = look->cover->index->rd_index->indnkeyatts > look->index->rd_index->indnkeyatts;
	}
	advise->surplus = lappend(advise->surplus, surplus);
	MemoryContextSwitchTo(caller);
}

static void
look_at_table(const Search *search, Oid relid)
{
	Relation	table = bingo_relations_open_now(relid);
	List	   *looks;
	ListCell   *cell;

	if (table == NULL)
		return;
	looks = open_indexes(search, table);
	foreach(cell, looks)
	{
		Look	   *look = lfirst(cell);

		find_cover(look, looks);
		if (look->works && !look->stays && (look->cover != NULL || look->unused))
			keep(search, look);
	}
	foreach(cell, looks)
		index_close(((Look *) lfirst(cell))->index, AccessShareLock);
	relation_close(table, AccessShareLock);
}

/* --- all tables --- */

/*
 * Those that the caller may read, with an index that might go: one whose first key another
 * has, too, or that was not scanned while the table was read.  A database may have more tables
 * than there is room for in the relation cache.
 */
static List *
list_tables(MemoryContext context)
{
	static const char *const query =
		"SELECT DISTINCT i.indrelid FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indrelid"
		" JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
		" WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}'::pg_catalog.\"char\"[])"
		" AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\""
		" AND i.indrelid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND NOT i.indisunique"
		" AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{bingo_tune,information_schema}'::pg_catalog.name[])"
		" AND (EXISTS (SELECT FROM pg_catalog.pg_index AS o WHERE o.indrelid OPERATOR(pg_catalog.=) i.indrelid"
		" AND o.indexrelid OPERATOR(pg_catalog.<>) i.indexrelid AND o.indkey[0] OPERATOR(pg_catalog.=) i.indkey[0])"
		" OR (pg_catalog.pg_stat_get_numscans(i.indexrelid) OPERATOR(pg_catalog.=) 0 AND"
		" (pg_catalog.pg_stat_get_numscans(i.indrelid) OPERATOR(pg_catalog.>) 0 OR EXISTS (SELECT FROM pg_catalog.pg_index AS s"
		" WHERE s.indrelid OPERATOR(pg_catalog.=) i.indrelid AND pg_catalog.pg_stat_get_numscans(s.indexrelid) OPERATOR(pg_catalog.>) 0))))"
		" AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))"
		" ORDER BY i.indrelid";
	List	   *relids = NIL;

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list tables with indexes");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		MemoryContext caller = MemoryContextSwitchTo(context);

		relids = lappend_oid(relids, relid);
		MemoryContextSwitchTo(caller);
	}
	SPI_freetuptable(SPI_tuptable);
	return relids;
}

static int
compare_sizes(const ListCell *left, const ListCell *right)
{
	int64		l = ((const BingoAdviseSurplus *) lfirst(left))->size;
	int64		r = ((const BingoAdviseSurplus *) lfirst(right))->size;

	return (l < r) - (l > r);
}

void
bingo_advise_find_surplus(BingoAdvise *advise)
{
	Search		search = {.advise = advise, .since = bingo_advise_counted_since()};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune advise tables", ALLOCSET_DEFAULT_SIZES);
	MemoryContext each = AllocSetContextCreate(context, "bingo_tune advise table", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	List	   *relids;
	ListCell   *cell;

	search.knows_needed = bingo_advise_knows_needed();
	relids = list_tables(context);
	MemoryContextSwitchTo(each);
	foreach(cell, relids)
	{
		CHECK_FOR_INTERRUPTS();
		look_at_table(&search, lfirst_oid(cell));
		MemoryContextReset(each);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	list_sort(advise->surplus, compare_sizes);
}
