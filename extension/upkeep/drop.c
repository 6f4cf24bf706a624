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

/*
 * bingo_tune.drop_ordering(name text)
 */
Datum
bingo_tune_drop_ordering(PG_FUNCTION_ARGS)
{
	char	   *name = bingo_build_name_argument(fcinfo, false, "drop_ordering()");

	bingo_build_require_writable("bingo_tune.drop_ordering()");
	bingo_build_drop_named(name, false, true);
	PG_RETURN_VOID();
}

/*
 * bingo_tune.drop_counter(name text)
 */
Datum
bingo_tune_drop_counter(PG_FUNCTION_ARGS)
{
	char	   *name = bingo_build_name_argument(fcinfo, true, "drop_counter()");
	ListCell   *cell;

	bingo_build_require_writable("bingo_tune.drop_counter()");
	foreach(cell, bingo_parts_named(name))
	{
		bool		with_whole = strcmp(lfirst(cell), name) != 0;

		bingo_build_drop_named(lfirst(cell), true, with_whole);
		if (with_whole)
			ereport(NOTICE, (errmsg("dropped counter \"%s\"", (char *) lfirst(cell))));
	}
	PG_RETURN_VOID();
}
