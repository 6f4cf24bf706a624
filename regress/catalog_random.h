/*
 * catalog_random.h
 *	  What the files of catalog_random share.
 */
#ifndef REGRESS_CATALOG_RANDOM_H
#define REGRESS_CATALOG_RANDOM_H

#include <pthread.h>
#include <stdio.h>

#include "random.h"

#define MOST_PLACES		16
#define MOST_KINDS		100
#define MOST_SESSIONS	64
#define MOST_PREPARED	8
#define LONGEST_SQL		4000

/* How often something began and ended; both only grow. */
typedef struct Spells
{
	unsigned	begun;
	unsigned	ended;
} Spells;

/* A schema with an ordering of the same name, and a counter named count_ and so. */
typedef struct Place
{
	const char *name;
	const char *query;
	const char *definition;		/* the ordering's query */
	int			window_rows;
	PGresult   *tables;			/* name, after, fill */
	PGresult   *changes;		/* tab, weight, statement */
	PGresult   *counter;		/* tab, key, value, filter */
	pthread_mutex_t changing_lock;	/* one changes tables at a time */
	Spells		changing;		/* tables */
	Spells		away;			/* names, keys or columns may be missing */
	double		valid_at;		/* when its ordering was last seen valid */
} Place;

typedef struct Prepared
{
	char		gid[40];		/* empty: free */
	double		due;
} Prepared;

typedef struct Database
{
	const char *conninfo;
	int			number;
	int			writers;
	int			nplaces;
	Place		places[MOST_PLACES];
	PGresult   *kinds;			/* kind, weight, scope, away, allowed, number of steps */
	PGresult   *steps;			/* kind, text */
	PGresult   *lookups;		/* word, query */
	int			total_weight;
	pthread_rwlock_t concurrently;	/* see step() in catalog_random_change.c */
	Spells		extension;		/* may be missing */
	volatile double changed_at; /* when DDL last did something */
	pthread_mutex_t prepared_lock;
	Prepared	prepared[MOST_PREPARED];
	volatile int prepared_count;	/* of them in use */
} Database;

typedef enum Role
{
	READER,
	WRITER,
	CHANGER,					/* DDL and maintenance */
	HELPER						/* of the program: no finding but by its own words */
} Role;

typedef struct Session
{
	Role		role;
	int			number;			/* of all sessions */
	int			me;				/* of the writers of its database */
	Database   *database;
	uint64_t	state;			/* of its random numbers */
	PGconn	   *connection;
	FILE	   *log;
	char		path[1024];		/* of the log */
	bool		quiet;			/* what it asks for itself is not logged */
	bool		failed;			/* this transaction */
	int			isolation;		/* 0 .. 2 */
	/* what an error may be excused with: when it began */
	Place	   *place;			/* that it uses, if any */
	unsigned	away_ended;
	unsigned	changing_ended;
	unsigned	extension_ended;
	const char *scope;			/* a changer's command, */
	const char *allowed;		/* its SQLSTATEs, */
	const char *kind;			/* and name */
} Session;

/* --- catalog_random.c --- */

extern volatile bool stop_changing;	/* DDL ends, */
extern volatile bool stop;			/* and everything, */
extern volatile bool finished;		/* when the sessions have ended */

extern uint32_t draw(Session *session, uint32_t n);
extern void pause_for(Session *session, uint32_t microseconds);
extern void finding(const char *format,...) __attribute__((format(printf, 1, 2)));

/* Also a finding, but after it nothing can be believed any more. */
extern void last_finding(const char *format,...) __attribute__((format(printf, 1, 2)));

/* Runs SQL, which may be several statements, and logs it.  An error is NULL, and judged. */
extern PGresult *ask(Session *session, const char *sql);
extern bool run(Session *session, const char *format,...) __attribute__((format(printf, 2, 3)));

/* Judges what PQexec() and the like answered. */
extern PGresult *answer(Session *session, PGresult *result, const char *sql);

/* Rolls back what is open.  The errors of the next transaction are judged by this place. */
extern void begin_at(Session *session, Place *place);

extern void spell_begin(Spells *spells);
extern void spell_end(Spells *spells);

/* --- catalog_random_text.c --- */

/* Resolves [a|b], {own:N}, {any:N}, {me}, {writers}; any other {word} by lookup(). */
typedef bool (*Lookup) (Session *session, void *context, const char *word, char *value, size_t size);
extern bool expand(Session *session, const char *text, Lookup lookup, void *context, char *sql, size_t size);

/* --- catalog_random_read.c --- */

extern unsigned comparisons,
			served,
			crossed;
extern void *read_always(void *session);
/* Has it a partitioned table? */
extern bool is_parted(const Place *place);
/* True if rows came from the window. */
extern bool compare_answers(Session *session, Place *place, bool own);

/* --- catalog_random_count.c --- */

extern unsigned count_comparisons,
			counts_served,
			own_counts_served;
/* The same of a count; in the transaction that is open. */
extern bool compare_count(Session *session, Place *place, bool own);

/* At rest: what has a valid ordering must be served. */
extern void compare_at_rest(Session *session, Place *place);
extern void print_reasons(void);

/* --- catalog_random_write.c --- */

extern void *write_always(void *session);

/* --- catalog_random_change.c --- */

extern void load_kinds(Session *session);
extern void *change_always(void *session);
extern void print_kinds(void);

/* --- catalog_random_watch.c --- */

extern void *watch_always(void *session);
extern void *resolve_always(void *session);

/* Takes a free place for a prepared transaction's name; the transaction ends by other hands later. */
extern Prepared *reserve_prepared(Session *session);
extern void release_prepared(Session *session, Prepared *prepared, bool is_prepared);

/* Waits until each ordering has been seen valid; a finding if one takes too long. */
extern bool wait_valid(Session *session);

#endif							/* REGRESS_CATALOG_RANDOM_H */
