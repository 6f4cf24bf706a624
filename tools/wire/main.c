/*
 * wire/main.c
 *	  bingo_wire: measures how fast a large answer reaches a client.
 *
 * Only the choice of the subcommand; each has its own file.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "wire/read.h"
#include "wire/replay.h"

int
main(int argc, char **argv)
{
	bingo_options_set_program("bingo_wire");
	if (argc < 2)
		bingo_options_fail("no command given");
	if (strcmp(argv[1], "read") == 0 || strcmp(argv[1], "replay") == 0)
	{
		bool		read = argv[1][2] == 'a';

		argv[1] = bingo_options_set_command(argv[1]);
		return read ? wire_read(argc - 1, argv + 1) : wire_replay(argc - 1, argv + 1);
	}
	if (strcmp(argv[1], "--version") == 0)
	{
		bingo_options_print_version();
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0)
	{
		printf("bingo_wire measures how fast a large answer reaches a client.\n\n"
			   "Usage: bingo_wire COMMAND [OPTION]...\n\nCommands:\n"
			   "  read     time a statement until its last byte has been read\n"
			   "  replay   serve a recorded answer without any work: a client's floor\n"
			   "\n\"bingo_wire COMMAND --help\" describes a command and its options,\n"
			   "\"bingo_wire --version\" prints the version.\n");
		return 0;
	}
	bingo_options_fail("unknown command \"%s\"", argv[1]);
}
