/*
 * output/receiver.h
 *	  Sends the rows of large answers to the client by the row encoder.
 */
#ifndef BINGO_OUTPUT_RECEIVER_H
#define BINGO_OUTPUT_RECEIVER_H

extern void bingo_output_init(void);

#endif							/* BINGO_OUTPUT_RECEIVER_H */
