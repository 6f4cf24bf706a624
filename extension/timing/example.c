/*
 * timing/example.c
 *	  Keeps examples of statements: text with constants, and parameters.
 *
 * Protocol: timing/store.c calls.  With the slot locked SHARED, after a call was counted,
 * bingo_examples_wait_for() compares twice; nearly always that is all.  Where it says so
 * an example is made with no lock held (bingo_example_make) and copied into the slot under
 * the exclusive lock (bingo_examples_put).  The recent one is replaced once in an interval
 * of BINGO_RECENT_SECONDS, the slowest when a call was slower: so a query's example costs
 * microseconds a few times a minute, whatever its rate.
 *
 * What is kept: statements that the executor has run, ended well or failed there.  Never
 * utility statements, which have passwords.  Parameters are turned into text by functions
 * of PostgreSQL's own alone, on values that are small and not stored elsewhere, in the
 * styles that every session reads alike.  Where a statement has failed nothing may be
 * looked up any more, so then only for the types of the table below.  What can't be shown
 * so, or has no room, makes an example that is marked as cut.  No error gets out, as the
 * statement has ended and would be told to have failed, but a cancel or the end of the
 * backend, which are meant for it.  What looks something up may wait for a lock, and may
 * have one or a buffer when it fails: so that is done in a subtransaction, and only as a
 * statement ends well (hooks.c), which is where an error may still be thrown.
 *
 * Forgetting: examples of an older generation are none.  A new one begins in each process
 * that reads bingo_tune.keep_examples = off in the configuration, the last one included,
 * so what a slower one has kept meanwhile goes, too.  Where the setting is off for a role
 * or a session the examples of what that runs are dropped as it runs.
 */
#include "postgres.h"

#include "access/htup_details.h"	/* brings varatt.h, which 16 took out of postgres.h */
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/attempt.h"
#include "base/guc.h"
#include "timing/timing.h"

/* Types whose output functions look nothing up. */
static const struct
{
	Oid			type;
	Oid			function;
	bool		is_varlena;
}			plain_types[] =
{
	{BOOLOID, F_BOOLOUT, false},
	{INT2OID, F_INT2OUT, false},
	{INT4OID, F_INT4OUT, false},
	{INT8OID, F_INT8OUT, false},
	{FLOAT4OID, F_FLOAT4OUT, false},
	{FLOAT8OID, F_FLOAT8OUT, false},
	{NUMERICOID, F_NUMERIC_OUT, true},
	{TEXTOID, F_TEXTOUT, true},
	{VARCHAROID, F_VARCHAROUT, true},
	{BPCHAROID, F_BPCHAROUT, true},
	{DATEOID, F_DATE_OUT, false},
	{TIMESTAMPOID, F_TIMESTAMP_OUT, false},
	{TIMESTAMPTZOID, F_TIMESTAMPTZ_OUT, false},
	{UUIDOID, F_UUID_OUT, false},
};

static pg_atomic_uint64 *generation = NULL;

Size
bingo_examples_size(void)
{
	return MAXALIGN(sizeof(pg_atomic_uint64));
}

/* The configuration says off: see the head. */
static void
forget_all(void)
{
	if (generation != NULL && IsUnderPostmaster)
		pg_atomic_fetch_add_u64(generation, 1);
}

/* Called while AddinShmemInitLock is held. */
void
bingo_examples_startup(void)
{
	bool		found;

	generation = ShmemInitStruct("bingo_tune examples", bingo_examples_size(), &found);
	if (!found)
		pg_atomic_init_u64(generation, 1);
	bingo_forget_examples = forget_all;
}

void
bingo_examples_init(BingoExamples *examples)
{
	examples->generation = 0;
	pg_atomic_init_u64(&examples->slowest, 0);
	pg_atomic_init_u32(&examples->interval, 0);
	examples->any = false;
}

static inline uint32
interval_of(const BingoTimingSample *sample)
{
	return (uint32) (INSTR_TIME_GET_DOUBLE(sample->ended) / BINGO_RECENT_SECONDS);
}

