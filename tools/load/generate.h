/*
 * load/generate.h
 *	  The data of a bingo database, row by row.
 *
 * Pure: a row is a function of the generator's settings, the table and the row
 * number (1..rows) alone.  No I/O, no state between rows, nothing that depends
 * on threads, locale, C library or machine.
 *
 * What the data looks like:
 *	  customers	 names in Russian (three quarters), English and others; surnames
 *				 in the form of the person's sex; born 1936 - 2005, most in the middle;
 *				 e-mail addresses that contain the id
 *	  movies	 year 1906 - 2019, falling linearly from the newest to the oldest;
 *				 40 - 199 minutes; one title in 64 is, on purpose, the title and year
 *				 of the movie before it (equal titles also occur by themselves)
 *	  sessions	 2020-01-01 to 2023-06-30 to the microsecond, mostly in the
 *				 evening; customer and movie picked with a skew (load/skew.h)
 */
#ifndef BINGO_LOAD_GENERATE_H
#define BINGO_LOAD_GENERATE_H

#include <stdint.h>

#include "load/skew.h"

/* Raised whenever the same settings begin to give other data. */
#define BINGO_GENERATE_FORMAT 1

typedef enum BingoTable
{
	BINGO_SESSIONS,
	BINGO_CUSTOMERS,
	BINGO_MOVIES,
	BINGO_TABLES
} BingoTable;

typedef struct BingoGenerator
{
	uint64_t	rows[BINGO_TABLES];
	uint64_t	stream[BINGO_TABLES];
	BingoSkew	skew;
	BingoScatter customer_scatter;
	BingoScatter movie_scatter;
} BingoGenerator;

/* Longest generated strings in bytes, the terminating zero included. */
#define BINGO_NAME_SIZE 80
#define BINGO_EMAIL_SIZE 80
#define BINGO_TITLE_SIZE 160

typedef struct BingoSession
{
	int64_t		id;
	int64_t		start_time;		/* microseconds since 2000-01-01 00:00, as PostgreSQL counts */
	int32_t		customer_id;
	int32_t		movie_id;
} BingoSession;

typedef struct BingoCustomer
{
	int32_t		id;
	const char *name;
	const char *surname;
	int32_t		birthday;		/* days since 2000-01-01 */
	char		email[BINGO_EMAIL_SIZE];
} BingoCustomer;

typedef struct BingoMovie
{
	int32_t		id;
	char		name[BINGO_TITLE_SIZE];
	int32_t		year;
	int32_t		duration;		/* minutes */
} BingoMovie;

/* rows = scale times what bingo prepare_db makes, rounded, at least 1. */
extern void bingo_generate_init(BingoGenerator *generator, uint64_t seed, double scale, double skew);

extern void bingo_generate_session(const BingoGenerator *generator, uint64_t row, BingoSession *session);
extern void bingo_generate_customer(const BingoGenerator *generator, uint64_t row, BingoCustomer *customer);
extern void bingo_generate_movie(const BingoGenerator *generator, uint64_t row, BingoMovie *movie);

#endif							/* BINGO_LOAD_GENERATE_H */
