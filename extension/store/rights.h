/*
 * store/rights.h
 *	  Who may see values out of the tables of an ordering.
 */
#ifndef BINGO_ORDERING_RIGHTS_H
#define BINGO_ORDERING_RIGHTS_H

#include "definition/definition.h"

/* May the role read every row of all tables? */
extern bool bingo_rights_may_read(const BingoDefinition *definition, Oid user);

#endif							/* BINGO_ORDERING_RIGHTS_H */
