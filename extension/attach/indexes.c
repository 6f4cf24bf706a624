/*
 * attach/indexes.c
 *	  bingo_tune.apply(): give the application's tables the indexes that its SQL
 *	  needs.  What takes exactly those away again is advise/revert.c.
 *
 * The way of apply():
 *
 *	  find the tables -> look at what they have -> all there? say so, done
 *	  -> lock the three tables -> find and look again -> build what is missing
 *
 * The first look takes no lock that a writer would notice, so that apply() may
 * be repeated on a busy server.  Only when something is missing are the tables
 * locked, always in the order of BingoTable and in SHARE ROW EXCLUSIVE mode:
 * CREATE INDEX would take SHARE anyway, and the stronger mode, which conflicts
 * with itself and with CREATE INDEX CONCURRENTLY, makes a second apply() wait
 * and then find the work done.  Everything happens in the caller's
 * transaction: an error of any kind, lock_timeout and a full disk included,
 * leaves nothing behind.
 *
 * Nobody gains rights: the functions run as their caller, and the caller must
 * be able to act as the tables' owner.  CREATE EXTENSION runs its script as the
 * bootstrap superuser on behalf of anybody who may create a trusted extension;
 * there the work is done as the extension's owner, who is that caller, and an
 * obstacle is a NOTICE, since the data may come later.
 *
 * The SQL functions set search_path to pg_catalog, so names in messages are
 * qualified and no operator of a user is called.
 */
#include "postgres.h"

#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "attach/attach.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/server.h"
#include "base/relations.h"
#include "base/writable.h"

PG_FUNCTION_INFO_V1(bingo_tune_apply);
PG_FUNCTION_INFO_V1(bingo_tune_apply_named);

typedef enum Action
{
	ACTION_CREATED,
	ACTION_ADOPTED,
	ACTION_KEPT,
	ACTION_FOUND,
	NACTIONS
} Action;

static const char *const action_names[NACTIONS] = {
	[ACTION_CREATED] = "created",
	[ACTION_ADOPTED] = "adopted",
	[ACTION_KEPT] = "kept",
	[ACTION_FOUND] = "found",
};

static void
run_attempt(void *sql)
{
	bingo_attach_run(sql);
}

/*
 * Build one index, in a subtransaction if it is unique: when ids turn out to be
 * duplicate the error shall show which, and only a living transaction can ask.
 */
static void
build_index(const BingoIndex *wanted, Oid table, const char *name)
{
	char	   *sql = bingo_attach_create_command(wanted, table, name, false);
	ErrorData  *error;

	if (!wanted->unique)
	{
		bingo_attach_run(sql);
		return;
	}
	error = bingo_attempt(run_attempt, sql);
	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION)
		bingo_attach_raise_duplicates(wanted, table);
	ReThrowError(error);
}

/*
 * Make one wanted index exist and be ours or the user's; the tables are locked.
 * Returns its OID.
 */
static Oid
ensure_index(const BingoIndex *wanted, const BingoApplication *application,
			 Action *action)
{
	Oid			table = application->tables[wanted->table];
	BingoIndexState state = bingo_attach_find_index(wanted, table);
	char	   *name;

	if (OidIsValid(state.index))
	{
		*action = state.ours ? ACTION_KEPT :
			state.unclaimed ? ACTION_ADOPTED : ACTION_FOUND;
		if (state.unclaimed)
			bingo_attach_run(bingo_attach_claim_command(application->schema,
												   bingo_relations_label(state.index)));
		return state.index;
	}

	/* Nobody can be building it still: that would conflict with our lock. */
	if (OidIsValid(state.leftover))
	{
		char	   *leftover = bingo_relations_name(state.leftover);

		ereport(NOTICE,
				(errmsg("replacing invalid index %s, which a failed build left", leftover)));
		bingo_attach_run(psprintf("DROP INDEX %s", leftover));
	}

	name = bingo_attach_choose_name(wanted, application->schema, InvalidOid);
	if (strcmp(name, wanted->name) != 0)
		ereport(NOTICE,
				(errmsg("building index %s under the name %s because the name is taken",
						wanted->name, quote_identifier(name))));
	build_index(wanted, table, name);
	bingo_attach_mark_index(wanted->purpose, application->schema, name);
	*action = ACTION_CREATED;
	return get_relname_relid(name, application->schema);
}

static bool
has_all_indexes(const BingoApplication *application)
{
	for (int i = 0; i < BINGO_NINDEXES; i++)
	{
		const BingoIndex *wanted = &bingo_attach_indexes[i];
		BingoIndexState state =
			bingo_attach_find_index(wanted, application->tables[wanted->table]);

		if (!OidIsValid(state.index) || state.unclaimed)
			return false;
	}
	return true;
}

static void
lock_tables(const BingoApplication *application)
{
	for (int i = 0; i < BINGO_NTABLES; i++)
		LockRelationOid(application->tables[i], ShareRowExclusiveLock);
}