bool
bingo_examples_wait_for(const BingoExamples *examples, const BingoTimingSample *sample)
{
	BingoExamples *readable = (BingoExamples *) examples;

	if (!bingo_keep_examples)
		return examples->any;
	return sample->is_example &&
		(pg_atomic_read_u64(&readable->slowest) < sample->elapsed ||
		 pg_atomic_read_u32(&readable->interval) != interval_of(sample));
}

/* --- made, with no lock held --- */

/* Does PostgreSQL's own code alone show values of the type?  Looks in the catalogs. */
static bool
is_own_type(Oid type, Oid *function, bool *is_varlena)
{
	Oid			element;
	Oid			ignored;

	type = getBaseType(type);
	if (get_typtype(type) != TYPTYPE_BASE && get_typtype(type) != TYPTYPE_ENUM)
		return false;
	getTypeOutputInfo(type, function, is_varlena);
	if (*function >= FirstGenbkiObjectId)
		return false;
	element = get_element_type(type);
	return !OidIsValid(element) || is_own_type(element, &ignored, &(bool) {false});
}

static bool
find_plain(Oid type, Oid *function, bool *is_varlena)
{
	for (int i = 0; i < lengthof(plain_types); i++)
	{
		if (plain_types[i].type == type)
		{
			*function = plain_types[i].function;
			*is_varlena = plain_types[i].is_varlena;
			return true;
		}
	}
	return false;
}

static bool
append_bytes(BingoExample *example, const void *bytes, int length)
{
	if (length > BINGO_EXAMPLE_BYTES - example->used)
		return false;
	memcpy(example->bytes + example->used, bytes, length);
	example->used += length;
	return true;
}

/* Its type, the length of the text or -1 for NULL, the text. */
static bool
append_parameter(BingoExample *example, const ParamExternData *parameter)
{
	int16		length = -1;
	char	   *value = NULL;

	if (!parameter->isnull)
	{
		Oid			function;
		bool		is_varlena;

		if (!find_plain(parameter->ptype, &function, &is_varlena) &&
			!is_own_type(parameter->ptype, &function, &is_varlena))
			return false;
		if (is_varlena && (VARATT_IS_EXTERNAL(DatumGetPointer(parameter->value)) ||
						   VARATT_IS_COMPRESSED(DatumGetPointer(parameter->value)) ||
						   VARSIZE_ANY(DatumGetPointer(parameter->value)) > BINGO_EXAMPLE_BYTES))
			return false;
		value = OidOutputFunctionCall(function, parameter->value);
		if (strlen(value) > BINGO_EXAMPLE_BYTES)
			return false;
		length = strlen(value);
	}
	return append_bytes(example, &parameter->ptype, sizeof(Oid)) &&
		append_bytes(example, &length, sizeof(length)) &&
		(length < 0 || append_bytes(example, value, length));
}

/* Can all be shown, and without a look into the catalogs? */
static bool
can_show(const BingoTimingSample *sample, bool *looks_up)
{
	ParamListInfo parameters = sample->parameters;

	*looks_up = false;
	if (parameters->paramFetch != NULL)
		return false;			/* variables of a function, which would be computed */
	for (int i = 0; i < parameters->numParams; i++)
	{
		const ParamExternData *parameter = &parameters->params[i];

		if (parameter->isnull)
			continue;
		if (!OidIsValid(parameter->ptype))
			return false;
		*looks_up |= !find_plain(parameter->ptype, &(Oid) {InvalidOid}, &(bool) {false});
	}
	/* there no subtransaction may begin */
	return !*looks_up || (sample->may_look_up && IsTransactionState() && !IsInParallelMode());
}

/* What append_parameters() works on, and what came of it. */
typedef struct Showing
{
	BingoExample *example;
	ParamListInfo parameters;
	bool		complete;
} Showing;

/* With dates, intervals and floats as everybody reads them. */
static void
append_parameters(void *argument)
{
	Showing    *showing = argument;

	for (int i = 0; i < showing->parameters->numParams; i++)
	{
		if (!append_parameter(showing->example, &showing->parameters->params[i]))
			return;
		showing->example->nparams++;
	}
	showing->complete = true;
}

/* Where the output functions look nothing up, so that there is nothing to clean up but the error. */
static void
append_plain_parameters(Showing *showing)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		append_parameters(showing);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
}

static bool
is_to_end_statement(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION;
}

