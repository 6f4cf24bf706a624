/*
 * wire/answer.h
 *	  Sending a statement as bare protocol messages and counting what comes back.
 */
#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a statement is sent and in which format its columns are asked for. */
typedef enum WireProtocol
{
	WIRE_SIMPLE_TEXT,
	WIRE_EXTENDED_TEXT,
	WIRE_EXTENDED_BINARY
} WireProtocol;

typedef struct WireAnswer
{
	uint64_t	bytes;			/* up to and including ReadyForQuery */
	uint64_t	messages;
	uint64_t	rows;			/* DataRow messages */
	uint64_t	hash;			/* FNV-1a (Fowler, Noll, Vo; 64 bit) of all bytes, if asked for */
	bool		failed;			/* an ErrorResponse came */
} WireAnswer;

/* Collects an answer's bytes; size grows as needed, free(data) when done. */
typedef struct WireBytes
{
	char	   *data;
	size_t		length;
	size_t		size;
} WireBytes;

/* The request for one statement without parameters, ready to be written. */
extern WireBytes wire_request(const char *statement, WireProtocol protocol);

/*
 * Writes the request and reads until ReadyForQuery.  Nothing is parsed but
 * each message's type and length.  The hash costs time: only with want_hash.
 * Bytes are kept in "keep" unless that is NULL.  False if the connection broke.
 */
extern bool wire_exchange(int socket, const WireBytes *request, bool want_hash,
						  WireBytes *keep, WireAnswer *answer);

/* Writes everything, or returns false. */
extern bool wire_write(int socket, const char *data, size_t length);

#endif							/* WIRE_ANSWER_H */