/* An ordering is a row of the result without an index. */
static void
apply_orderings(ReturnSetInfo *result, const BingoApplication *application, bool *changed)
{
	for (int i = 0; i < BINGO_NPRESETS; i++)
	{
		const BingoPreset *preset = &bingo_attach_presets[i];
		const char *done = bingo_attach_ensure_ordering(preset, application);
		Datum		values[4] = {0};
		bool		nulls[4] = {false, true, false, false};

		if (done == NULL)
			continue;
		*changed = *changed || strcmp(done, action_names[ACTION_KEPT]) != 0;
		values[0] = ObjectIdGetDatum(application->tables[preset->table]);
		values[2] = CStringGetTextDatum(done);
		values[3] = CStringGetTextDatum(preset->purpose);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/*
 * Do the whole of apply() as the current user.  Returns what stands in the way,
 * or NULL with the result's rows, the number of index actions of each kind, and
 * whether anything was changed.
 */
static BingoObstacle *
apply_steps(Oid schema, ReturnSetInfo *result, BingoApplication *application,
			int *counts, bool *changed)
{
	BingoObstacle *obstacle;

	obstacle = bingo_attach_find_tables(schema, GetUserId(), application);
	if (obstacle != NULL)
		return obstacle;

	SPI_connect();
	if (!has_all_indexes(application) || !bingo_attach_has_orderings())
	{
		lock_tables(application);

		/* While we waited the tables may have become others. */
		obstacle = bingo_attach_find_tables(application->schema, GetUserId(), application);
		if (obstacle != NULL)
			bingo_attach_raise_obstacle(obstacle);
	}

	for (int i = 0; i < BINGO_NINDEXES; i++)
	{
		const BingoIndex *wanted = &bingo_attach_indexes[i];
		Action		action;
		Oid			index = ensure_index(wanted, application, &action);
		Datum		values[] = {
			ObjectIdGetDatum(application->tables[wanted->table]),
			ObjectIdGetDatum(index),
			CStringGetTextDatum(action_names[action]),
			CStringGetTextDatum(wanted->purpose),
		};
		bool		nulls[lengthof(values)] = {0};

		counts[action]++;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	*changed = counts[ACTION_CREATED] + counts[ACTION_ADOPTED] > 0;
	apply_orderings(result, application, changed);
	SPI_finish();
	return NULL;
}

/* Is the current command the CREATE EXTENSION of this extension? */
static bool
in_extension_script(void)
{
	return creating_extension &&
		CurrentExtensionObject == get_extension_oid("bingo_tune", true);
}

/*
 * apply() as the last step of CREATE EXTENSION: with the rights and the
 * client_min_messages of the user who typed it.
 */
static void
apply_on_create(ReturnSetInfo *result)
{
	BingoApplication application;
	BingoObstacle *obstacle;
	int			counts[NACTIONS] = {0};
	bool		changed = false;
	bool		said;			/* the command to type next */
	Oid			save_user;
	int			save_sec_context;
	int			save_nestlevel = NewGUCNestLevel();

	GetUserIdAndSecContext(&save_user, &save_sec_context);
	SetUserIdAndSecContext(bingo_definition_owner(),
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE);
	bingo_attach_restore_notices();
	said = bingo_attach_report_loading();

	obstacle = apply_steps(InvalidOid, result, &application, counts, &changed);
	/* Where its tables are not, this is not the application's database. */
	if (obstacle != NULL && obstacle->sqlstate != ERRCODE_UNDEFINED_TABLE)
		ereport(NOTICE,
				(errmsg("no indexes were built: %s", obstacle->message),
				 obstacle->detail ? errdetail("%s", obstacle->detail) : 0,
				 errhint("%s", obstacle->hint)));
	else if (obstacle == NULL)
		ereport(NOTICE,
				(errmsg("%d indexes built, %d adopted and %d found on the tables in schema %s",
						counts[ACTION_CREATED], counts[ACTION_ADOPTED],
						counts[ACTION_FOUND],
						quote_identifier(bingo_relations_schema(application.schema))),
				 said ? 0 : errhint("To see them, type: SELECT * FROM bingo_tune.index_report;")));
	else if (!said)
		ereport(NOTICE,
				(errmsg("statements are timed from now on"),
				 errhint("When the application has run for a while, type: SELECT * FROM bingo_tune.advise();")));

	SetUserIdAndSecContext(save_user, save_sec_context);
	AtEOXact_GUC(false, save_nestlevel);
}

/*
 * bingo_tune.apply(schema regnamespace)
 */
Datum
bingo_tune_apply(PG_FUNCTION_ARGS)
{
	Oid			schema = bingo_attach_schema_argument(fcinfo, 0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BingoApplication application;
	BingoObstacle *obstacle;
	int			counts[NACTIONS] = {0};
	bool		changed = false;

	InitMaterializedSRF(fcinfo, 0);
	bingo_require_writable("bingo_tune.apply()");

	if (in_extension_script())
	{
		/* The script of 1.0 calls this before those of later versions have run, and they do again. */
		if (OidIsValid(bingo_server_wrapper(BINGO_TYPE_WINDOW)))
			apply_on_create(result);
		PG_RETURN_NULL();
	}

	obstacle = apply_steps(schema, result, &application, counts, &changed);
	if (obstacle != NULL)
		bingo_attach_raise_obstacle(obstacle);
	if (!changed)
		ereport(NOTICE,
				(errmsg("nothing to do: the tables in schema %s have every index",
						quote_identifier(bingo_relations_schema(application.schema)))));
	PG_RETURN_NULL();
}

/*
 * bingo_tune.apply(schema text)
 */
Datum
bingo_tune_apply_named(PG_FUNCTION_ARGS)
{
	bingo_attach_look_up_schema(fcinfo, 0);
	return bingo_tune_apply(fcinfo);
}