static bool
try_parameters(BingoExample *example, const BingoTimingSample *sample)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	Showing		showing = {example, sample->parameters, false};
	int			date_style = DateStyle;
	int			interval_style = IntervalStyle;
	int			float_digits = extra_float_digits;
	ErrorData  *error = NULL;
	bool		looks_up;

	if (!can_show(sample, &looks_up))
		return false;
	context = AllocSetContextCreate(caller, "bingo_tune example", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(context);
	DateStyle = USE_ISO_DATES;
	IntervalStyle = INTSTYLE_POSTGRES;
	extra_float_digits = Max(extra_float_digits, 1);
	if (looks_up)
		error = bingo_attempt_at_end(append_parameters, &showing);
	else
		append_plain_parameters(&showing);
	DateStyle = date_style;
	IntervalStyle = interval_style;
	extra_float_digits = float_digits;
	MemoryContextSwitchTo(caller);
	if (error != NULL && is_to_end_statement(error))
		ReThrowError(error);
	MemoryContextDelete(context);
	return showing.complete && error == NULL;
}

bool
bingo_example_make(BingoExample *example, const BingoTimingSample *sample)
{
	const char *statement;
	int			length;

	if (!bingo_keep_examples ||
		!bingo_timing_find_statement(sample->source, sample->location, sample->length, &statement, &length))
		return false;
	example->at = GetCurrentTimestamp();
	example->elapsed = sample->elapsed;
	example->cut = length > BINGO_EXAMPLE_BYTES;
	if (example->cut)
		length = pg_mbcliplen(statement, length, BINGO_EXAMPLE_BYTES);
	memcpy(example->bytes, statement, length);
	example->statement = example->used = length;
	example->nparams = 0;
	if (!example->cut && sample->parameters != NULL && sample->parameters->numParams > 0 &&
		!try_parameters(example, sample))
	{
		example->cut = true;
		example->nparams = 0;
		example->used = example->statement;
	}
	return true;
}

/* --- kept, and read, with the slot locked --- */

static void
keep(BingoExamples *examples, BingoExampleKind kind, const BingoExample *example)
{
	memcpy(&examples->kinds[kind], example, offsetof(BingoExample, bytes) + example->used);
}

void
bingo_examples_put(BingoExamples *examples, const BingoExample *example, const BingoTimingSample *sample)
{
	uint64		now = pg_atomic_read_u64(generation);

	if (example == NULL || examples->generation != now)
	{
		examples->generation = now;
		examples->any = false;
		pg_atomic_write_u64(&examples->slowest, 0);
		for (int i = 0; i < BINGO_EXAMPLE_KINDS; i++)
			examples->kinds[i].at = 0;
	}
	if (example == NULL)
		return;
	examples->any = true;
	pg_atomic_write_u32(&examples->interval, interval_of(sample));
	keep(examples, BINGO_EXAMPLE_RECENT, example);
	if (examples->kinds[BINGO_EXAMPLE_SLOWEST].at == 0 || pg_atomic_read_u64(&examples->slowest) < example->elapsed)
	{
		pg_atomic_write_u64(&examples->slowest, example->elapsed);
		keep(examples, BINGO_EXAMPLE_SLOWEST, example);
	}
}

const BingoExample *
bingo_examples_get(const BingoExamples *examples, BingoExampleKind kind)
{
	if (!examples->any || examples->generation != pg_atomic_read_u64(generation) || examples->kinds[kind].at == 0)
		return NULL;
	return &examples->kinds[kind];
}

BingoExampleParameter *
bingo_example_parameters(const BingoExample *example)
{
	BingoExampleParameter *parameters = palloc0(Max(example->nparams, 1) * sizeof(BingoExampleParameter));
	const char *bytes = example->bytes + example->statement;

	for (int i = 0; i < example->nparams; i++)
	{
		int16		length;

		memcpy(&parameters[i].type, bytes, sizeof(Oid));
		memcpy(&length, bytes + sizeof(Oid), sizeof(length));
		bytes += sizeof(Oid) + sizeof(length);
		if (length < 0)
			continue;
		parameters[i].value = pnstrdup(bytes, length);
		bytes += length;
	}
	return parameters;
}

bool
bingo_examples_see_all(void)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}
