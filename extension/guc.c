/*
 * guc.c
 *	  Defines every setting of bingo_tune.
 *
 * Called once from _PG_init.  A part that owns a setting reads the variable
 * that guc.h declares; nobody else writes it.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "compat.h"
#include "guc.h"

int			bingo_fast_output = BINGO_FAST_OUTPUT_ORDERINGS;

static const struct config_enum_entry fast_output_options[] = {
	{"off", BINGO_FAST_OUTPUT_OFF, false},
	{"orderings", BINGO_FAST_OUTPUT_ORDERINGS, false},
	{"all", BINGO_FAST_OUTPUT_ALL, false},
	{NULL, 0, false}
};
bool		bingo_enable_ordered_scan = true;

void
bingo_guc_init(void)
{
	DefineCustomEnumVariable("bingo_tune.fast_output",
							 "Whose result rows are turned into protocol messages by bingo_tune's own encoder.",
							 "\"orderings\" (the default) are the queries answered from an ordering, \"all\" is every "
							 "SELECT whose rows go straight to the client, \"off\" is none. The bytes sent are the same.",
							 &bingo_fast_output,
							 BINGO_FAST_OUTPUT_ORDERINGS,
							 fast_output_options,
							 PGC_USERSET,
							 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("bingo_tune.enable_ordered_scan",
							 "Lets queries be answered from the window of an ordering.",
							 "When off, every query runs its plain plan, also those that were planned before. "
							 "The windows are kept up to date all the same. On by default; anybody may set it.",
							 &bingo_enable_ordered_scan,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);

	MarkGUCPrefixReserved("bingo_tune");
}
