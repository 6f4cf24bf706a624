/*
 * upkeep/role.h
 *	  The role that an ordering's tables are read as.
 */
#ifndef BINGO_ROLE_H
#define BINGO_ROLE_H

#include "store/ordering.h"

/*
 * An error if there is none: the tables have several owners and the ordering's owner is a
 * superuser; or if that role may not read all that the ordering uses of them.
 */
extern Oid	bingo_role_reading(const BingoOrdering *ordering);

#endif							/* BINGO_ROLE_H */
