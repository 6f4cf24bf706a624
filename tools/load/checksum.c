/*
 * load/checksum.c
 *	  The generator's side of the verification: see load/checksum.h.
 */
#include "load/checksum.h"

#include <string.h>

typedef struct JenkinsState
{
	uint32_t	a;
	uint32_t	b;
	uint32_t	c;
} JenkinsState;

static inline uint32_t
rotate(uint32_t x, int bits)
{
	return (x << bits) | (x >> (32 - bits));
}

/* lookup3's mix(): six rounds of subtract, rotate, add. */
static inline void
mix(JenkinsState *s)
{
	s->a -= s->c;	s->a ^= rotate(s->c, 4);	s->c += s->b;
	s->b -= s->a;	s->b ^= rotate(s->a, 6);	s->a += s->c;
	s->c -= s->b;	s->c ^= rotate(s->b, 8);	s->b += s->a;
	s->a -= s->c;	s->a ^= rotate(s->c, 16);	s->c += s->b;
	s->b -= s->a;	s->b ^= rotate(s->a, 19);	s->a += s->c;
	s->c -= s->b;	s->c ^= rotate(s->b, 4);	s->b += s->a;
}

/* lookup3's final(). */
static inline void
finish(JenkinsState *s)
{
	s->c ^= s->b;	s->c -= rotate(s->b, 14);
	s->a ^= s->c;	s->a -= rotate(s->c, 11);
	s->b ^= s->a;	s->b -= rotate(s->a, 25);
	s->c ^= s->b;	s->c -= rotate(s->b, 16);
	s->a ^= s->c;	s->a -= rotate(s->c, 4);
	s->b ^= s->a;	s->b -= rotate(s->a, 14);
	s->c ^= s->b;	s->c -= rotate(s->b, 24);
}

/* The seed counts as a first block, unless it is zero. */
static inline JenkinsState
start(uint32_t length, uint64_t seed)
{
	uint32_t	initial = UINT32_C(0x9e3779b9) + length + 3923095;
	JenkinsState s = {initial, initial, initial};

	if (seed != 0)
	{
		s.a += (uint32_t) (seed >> 32);
		s.b += (uint32_t) seed;
		mix(&s);
	}
	return s;
}

uint64_t
bingo_hash_int4(int32_t value, uint64_t seed)
{
	JenkinsState s = start(sizeof(value), seed);

	s.a += (uint32_t) value;
	finish(&s);
	return (uint64_t) s.b << 32 | s.c;
}

uint64_t
bingo_hash_int8(int64_t value, uint64_t seed)
{
	uint32_t	low = (uint32_t) value;
	uint32_t	high = (uint32_t) ((uint64_t) value >> 32);

	/* So that a bigint hashes like the equal integer. */
	return bingo_hash_int4((int32_t) (low ^ (value >= 0 ? high : ~high)), seed);
}

static inline uint32_t
little_endian(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24;
}

uint64_t
bingo_hash_text(const char *text, size_t length, uint64_t seed)
{
	const unsigned char *bytes = (const unsigned char *) text;
	JenkinsState s = start((uint32_t) length, seed);
	unsigned char rest[12] = {0};

	for (; length >= 12; length -= 12, bytes += 12)
	{
		s.a += little_endian(bytes);
		s.b += little_endian(bytes + 4);
		s.c += little_endian(bytes + 8);
		mix(&s);
	}
	/* The lowest byte of c belongs to the length: what is left starts one byte up. */
	memcpy(rest, bytes, length);
	s.a += little_endian(rest);
	s.b += little_endian(rest + 4);
	s.c += little_endian(rest + 8) << 8;
	finish(&s);
	return (uint64_t) s.b << 32 | s.c;
}

