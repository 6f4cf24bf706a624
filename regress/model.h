/*
 * regress/model.h
 *	  For programs that go through all interleavings: each state once.
 *
 * A state is a struct that points to constants at most, made with memset() and copied with memcpy(), so that equal ones have equal bytes.
 */
#ifndef BINGO_MODEL_H
#define BINGO_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_MOST_STATES (1 << 14)	/* from one beginning */
#define MODEL_MOST_BYTES 512

static uint64_t model_states[MODEL_MOST_STATES][MODEL_MOST_BYTES / sizeof(uint64_t)];
static int	model_seen_in[MODEL_MOST_STATES];	/* from which beginning; they have numbers from 1 on */
static int	model_beginning = 0;

/* All states are new again. */
static inline void
model_begin(void)
{
	model_beginning++;
}

/* Has it not been asked for since the beginning? */
static inline bool
model_is_new(const void *state, size_t size)
{
	uint64_t	words[MODEL_MOST_BYTES / sizeof(uint64_t)] = {0};
	uint64_t	hash = 0;
	size_t		nwords = (size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
	int			place;

	memcpy(words, state, size);
	if (size > sizeof(words))
		abort();
	for (size_t i = 0; i < nwords; i++)
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
	place = (int) ((hash >> 32) % MODEL_MOST_STATES);
	for (int tries = 0; model_seen_in[place] == model_beginning; place = (place + 1) % MODEL_MOST_STATES)
	{
		if (memcmp(model_states[place], words, nwords * sizeof(uint64_t)) == 0)
			return false;
		if (++tries == MODEL_MOST_STATES)
		{
			printf("too many states\n");
			exit(2);
		}
	}
	model_seen_in[place] = model_beginning;
	memcpy(model_states[place], words, nwords * sizeof(uint64_t));
	return true;
}

#endif							/* BINGO_MODEL_H */
