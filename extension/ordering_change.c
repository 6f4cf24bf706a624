/*
 * ordering_change.c
 *	  Triggers remember; pre-commit work: from changed keys to the window.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

PG_FUNCTION_INFO_V1(bingo_tune_remember_change);
PG_FUNCTION_INFO_V1(bingo_tune_remember_truncate);

Datum
bingo_tune_remember_change(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

Datum
bingo_tune_remember_truncate(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}
