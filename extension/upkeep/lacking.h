/*
 * upkeep/lacking.h
 *	  Partitions that were missed when they came.
 */
#ifndef BINGO_UPKEEP_LACKING_H
#define BINGO_UPKEEP_LACKING_H

/* Defines what partitions lack of what was made for all under a name.  False: something is locked, try again. */
extern bool bingo_lacking_define(void);

#endif							/* BINGO_UPKEEP_LACKING_H */
