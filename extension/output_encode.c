/*
 * output_encode.c
 *	  Turns the columns of a row into the body of a DataRow message.
 *
 * Data's way: slot -> slot_getallattrs() -> one encoder a column -> StringInfo.
 *
 * Invariant: the bytes are those that printtup() (access/common/printtup.c)
 * would have made at this moment, for every value and setting.  It is kept by
 * three rules:
 *
 * 1. An encoder is chosen by the output (or send) function that printtup()
 *	  would call, not by the type.  So domains, and types that borrow a
 *	  function of another type, need no thought, and any function that is not
 *	  listed here is simply called, as printtup() does.
 *
 * 2. An encoder whose text depends on a setting looks at that setting for each
 *	  value, because a function in the query may change it between two rows.
 *
 * 3. An encoder that meets a value outside of what it knows exactly (infinity,
 *	  BC, years over 9999, ...) declines, and the output function is called.
 *
 * Text is copied without conversion: the caller asks bingo_encode_possible()
 * before each row.
 *
 * Memory: the buffer and the function lookups live in the context given at
 * creation; what output functions and detoasting allocate is in a context of
 * its own, reset after a row that used it.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "compat.h"
#include "output_encode.h"

/*
 * No encoder of a type with a fixed length writes more than this many bytes,
 * length word included.  The longest is timestamptz in text (MAXDATELEN).
 */
#define FIXED_SPACE (4 + MAXDATELEN + 1)

/* Days from 2000-01-01 to 0001-01-01 and to 9999-12-31: what "YYYY-MM-DD" can say. */
#define FIRST_PLAIN_DAY (-730119)
#define LAST_PLAIN_DAY 2921939

typedef enum ColumnEncoding
{
	/* call the output or send function */
	CALL_OUTPUT,
	CALL_SEND,
	/* text and binary are the bytes of the varlena */
	VARLENA_BYTES,
	/* text format */
	TEXT_BOOL,
	TEXT_INT2,
	TEXT_INT4,
	TEXT_INT8,
	TEXT_FLOAT4,
	TEXT_FLOAT8,
	TEXT_DATE,
	TEXT_TIMESTAMP,
	TEXT_TIMESTAMPTZ,
	TEXT_UUID,
	TEXT_BYTEA,
	/* binary format, by width: integers, floats, dates and timestamps alike */
	BINARY_1,
	BINARY_2,
	BINARY_4,
	BINARY_8,
	BINARY_UUID
} ColumnEncoding;

typedef struct ColumnEncoder
{
	ColumnEncoding encoding;
	FmgrInfo	function;		/* the output or send function of the type */
} ColumnEncoder;

struct BingoRowEncoder
{
	TupleDesc	descriptor;		/* only compared, never read */
	int			natts;
	ColumnEncoder *columns;
	StringInfoData body;
	MemoryContext row_context;
	bool		row_context_used;
};

static ColumnEncoding
choose_text_encoding(Oid output_function)
{
	switch (output_function)
	{
		case F_BOOLOUT:
			return TEXT_BOOL;
		case F_INT2OUT:
			return TEXT_INT2;
		case F_INT4OUT:
			return TEXT_INT4;
		case F_INT8OUT:
			return TEXT_INT8;
		case F_FLOAT4OUT:
			return TEXT_FLOAT4;
		case F_FLOAT8OUT:
			return TEXT_FLOAT8;
		case F_DATE_OUT:
			return TEXT_DATE;
		case F_TIMESTAMP_OUT:
			return TEXT_TIMESTAMP;
		case F_TIMESTAMPTZ_OUT:
			return TEXT_TIMESTAMPTZ;
		case F_UUID_OUT:
			return TEXT_UUID;
		case F_BYTEAOUT:
			return TEXT_BYTEA;
		case F_TEXTOUT:
		case F_VARCHAROUT:
		case F_BPCHAROUT:
			return VARLENA_BYTES;
		default:
			return CALL_OUTPUT;
	}
}

static ColumnEncoding
choose_binary_encoding(Oid send_function)
{
	switch (send_function)
	{
		case F_BOOLSEND:
			return BINARY_1;
		case F_INT2SEND:
			return BINARY_2;
		case F_INT4SEND:
		case F_FLOAT4SEND:
		case F_DATE_SEND:
			return BINARY_4;
		case F_INT8SEND:
		case F_FLOAT8SEND:
		case F_TIMESTAMP_SEND:
		case F_TIMESTAMPTZ_SEND:
			return BINARY_8;
		case F_UUID_SEND:
			return BINARY_UUID;
		case F_TEXTSEND:
		case F_VARCHARSEND:
		case F_BPCHARSEND:
		case F_BYTEASEND:
			return VARLENA_BYTES;
		default:
			return CALL_SEND;
	}
}

