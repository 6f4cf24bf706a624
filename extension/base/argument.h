/*
 * base/argument.h
 *	  Refusing NULL where a function needs a value.
 */
#ifndef BINGO_ARGUMENT_H
#define BINGO_ARGUMENT_H

#include "fmgr.h"

/*
 * Raises an error (22004) if the argument, counted from 0, is NULL; "name" and
 * "function" are for the message.
 */
extern void bingo_require_argument(FunctionCallInfo fcinfo, int number, const char *name,
								   const char *function, const char *hint);

#endif							/* BINGO_ARGUMENT_H */
