/*
 * attach/report.c
 *	  bingo_tune.classify_indexes(): what each index on the application's tables
 *	  is there for.  The view index_report adds size and number of scans.
 *
 * Only words: nothing here drops or changes an index, least of all a user's.
 *
 * An index is redundant if another one in use (ours, or the user's that serves
 * in its place) can do all it does (base/cover.c).
 *
 * Every schema that has the three tables is reported, for every caller, and what
 * apply_advice() made on any other table: pg_index is readable by all.  Catalog reads only, under AccessShareLock.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "attach/attach.h"
#include "base/cover.h"
#include "base/relations.h"

PG_FUNCTION_INFO_V1(bingo_tune_classify_indexes);

/* How the application's needs are met in one schema. */
typedef struct Survey
{
	ReturnSetInfo *result;
	BingoApplication application;
	BingoIndexState states[BINGO_NINDEXES];
	bool		complete;		/* is every need met? */
	List	   *tables;			/* OIDs of those of all schemas */
} Survey;

static void
add_row(Survey *survey, Oid table, Oid index, const char *status, const char *reason)
{
	Datum		values[] = {
		ObjectIdGetDatum(table),
		ObjectIdGetDatum(index),
		CStringGetTextDatum(status),
		CStringGetTextDatum(reason),
	};
	bool		nulls[] = {false, !OidIsValid(index), false, false};

	tuplestore_putvalues(survey->result->setResult, survey->result->setDesc,
						 values, nulls);
}

/*
 * The index in use that makes this one redundant, or InvalidOid.
 */
static Oid
find_cover(Survey *survey, Oid table, Relation index)
{
	for (int i = 0; i < BINGO_NINDEXES; i++)
	{
		Oid			candidate = survey->states[i].index;
		Relation	cover;
		bool		does;

		if (!OidIsValid(candidate) || candidate == RelationGetRelid(index) ||
			survey->application.tables[bingo_attach_indexes[i].table] != table)
			continue;
		cover = index_open(candidate, AccessShareLock);
		does = bingo_index_covers(cover, index);
		index_close(cover, AccessShareLock);
		if (does)
			return candidate;
	}
	return InvalidOid;
}

static const char *
describe_cover(Oid cover, Relation index)
{
	Relation	cover_rel = index_open(cover, AccessShareLock);
	bool		longer = cover_rel->rd_index->indnkeyatts > index->rd_index->indnkeyatts;
	const char *reason;

	reason = psprintf("%s %s%s", quote_identifier(RelationGetRelationName(cover_rel)),
					  longer ? "begins with the same keys" : "has the same keys",
					  cover_rel->rd_index->indisunique && !index->rd_index->indisunique ?
					  " and is unique" : "");
	index_close(cover_rel, AccessShareLock);
	return reason;
}

/* What an index that no endpoint needs is kept for, or NULL. */
static const char *
describe_duty(Relation index)
{
	Oid			constraint = get_index_constraint(RelationGetRelid(index));

	if (OidIsValid(constraint))
		return psprintf("belongs to constraint %s",
						quote_identifier(bingo_relations_constraint(constraint)));
	if (index->rd_index->indisreplident)
		return "is the table's replica identity";
	if (index->rd_index->indisunique)
		return "keeps its keys unique";
	return NULL;
}

static void
classify_index(Survey *survey, Oid table, Oid index_oid)
{
	Relation	index = index_open(index_oid, AccessShareLock);
	const char *status = NULL;
	const char *reason = NULL;
	Oid			cover;

	for (int i = 0; i < BINGO_NINDEXES && status == NULL; i++)
	{
		const BingoIndexState *state = &survey->states[i];
		const BingoIndex *wanted = &bingo_attach_indexes[i];

		if (survey->application.tables[wanted->table] != table)
			continue;
		if (state->index == index_oid)
		{
			status = state->ours ? "made" : state->unclaimed ? "unclaimed" : "used";
			reason = psprintf("serves %s", wanted->purpose);
		}
		else if (state->leftover == index_oid)
		{
			status = "invalid";
			reason = "being built, or left by a build that failed: apply() replaces it";
		}
	}

	if (status == NULL && !index->rd_index->indisvalid)
	{
		status = "invalid";
		reason = "being built, or left by a build that failed";
	}
	if (status == NULL && bingo_attach_advised_purpose(index_oid) != NULL)
	{
		status = "advised";
		reason = psprintf("serves %s", bingo_attach_advised_purpose(index_oid));
	}
	if (status == NULL)
	{
		cover = find_cover(survey, table, index);
		reason = describe_duty(index);
		if (OidIsValid(cover) && !OidIsValid(get_index_constraint(index_oid)) &&
			!index->rd_index->indisreplident)
		{
			status = "redundant";
			reason = describe_cover(cover, index);
		}
		else if (reason != NULL)
			status = "other";
		else if (!survey->complete)
		{
			status = "other";
			reason = "may serve the application until apply() has built what is missing";
		}
		else
		{
			status = "unneeded";
			reason = "no endpoint of the application needs it";
		}
	}
	index_close(index, AccessShareLock);
	add_row(survey, table, index_oid, status, reason);
}

static void
survey_schema(Survey *survey, Oid schema)
{
	/* Rights and obstacles don't matter to a reader, missing columns do. */
	if (bingo_attach_find_tables(schema, InvalidOid, &survey->application) != NULL)
		return;

	survey->complete = true;
	for (int i = 0; i < BINGO_NINDEXES; i++)
	{
		const BingoIndex *wanted = &bingo_attach_indexes[i];
		Oid			table = survey->application.tables[wanted->table];

		survey->states[i] = bingo_attach_find_index(wanted, table);
		if (OidIsValid(survey->states[i].index))
			continue;
		survey->complete = false;
		add_row(survey, table, InvalidOid, "missing",
				psprintf("apply() builds %s, which serves %s",
						 wanted->name, wanted->purpose));
	}

	for (int i = 0; i < BINGO_NTABLES; i++)
	{
		Oid			table = survey->application.tables[i];
		Relation	table_rel = table_open(table, AccessShareLock);
		List	   *indexes = RelationGetIndexList(table_rel);
		ListCell   *cell;

		foreach(cell, indexes)
			classify_index(survey, table, lfirst_oid(cell));
		table_close(table_rel, AccessShareLock);
		survey->tables = lappend_oid(survey->tables, table);
	}
}

/* What was built for advice on any other table. */
static void
survey_advised(Survey *survey)
{
	ListCell   *cell;

	foreach(cell, bingo_attach_list_indexes())
	{
		Relation	index = bingo_try_index_open(lfirst_oid(cell), AccessShareLock);
		Oid			table;
		char	   *purpose;

		if (index == NULL)
			continue;
		table = index->rd_index->indrelid;
		purpose = bingo_attach_advised_purpose(lfirst_oid(cell));
		if (purpose != NULL && !list_member_oid(survey->tables, table))
			add_row(survey, table, lfirst_oid(cell), index->rd_index->indisvalid ? "advised" : "invalid", psprintf("serves %s", purpose));
		index_close(index, AccessShareLock);
	}
}

/*
 * bingo_tune.classify_indexes()
 */
Datum
bingo_tune_classify_indexes(PG_FUNCTION_ARGS)
{
	Survey		survey = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	List	   *schemas;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	schemas = bingo_attach_list_schemas();
	foreach(cell, schemas)
		survey_schema(&survey, lfirst_oid(cell));
	survey_advised(&survey);
	PG_RETURN_NULL();
}