BingoRowEncoder *
bingo_encode_create(TupleDesc descriptor, const int16 *formats, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	BingoRowEncoder *encoder = palloc(sizeof(BingoRowEncoder));

	encoder->descriptor = descriptor;
	encoder->natts = descriptor->natts;
	encoder->columns = palloc0(sizeof(ColumnEncoder) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
	{
		ColumnEncoder *column = &encoder->columns[i];
		Oid			type = TupleDescAttr(descriptor, i)->atttypid;
		Oid			function;
		bool		is_varlena;

		if (formats == NULL || formats[i] == 0)
		{
			getTypeOutputInfo(type, &function, &is_varlena);
			column->encoding = choose_text_encoding(function);
		}
		else
		{
			/* printtup() has refused any other format for the rows before */
			Assert(formats[i] == 1);
			getTypeBinaryOutputInfo(type, &function, &is_varlena);
			column->encoding = choose_binary_encoding(function);
		}
		fmgr_info_cxt(function, &column->function, context);
	}
	initStringInfo(&encoder->body);
	encoder->row_context = AllocSetContextCreate(context, "bingo_tune row encoder",
												 ALLOCSET_DEFAULT_SIZES);
	encoder->row_context_used = false;
	MemoryContextSwitchTo(old_context);
	return encoder;
}

bool
bingo_encode_fits(const BingoRowEncoder *encoder, TupleDesc descriptor)
{
	return encoder->descriptor == descriptor && encoder->natts == descriptor->natts;
}

bool
bingo_encode_possible(void)
{
	return pg_get_client_encoding() == GetDatabaseEncoding();
}

/* --- writing: each returns the first byte behind what it wrote --- */

static inline char *
put_length(char *at, int32 length)
{
	uint32		network = pg_hton32((uint32) length);

	memcpy(at, &network, sizeof(network));
	return at + sizeof(network);
}

static inline char *
put_two_digits(char *at, unsigned value)
{
	Assert(value < 100);
	at[0] = '0' + value / 10;
	at[1] = '0' + value % 10;
	return at + 2;
}

/*
 * "YYYY-MM-DD" for a day in [FIRST_PLAIN_DAY, LAST_PLAIN_DAY], counted from
 * 2000-01-01.  The algorithm is civil_from_days of Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms": years that begin in March, in
 * eras of 400 years (146,097 days).
 */
static inline char *
put_plain_day(char *at, int32 day)
{
	unsigned	shifted = (unsigned) (day + 730425);	/* days since 0000-03-01 */
	unsigned	era = shifted / 146097;
	unsigned	day_of_era = shifted - era * 146097;
	unsigned	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524
							   - day_of_era / 146096) / 365;
	unsigned	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned	month_from_march = (5 * day_of_year + 2) / 153;
	unsigned	day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	unsigned	month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	unsigned	year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

	at = put_two_digits(at, year / 100);
	at = put_two_digits(at, year % 100);
	*at++ = '-';
	at = put_two_digits(at, month);
	*at++ = '-';
	return put_two_digits(at, day_of_month);
}

/* "HH:MM:SS[.ffffff]" without trailing zeros, as EncodeDateTime() writes it. */
static inline char *
put_time_of_day(char *at, int64 microseconds)
{
	unsigned	second = (unsigned) (microseconds / USECS_PER_SEC);
	unsigned	fraction = (unsigned) (microseconds % USECS_PER_SEC);

	at = put_two_digits(at, second / SECS_PER_HOUR);
	*at++ = ':';
	at = put_two_digits(at, second / SECS_PER_MINUTE % MINS_PER_HOUR);
	*at++ = ':';
	at = put_two_digits(at, second % SECS_PER_MINUTE);
	if (fraction != 0)
	{
		*at++ = '.';
		at = put_two_digits(at, fraction / 10000);
		at = put_two_digits(at, fraction / 100 % 100);
		at = put_two_digits(at, fraction % 100);
		while (at[-1] == '0')
			at--;
	}
	return at;
}

static inline char *
put_hex(char *at, const uint8 *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++)
	{
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 0x0f];
	}
	return at;
}

static inline char *
put_uuid(char *at, const pg_uuid_t *uuid)
{
	at = put_hex(at, uuid->data, 4);
	*at++ = '-';
	at = put_hex(at, uuid->data + 4, 2);
	*at++ = '-';
	at = put_hex(at, uuid->data + 6, 2);
	*at++ = '-';
	at = put_hex(at, uuid->data + 8, 2);
	*at++ = '-';
	return put_hex(at, uuid->data + 10, 6);
}

