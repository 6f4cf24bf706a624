/*
 * base/guc.h
 *	  Settings of bingo_tune.  Each is documented where base/guc.c defines it.
 */
#ifndef BINGO_GUC_H
#define BINGO_GUC_H

/* bingo_tune.fast_output: whose rows the row encoder sends */
typedef enum BingoFastOutput
{
	BINGO_FAST_OUTPUT_OFF,
	BINGO_FAST_OUTPUT_ORDERINGS,
	BINGO_FAST_OUTPUT_ALL
} BingoFastOutput;

extern int	bingo_fast_output;
extern bool bingo_enable_ordered_scan;
extern bool bingo_enable_counter_scan;
extern bool bingo_upkeep;

extern void bingo_guc_init(void);

/* Timing. */
typedef enum BingoTrack
{
	BINGO_TRACK_NONE,
	BINGO_TRACK_TOP,			/* statements that clients send */
	BINGO_TRACK_ALL				/* and those that these run in turn */
} BingoTrack;

extern int	bingo_track;
extern bool bingo_track_utility;
extern double bingo_sample_rate;
extern int	bingo_max_queries;
extern bool bingo_save_timing;
extern bool bingo_keep_examples;

/* Called where the configuration says that examples are not to be kept. */
extern void (*bingo_forget_examples) (void);

#endif							/* BINGO_GUC_H */
