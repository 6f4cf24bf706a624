/*
 * attach/commands.c
 *	  bingo_tune.index_commands(): the commands that apply() would run, one a
 *	  row, for whoever wants to run them himself.
 *
 * CREATE INDEX CONCURRENTLY cannot run inside a function or a transaction, so
 * the form for a database in use is a list of commands for psql's \gexec.  Each
 * index is followed by its comment and by the dependency that makes it ours; an
 * index whose last command was not run is claimed by apply().
 *
 * A build that failed leaves an invalid index, which costs every write and
 * serves nobody: its removal comes first.  An index that is being built by
 * another session looks the same, so that is asked first.
 *
 * Nothing is locked or changed: the answer is as old as the moment it was given.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "attach/attach.h"
#include "base/argument.h"
#include "base/relations.h"

PG_FUNCTION_INFO_V1(bingo_tune_index_commands);
PG_FUNCTION_INFO_V1(bingo_tune_index_commands_named);

/* Where the rows go, and what they are about. */
typedef struct CommandList
{
	ReturnSetInfo *result;
	const BingoApplication *application;
	bool		concurrently;
	int			ncommands;
} CommandList;

static void
add_command(CommandList *list, const char *sql)
{
	Datum		values[] = {CStringGetTextDatum(psprintf("%s;", sql))};
	bool		nulls[] = {false};

	tuplestore_putvalues(list->result->setResult, list->result->setDesc, values, nulls);
	list->ncommands++;
}

static bool
is_being_built(Oid index)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(index)};
	bool		found;

	SPI_connect();
	if (SPI_execute_with_args("SELECT FROM pg_catalog.pg_stat_progress_create_index "
							  "WHERE index_relid OPERATOR(pg_catalog.=) $1",
							  1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for a running build of index %u", index);
	found = SPI_processed > 0;
	SPI_finish();
	return found;
}

static void
add_index_commands(CommandList *list, const BingoIndex *wanted)
{
	Oid			schema = list->application->schema;
	Oid			table = list->application->tables[wanted->table];
	BingoIndexState state = bingo_attach_find_index(wanted, table);
	char	   *name;

	if (OidIsValid(state.index))
	{
		if (state.unclaimed)
			add_command(list, bingo_attach_claim_command(schema, bingo_relations_label(state.index)));
		return;
	}

	if (OidIsValid(state.leftover))
	{
		char	   *leftover = bingo_relations_name(state.leftover);

		if (is_being_built(state.leftover))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("index %s is being built by another session", leftover),
					 errhint("Follow it in pg_stat_progress_create_index, and ask again when it is done.")));
		add_command(list, psprintf("DROP INDEX %s%s",
								   list->concurrently ? "CONCURRENTLY " : "", leftover));
	}
	name = bingo_attach_choose_name(wanted, schema, state.leftover);
	add_command(list, bingo_attach_create_command(wanted, table, name, list->concurrently));
	add_command(list, bingo_attach_comment_command(wanted->purpose, schema, name));
	add_command(list, bingo_attach_claim_command(schema, name));
}

/* What the commands leave to do. */
static void
report_rest(const CommandList *list, Oid asked_schema)
{
	bool		has_orderings;

	SPI_connect();
	has_orderings = bingo_attach_has_orderings();
	SPI_finish();
	if (list->ncommands == 0 && has_orderings)
		ereport(NOTICE,
				(errmsg("nothing to do: the tables in schema %s have every index and ordering",
						quote_identifier(bingo_relations_schema(list->application->schema)))));
	else if (!has_orderings)
		ereport(NOTICE,
				(list->ncommands == 0 ?
				 errmsg("the tables in schema %s have every index, but not every ordering",
						quote_identifier(bingo_relations_schema(list->application->schema))) :
				 errmsg("these commands are for the indexes, and leave the orderings to do"),
				 errhint("For the orderings, type then: %s", bingo_attach_apply_call(asked_schema))));
}

/*
 * bingo_tune.index_commands(concurrently boolean, schema regnamespace)
 */
Datum
bingo_tune_index_commands(PG_FUNCTION_ARGS)
{
	BingoApplication application;
	BingoObstacle *obstacle;
	Oid			schema;
	CommandList list = {
		.result = (ReturnSetInfo *) fcinfo->resultinfo,
		.application = &application,
	};

	bingo_require_argument(fcinfo, 0, "concurrently", "index_commands()",
						   "Give true for a database in use, or leave it out.");
	list.concurrently = PG_GETARG_BOOL(0);
	schema = bingo_attach_schema_argument(fcinfo, 1);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	obstacle = bingo_attach_find_tables(schema, GetUserId(), &application);
	if (obstacle != NULL)
		bingo_attach_raise_obstacle(obstacle);

	for (int i = 0; i < BINGO_NINDEXES; i++)
		add_index_commands(&list, &bingo_attach_indexes[i]);
	report_rest(&list, schema);
	PG_RETURN_NULL();
}

/*
 * bingo_tune.index_commands(concurrently boolean, schema text)
 */
Datum
bingo_tune_index_commands_named(PG_FUNCTION_ARGS)
{
	bingo_attach_look_up_schema(fcinfo, 1);
	return bingo_tune_index_commands(fcinfo);
}