/* NULL if it has to be said in another way than "YYYY-MM-DD HH:MM:SS[.ffffff]". */
static inline char *
put_timestamp(char *at, Timestamp timestamp)
{
	int64		day = timestamp / USECS_PER_DAY;
	int64		time = timestamp % USECS_PER_DAY;

	if (time < 0)
	{
		time += USECS_PER_DAY;
		day--;
	}
	/* infinity is out of this range as well */
	if (DateStyle != USE_ISO_DATES || day < FIRST_PLAIN_DAY || day > LAST_PLAIN_DAY)
		return NULL;
	at = put_plain_day(at, (int32) day);
	*at++ = ' ';
	return put_time_of_day(at, time);
}

static inline char *
put_timestamptz(char *at, TimestampTz timestamp)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;
	const char *zone_name;

	if (TIMESTAMP_NOT_FINITE(timestamp) ||
		timestamp2tm(timestamp, &zone, &tm, &fraction, &zone_name, NULL) != 0)
		return NULL;
	/* core's own formatting: the zone rules are not worth a copy */
	EncodeDateTime(&tm, fraction, true, zone, zone_name, DateStyle, at);
	return at + strlen(at);
}

/*
 * The text of a value with a fixed length, without the length word; NULL if
 * the output function has to be asked.
 */
static inline char *
put_fixed_text(char *at, ColumnEncoding encoding, Datum value)
{
	switch (encoding)
	{
		case TEXT_BOOL:
			*at = DatumGetBool(value) ? 't' : 'f';
			return at + 1;
		case TEXT_INT2:
			return at + pg_ltoa(DatumGetInt16(value), at);
		case TEXT_INT4:
			return at + pg_ltoa(DatumGetInt32(value), at);
		case TEXT_INT8:
			return at + pg_lltoa(DatumGetInt64(value), at);
		case TEXT_FLOAT4:
			if (extra_float_digits <= 0)
				return NULL;
			return at + float_to_shortest_decimal_buf(DatumGetFloat4(value), at);
		case TEXT_FLOAT8:
			if (extra_float_digits <= 0)
				return NULL;
			return at + double_to_shortest_decimal_buf(DatumGetFloat8(value), at);
		case TEXT_DATE:
			{
				DateADT		day = DatumGetDateADT(value);

				if (DateStyle != USE_ISO_DATES || day < FIRST_PLAIN_DAY || day > LAST_PLAIN_DAY)
					return NULL;
				return put_plain_day(at, day);
			}
		case TEXT_TIMESTAMP:
			return put_timestamp(at, DatumGetTimestamp(value));
		case TEXT_TIMESTAMPTZ:
			return put_timestamptz(at, DatumGetTimestampTz(value));
		case TEXT_UUID:
			return put_uuid(at, DatumGetUUIDP(value));
		default:
			return NULL;
	}
}

static inline char *
put_fixed_binary(char *at, ColumnEncoding encoding, Datum value)
{
	switch (encoding)
	{
		case BINARY_1:
			*at = DatumGetBool(value) ? 1 : 0;
			return at + 1;
		case BINARY_2:
			{
				uint16		network = pg_hton16(DatumGetUInt16(value));

				memcpy(at, &network, sizeof(network));
				return at + sizeof(network);
			}
		case BINARY_4:
			{
				uint32		network = pg_hton32(DatumGetUInt32(value));

				memcpy(at, &network, sizeof(network));
				return at + sizeof(network);
			}
		case BINARY_8:
			{
				uint64		network = pg_hton64(DatumGetUInt64(value));

				memcpy(at, &network, sizeof(network));
				return at + sizeof(network);
			}
		case BINARY_UUID:
			memcpy(at, DatumGetUUIDP(value)->data, UUID_LEN);
			return at + UUID_LEN;
		default:
			return NULL;
	}
}

/* --- appending a column, length word included --- */

/*
 * Makes room for bytes of any length; behind them stays room for the fixed
 * encodings of all columns.  Returns "at", perhaps in a new place.
 */
static inline char *
make_room(BingoRowEncoder *encoder, char *at, size_t length)
{
	StringInfo	body = &encoder->body;
	size_t		wanted = length + encoder->natts * FIXED_SPACE;

	if (unlikely(at + wanted >= body->data + body->maxlen))
	{
		body->len = at - body->data;
		enlargeStringInfo(body, wanted);
		at = body->data + body->len;
	}
	return at;
}

/* memcpy() without a call for the lengths that names and the like have. */
static inline void
copy_bytes(char *at, const char *bytes, size_t length)
{
	if (length >= 8 && length <= 16)
	{
		uint64		head;
		uint64		tail;

		/* the two may overlap */
		memcpy(&head, bytes, 8);
		memcpy(&tail, bytes + length - 8, 8);
		memcpy(at, &head, 8);
		memcpy(at + length - 8, &tail, 8);
	}
	else
		memcpy(at, bytes, length);
}

