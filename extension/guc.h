/*
 * guc.h
 *	  Settings of bingo_tune.  Each is documented where guc.c defines it.
 */
#ifndef BINGO_GUC_H
#define BINGO_GUC_H

extern void bingo_guc_init(void);

#endif							/* BINGO_GUC_H */
