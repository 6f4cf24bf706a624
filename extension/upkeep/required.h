/*
 * upkeep/required.h
 *	  The extension that ours requires, and what becomes of it.
 */
#ifndef BINGO_REQUIRED_H
#define BINGO_REQUIRED_H

#include "nodes/nodes.h"

/* Before DDL: if it drops pg_stat_statements we don't stand in the way. */
extern void bingo_required_let_go(const Node *parsetree);

/* If pg_stat_statements is there, but not recorded as required, it is now. */
extern void bingo_required_keep(void);

#endif							/* BINGO_REQUIRED_H */
