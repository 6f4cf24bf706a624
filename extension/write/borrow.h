/*
 * write/borrow.h
 *	  Locks on the application's tables and indexes that the work at commit takes, and gives back when it is done.
 */
#ifndef BINGO_WRITE_BORROW_H
#define BINGO_WRITE_BORROW_H

#include "utils/rel.h"

#include "store/lock.h"

/* From here on what is borrowed is noted; what was before is not given back any more. */
extern void bingo_borrow_begin(void);

/* ACCESS SHARE, as bingo_lock_relation() and bingo_lock_toast() have it; outside of a begun piece of work to the end of the transaction. */
extern bool bingo_borrow_relation(Oid relid, BingoPatience *patience);
extern bool bingo_borrow_toast(Relation relation, BingoPatience *patience);

/* How many there are; those after so many went with the subtransaction that took them. */
extern int	bingo_borrow_count(void);
extern void bingo_borrow_forget(int count);

/* By the resource owner who took them; nothing of them may be open any more. */
extern void bingo_borrow_give_back(void);

/* The transaction has ended, perhaps by an error in the midst of the work. */
extern void bingo_borrow_reset(void);

#endif							/* BINGO_WRITE_BORROW_H */