void
bingo_checksum_session(BingoChecksum *sum, const BingoSession *session)
{
	uint64_t	hash = bingo_hash_int4(session->movie_id, 0);

	hash = bingo_hash_int4(session->customer_id, hash);
	hash = bingo_hash_int8(session->start_time, hash);
	hash = bingo_hash_int8(session->id, hash);
	sum->figure[0] += 1;
	sum->figure[1] += session->id;
	sum->figure[2] += session->customer_id;
	sum->figure[3] += session->movie_id;
	sum->figure[4] += (int64_t) hash;
}

void
bingo_checksum_customer(BingoChecksum *sum, const BingoCustomer *customer)
{
	size_t		name_length = strlen(customer->name);
	size_t		surname_length = strlen(customer->surname);
	size_t		email_length = strlen(customer->email);
	uint64_t	hash = bingo_hash_text(customer->email, email_length, 0);

	hash = bingo_hash_int4(customer->birthday, hash);
	hash = bingo_hash_text(customer->surname, surname_length, hash);
	hash = bingo_hash_text(customer->name, name_length, hash);
	hash = bingo_hash_int4(customer->id, hash);
	sum->figure[0] += 1;
	sum->figure[1] += customer->id;
	sum->figure[2] += customer->birthday;
	sum->figure[3] += name_length + surname_length + email_length;
	sum->figure[4] += (int64_t) hash;
}

void
bingo_checksum_movie(BingoChecksum *sum, const BingoMovie *movie)
{
	uint64_t	hash = bingo_hash_int4(movie->duration, 0);

	hash = bingo_hash_int4(movie->year, hash);
	hash = bingo_hash_text(movie->name, strlen(movie->name), hash);
	hash = bingo_hash_int4(movie->id, hash);
	sum->figure[0] += 1;
	sum->figure[1] += movie->id;
	sum->figure[2] += movie->year;
	sum->figure[3] += movie->duration;
	sum->figure[4] += (int64_t) hash;
}

const char *
bingo_checksum_select(BingoTable table)
{
	static const char *const lists[BINGO_TABLES] = {
		[BINGO_SESSIONS] =
		"count(*), sum(id), sum(customer_id), sum(movie_id), "
		"sum(hashint8extended(id, timestamp_hash_extended(start_time, "
		"hashint4extended(customer_id, hashint4extended(movie_id, 0)))))",
		[BINGO_CUSTOMERS] =
		"count(*), sum(id), sum(birthday - date '2000-01-01'), "
		"sum(octet_length(name) + octet_length(surname) + octet_length(email)), "
		"sum(hashint4extended(id, hashtextextended(name COLLATE \"C\", "
		"hashtextextended(surname COLLATE \"C\", hashint4extended(birthday - date '2000-01-01', "
		"hashtextextended(email COLLATE \"C\", 0))))))",
		[BINGO_MOVIES] =
		"count(*), sum(id), sum(year), sum(duration), "
		"sum(hashint4extended(id, hashtextextended(name COLLATE \"C\", "
		"hashint4extended(year, hashint4extended(duration, 0)))))",
	};

	return lists[table];
}

const char *
bingo_checksum_name(BingoTable table, int figure)
{
	static const char *const names[BINGO_TABLES][BINGO_CHECKSUM_FIGURES] = {
		[BINGO_SESSIONS] = {"number of rows", "sum of id", "sum of customer_id", "sum of movie_id", "hash"},
		[BINGO_CUSTOMERS] = {"number of rows", "sum of id", "sum of birthday", "bytes of text", "hash"},
		[BINGO_MOVIES] = {"number of rows", "sum of id", "sum of year", "sum of duration", "hash"},
	};

	return names[table][figure];
}

const char *
bingo_checksum_text(__int128 figure, char buffer[BINGO_CHECKSUM_TEXT_SIZE])
{
	unsigned __int128 rest = figure < 0 ? -(unsigned __int128) figure : (unsigned __int128) figure;
	int			start = BINGO_CHECKSUM_TEXT_SIZE - 1;

	buffer[start] = '\0';
	do
	{
		buffer[--start] = '0' + (char) (rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (figure < 0)
		buffer[--start] = '-';
	return &buffer[start];
}
