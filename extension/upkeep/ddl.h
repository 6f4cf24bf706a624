/*
 * upkeep/ddl.h
 *	  What DDL does to orderings: the event triggers' functions.
 */
#ifndef BINGO_UPKEEP_DDL_H
#define BINGO_UPKEEP_DDL_H

/*
 * Is there an ordering that is not built, or that upkeep could not make valid?  Any DDL
 * may be what it has waited for: a table, a key, a right of who reads its tables.
 */
extern bool bingo_ddl_is_any_waiting(void);

#endif							/* BINGO_UPKEEP_DDL_H */
