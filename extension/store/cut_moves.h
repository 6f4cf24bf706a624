/*
 * store/cut_moves.h
 *	  How often the boundaries of single keys have moved.
 */
#ifndef BINGO_STORE_CUT_MOVES_H
#define BINGO_STORE_CUT_MOVES_H

extern void bingo_cut_moves_init(void);

/* Whoever is about to change the boundary of a key, with the gate EXCLUSIVE; or leaves a mark, or takes one away. */
extern void bingo_cut_note_move(Oid boundary);
extern void bingo_cut_note_mark(void);

/*
 * Whoever has the gate, in any mode: with the same number what he read of the boundaries of keys before, with the gate, is
 * so still.  False: nothing is to be kept, nor to be taken from what was.
 */
extern bool bingo_cut_count_moves(Oid boundary, uint64 *moves);

#endif							/* BINGO_STORE_CUT_MOVES_H */
