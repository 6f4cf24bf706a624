/*
 * advise/revert.c
 *	  bingo_tune.revert(): take away what apply() and apply_advice() have made.
 *
 * First the orderings and counters, then the indexes and statistics, but for those that an ordering which
 * is left needs: an index that something rests on is not dropped without a word, as DROP
 * refuses it elsewhere.  A NOTICE names both; with the ordering gone the next revert() drops
 * the index.  Counters need no index.
 *
 * Two of them at once, or one beside DROP TABLE: the indexes' tables are locked in the order of their OIDs, as apply_advice() does,
 * and what is not there any more once they are is somebody else's work.  It is no error, and is not listed.
 *
 * Nobody gains rights: what is dropped must be the caller's (attach/indexes.c).  The SQL
 * function sets search_path to pg_catalog.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/index.h"
#include "catalog/pg_statistic_ext.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "advise/advise.h"
#include "attach/attach.h"
#include "base/compat.h"
#include "base/relations.h"
#include "base/writable.h"

PG_FUNCTION_INFO_V1(bingo_tune_revert);

/* The caller's among them; whose they are if none is, it being an error to ask for those. */
static List *
keep_own(List *indexes, int *left)
{
	List	   *own = NIL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		if (bingo_class_ownercheck(lfirst_oid(cell), GetUserId()))
			own = lappend_oid(own, lfirst_oid(cell));
	}
	if (own == NIL && indexes != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", bingo_relations_name(IndexGetRelation(linitial_oid(indexes), true))),
				 errhint("As the owner of the tables, type: SELECT * FROM bingo_tune.revert();")));
	*left = list_length(indexes) - list_length(own);
	return own;
}

/* Those that nothing needs any more; of the others a NOTICE. */
static List *
leave_needed(List *indexes)
{
	List	   *needless = NIL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		const char *ordering = bingo_advise_needing(lfirst_oid(cell), InvalidOid);

		if (ordering == NULL)
			needless = lappend_oid(needless, lfirst_oid(cell));
		else
			ereport(NOTICE,
					(errmsg("index %s was left: ordering \"%s\" needs it", bingo_relations_name(lfirst_oid(cell)), ordering),
					 errhint("To drop both, type: SELECT bingo_tune.drop_ordering(%s); SELECT * FROM bingo_tune.revert();",
							 quote_literal_cstr(ordering))));
	}
	return needless;
}

static void
put_dropped(ReturnSetInfo *result, Oid table, const char *name)
{
	Datum		values[] = {ObjectIdGetDatum(table), CStringGetTextDatum(name)};
	bool		nulls[] = {!OidIsValid(table), false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* In the mode of DROP INDEX. */
static void
lock_tables(List *indexes)
{
	List	   *tables = NIL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Oid			table = IndexGetRelation(lfirst_oid(cell), true);

		if (OidIsValid(table))
			tables = list_append_unique_oid(tables, table);
	}
	list_sort(tables, list_oid_cmp);
	foreach(cell, tables)
		LockRelationOid(lfirst_oid(cell), AccessExclusiveLock);
}

static void
drop_indexes(ReturnSetInfo *result, List *indexes)
{
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	lock_tables(indexes);
	foreach(cell, indexes)
	{
		Oid			index = lfirst_oid(cell);
		Oid			table = IndexGetRelation(index, true);
		char	   *name;

		if (!OidIsValid(table))
			continue;
		name = bingo_relations_name(index);
		appendStringInfo(&sql, "%s %s", sql.len > 0 ? "," : "DROP INDEX", name);
		put_dropped(result, table, name);
	}
	if (sql.len > 0)
		bingo_attach_run(sql.data);
}

/* What is dropped meanwhile, or its table, is somebody else's work. */
static List *
drop_statistics(ReturnSetInfo *result)
{
	List	   *oids = bingo_attach_list_statistics();
	ListCell   *cell;

	foreach(cell, oids)
	{
		HeapTuple	tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(lfirst_oid(cell)));
		Form_pg_statistic_ext statistics;
		char	   *name;
		Oid			table;

		if (!HeapTupleIsValid(tuple))
			continue;
		statistics = (Form_pg_statistic_ext) GETSTRUCT(tuple);
		name = quote_qualified_identifier(bingo_relations_schema(statistics->stxnamespace), NameStr(statistics->stxname));
		table = statistics->stxrelid;
		ReleaseSysCache(tuple);
		bingo_attach_run(psprintf("DROP STATISTICS IF EXISTS %s", name));
		put_dropped(result, table, psprintf("statistics %s", name));
	}
	return oids;
}

/*
 * bingo_tune.revert()
 */
Datum
bingo_tune_revert(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	List	   *indexes;
	List	   *needless;
	List	   *orderings;
	List	   *statistics;
	int			left;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	bingo_require_writable("bingo_tune.revert()");

	indexes = keep_own(bingo_attach_list_indexes(), &left);
	SPI_connect();
	orderings = bingo_attach_drop_orderings();
	needless = leave_needed(indexes);
	if (needless != NIL)
		drop_indexes(result, needless);
	statistics = drop_statistics(result);
	foreach(cell, orderings)
	{
		const BingoDropped *dropped = lfirst(cell);

		put_dropped(result, dropped->table, psprintf("%s %s", dropped->kind, dropped->name));
	}
	SPI_finish();
	if (left > 0)
		ereport(NOTICE,
				(errmsg_plural("%d index of another owner was left", "%d indexes of other owners were left", left, left)));
	if (indexes == NIL && orderings == NIL && statistics == NIL)
		ereport(NOTICE,
				(errmsg("nothing to do: there is no index, ordering or counter that apply() or apply_advice() made")));
	PG_RETURN_NULL();
}
