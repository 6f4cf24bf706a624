/*
 * base/cover.h
 *	  Can one index do all that another can?
 */
#ifndef BINGO_COVER_H
#define BINGO_COVER_H

#include "utils/relcache.h"

/* Both are open.  Calls nobody's functions.  An index covers itself. */
extern bool bingo_index_covers(Relation cover, Relation index);

#endif							/* BINGO_COVER_H */
