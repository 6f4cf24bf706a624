/*
 * store/cut_moves.c
 *	  How often the boundaries of single keys have moved.
 *
 * Writers ask for the boundary of a key at each commit, and it seldom moves.  So each backend keeps those that it has
 * read (store/cut_known.c), together with a counter in shared memory, and reads again when that is another one.
 *
 *	A boundary of a key moves under the gate EXCLUSIVE only, which its mover has until his change is visible to all,
 *	or undone.  He raises the counter under it.  Who reads, or takes what he has kept, has the gate, too: so the mover is through,
 *	and what he has read with the same number is what everybody would find, or the mover is to come.
 *	Before the next one has the gate, the counter stands.
 *
 *	The mover himself, in the same transaction, sees what is perhaps undone afterwards, by a subtransaction or altogether.  So
 *	does he who leaves a mark, of which he asks whether it is his own (write/give_up.c).  These neither keep nor take anything
 *	until their transaction ends.
 *
 * TRUNCATE moves all; that gives the boundary's relation another file, and makes the cached ordering, with which what was
 * read is kept, another one.
 *
 * Windows share counters by OID: a move of one makes others read again.  Without the library in shared_preload_libraries
 * nothing is kept.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "port/atomics.h"

#include "base/shared.h"
#include "store/cut_moves.h"

#define COUNTERS 64

static pg_atomic_uint64 *counters = NULL;	/* NULL: not preloaded */
static TransactionId own_change = InvalidTransactionId; /* the last transaction here that has changed anything */

static void
start_counters(void *piece)
{
	pg_atomic_uint64 *starting = piece;

	for (int i = 0; i < COUNTERS; i++)
		pg_atomic_init_u64(&starting[i], 0);
}

void
bingo_cut_moves_init(void)
{
	bingo_shared_add("bingo_tune moves", COUNTERS * sizeof(pg_atomic_uint64), (void **) &counters, start_counters);
}

void
bingo_cut_note_mark(void)
{
	own_change = GetTopTransactionId();
}

void
bingo_cut_note_move(Oid boundary)
{
	bingo_cut_note_mark();
	if (counters != NULL)
		pg_atomic_fetch_add_u64(&counters[boundary % COUNTERS], 1);
}

bool
bingo_cut_count_moves(Oid boundary, uint64 *moves)
{
	if (counters == NULL || (TransactionIdIsValid(own_change) && own_change == GetTopTransactionIdIfAny()))
		return false;
	*moves = pg_atomic_read_u64(&counters[boundary % COUNTERS]);
	return true;
}
