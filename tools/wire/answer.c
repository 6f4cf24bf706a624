/*
 * wire/answer.c
 *	  Sending a statement as bare protocol messages: see wire/answer.h.
 *
 * The reader walks from message header to message header ("Message Formats" of
 * PostgreSQL's documentation: one byte of type, four bytes of length that count
 * themselves) and looks at nothing else, so that what it costs is near to what
 * the socket costs.
 */
#include "wire/answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "options.h"

#define READ_SIZE (256 * 1024)

static void
add_bytes(WireBytes *bytes, const void *data, size_t length)
{
	if (bytes->length + length > bytes->size)
	{
		bytes->size = (bytes->length + length) * 2;
		bytes->data = realloc(bytes->data, bytes->size);
		if (!bytes->data)
		{
			bingo_client_error("53200", "Ask for fewer rows.", "out of memory");
			exit(1);
		}
	}
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

static void
add_message(WireBytes *bytes, char type, const void *body, size_t length)
{
	uint32_t	network = htonl((uint32_t) length + 4);

	add_bytes(bytes, &type, 1);
	add_bytes(bytes, &network, 4);
	add_bytes(bytes, body, length);
}

WireBytes
wire_request(const char *statement, WireProtocol protocol)
{
	WireBytes	request = {0};
	WireBytes	parse = {0};
	/* unnamed portal and statement, no parameters, one result format for all columns */
	char		bind[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, protocol == WIRE_EXTENDED_BINARY};

	if (protocol == WIRE_SIMPLE_TEXT)
	{
		add_message(&request, 'Q', statement, strlen(statement) + 1);
		return request;
	}
	add_bytes(&parse, "", 1);
	add_bytes(&parse, statement, strlen(statement) + 1);
	add_bytes(&parse, "\0\0", 2);
	add_message(&request, 'P', parse.data, parse.length);
	free(parse.data);
	add_message(&request, 'B', bind, sizeof(bind));
	add_message(&request, 'D', "P", 2);
	add_message(&request, 'E', "\0\0\0\0", 5);
	add_message(&request, 'S', "", 0);
	return request;
}

bool
wire_write(int socket, const char *data, size_t length)
{
	while (length > 0)
	{
		ssize_t		written = write(socket, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		length -= written;
	}
	return true;
}

static uint64_t
hash_bytes(uint64_t hash, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) data[i]) * UINT64_C(1099511628211);
	return hash;
}

/* Where the reader is between two messages or inside of one. */
typedef struct Walk
{
	unsigned char header[5];
	size_t		header_length;
	size_t		body_left;
	bool		ready;			/* ReadyForQuery has been read to its end */
} Walk;

/* CopyInResponse and CopyBothResponse: the server sends nothing any more until it is sent something. */
static bool
waits_for_rows(unsigned char type)
{
	return type == 'G' || type == 'W';
}

static void
walk(Walk *walk, const char *data, size_t length, WireAnswer *answer)
{
	while (length > 0)
	{
		size_t		step;

		if (walk->header_length < sizeof(walk->header))
		{
			step = sizeof(walk->header) - walk->header_length;
			step = step < length ? step : length;
			memcpy(walk->header + walk->header_length, data, step);
			walk->header_length += step;
			if (walk->header_length == sizeof(walk->header))
			{
				uint32_t	network;

				memcpy(&network, walk->header + 1, sizeof(network));
				walk->body_left = ntohl(network) - 4;
				answer->messages++;
				answer->rows += walk->header[0] == 'D';
				answer->failed |= walk->header[0] == 'E' || waits_for_rows(walk->header[0]);
			}
		}
		else
		{
			step = walk->body_left < length ? walk->body_left : length;
			walk->body_left -= step;
		}
		data += step;
		length -= step;
		if (walk->header_length == sizeof(walk->header) && walk->body_left == 0)
		{
			walk->ready = walk->header[0] == 'Z' || waits_for_rows(walk->header[0]);
			walk->header_length = 0;
		}
	}
}

bool
wire_exchange(int socket, const WireBytes *request, bool want_hash,
			  WireBytes *keep, WireAnswer *answer)
{
	static __thread char buffer[READ_SIZE];
	Walk		position = {0};

	*answer = (WireAnswer) {.hash = UINT64_C(14695981039346656037)};
	if (!wire_write(socket, request->data, request->length))
		return false;
	while (!position.ready)
	{
		ssize_t		got = read(socket, buffer, sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = ECONNRESET; /* read() has no word for a server that hung up */
		if (got <= 0)
			return false;
		answer->bytes += got;
		walk(&position, buffer, got, answer);
		if (want_hash)
			answer->hash = hash_bytes(answer->hash, buffer, got);
		if (keep)
			add_bytes(keep, buffer, got);
	}
	return true;
}
