/*
 * advise/apply.c
 *	  bingo_tune.apply_advice(): carry out what advise() says now.
 *
 * The way:
 *
 *	  advise (advise/work.c) -> pick the rows -> may the caller? -> lock the tables
 *	  -> is it there by now? -> build, and mark as made (attach/made.c)
 *
 * All in the caller's transaction, as apply() does: writers of the tables wait while it
 * builds, and an error of any kind leaves nothing behind.  Tables are locked in the order of
 * their OIDs and in the mode of apply(), SHARE ROW EXCLUSIVE, so that a second call waits and
 * then finds the work done.
 *
 * Nobody gains rights: CREATE INDEX, create_ordering() and create_counter() ask for the caller's.  They are
 * asked before a lock is taken, too, which would be in the way of writers.
 *
 * Statements are analysed with the caller's search_path, so the function has none of its
 * own; what is then built is written with every name qualified, and built with none.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "advise/advise.h"
#include "attach/attach.h"
#include "base/argument.h"
#include "base/compat.h"
#include "base/relations.h"
#include "base/writable.h"

PG_FUNCTION_INFO_V1(bingo_tune_apply_advice);

/* --- which --- */

static bool
is_applied(const BingoAdviseRow *row)
{
	return row->index != NULL || row->ordering != NULL || row->statistics != NULL || row->analyzes;
}

static bool
has_expression(const BingoAdviseIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (index->keys[i].is_expression)
			return true;
	}
	return false;
}

/* An ordering does not come without the indexes that it needs, and nothing of expressions without ANALYZE of the table. */
static bool
is_needed(const BingoAdviseRow *row, const BingoAdviseRow *picked)
{
	if (row == picked)
		return true;
	if (row->analyzes)
		return (picked->statistics != NULL && picked->table == row->table) ||
			(picked->index != NULL && picked->index->relid == row->table && has_expression(picked->index));
	return row->index != NULL && picked->ordering != NULL && list_member_ptr(row->index->needing, picked->ordering);
}

/* All that can be, or the one of that rank. */
static List *
pick(List *rows, int rank)
{
	const BingoAdviseRow *row = rank > 0 && rank <= list_length(rows) ? list_nth(rows, rank - 1) : NULL;
	List	   *picked = NIL;
	ListCell   *cell;

	if (rank != 0 && row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no advice of rank %d", rank),
				 errhint("To see what there is now, type: SELECT * FROM bingo_tune.advise();")));
	if (row != NULL && !is_applied(row))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("advice of rank %d is only said: %s", rank, row->reason),
				 row->command ? errhint("If nothing else needs it, type: %s;", row->command) : 0));
	foreach(cell, rows)
	{
		if (is_applied(lfirst(cell)) && (rank == 0 || is_needed(lfirst(cell), row)))
			picked = lappend(picked, lfirst(cell));
	}
	return picked;
}

/* --- on which tables --- */

/* That is locked for it; of an ordering none. */
static Oid
table_of(const BingoAdviseRow *row)
{
	return row->index ? row->index->relid : row->table;
}

static void
check_may_build(const BingoAdviseRow *row)
{
	if (!bingo_class_ownercheck(table_of(row), GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", bingo_relations_name(table_of(row))),
				 errhint("As its owner, type: %s;", row->command)));
}

/* What the definition begins with is what the table is called now. */
static const char *
columns_of(const BingoAdviseIndex *index)
{
	const char *table = bingo_advise_table(index->relid);

	if (strncmp(index->definition, table, strlen(table)) != 0 || index->definition[strlen(table)] != ' ')
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s was renamed or dropped meanwhile", table),
				 errhint("Call apply_advice() again.")));
	return index->definition + strlen(table);
}

static void
lock_tables(List *rows)
{
	List	   *relids = NIL;
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoAdviseRow *row = lfirst(cell);

		if (!OidIsValid(table_of(row)))
			continue;
		check_may_build(row);
		relids = list_append_unique_oid(relids, table_of(row));
	}
	list_sort(relids, list_oid_cmp);
	foreach(cell, relids)
		LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
}

/* --- what is made --- */

static void
put_made(ReturnSetInfo *result, Oid table, Oid index, const char *action, const char *serves)
{
	Datum		values[] = {ObjectIdGetDatum(table), ObjectIdGetDatum(index), CStringGetTextDatum(action), CStringGetTextDatum(serves)};
	bool		nulls[] = {!OidIsValid(table), !OidIsValid(index), false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
make(ReturnSetInfo *result, const BingoAdviseRow *row)
{
	CHECK_FOR_INTERRUPTS();
	if (row->ordering)
		put_made(result, bingo_attach_create_advised(row->ordering->counts, row->ordering->name,
													 bingo_advise_ordering_command(row->ordering)),
				 InvalidOid, "created", psprintf("%s %s", row->kind, row->ordering->name));
	else if (row->analyzes)
	{
		bingo_attach_run(row->command);
		put_made(result, row->table, InvalidOid, "analyzed", row->reason);
	}
	else if (row->statistics)
		put_made(result, row->table, InvalidOid, bingo_attach_create_statistics(row->statistics, row->command, row->reason) ? "created" : "found",
				 psprintf("statistics %s", row->statistics));
	else
	{
		const char *columns = columns_of(row->index);

		if (bingo_advise_exists(row->index))
			put_made(result, row->index->relid, InvalidOid, "found", row->reason);
		else
			put_made(result, row->index->relid, bingo_attach_build_advised(row->index->relid, row->index->unique, columns, row->reason),
					 "created", row->reason);
	}
}

static void
make_all(ReturnSetInfo *result, List *rows)
{
	int			nestlevel = NewGUCNestLevel();
	ListCell   *cell;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	lock_tables(rows);
	foreach(cell, rows)
		make(result, lfirst(cell));
	AtEOXact_GUC(true, nestlevel);
}

/* bingo_tune.apply_advice(rank, query, min_share, budget, max_rows) */
Datum
bingo_tune_apply_advice(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BingoAdviseCall call = {0};
	List	   *rows;

	InitMaterializedSRF(fcinfo, 0);
	bingo_require_argument(fcinfo, 0, "rank", "apply_advice()", "Give a rank of advise(), or leave it out for all.");
	bingo_require_writable("bingo_tune.apply_advice()");
	bingo_advise_arguments(fcinfo, 1, &call);
	SPI_connect();
	bingo_advise_work(&call);
	rows = pick(bingo_advise_rows(&call.advise), PG_GETARG_INT32(0));
	if (rows == NIL)
		ereport(NOTICE,
				(errmsg("nothing to do: there is no index, ordering or counter to make")));
	make_all(result, rows);
	SPI_finish();
	return (Datum) 0;
}
