/*
 * timing/example.h
 *	  Examples: statements as they were sent, with constants and parameters.
 *
 * A slot of the store (timing/timing.h) has two: one of the last seconds in which its
 * query ran, and the slowest.  timing/example.c says how they are kept.
 */
#ifndef BINGO_TIMING_EXAMPLE_H
#define BINGO_TIMING_EXAMPLE_H

#include "nodes/params.h"
#include "port/atomics.h"
#include "portability/instr_time.h"
#include "utils/timestamp.h"

/* Of a statement and its parameters together. */
#define BINGO_EXAMPLE_BYTES		2048

typedef enum BingoExampleKind
{
	BINGO_EXAMPLE_RECENT,
	BINGO_EXAMPLE_SLOWEST
} BingoExampleKind;

#define BINGO_EXAMPLE_KINDS		(BINGO_EXAMPLE_SLOWEST + 1)

typedef struct BingoExample
{
	TimestampTz at;				/* when it ended; 0: there is none */
	uint64		elapsed;		/* microseconds */
	bool		cut;			/* not all of it is here: good to read, not to plan */
	uint16		statement;		/* bytes of the statement, without a 0; parameters follow */
	uint16		nparams;
	uint16		used;			/* bytes */
	char		bytes[BINGO_EXAMPLE_BYTES];
} BingoExample;

/* The atomics may be used as those of the slot, the rest is written under the exclusive lock. */
typedef struct BingoExamples
{
	uint64		generation;		/* of bingo_examples_forget(); another than now: there is none */
	pg_atomic_uint64 slowest;	/* microseconds; what is slower is kept */
	pg_atomic_uint32 interval;	/* in which the recent one ended; another one's is kept */
	bool		any;
	BingoExample kinds[BINGO_EXAMPLE_KINDS];
} BingoExamples;

/* One parameter of an example. */
typedef struct BingoExampleParameter
{
	Oid			type;
	char	   *value;			/* as its type's output function has it, or NULL */
} BingoExampleParameter;

struct BingoTimingSample;

extern Size bingo_examples_size(void);
extern void bingo_examples_startup(void);
extern void bingo_examples_init(BingoExamples *examples);

/* Is something to be kept, or forgotten, now that this call has ended? */
extern bool bingo_examples_wait_for(const BingoExamples *examples, const struct BingoTimingSample *sample);

/* Makes an example of a call; no lock may be held.  False: there is nothing to keep. */
extern bool bingo_example_make(BingoExample *example, const struct BingoTimingSample *sample);

/* Keeps it; NULL: forgets those that there are. */
extern void bingo_examples_put(BingoExamples *examples, const BingoExample *example,
							   const struct BingoTimingSample *sample);

/* One of them, or NULL. */
extern const BingoExample *bingo_examples_get(const BingoExamples *examples, BingoExampleKind kind);

/* Its parameters, copied to the current memory context. */
extern BingoExampleParameter *bingo_example_parameters(const BingoExample *example);

/* May the current user see examples of this role's statements?  Ask with no lock held. */
extern bool bingo_examples_see_all(void);

#endif							/* BINGO_TIMING_EXAMPLE_H */
