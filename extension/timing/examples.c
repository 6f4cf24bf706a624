/*
 * timing/examples.c
 *	  The SQL function that the view query_examples reads.
 *
 * Examples have constants: they are shown as pg_stat_statements shows its texts, those of
 * his own statements to everybody, all to members of pg_read_all_stats.  Only this
 * database's, so all texts are in its encoding.  The store is locked against new queries
 * meanwhile, as for the other views (timing/views.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/tablespace.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/guc.h"
#include "timing/timing.h"

PG_FUNCTION_INFO_V1(bingo_timing_examples);

/* Columns of bingo_tune.statement_examples(), in their order. */
enum
{
	COLUMN_USERID,
	COLUMN_QUERYID,
	COLUMN_TOPLEVEL,
	COLUMN_KIND,
	COLUMN_MS,
	COLUMN_AT,
	COLUMN_STATEMENT,
	COLUMN_PARAMETERS,
	COLUMN_PARAMETER_TYPES,
	COLUMN_CUT,
	COLUMNS
};

typedef struct ReadState
{
	ReturnSetInfo *result;
	bool		see_all;
	Oid			user;
	MemoryContext row_context;	/* reset with each row */
} ReadState;

/* NULL arrays where there are no parameters, or they could not be kept. */
static void
put_parameters(const BingoExample *example, Datum *values, bool *nulls)
{
	BingoExampleParameter *parameters = bingo_example_parameters(example);
	Datum	   *texts = palloc(Max(example->nparams, 1) * sizeof(Datum));
	Datum	   *types = palloc(Max(example->nparams, 1) * sizeof(Datum));
	bool	   *missing = palloc(Max(example->nparams, 1) * sizeof(bool));
	int			dimension = example->nparams;
	int			bound = 1;

	nulls[COLUMN_PARAMETERS] = nulls[COLUMN_PARAMETER_TYPES] = example->nparams == 0;
	if (example->nparams == 0)
		return;
	for (int i = 0; i < example->nparams; i++)
	{
		missing[i] = parameters[i].value == NULL;
		texts[i] = missing[i] ? (Datum) 0 : CStringGetTextDatum(parameters[i].value);
		types[i] = ObjectIdGetDatum(parameters[i].type);
	}
	values[COLUMN_PARAMETERS] =
		PointerGetDatum(construct_md_array(texts, missing, 1, &dimension, &bound, TEXTOID, -1, false, TYPALIGN_INT));
	values[COLUMN_PARAMETER_TYPES] =
		PointerGetDatum(construct_array(types, example->nparams, REGTYPEOID, sizeof(Oid), true, TYPALIGN_INT));
}

static void
put_example(const ReadState *state, const BingoTimingKey *key, BingoExampleKind kind, const BingoExample *example)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};

	values[COLUMN_USERID] = ObjectIdGetDatum(key->userid);
	values[COLUMN_QUERYID] = Int64GetDatum((int64) key->queryid);
	values[COLUMN_TOPLEVEL] = BoolGetDatum(key->toplevel != 0);
	values[COLUMN_KIND] = CStringGetTextDatum(kind == BINGO_EXAMPLE_RECENT ? "recent" : "slowest");
	values[COLUMN_MS] = Float8GetDatum(example->elapsed / 1000.0);
	values[COLUMN_AT] = TimestampTzGetDatum(example->at);
	values[COLUMN_STATEMENT] = PointerGetDatum(cstring_to_text_with_len(example->bytes, example->statement));
	put_parameters(example, values, nulls);
	values[COLUMN_CUT] = BoolGetDatum(example->cut);
	tuplestore_putvalues(state->result->setResult, state->result->setDesc, values, nulls);
}

/* Visitor: the examples of one query. */
static bool
put_slot(const BingoTimingSlot *slot, void *arg)
{
	ReadState  *state = arg;

	if (slot->key.dbid != MyDatabaseId || (!state->see_all && slot->key.userid != state->user))
		return true;
	for (int i = 0; i < BINGO_EXAMPLE_KINDS; i++)
	{
		const BingoExample *example = bingo_examples_get(&slot->examples, i);

		if (example != NULL)
		{
			MemoryContext caller = MemoryContextSwitchTo(state->row_context);

			put_example(state, &slot->key, i, example);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(state->row_context);
		}
	}
	return true;
}

/* bingo_tune.statement_examples() */
Datum
bingo_timing_examples(PG_FUNCTION_ARGS)
{
	ReadState	state = {0};

	bingo_timing_require(false);
	InitMaterializedSRF(fcinfo, 0);
	state.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (state.result->setDesc->natts != COLUMNS)
		elog(ERROR, "statement_examples has %d columns, not %d", state.result->setDesc->natts, COLUMNS);
	state.see_all = bingo_examples_see_all();
	state.user = GetUserId();
	state.row_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune example row", ALLOCSET_DEFAULT_SIZES);
	PrepareTempTablespaces();	/* as timing/views.c says */
	bingo_timing_visit(put_slot, &state);
	MemoryContextDelete(state.row_context);
	return (Datum) 0;
}
