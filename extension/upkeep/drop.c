/*
 * upkeep/drop.c
 *	  drop_ordering() and drop_counter().
 */
#include "postgres.h"

#include "fmgr.h"

#include "upkeep/build.h"
#include "upkeep/parts.h"

PG_FUNCTION_INFO_V1(bingo_tune_drop_ordering);
PG_FUNCTION_INFO_V1(bingo_tune_drop_counter);

static Datum
drop(FunctionCallInfo fcinfo, bool counts, const char *function)
{
	char	   *name = bingo_build_name_argument(fcinfo, counts, function);
	ListCell   *cell;

	bingo_build_require_writable(psprintf("bingo_tune.%s", function));
	foreach(cell, bingo_parts_named(name, counts))
	{
		bool		with_whole = strcmp(lfirst(cell), name) != 0;

		bingo_build_drop_named(lfirst(cell), counts, with_whole);
		if (with_whole)
			ereport(NOTICE, (errmsg("dropped %s \"%s\"", counts ? "counter" : "ordering", (char *) lfirst(cell))));
	}
	PG_RETURN_VOID();
}

/*
 * bingo_tune.drop_ordering(name text)
 */
Datum
bingo_tune_drop_ordering(PG_FUNCTION_ARGS)
{
	return drop(fcinfo, false, "drop_ordering()");
}

/*
 * bingo_tune.drop_counter(name text)
 */
Datum
bingo_tune_drop_counter(PG_FUNCTION_ARGS)
{
	return drop(fcinfo, true, "drop_counter()");
}
