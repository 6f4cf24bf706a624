/*
 * bingo_tune.c
 *	  Module entry point: the parts of bingo_tune are initialised in order.
 *
 * Each part has one bingo_<part>_init() that registers its hooks and shared
 * memory.  Settings come first because the parts read them.
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/hidden.h"
#include "base/reserve.h"
#include "store/catalog.h"
#include "write/change.h"
#include "store/cut_moves.h"
#include "store/lock.h"
#include "store/stats.h"
#include "store/valid.h"
#include "store/want_keys.h"
#include "upkeep/prepared.h"
#include "upkeep/worker.h"
#include "output/receiver.h"
#include "read/count.h"
#include "read/scan.h"
#include "read/upper.h"
#include "timing/timing.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	bingo_guc_init();
	bingo_hidden_init();
	bingo_stats_init();
	bingo_catalog_init();
	bingo_lock_init();
	bingo_reserve_init();
	bingo_cut_moves_init();
	bingo_want_keys_init();
	bingo_valid_init();
	bingo_change_init();
	bingo_worker_init();
	bingo_prepared_init();
	bingo_scan_init();
	bingo_count_init();
	bingo_upper_init();
	bingo_output_init();
	/* Last, so that its hooks are called first and time all the others. */
	bingo_timing_init();
}
