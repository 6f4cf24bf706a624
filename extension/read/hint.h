/*
 * read/hint.h
 *	  Hints of pg_hint_plan that say how a table is scanned.
 */
#ifndef BINGO_SCAN_HINT_H
#define BINGO_SCAN_HINT_H

#include "nodes/pathnodes.h"

#define BINGO_HINT_OBSTACLE "a hint of the query says how one of its tables is scanned"

extern void bingo_hint_init(void);

/* Does a hint of the statement that is planned name a scan method for one of the relations? */
extern bool bingo_hint_names_scan(PlannerInfo *root, Relids relids);

#endif							/* BINGO_SCAN_HINT_H */
