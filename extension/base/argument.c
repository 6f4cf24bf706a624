/*
 * base/argument.c
 *	  Refusing NULL where a function needs a value: see base/argument.h.
 *
 * A STRICT function answers NULL, or no row, to a name that a script has failed to
 * find, and whoever reads "drop_ordering" with an empty line below believes that it
 * is dropped.  So what does something, or reports on something, is called with NULL
 * too, and asks here.  What reckons with values (quantile() and the like) stays
 * STRICT: there NULL is an unknown value, as everywhere in SQL.
 *
 * Functions of version 1.0 were STRICT, and are until ALTER EXTENSION UPDATE has run:
 * then NULL doesn't come here.
 */
#include "postgres.h"

#include "base/argument.h"

void
bingo_require_argument(FunctionCallInfo fcinfo, int number, const char *name,
					   const char *function, const char *hint)
{
	if (!PG_ARGISNULL(number))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" of %s must not be NULL", name, function),
			 errhint("%s", hint)));
}
