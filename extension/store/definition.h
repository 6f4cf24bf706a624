/*
 * store/definition.h
 *	  Definitions of orderings and counters, as pg_dump carries them.
 */
#ifndef BINGO_STORE_DEFINITION_H
#define BINGO_STORE_DEFINITION_H

#include "store/ordering.h"

typedef struct BingoStoredDefinition
{
	Oid			server;
	char	   *name;
	char	   *query;			/* as it was asked for */
	char	   *renamed;		/* with the present names, or NULL: the same */
	bool		counts;			/* it is a counter's */
	char	   *whole;			/* a partition's: the name that stands for those of all; NULL: it was made for itself */
	int			levels;			/* the table that it was made for is so many levels above it; 0: not known */
	Oid			part;			/* the partition, of a definition that is not built, if that is known; or InvalidOid */
	int64		window_rows;
	int64		max_rows;		/* of all keys together, where the rows of each are counted; 0: there is no limit */
	Oid			owner;
	char	   *was_of;			/* a role that need not exist; NULL unless nobody has it now */
} BingoStoredDefinition;

/* All of them, by name. */
extern List *bingo_definition_list(void);

/* NULL, or an error, if there is none of the name. */
extern BingoStoredDefinition *bingo_definition_find(const char *name);
extern BingoStoredDefinition *bingo_definition_require(const char *name);

/* Surely: it is looked for in two ways, as what can't be read, or was not found, is not what is not there. */
extern bool bingo_definition_is_dropped(const char *name);

extern void bingo_definition_write(const char *name, const char *query, const char *renamed,
								   bool counts, int64 window_rows, Oid owner);
extern void bingo_definition_drop(const char *name);

/*
 * It does not count any more, though its server stays until the next definition is written; with a partition as long as that is there
 * and has none of the name.
 */
extern void bingo_definition_give_up(const char *name, Oid part, Oid nobody);

/* Was the partition's own given up so, of what was made under the name? */
extern bool bingo_definition_is_apart(const char *whole, Oid part);

/* That is of no use once nothing is left under the name. */
extern void bingo_definition_forget_apart(const char *whole);

/* The fill of its window, whose rows are counted for each key, stops at so many in all. */
extern void bingo_definition_limit(const char *name, int64 max_rows);

/*
 * It is one of several that a name stands for; part: InvalidOid if it is built.  What can't be built any more has no state that
 * tells the partition.
 */
extern void bingo_definition_note_whole(const char *name, const char *whole, int levels, Oid part);

/* Was it made for a partition that is gone?  True of what is known to be: a table of that name may be there. */
extern bool bingo_definition_is_over(const BingoStoredDefinition *definition, const BingoOrdering *built);

/* After DDL: the owner, see there; "nobody" gets it when no table is left. */
extern void bingo_definition_follow_owner(const BingoStoredDefinition *definition, const BingoDefinition *built,
										  Oid nobody);

/* Is one of its tables there? */
extern bool bingo_definition_has_table(const BingoDefinition *built);

/* After DDL that leaves it usable: the owner, and the names. */
extern void bingo_definition_follow(const BingoStoredDefinition *definition, const char *renamed,
									const BingoOrdering *ordering, Oid nobody);

/* Is one not built, or not as it is now? */
extern bool bingo_definition_is_any_unbuilt(void);

/* The query with the names that tables and columns have now; NULL if one is gone. */
extern char *bingo_definition_format(const BingoDefinition *definition);

/*
 * A counter's: what it counts now.  The search_path has none of the application's schemas.
 * kept: the rows of its window, of the table without children.
 */
extern char *bingo_definition_format_counter(const BingoDefinition *definition, bool kept);

#endif							/* BINGO_STORE_DEFINITION_H */
