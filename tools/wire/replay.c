/*
 * wire/replay.c
 *	  bingo_wire replay: a server that sends a recorded answer.
 *
 * It shows the floor that a client can reach: whatever it asks, the bytes of
 * one answer, recorded from a real server at the start, are written to its
 * socket from memory, without any work.
 *
 * Data's way: connect to the real server -> wire_exchange() keeps the answer's
 * bytes -> listen on a Unix-domain socket of the usual name -> for each
 * connection a thread: start-up handshake without authentication, then the
 * recorded bytes for each Query or Sync message.
 */
#include "wire/replay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "options.h"
#include "wire/answer.h"

static WireBytes answer_bytes;
static char handshake[512];
static size_t handshake_length;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void
add_handshake(char type, const char *body, size_t length)
{
	uint32_t	network = htonl((uint32_t) length + 4);

	handshake[handshake_length] = type;
	memcpy(handshake + handshake_length + 1, &network, 4);
	memcpy(handshake + handshake_length + 5, body, length);
	handshake_length += length + 5;
}

static void
make_handshake(void)
{
	static const char version[] = "server_version\00015.0";
	static const char encoding[] = "client_encoding\0UTF8";
	static const char conforming[] = "standard_conforming_strings\0on";

	add_handshake('R', "\0\0\0\0", 4);
	add_handshake('S', version, sizeof(version));
	add_handshake('S', encoding, sizeof(encoding));
	add_handshake('S', conforming, sizeof(conforming));
	add_handshake('K', "\0\0\0\1\0\0\0\1", 8);
	add_handshake('Z', "I", 1);
}

static bool
read_exactly(int socket, char *data, size_t length)
{
	while (length > 0)
	{
		ssize_t		got = read(socket, data, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		data += got;
		length -= got;
	}
	return true;
}

/* Reads one message of at most "size" bytes; false at the end of the connection. */
static bool
read_message(int socket, bool has_type, char *type, char *body, size_t size, size_t *length)
{
	uint32_t	network;

	if (has_type && !read_exactly(socket, type, 1))
		return false;
	if (!read_exactly(socket, (char *) &network, 4))
		return false;
	*length = ntohl(network) - 4;
	return *length <= size && read_exactly(socket, body, *length);
}

static void *
serve(void *argument)
{
	int			socket = (int) (intptr_t) argument;
	char		body[16 * 1024];
	char		type = 0;
	size_t		length;
	bool		good = read_message(socket, false, &type, body, sizeof(body), &length);

	/* an SSLRequest or GSSENCRequest has a body of four bytes: no, and again */
	while (good && length == 4)
		good = wire_write(socket, "N", 1) &&
			read_message(socket, false, &type, body, sizeof(body), &length);
	good = good && wire_write(socket, handshake, handshake_length);
	while (good && read_message(socket, true, &type, body, sizeof(body), &length) && type != 'X')
		if (type == 'Q' || type == 'S')
			good = wire_write(socket, answer_bytes.data, answer_bytes.length);
	close(socket);
	return NULL;
}

static bool
record(const char *conninfo, const char *statement, WireProtocol protocol)
{
	PGconn	   *conn = bingo_client_connect(conninfo);
	WireBytes	request = wire_request(statement, protocol);
	WireAnswer	answer;
	bool		good;

	if (!conn)
		return false;
	if (PQsslInUse(conn))
		bingo_options_fail("a raw client can't read what is encrypted: use sslmode=disable");
	fcntl(PQsocket(conn), F_SETFL, fcntl(PQsocket(conn), F_GETFL) & ~O_NONBLOCK);
	good = wire_exchange(PQsocket(conn), &request, false, &answer_bytes, &answer) && !answer.failed;
	if (!good)
		fprintf(stderr, "%s: could not record the answer\nHINT: Run the statement with psql to see why.\n",
				bingo_options_program());
	PQfinish(conn);
	return good;
}

static void
remove_socket_and_exit(int signal_number)
{
	unlink(address.sun_path);
	_exit(0);
}

static int
listen_on(const char *directory, int port)
{
	int			listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%d", directory, port)
		>= (int) sizeof(address.sun_path))
		bingo_options_fail("--listen has too long a directory for a socket");
	/* A server of somebody's would not be found any more; the socket of one that is gone is in the way. */
	if (listener >= 0 && connect(listener, (struct sockaddr *) &address, sizeof(address)) == 0)
	{
		close(listener);
		bingo_client_error("55006", "Choose another --port or --listen.", "a server listens on \"%s\"", address.sun_path);
		return -1;
	}
	if (errno == ECONNREFUSED)
		unlink(address.sun_path);
	if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof(address)) < 0 ||
		listen(listener, 100) < 0)
	{
		bingo_client_error("58030", "Give --listen a directory that is there and that this user may write to.",
						   "could not listen on \"%s\": %s", address.sun_path, strerror(errno));
		return -1;
	}
	signal(SIGTERM, remove_socket_and_exit);
	signal(SIGINT, remove_socket_and_exit);
	signal(SIGPIPE, SIG_IGN);
	return listener;
}

int
wire_replay(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"dbname", required_argument, NULL, 'd'},
		{"listen", required_argument, NULL, 'l'},
		{"port", required_argument, NULL, 'p'},
		{"binary", no_argument, NULL, 'b'},
		{"extended", no_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}
	};
	const char *conninfo = NULL;
	const char *directory = NULL;
	int			port = 5432;
	WireProtocol protocol = WIRE_SIMPLE_TEXT;
	int			listener;
	int			option;

	while ((option = getopt_long(argc, argv, "d:", long_options, NULL)) != -1)
		switch (option)
		{
			case 'd':
				conninfo = optarg;
				break;
			case 'l':
				directory = optarg;
				break;
			case 'p':
				port = (int) bingo_options_integer("--port", optarg, 1, 65535);
				break;
			case 'b':
				protocol = WIRE_EXTENDED_BINARY;
				break;
			case 'e':
				protocol = WIRE_EXTENDED_TEXT;
				break;
			case 'h':
				printf("bingo_wire replay records the answer to a statement and serves it from memory.\n\n"
					   "Usage: bingo_wire replay [OPTION]... --listen=DIRECTORY STATEMENT\n\n"
					   "  -d, --dbname=CONNINFO   the real server (default: libpq's environment)\n"
					   "      --listen=DIRECTORY  makes the socket .s.PGSQL.PORT there\n"
					   "      --port=N            (default 5432)\n"
					   "      --extended          record the extended protocol's answer, text results\n"
					   "      --binary            the same with binary results\n"
					   "      --help              this text\n\n"
					   "It prints \"ready\" when it listens and runs until SIGTERM or SIGINT.\n");
				return 0;
			default:
				bingo_options_fail("unknown or incomplete option");
		}
	if (optind != argc - 1 || !directory)
		bingo_options_fail("--listen and exactly one statement must be given");
	if (!record(conninfo, argv[optind], protocol))
		return 1;
	make_handshake();
	listener = listen_on(directory, port);
	if (listener < 0)
		return 1;
	printf("ready: %zu bytes\n", answer_bytes.length);
	fflush(stdout);
	for (;;)
	{
		int			client = accept(listener, NULL, NULL);
		pthread_t	thread;

		if (client >= 0 && pthread_create(&thread, NULL, serve, (void *) (intptr_t) client) == 0)
			pthread_detach(thread);
		else if (client >= 0)
			close(client);
	}
}
