/*
 * store/window.h
 *	  The window relation and its boundary: open, probe, insert, update, delete.
 */
#ifndef BINGO_ORDERING_WINDOW_H
#define BINGO_ORDERING_WINDOW_H

#include "access/genam.h"
#include "access/htup.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "store/ordering.h"
#include "store/lock.h"

typedef enum BingoBoundaryState
{
	BINGO_BOUNDARY_NOTHING = 'n',	/* no row is inside */
	BINGO_BOUNDARY_KEY = 'k',		/* rows up to and including the key are inside */
	BINGO_BOUNDARY_EVERYTHING = 'e' /* every row is inside */
} BingoBoundaryState;

/* In the boundary's relation only: where one key is cut (store/cut.c). */
#define BINGO_BOUNDARY_CUT 'c'

typedef struct BingoBoundary
{
	BingoBoundaryState state;
	Datum		values[BINGO_MAX_KEYS];	/* of definition->sort[i] */
	bool		nulls[BINGO_MAX_KEYS];
} BingoBoundary;

/*
 * The current boundary; NULL if it can't be read in time, or is not what it was.  The caller holds the gate (any
 * mode) since before the call; kept with the ordering, which is a cached one, while that is current.  Good as long as the ordering.
 */
extern const BingoBoundary *bingo_window_boundary(BingoOrdering *ordering, BingoPatience *patience);

/*
 * The boundary that a snapshot sees, copied to the current context; false if it sees none,
 * or it can't be read at once.
 */
extern bool bingo_window_read_boundary(const BingoOrdering *ordering, Snapshot snapshot,
									   BingoBoundary *boundary);

/* --- for store/cut.c and read/end.c --- */

/* The boundary's relation, locked ACCESS SHARE; NULL if it can't be had in time, or is not what it was. */
extern Relation bingo_boundary_open(const BingoOrdering *ordering, BingoPatience *patience);

/* Its index on state and key; NULL if it can't be had in time, or would not show all that the snapshot can see. */
extern Relation bingo_boundary_open_index(Relation relation, const BingoOrdering *ordering, Snapshot snapshot,
										  BingoPatience *patience);

/* What bingo_window_read_boundary() reads, of that relation by that index; the slot is of the relation. */
extern bool bingo_boundary_read(Relation relation, Relation index, const BingoOrdering *ordering, Snapshot snapshot,
								TupleTableSlot *slot, BingoBoundary *boundary);

/* A row of it; an error if it was altered. */
extern HeapTuple bingo_boundary_form(Relation relation, const BingoOrdering *ordering, char state,
									 const BingoBoundary *boundary);

/*
 * Is the window's file the one that the snapshot's pg_class has?  TRUNCATE and VACUUM FULL
 * give it another one, and leave an older snapshot without rows.
 */
extern bool bingo_window_same_file(Relation heap, Snapshot snapshot);

/* Replaces the boundary; the caller holds the gate EXCLUSIVE. Sends an invalidation of its relation. */
extern void bingo_window_set_boundary(BingoOrdering *ordering, const BingoBoundary *boundary);

/* Also of one that nothing else is known of. */
extern bool bingo_window_exists(Oid window);

/* About how many rows it has: window_rows, or, where the rows of each key are counted, what VACUUM has found. */
extern int64 bingo_window_estimate_rows(const BingoOrdering *ordering);

/* Can the index be kept up without the executor, and does it take every row? */
extern bool bingo_window_can_keep(const IndexInfo *index);

/* Is the open relation the window as it was filled, and not rewritten since? */
extern bool bingo_window_is_intact(Relation relation, const BingoOrdering *ordering);

/*
 * What its rows are to those who read them: of the types of the tables' columns, which
 * the window may keep by another name (bingo_types_kept()) but in the same way.
 */
extern TupleDesc bingo_window_describe(Relation relation, const BingoDefinition *definition);

/* The window opened for changes (write/change.c). */
typedef struct BingoWindow
{
	BingoOrdering *ordering;
	Relation	relation;
	Relation	key;			/* its index on the driving key */
	int			nkeys;
	ScanKeyData key_keys[BINGO_MAX_KEYS];
	int			key_from[BINGO_MAX_KEYS];	/* which column of the driving key each is */
	int			nindexes;		/* all its indexes */
	Relation   *indexes;
	IndexInfo **index_infos;
	IndexScanDesc scan;			/* on key, under scan_snapshot */
	Snapshot	scan_snapshot;
	TupleTableSlot *old_slot;	/* what a probe found */
	TupleTableSlot *second_slot;	/* ... and should not have found */
	TupleTableSlot *new_slot;	/* a virtual one, for the caller */
	BingoPatience *patience;
	bool		toast_locked;	/* where long values are kept */
	const char *failure;		/* why a function returned false */
} BingoWindow;

extern bool bingo_window_open(BingoWindow *window, BingoOrdering *ordering,
							  BingoPatience *patience);
extern void bingo_window_close(BingoWindow *window);

/* Prepares for what an INSERT of a fresh row does without: a probe, or any use of old_slot. */
extern bool bingo_window_expect_old(BingoWindow *window);

/* The rows of a driving key, counted up to 2; the first into old_slot. */
extern int	bingo_window_probe(BingoWindow *window, Datum *key, Snapshot snapshot);

/* Is new_slot, every column's image, what old_slot is? */
extern bool bingo_window_is_same(BingoWindow *window);

/* Would the row fit the page and the indexes of the window? */
extern bool bingo_window_fits(BingoWindow *window, TupleTableSlot *slot);

/*
 * new_slot is inserted, takes old_slot's place, old_slot is deleted.  False, with the
 * failure: a row was not as expected, or a lock not had, and nothing is done.
 */
extern bool bingo_window_insert(BingoWindow *window);
extern bool bingo_window_update(BingoWindow *window);
extern bool bingo_window_delete(BingoWindow *window);

#endif							/* BINGO_ORDERING_WINDOW_H */
