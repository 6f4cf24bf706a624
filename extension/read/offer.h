/*
 * read/offer.h
 *	  Offers windows to the planner.
 */
#ifndef BINGO_READ_OFFER_H
#define BINGO_READ_OFFER_H

#include "nodes/pathnodes.h"

/* The query level is in its order: what was forgotten of a partitioned table is offered again, for the columns that are wanted now. */
extern void bingo_offer_again(PlannerInfo *root, const RelOptInfo *input, RelOptInfo *ordered);

#endif							/* BINGO_READ_OFFER_H */
