/*
 * options.h
 *	  Command line arguments of the client tools.
 *
 * A wrong command line ends the tool with exit status 2 and a message that
 * names the option, the value and what is allowed.
 */
#ifndef BINGO_OPTIONS_H
#define BINGO_OPTIONS_H

#include <stdint.h>

/* The tool's name as messages show it; set first thing in main(). */
extern void bingo_options_set_program(const char *program);
extern const char *bingo_options_program(void);

/*
 * The subcommand whose help a wrong command line points to; NULL, as at first: the tool's own.  Returns what getopt is
 * to name in its messages, as argv[0].
 */
extern char *bingo_options_set_command(const char *command);

/* Prints the tool's name and version, as --version shall. */
extern void bingo_options_print_version(void);

/*
 * Where a file or folder of bench/ is: there, in a clone, else where it was installed.
 * The answer stands until the next call.
 */
extern const char *bingo_options_share(const char *name);

/* Prints "program: message" and "Try ... --help" on stderr; exits with 2. */
extern void bingo_options_fail(const char *format,...)
			__attribute__((format(printf, 1, 2), noreturn));

/* A whole number / a finite number within [min, max], else bingo_options_fail. */
extern int64_t bingo_options_integer(const char *option, const char *text, int64_t min, int64_t max);
extern double bingo_options_number(const char *option, const char *text, double min, double max);

#endif							/* BINGO_OPTIONS_H */
