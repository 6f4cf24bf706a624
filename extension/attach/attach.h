/*
 * attach/attach.h
 *	  The application's tables, the indexes that its SQL needs, and what the
 *	  attach_*.c files share.
 */
#ifndef BINGO_ATTACH_H
#define BINGO_ATTACH_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "base/compat.h"

/* --- attach/tables.c: which tables are the application's --- */

typedef enum BingoTable
{
	BINGO_SESSIONS,
	BINGO_CUSTOMERS,
	BINGO_MOVIES
} BingoTable;

#define BINGO_NTABLES 3

typedef struct BingoApplication
{
	Oid			schema;
	Oid			tables[BINGO_NTABLES];
} BingoApplication;

/* Why the tables cannot be used, ready for ereport(). */
typedef struct BingoObstacle
{
	int			sqlstate;
	char	   *message;
	char	   *detail;			/* what else is in the way, or NULL */
	char	   *hint;
} BingoObstacle;

extern BingoObstacle *bingo_attach_find_tables(Oid schema, Oid user,
											   BingoApplication *application);
extern List *bingo_attach_list_schemas(void);
extern char *bingo_attach_apply_call(Oid schema);
extern Oid	bingo_attach_schema_argument(FunctionCallInfo fcinfo, int number);
extern void bingo_attach_look_up_schema(FunctionCallInfo fcinfo, int number);
pg_noreturn extern void bingo_attach_raise_obstacle(const BingoObstacle *obstacle);

/* --- attach/wanted.c: which indexes its SQL needs --- */

#define BINGO_MAX_KEYS 4
#define BINGO_MAX_INCLUDED 2

typedef struct BingoIndexKey
{
	const char *column;
	bool		descending;
} BingoIndexKey;

typedef struct BingoIndex
{
	BingoTable	table;
	const char *name;
	bool		unique;
	int			nkeys;
	BingoIndexKey keys[BINGO_MAX_KEYS];
	int			nincluded;
	const char *included[BINGO_MAX_INCLUDED];
	const char *purpose;		/* the endpoints that it serves */
} BingoIndex;

#define BINGO_NINDEXES 7

extern const BingoIndex bingo_attach_indexes[BINGO_NINDEXES];

/* What the table has of one wanted index. */
typedef struct BingoIndexState
{
	Oid			index;			/* the valid equivalent, or InvalidOid */
	bool		ours;			/* DROP EXTENSION would drop it */
	bool		unclaimed;		/* built from index_commands(), not yet ours */
	Oid			leftover;		/* an invalid one that a failed build left */
} BingoIndexState;

extern BingoIndexState bingo_attach_find_index(const BingoIndex *wanted, Oid table);
extern bool bingo_attach_has_predicate(Relation index);
extern char *bingo_attach_choose_name(const BingoIndex *wanted, Oid schema,
									  Oid leftover);
extern char *bingo_attach_create_command(const BingoIndex *wanted, Oid table,
										 const char *name, bool concurrently);

/* --- attach/made.c: what was made here --- */

extern void bingo_attach_run(const char *sql);
extern char *bingo_attach_comment(const char *purpose);
extern char *bingo_attach_comment_command(const char *purpose, Oid schema, const char *name);
extern char *bingo_attach_claim_command(Oid schema, const char *name);
extern void bingo_attach_mark_index(const char *purpose, Oid schema, const char *name);
extern bool bingo_attach_is_ours(Oid index);
extern List *bingo_attach_list_indexes(void);
extern char *bingo_attach_advised_purpose(Oid index);
extern bool bingo_attach_is_advised_ordering(const char *name);
extern Oid	bingo_attach_build_advised(Oid table, bool unique, const char *columns, const char *reason);
extern bool bingo_attach_create_statistics(const char *name, const char *command, const char *reason);
extern List *bingo_attach_list_statistics(void);
extern Oid	bingo_attach_create_advised(bool counts, const char *name, const char *command);

/* --- attach/duplicates.c --- */

extern void bingo_attach_raise_duplicates(const BingoIndex *wanted, Oid table);

/* --- attach/notices.c --- */

extern void bingo_attach_restore_notices(void);

/* --- attach/orderings.c: which orderings it needs --- */

typedef struct BingoPreset
{
	const char *name;
	BingoTable	table;			/* the driving one */
	const char *purpose;		/* the endpoint that it serves */
	const char *query;			/* %1$s: the schema, quoted */
} BingoPreset;

#define BINGO_NPRESETS 3

extern const BingoPreset bingo_attach_presets[BINGO_NPRESETS];

extern bool bingo_attach_has_orderings(void);
extern const char *bingo_attach_ensure_ordering(const BingoPreset *preset,
												const BingoApplication *application);

/* An ordering or counter that was dropped, and its driving table (InvalidOid: gone). */
typedef struct BingoDropped
{
	const char *kind;			/* "ordering" or "counter" */
	char	   *name;
	Oid			table;
} BingoDropped;

/* The presets, and what was made for advice; returns BingoDropped *. */
extern List *bingo_attach_drop_orderings(void);

/* --- attach/loading.c: from where the library is loaded --- */

/* False if there is nothing to say. */
extern bool bingo_attach_report_loading(void);

#endif							/* BINGO_ATTACH_H */
