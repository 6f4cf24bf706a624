/*
 * load/copy.c
 *	  A table's rows, generated and sent as one binary COPY stream.
 *
 * The stream is built in a buffer of fixed size, so memory does not grow with
 * the table.  The checksum of exactly what was sent is collected on the way.
 * Format: PostgreSQL documentation, "COPY", "Binary Format".
 */
#include "load/run.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

/* One CopyData message; larger and smaller ones measured no better. */
#define STREAM_SIZE 16384
/* No row of any table is longer than this in the stream. */
#define ROW_MAX 512

typedef struct Stream
{
	PGconn	   *conn;
	size_t		used;
	char		bytes[STREAM_SIZE];
} Stream;

static inline void
put_int16(Stream *stream, int16_t value)
{
	uint16_t	wire = htobe16((uint16_t) value);

	memcpy(stream->bytes + stream->used, &wire, sizeof(wire));
	stream->used += sizeof(wire);
}

static inline void
put_int32(Stream *stream, int32_t value)
{
	uint32_t	wire = htobe32((uint32_t) value);

	memcpy(stream->bytes + stream->used, &wire, sizeof(wire));
	stream->used += sizeof(wire);
}

static inline void
put_int64(Stream *stream, int64_t value)
{
	uint64_t	wire = htobe64((uint64_t) value);

	memcpy(stream->bytes + stream->used, &wire, sizeof(wire));
	stream->used += sizeof(wire);
}

/* A field is its length in bytes and its value. */
static inline void
put_int4_field(Stream *stream, int32_t value)
{
	put_int32(stream, sizeof(value));
	put_int32(stream, value);
}

static inline void
put_int8_field(Stream *stream, int64_t value)
{
	put_int32(stream, sizeof(value));
	put_int64(stream, value);
}

static void
put_text_field(Stream *stream, const char *text)
{
	size_t		length = strlen(text);

	put_int32(stream, (int32_t) length);
	memcpy(stream->bytes + stream->used, text, length);
	stream->used += length;
}

static void
put_session(Stream *stream, const BingoGenerator *generator, uint64_t row, BingoChecksum *sum)
{
	BingoSession session;

	bingo_generate_session(generator, row, &session);
	bingo_checksum_session(sum, &session);
	put_int16(stream, 4);
	put_int8_field(stream, session.id);
	put_int8_field(stream, session.start_time);
	put_int4_field(stream, session.customer_id);
	put_int4_field(stream, session.movie_id);
}

static void
put_customer(Stream *stream, const BingoGenerator *generator, uint64_t row, BingoChecksum *sum)
{
	BingoCustomer customer;

	bingo_generate_customer(generator, row, &customer);
	bingo_checksum_customer(sum, &customer);
	put_int16(stream, 5);
	put_int4_field(stream, customer.id);
	put_text_field(stream, customer.name);
	put_text_field(stream, customer.surname);
	put_int4_field(stream, customer.birthday);
	put_text_field(stream, customer.email);
}

static void
put_movie(Stream *stream, const BingoGenerator *generator, uint64_t row, BingoChecksum *sum)
{
	BingoMovie	movie;

	bingo_generate_movie(generator, row, &movie);
	bingo_checksum_movie(sum, &movie);
	put_int16(stream, 4);
	put_int4_field(stream, movie.id);
	put_text_field(stream, movie.name);
	put_int4_field(stream, movie.year);
	put_int4_field(stream, movie.duration);
}

static inline void
put_row(Stream *stream, const BingoGenerator *generator, BingoTable table, uint64_t row, BingoChecksum *sum)
{
	if (table == BINGO_SESSIONS)
		put_session(stream, generator, row, sum);
	else if (table == BINGO_CUSTOMERS)
		put_customer(stream, generator, row, sum);
	else
		put_movie(stream, generator, row, sum);
}

static bool
send_stream(Stream *stream)
{
	bool		sent = PQputCopyData(stream->conn, stream->bytes, (int) stream->used) == 1;

	stream->used = 0;
	return sent;
}

/* Sends every row; false as soon as the connection fails or another worker has failed. */
static bool
send_rows(BingoLoadRun *run, Stream *stream, BingoLoadTable *table)
{
	uint64_t	rows = run->generator.rows[table->table];

	/* Signature, flags, length of the header's extension. */
	memcpy(stream->bytes, "PGCOPY\n\377\r\n\0", 11);
	stream->used = 11;
	put_int32(stream, 0);
	put_int32(stream, 0);

	for (uint64_t row = 1; row <= rows; row++)
	{
		size_t		before = stream->used;

		put_row(stream, &run->generator, table->table, row, &table->expected);
		assert(stream->used - before <= ROW_MAX);
		(void) before;
		if (stream->used > STREAM_SIZE - ROW_MAX)
		{
			if (atomic_load(&run->failed) || !send_stream(stream))
				return false;
			atomic_store(&table->copied, row);
		}
	}
	put_int16(stream, -1);
	if (!send_stream(stream))
		return false;
	atomic_store(&table->copied, rows);
	return true;
}

/*
 * Runs COPY for a table that this transaction has created.  Returns false
 * after reporting an error, or silently when another worker has failed.
 */
bool
bingo_load_copy(BingoLoadRun *run, PGconn *conn, BingoLoadTable *table)
{
	const char *name = bingo_load_table_names[table->table];
	Stream		stream = {.conn = conn};
	char		what[64];
	char		sql[256];
	PGresult   *result;
	bool		sent;
	bool		done;

	snprintf(what, sizeof(what), "could not load table %s", name);
	snprintf(sql, sizeof(sql), "COPY %s.%s FROM STDIN (FORMAT binary, FREEZE)", run->schema, name);
	result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_COPY_IN)
	{
		if (bingo_load_stop(run))
			bingo_client_report(what, conn, result);
		PQclear(result);
		return false;
	}
	PQclear(result);

	sent = send_rows(run, &stream, table);
	PQputCopyEnd(conn, sent ? NULL : "the load was given up");

	/* The server's own error, if it sent one, says more than the failed write. */
	result = PQgetResult(conn);
	done = sent && PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!done && bingo_load_stop(run))
		bingo_client_report(what, conn, result);
	PQclear(result);
	while ((result = PQgetResult(conn)) != NULL)
		PQclear(result);
	return done;
}
