/*
 * read/seen.h
 *	  The orderings and counters that planning may use.
 */
#ifndef BINGO_SEEN_H
#define BINGO_SEEN_H

#include "nodes/pg_list.h"

/* All that are built (bingo_catalog_list()), but for those that are hidden from this session (base/hidden.h). */
extern List *bingo_seen_list(void);

#endif							/* BINGO_SEEN_H */
