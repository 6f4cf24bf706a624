/*
 * wire/read.h
 *	  bingo_wire read: how long an answer takes to reach a client.
 */
#ifndef WIRE_READ_H
#define WIRE_READ_H

extern int	wire_read(int argc, char **argv);

#endif							/* WIRE_READ_H */
