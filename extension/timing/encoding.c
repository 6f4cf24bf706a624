/*
 * timing/encoding.c
 *	  Texts that were written in another database, shown in this one.
 *
 * Statements and their actions are kept as the bytes that their database used.  All
 * databases of the server are shown together, so a text may be in another encoding,
 * and may have characters that this one's does not.  One such text must not keep
 * anybody from reading the others: it is shown as far as this encoding goes, each byte
 * of what remains as \xHH, and no more than a megabyte of it.
 *
 * Not while the store is locked: conversions are looked up in the catalogs.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "timing/timing.h"

/* In bytes: escaping makes up to four times of it. */
#define LONGEST_SHOWN	(1024 * 1024)

/* SQL_ASCII, that is, anything, if the database has been dropped. */
static int
encoding_of(Oid dbid)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(dbid));
	int			encoding = PG_SQL_ASCII;

	if (HeapTupleIsValid(tuple))
	{
		encoding = ((Form_pg_database) GETSTRUCT(tuple))->encoding;
		ReleaseSysCache(tuple);
	}
	return encoding;
}

typedef struct Conversion
{
	int			source;			/* encoding */
	Oid			function;		/* from there to this database's, if there is one */
	char	   *buffer;
	int			space;
} Conversion;

/* Adds what can be shown from the start of a text; returns the bytes that this used up. */
static int
append_shown(StringInfo shown, const Conversion *conversion, const char *bytes, int length)
{
	int			used;

	if (conversion->source == GetDatabaseEncoding() || conversion->source == PG_SQL_ASCII)
	{
		used = pg_encoding_verifymbstr(GetDatabaseEncoding(), bytes, length);
		appendBinaryStringInfo(shown, bytes, used);
	}
	else if (OidIsValid(conversion->function))
	{
		used = pg_do_encoding_conversion_buf(conversion->function, conversion->source, GetDatabaseEncoding(),
											 (unsigned char *) bytes, length,
											 (unsigned char *) conversion->buffer, conversion->space, true);
		appendStringInfoString(shown, conversion->buffer);
	}
	else
	{
		for (used = 0; used < length && !IS_HIGHBIT_SET(bytes[used]); used++)
			 /* every encoding of a server has ASCII */ ;
		appendBinaryStringInfo(shown, bytes, used);
	}
	return used;
}

static void
append_escaped(StringInfo shown, const char *bytes, int length)
{
	for (int i = 0; i < length; i++)
		appendStringInfo(shown, "\\x%02x", (unsigned char) bytes[i]);
}

bool
bingo_timing_is_foreign(Oid dbid, const char *bytes, int length)
{
	if (dbid == MyDatabaseId)
		return false;
	for (int i = 0; i < length; i++)
	{
		if (IS_HIGHBIT_SET(bytes[i]))
			return true;
	}
	return false;
}

text *
bingo_timing_show(Oid dbid, const char *bytes, int length)
{
	Conversion	conversion = {.source = encoding_of(dbid)};
	StringInfoData shown;

	length = pg_encoding_mbcliplen(conversion.source, bytes, length, LONGEST_SHOWN);
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		return cstring_to_text_with_len(bytes, length);
	if (conversion.source != GetDatabaseEncoding() && conversion.source != PG_SQL_ASCII)
		conversion.function = FindDefaultConversionProc(conversion.source, GetDatabaseEncoding());
	conversion.space = length * MAX_CONVERSION_GROWTH + 1;
	conversion.buffer = palloc(conversion.space);
	initStringInfo(&shown);
	while (length > 0)
	{
		int			used = append_shown(&shown, &conversion, bytes, length);

		CHECK_FOR_INTERRUPTS();
		bytes += used;
		length -= used;
		if (length > 0)
		{
			int			character = Min(pg_encoding_mblen(conversion.source, bytes), length);

			append_escaped(&shown, bytes, character);
			bytes += character;
			length -= character;
		}
	}
	pfree(conversion.buffer);
	return cstring_to_text_with_len(shown.data, shown.len);
}
