/*
 * store/state.h
 *	  What of an ordering is stored where: the options of its two foreign servers.
 *
 * The definition is what somebody has asked for.  It is dumped, names things by their
 * names, and outlives what it names.  The state is what was built of it in this
 * database: OIDs, attribute numbers, files.  It is a member of the extension, never
 * dumped, and believed in this cluster only: pg_upgrade keeps some OIDs and not others.
 */
#ifndef BINGO_ORDERING_STATE_H
#define BINGO_ORDERING_STATE_H

/* Of both: the ordering's name, which is the key of both servers' names. */
#define BINGO_OPTION_NAME "name"

/* The definition; its server's owner is the ordering's. */
#define BINGO_OPTION_QUERY "query"	/* with qualified names, as it was asked for */
#define BINGO_OPTION_RENAMED "renamed"	/* the same with the names that its tables and columns have now */
#define BINGO_OPTION_WINDOW_ROWS "window_rows"
#define BINGO_OPTION_MAX_ROWS "max_rows"	/* where the rows of each key are counted: the fill stops at so many */
#define BINGO_OPTION_ROLE "role"	/* while its tables are gone: whose it was */
#define BINGO_OPTION_KIND "kind"	/* "counter"; none: an ordering */
#define BINGO_OPTION_PART "part"	/* a partition's (BINGO_OPTION_WHOLE is in base/server.h): the partition, unless it is built: system identifier, database, server, OID */
#define BINGO_OPTION_GONE "gone"	/* ... and the partition was dropped: there is no such definition any more */
#define BINGO_OPTION_LEVELS "levels"	/* ... for the table so many levels above the partition */
#define BINGO_KIND_COUNTER "counter"

/* The state. */
#define BINGO_OPTION_ID "id"		/* none: it is not built */
#define BINGO_OPTION_REASON "reason"	/* why it could not be built, when that was last tried */
#define BINGO_OPTION_CLUSTER "cluster"	/* system identifier */
#define BINGO_OPTION_WINDOW "window"	/* OIDs */
#define BINGO_OPTION_BOUNDARY "boundary"
#define BINGO_OPTION_LAYOUT "layout"	/* definition/layout.c */
#define BINGO_OPTION_FILTER "filter"	/* of a counter, unless it counts all rows */
#define BINGO_OPTION_FILES "files"	/* relfilenodes when the window was filled: its own, the boundary's, the tables' */
#define BINGO_OPTION_COLLATIONS "collations"	/* the sort keys' collations with their versions */
#define BINGO_OPTION_BUILT_AT "built_at"	/* end of the last fill: timestamptz as a number */
#define BINGO_OPTION_BUILD_MS "build_ms"
#define BINGO_OPTION_TABLE "table%d"	/* names of the tables when it was built */
#define BINGO_OPTION_TEXT "text"	/* the query as bingo_definition_format() wrote it then */

#endif							/* BINGO_ORDERING_STATE_H */
