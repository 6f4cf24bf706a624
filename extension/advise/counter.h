/*
 * advise/counter.h
 *	  The counter that could give what a query counts.
 */
#ifndef BINGO_ADVISE_COUNTER_H
#define BINGO_ADVISE_COUNTER_H

#include "advise/advise.h"
#include "read/count.h"

/*
 * Of what bingo_count_collect() gives, in a subtransaction without a search_path (see
 * bingo_advise_leave_search_path()): the counter, or NULL and why none.
 */
extern BingoAdviseOrdering *bingo_advise_counter_of(List *verdicts, const BingoCountProposal *proposal, char **obstacle);

#endif							/* BINGO_ADVISE_COUNTER_H */
