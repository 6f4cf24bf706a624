/*
 * base/position.h
 *	  Where an error stands in a text that an argument holds.
 */
#ifndef BINGO_POSITION_H
#define BINGO_POSITION_H

/*
 * An error context callback, for while a text is parsed and analyzed: what is reported
 * as a position in the statement that the client has sent is one in the text, a char *.
 */
extern void bingo_position_in(void *text);

#endif							/* BINGO_POSITION_H */