static inline char *
append_bytes(BingoRowEncoder *encoder, char *at, const char *bytes, size_t length)
{
	at = make_room(encoder, at, length);
	at = put_length(at, (int32) length);
	copy_bytes(at, bytes, length);
	return at + length;
}

/* What printtup() does, for the types, settings and values that have no encoder. */
static pg_noinline char *
append_by_function(BingoRowEncoder *encoder, ColumnEncoder *column, char *at, Datum value)
{
	MemoryContext old_context = MemoryContextSwitchTo(encoder->row_context);

	encoder->row_context_used = true;
	if (column->encoding == CALL_SEND)
	{
		bytea	   *bytes = SendFunctionCall(&column->function, value);

		at = append_bytes(encoder, at, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	}
	else
	{
		char	   *text = OutputFunctionCall(&column->function, value);

		at = append_bytes(encoder, at, text, strlen(text));
	}
	MemoryContextSwitchTo(old_context);
	return at;
}

/* A datum that is compressed or out of line is expanded into the row context. */
static inline struct varlena *
get_plain_varlena(BingoRowEncoder *encoder, Datum value)
{
	struct varlena *plain = (struct varlena *) DatumGetPointer(value);

	/* VARATT_IS_SHORT() is true of a pointer to an out-of-line value, too */
	if (VARATT_IS_COMPRESSED(plain) || VARATT_IS_EXTERNAL(plain))
	{
		MemoryContext old_context = MemoryContextSwitchTo(encoder->row_context);

		encoder->row_context_used = true;
		plain = pg_detoast_datum_packed(plain);
		MemoryContextSwitchTo(old_context);
	}
	return plain;
}

static inline char *
append_varlena(BingoRowEncoder *encoder, char *at, Datum value)
{
	struct varlena *plain = get_plain_varlena(encoder, value);

	return append_bytes(encoder, at, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

static char *
append_bytea_text(BingoRowEncoder *encoder, ColumnEncoder *column, char *at, Datum value)
{
	struct varlena *plain;
	size_t		length;

	if (bytea_output != BYTEA_OUTPUT_HEX)
		return append_by_function(encoder, column, at, value);
	plain = get_plain_varlena(encoder, value);
	length = VARSIZE_ANY_EXHDR(plain);
	/* where the text would be too long, let core say so in its own words */
	if (length >= MaxAllocSize / 4)
		return append_by_function(encoder, column, at, value);
	at = make_room(encoder, at, 2 * length + 2);
	at = put_length(at, (int32) (2 * length + 2));
	*at++ = '\\';
	*at++ = 'x';
	return put_hex(at, (const uint8 *) VARDATA_ANY(plain), length);
}

static inline char *
append_fixed(BingoRowEncoder *encoder, ColumnEncoder *column, char *at, Datum value)
{
	char	   *start = at + sizeof(int32);
	char	   *end = column->encoding < BINARY_1
		? put_fixed_text(start, column->encoding, value)
		: put_fixed_binary(start, column->encoding, value);

	if (end == NULL)
		return append_by_function(encoder, column, at, value);
	Assert(end - at <= FIXED_SPACE);
	put_length(at, (int32) (end - start));
	return end;
}

StringInfo
bingo_encode_row(BingoRowEncoder *encoder, TupleTableSlot *slot)
{
	StringInfo	body = &encoder->body;
	uint16		natts = pg_hton16((uint16) encoder->natts);
	char	   *at;

	slot_getallattrs(slot);

	resetStringInfo(body);
	enlargeStringInfo(body, sizeof(natts) + encoder->natts * FIXED_SPACE);
	at = body->data;
	memcpy(at, &natts, sizeof(natts));
	at += sizeof(natts);

	for (int i = 0; i < encoder->natts; i++)
	{
		ColumnEncoder *column = &encoder->columns[i];
		Datum		value = slot->tts_values[i];

		if (slot->tts_isnull[i])
			at = put_length(at, -1);
		else if (column->encoding == VARLENA_BYTES)
			at = append_varlena(encoder, at, value);
		else if (column->encoding == TEXT_BYTEA)
			at = append_bytea_text(encoder, column, at, value);
		else if (column->encoding == CALL_OUTPUT || column->encoding == CALL_SEND)
			at = append_by_function(encoder, column, at, value);
		else
			at = append_fixed(encoder, column, at, value);
	}
	body->len = at - body->data;
	Assert(body->len < body->maxlen);

	if (encoder->row_context_used)
	{
		MemoryContextReset(encoder->row_context);
		encoder->row_context_used = false;
	}
	return body;
}
