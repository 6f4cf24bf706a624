/*
 * store/lock.h
 *	  Locks of the writers of an ordering: the gate, the tables, the join keys.
 */
#ifndef BINGO_ORDERING_LOCK_H
#define BINGO_ORDERING_LOCK_H

#include "datatype/timestamp.h"
#include "storage/lock.h"
#include "utils/relcache.h"

struct TupleTableSlot;

/* How long one transaction may wait, all its waits together. */
typedef struct BingoPatience
{
	TimestampTz until;			/* 0 until the first wait */
	int			limit;			/* milliseconds from the first wait on */
	bool		(*is_vain) (void *);	/* to be asked before the next wait; NULL: nobody, or it was */
	void	   *of;				/* its argument */
	bool		vain;			/* what it has said */
} BingoPatience;

#define BINGO_PATIENCE_LIMIT	1000	/* milliseconds */
#define BINGO_PATIENCE_INVALID	250 /* when the ordering is invalid already */

extern void bingo_lock_init(void);

extern void bingo_lock_start(BingoPatience *patience, int limit);

/* Asks before the next wait whether what is waited for is of use; if not, nothing is waited for until this is called again. */
extern void bingo_lock_ask(BingoPatience *patience, bool (*is_vain) (void *), void *of);

/* For one wait, now, that is to be shorter than what is left of another patience, and counts as that one's. */
extern void bingo_lock_start_within(BingoPatience *patience, int limit, BingoPatience *all);

/*
 * Sleeps a little before something is tried again, longer each time; *sleep is 0 before
 * the first.  False, at once, when the patience is at its end, or NULL.
 */
extern bool bingo_lock_pause(BingoPatience *patience, int *sleep);

/* Each returns false if the lock was not had in time (patience NULL: at once). */
extern bool bingo_lock_relation(Oid relid, LOCKMODE mode, BingoPatience *patience);
extern bool bingo_lock_gate(int32 ordering_id, LOCKMODE mode, BingoPatience *patience);
extern bool bingo_lock_key(int32 ordering_id, int table, uint32 hash, LOCKMODE mode,
						   BingoPatience *patience);

/* One of the times that it was had is over: before anything has been written under it. */
extern void bingo_lock_release_gate(int32 ordering_id, LOCKMODE mode);
extern void bingo_lock_release_key(int32 ordering_id, int table, uint32 hash, LOCKMODE mode);

/* Do those who want the gate ROW EXCLUSIVE, or a key shared, stand back for others?  Not if the library is not preloaded. */
extern bool bingo_lock_is_fair(void);

/* The tag of an ordering's gate. */
extern void bingo_lock_set_gate(LOCKTAG *tag, int32 ordering_id);

/* Upkeep: takes the gate EXCLUSIVE, waiting in the queue as long as lock_timeout says. */
extern void bingo_lock_close_gate(int32 ordering_id);
extern bool bingo_lock_gate_is_closed(int32 ordering_id);

/*
 * The table in which an open relation keeps its long values, with its indexes; true if
 * it has none.  "lock" is bingo_lock_relation(), or what does more.
 */
extern bool bingo_lock_toast(Relation relation, LOCKMODE mode, BingoPatience *patience,
							 bool (*lock) (Oid relid, LOCKMODE mode, BingoPatience *patience));

/* Has the row a value there? */
extern bool bingo_lock_wants_toast(struct TupleTableSlot *slot);

/* Opens a relation that is locked; NULL if it is gone. */
extern Relation bingo_lock_open(Oid relid);

/* The most key locks that a transaction takes before it locks the gate instead. */
extern int	bingo_lock_most_keys(void);

#endif							/* BINGO_ORDERING_LOCK_H */
