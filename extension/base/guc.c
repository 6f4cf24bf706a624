/*
 * base/guc.c
 *	  Defines every setting of bingo_tune.
 *
 * Called once from _PG_init.  A part that owns a setting reads the variable
 * that base/guc.h declares; nobody else writes it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/hidden.h"

bool		bingo_enable_ordered_scan = true;
bool		bingo_enable_counter_scan = true;
bool		bingo_upkeep = true;
int			bingo_fast_output = BINGO_FAST_OUTPUT_ORDERINGS;
int			bingo_track = BINGO_TRACK_TOP;
bool		bingo_track_utility = true;
double		bingo_sample_rate = 1.0;
int			bingo_max_queries = 5000;
bool		bingo_save_timing = true;
bool		bingo_keep_examples = true;
void		(*bingo_forget_examples) (void) = NULL;

static const struct config_enum_entry fast_output_options[] = {
	{"off", BINGO_FAST_OUTPUT_OFF, false},
	{"orderings", BINGO_FAST_OUTPUT_ORDERINGS, false},
	{"all", BINGO_FAST_OUTPUT_ALL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry track_options[] = {
	{"none", BINGO_TRACK_NONE, false},
	{"top", BINGO_TRACK_TOP, false},
	{"all", BINGO_TRACK_ALL, false},
	{NULL, 0, false}
};

/* Who said it?  A value is assigned at once after it was checked, or was there before. */
static GucSource keep_examples_source = PGC_S_DEFAULT;

static bool
check_keep_examples(bool *value, void **extra, GucSource source)
{
	keep_examples_source = source;
	return true;
}

static void
assign_keep_examples(bool value, void *extra)
{
	if (!value && keep_examples_source == PGC_S_FILE && bingo_forget_examples != NULL)
		bingo_forget_examples();
	keep_examples_source = PGC_S_DEFAULT;
}

static void
define_timing_settings(void)
{
	DefineCustomEnumVariable("bingo_tune.track",
							 "Which statements are timed.",
							 "none: no statement; top: statements that clients send; all: also the statements "
							 "that functions and other statements run.",
							 &bingo_track, BINGO_TRACK_TOP, track_options,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("bingo_tune.track_utility",
							 "Times utility statements too.",
							 "All statements but SELECT, INSERT, UPDATE, DELETE and MERGE are utility statements.",
							 &bingo_track_utility, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomRealVariable("bingo_tune.sample_rate",
							 "Share of the statements that are timed.",
							 "Each statement sent by a client is drawn by chance, with all that it runs. Only "
							 "drawn statements are counted: with 0.1, calls are about a tenth of the true number.",
							 &bingo_sample_rate, 1.0, 0.0, 1.0,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("bingo_tune.keep_examples",
							 "Keeps a recent and the slowest statement of each query, with constants and parameters.",
							 "advise() plans them; the view query_examples shows them to who may see the texts of "
							 "pg_stat_statements. Utility statements are never kept. Off in postgresql.conf forgets all; "
							 "off for a role or a session forgets those of what it runs.",
							 &bingo_keep_examples, true,
							 PGC_SUSET, 0, check_keep_examples, assign_keep_examples, NULL);

	/* What shapes or needs shared memory can only be set at the server's start. */
	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomIntVariable("bingo_tune.max_queries",
							"Number of queries whose times are kept.",
							"Each takes about 13 kB of shared memory. When all are taken, the least used "
							"twentieth is evicted; see bingo_tune.timing_status.",
							&bingo_max_queries, 5000, 100, 1000000,
							PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("bingo_tune.save_timing",
							 "Keeps the times across a clean restart of the server.",
							 "They are written to pg_stat/bingo_tune.stat when the server stops.",
							 &bingo_save_timing, true,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}

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

	DefineCustomBoolVariable("bingo_tune.enable_counter_scan",
							 "Lets counts be answered from a counter.",
							 "When off, every count runs its plain plan, also those that were planned before. "
							 "The counters are kept up to date all the same. On by default; anybody may set it.",
							 &bingo_enable_counter_scan,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);

	DefineCustomStringVariable("bingo_tune.hidden_relations",
							   "Indexes, statistics, orderings and counters that the planner of the session does not see.",
							   "OIDs, separated by commas: of indexes (of a partitioned table: with those of its partitions), "
							   "of what CREATE STATISTICS made, and of the windows of orderings and counters. Statements are then planned as if these were not there, "
							   "which measures what they bring, while they are kept up to date and still refuse what is not unique. "
							   "Empty by default: nothing is hidden. Anybody may set it.",
							   &bingo_hidden_text,
							   "",
							   PGC_USERSET,
							   GUC_EXPLAIN,
							   bingo_hidden_check, bingo_hidden_assign, NULL);

	DefineCustomBoolVariable("bingo_tune.upkeep",
							 "Starts a background worker when the window of an ordering needs one.",
							 "The worker fills an invalid window again, extends a short one and prunes a long one. "
							 "A transaction that leaves such a window starts it when it commits, and the server's "
							 "start does if the library is in shared_preload_libraries. When off, refresh_ordering() "
							 "does the same when it is called. On by default; superusers may set it.",
							 &bingo_upkeep,
							 true,
							 PGC_SUSET,
							 0, NULL, NULL, NULL);

	define_timing_settings();
	MarkGUCPrefixReserved("bingo_tune");
}
