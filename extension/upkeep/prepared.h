/*
 * upkeep/prepared.h
 *	  Upkeep after COMMIT PREPARED.
 */
#ifndef BINGO_UPKEEP_PREPARED_H
#define BINGO_UPKEEP_PREPARED_H

extern void bingo_prepared_init(void);

#endif							/* BINGO_UPKEEP_PREPARED_H */
