/*
 * load/checksum.h
 *	  What the server's tables must contain: counts, sums and a hash.
 *
 * Both sides compute the same figures: the tool while it generates the rows,
 * the server with one SELECT over the stored table, in parallel workers.  The
 * first figure is the number of rows, the last the sum of a 64-bit hash of each
 * row, the others are plain sums of columns.  Sums do not depend on the order
 * of the rows, nor on how many workers computed them.
 *
 * The hash is the one behind PostgreSQL's hash partitioning (hashint4extended
 * and so on, PostgreSQL 11 and newer), whose values are on disk in everybody's
 * partitioned tables and so can't change: Bob Jenkins' lookup3 (public domain,
 * 2006) with a 64-bit seed.  A row's hash chains its columns, each one's hash
 * being the next one's seed, so that a value that moved to another row or
 * another column changes the sum.  What it can miss: a wrong row that has the
 * right row's hash (chance 2^-64; 2^-32 if only start_time differs, because an
 * 8-byte value is folded to 4 bytes first), or several wrong rows whose
 * hash differences add up to nothing (2^-64).
 *
 * A server on a big-endian machine hashes strings differently; the tool finds
 * out by a test value and says so (load/verify.c).
 */
#ifndef BINGO_LOAD_CHECKSUM_H
#define BINGO_LOAD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "load/generate.h"

#define BINGO_CHECKSUM_FIGURES 5

/* 128 bits: the server sums bigint without overflow, and so do we. */
typedef struct BingoChecksum
{
	__int128	figure[BINGO_CHECKSUM_FIGURES];
} BingoChecksum;

/* The server's hashint4extended(), hashint8extended() and hashtextextended(). */
extern uint64_t bingo_hash_int4(int32_t value, uint64_t seed);
extern uint64_t bingo_hash_int8(int64_t value, uint64_t seed);
extern uint64_t bingo_hash_text(const char *text, size_t length, uint64_t seed);

/* Adds a row; the order of the figures is that of bingo_checksum_select(). */
extern void bingo_checksum_session(BingoChecksum *sum, const BingoSession *session);
extern void bingo_checksum_customer(BingoChecksum *sum, const BingoCustomer *customer);
extern void bingo_checksum_movie(BingoChecksum *sum, const BingoMovie *movie);

/* The select list that makes the server compute the figures of a table. */
extern const char *bingo_checksum_select(BingoTable table);

/* What a figure is, for messages. */
extern const char *bingo_checksum_name(BingoTable table, int figure);

/* Decimal text of a figure, as the server prints numeric and bigint. */
#define BINGO_CHECKSUM_TEXT_SIZE 48
extern const char *bingo_checksum_text(__int128 figure, char buffer[BINGO_CHECKSUM_TEXT_SIZE]);

#endif							/* BINGO_LOAD_CHECKSUM_H */
