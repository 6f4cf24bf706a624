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

void
bingo_guc_init(void)
{
	MarkGUCPrefixReserved("bingo_tune");
}
