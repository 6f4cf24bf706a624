/*
 * write/work.h
 *	  What the files that bring a transaction's changes into a window share:
 *	  write/maintain.c (the whole), write/keys.c (images and locks),
 *	  write/dependents.c (from dimension rows to the window), write/light.c.
 */
#ifndef BINGO_ORDERING_WORK_H
#define BINGO_ORDERING_WORK_H

#include "write/fetch.h"

#define BINGO_FEWEST_CHANGES	1000	/* that are always worked off, however small the window */
#define BINGO_FEWEST_OF_KEY		16	/* ... and where the rows of each key are counted, so many times these */

/* The work for one ordering. */
typedef struct BingoWork
{
	BingoPending *pending;
	BingoOrdering *ordering;
	BingoPatience *patience;

	int64		ndriving;		/* images */
	int64		ndimension;
	bool		leading_changed;	/* among them: of a leading dimension */
	bool		escalated;		/* the gate stands for the keys */
	bool		gate;			/* it is had */
	bool		light;			/* of write/light.c */
	int			light_gates;	/* how many times it was had as one, by this work */
	bool		refused_light;	/* that was tried */

	int64		most_changes;
	int64		changes;		/* of window rows */
	struct BingoGiveUp *give_up;	/* keys that rows have come to; NULL until one has (write/give_up.c) */

	/*
	 * The window can't have a row of the key of the row at hand: the only image is
	 * of an INSERT that stands, so the table had none before.
	 */
	bool		fresh;

	/* driving images that may be, or have been, inside */
	bool		all_affected;
	int64		naffected;
	int64	   *affected;		/* else: their places among the driving images, ascending */

	BingoWindow window;			/* open if window.relation is set */
	BingoFetch	fetch;			/* begun with the ordering */
} BingoWork;

/* Driving images one after the other: all of them, or the affected ones. */
typedef struct BingoDrivingPass
{
	bool		all;
	int64		place;			/* of the image returned last */
	int64		next;			/* index into affected */
} BingoDrivingPass;

/* write/contain.c: may the work raise errors?  Then it is done by the second. */
extern bool bingo_contain_errors(BingoWork *work);
extern const char *bingo_contain(BingoWork *work, const char *(*maintain) (BingoWork *work));

/* write/keys.c */
extern void bingo_keys_count(BingoWork *work);
extern void bingo_keys_begin_pass(BingoWork *work, BingoDrivingPass *pass, bool only_affected);
extern bool bingo_keys_next_driving(BingoWork *work, BingoDrivingPass *pass, BingoImage *image);

/* The mode in which the gate is needed; decides whether it stands for the keys: then the work is none of a light writer. */
extern LOCKMODE bingo_keys_gate_mode(BingoWork *work);

/* M of write/maintain.c: the keys of the changed dimension rows, exclusive. */
extern bool bingo_keys_lock_changed(BingoWork *work);

/*
 * D: the keys by which driving images (all, or the affected) join the dimensions
 * ranked from .. to - 1, shared.
 */
extern bool bingo_keys_lock_used(BingoWork *work, int from, int to, bool only_affected);

/*
 * Finds the driving images whose rows may be inside, or have been.  Where the leading
 * dimensions put one outside nothing is to be done: neither is it in the window
 * now, nor must it be.  That can't be told of old images if this transaction has
 * changed the leading dimensions itself.  Returns why the ordering must be
 * invalidated, or NULL.
 */
extern const char *bingo_keys_find_affected(BingoWork *work);

/* The hashes of own keys of a table's images, sorted, each once; "hashes" has room for all. */
extern int	bingo_keys_own_hashes(BingoWork *work, int table, uint32 *hashes);

/* write/light.c.  May the work be tried as a light writer?  What changed is counted. */
extern bool bingo_light_may_be(BingoWork *work);

/*
 * Opens and locks all that such a writer needs, and takes the snapshot under which rows are read.  Returns
 * why the ordering must be invalidated, or NULL, or bingo_light_refused: then none of the keys is held.
 */
extern const char *bingo_light_prepare(BingoWork *work);
extern const char *const bingo_light_refused;

/*
 * write/row.c.  Applies the difference between the row at hand, if it
 * exists, and the window.  Returns why the ordering must be invalidated, or NULL.
 */
extern const char *bingo_maintain_row(BingoWork *work, bool exists);

/*
 * write/give_up.c.  The row at hand is inside, and comes to its key, of which it has the values in window->new_slot: are that
 * too many?  Then the key is marked, and the row must not be put in.  Or there is a failure.
 */
extern bool bingo_give_up_key(BingoWork *work, const char **failure);

/* Counts one more change of the window; false if that is one too many. */
extern bool bingo_maintain_count(BingoWork *work, const char **failure);

/* The next look sees what was changed. */
extern void bingo_maintain_advance(void);

/*
 * write/dependents.c.  Brings the window rows that depend on changed rows of
 * dimensions up to date; everything is open.  Returns as bingo_maintain_row().
 */
extern const char *bingo_dependents_apply(BingoWork *work);

/* Opens everything that a change may need: from each changed dimension up to the driving table; else work->fetch.failure. */
extern bool bingo_dependents_open(BingoWork *work);

extern const char *const bingo_too_many_changes;

#endif							/* BINGO_ORDERING_WORK_H */
