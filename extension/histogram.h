/*
 * histogram.h
 *	  The latency histogram that the server and the client tools share.
 */
#ifndef BINGO_HISTOGRAM_H
#define BINGO_HISTOGRAM_H

#include <stdint.h>

#endif							/* BINGO_HISTOGRAM_H */
