/*
 * wire/replay.h
 *	  bingo_wire replay: a server that sends a recorded answer.
 */
#ifndef WIRE_REPLAY_H
#define WIRE_REPLAY_H

extern int	wire_replay(int argc, char **argv);

#endif							/* WIRE_REPLAY_H */
