/*
 * bench/main.c
 *	  bingo_bench: measures an application's statements over libpq.
 *
 * Only the choice of the subcommand; each has its own file.
 */
#include <stdio.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/health.h"
#include "bench/load.h"
#include "bench/prove.h"
#include "bench/query.h"
#include "bench/report.h"
#include "options.h"

typedef struct Subcommand
{
	const char *name;
	int			(*run) (int argc, char **argv);
	const char *purpose;
} Subcommand;

static const Subcommand subcommands[] = {
	{"query", bench_query, "time statements one after another on one connection"},
	{"load", bench_load, "run a mix of endpoints over many connections, open or closed loop"},
	{"compare", bench_compare, "ratios of two runs, or of pairs of runs, with confidence intervals"},
	{"prove", bench_prove, "what advise() says, built in a copy and measured"},
	{"report", bench_report, "one page of results for a browser"},
	{"health", bench_health, "one page of a database's health for a browser"},
};

#define NSUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static void
print_help(void)
{
	printf("bingo_bench measures an application's statements over libpq.\n\n"
		   "Usage: bingo_bench COMMAND [OPTION]...\n\nCommands:\n");
	for (size_t i = 0; i < NSUBCOMMANDS; i++)
		printf("  %-8s %s\n", subcommands[i].name, subcommands[i].purpose);
	printf("\n\"bingo_bench COMMAND --help\" describes a command and its options,\n"
		   "\"bingo_bench --version\" prints the version.\n");
}

int
main(int argc, char **argv)
{
	bingo_options_set_program("bingo_bench");
	if (argc < 2)
		bingo_options_fail("no command given");
	if (strcmp(argv[1], "--help") == 0)
	{
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0)
	{
		bingo_options_print_version();
		return 0;
	}
	for (size_t i = 0; i < NSUBCOMMANDS; i++)
	{
		if (strcmp(argv[1], subcommands[i].name) != 0)
			continue;
		argv[1] = bingo_options_set_command(subcommands[i].name);
		return subcommands[i].run(argc - 1, argv + 1);
	}
	bingo_options_fail("unknown command \"%s\"", argv[1]);
}
