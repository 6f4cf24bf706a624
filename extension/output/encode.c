/*
 * output/encode.c
 *	  Turns the columns of a row into the body of a DataRow message.
 *
 * Data's way: slot -> its tuple's bytes, or slot_getallattrs() where it has no
 * heap tuple -> one encoder a column -> StringInfo.  A tuple is taken apart
 * while it is encoded: a row's values are needed only once.
 *
 * Invariant: the bytes are those that printtup() (access/common/printtup.c)
 * would have made at this moment, for every value and setting.  It is kept by
 * three rules:
 *
 * 1. An encoder is chosen (output/choose.c) by the output (or send) function that
 *	  printtup() would call, not by the type.  So domains, and types that borrow a
 *	  function of another type, need no thought, and any function that is not
 *	  listed there is simply called, as printtup() does.
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

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/compat.h"
#include "output/choose.h"
#include "output/encode.h"
#include "output/put.h"

struct BingoRowEncoder
{
	TupleDesc	descriptor;		/* only compared, never read */
	int			natts;
	BingoColumnEncoder *columns;
	StringInfoData body;
	MemoryContext row_context;
	bool		row_context_used;
};

BingoRowEncoder *
bingo_encode_create(TupleDesc descriptor, const int16 *formats, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	BingoRowEncoder *encoder = palloc(sizeof(BingoRowEncoder));

	encoder->descriptor = descriptor;
	encoder->natts = descriptor->natts;
	encoder->columns = palloc0(sizeof(BingoColumnEncoder) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
	{
		/* printtup() has refused any other format for the rows before */
		Assert(formats == NULL || formats[i] == 0 || formats[i] == 1);
		bingo_encode_choose(&encoder->columns[i], TupleDescAttr(descriptor, i),
							formats != NULL && formats[i] != 0, context);
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
	at = put_network32(at, (uint32) length);
	copy_bytes(at, bytes, length);
	return at + length;
}

/* What printtup() does, for the types, settings and values that have no encoder. */
static pg_noinline char *
append_by_function(BingoRowEncoder *encoder, BingoColumnEncoder *column, char *at, Datum value)
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
append_bytea_text(BingoRowEncoder *encoder, BingoColumnEncoder *column, char *at, Datum value)
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
	at = put_network32(at, (uint32) (2 * length + 2));
	*at++ = '\\';
	*at++ = 'x';
	return put_hex(at, (const uint8 *) VARDATA_ANY(plain), length);
}

static inline char *
append_value(BingoRowEncoder *encoder, BingoColumnEncoder *column, char *at, Datum value)
{
	char	   *start = at + sizeof(int32);
	char	   *end = NULL;

	switch (column->encoding)
	{
		case CALL_OUTPUT:
		case CALL_SEND:
			break;
		case VARLENA_BYTES:
			return append_varlena(encoder, at, value);
		case TEXT_BYTEA:
			return append_bytea_text(encoder, column, at, value);
		case TEXT_BOOL:
			*start = DatumGetBool(value) ? 't' : 'f';
			end = start + 1;
			break;
		case TEXT_INT2:
			end = put_integer(start, DatumGetInt16(value));
			break;
		case TEXT_INT4:
			end = put_integer(start, DatumGetInt32(value));
			break;
		case TEXT_INT8:
			end = put_integer(start, DatumGetInt64(value));
			break;
		case TEXT_FLOAT4:
			if (extra_float_digits > 0)
				end = start + float_to_shortest_decimal_buf(DatumGetFloat4(value), start);
			break;
		case TEXT_FLOAT8:
			if (extra_float_digits > 0)
				end = start + double_to_shortest_decimal_buf(DatumGetFloat8(value), start);
			break;
		case TEXT_DATE:
			end = put_date(start, DatumGetDateADT(value));
			break;
		case TEXT_TIMESTAMP:
			end = put_timestamp(start, DatumGetTimestamp(value));
			break;
		case TEXT_TIMESTAMPTZ:
			end = put_timestamptz(start, DatumGetTimestampTz(value));
			break;
		case TEXT_UUID:
			end = put_uuid(start, DatumGetUUIDP(value));
			break;
		case BINARY_1:
			*start = DatumGetBool(value) ? 1 : 0;
			end = start + 1;
			break;
		case BINARY_2:
			end = put_network16(start, DatumGetUInt16(value));
			break;
		case BINARY_4:
			end = put_network32(start, DatumGetUInt32(value));
			break;
		case BINARY_8:
			end = put_network64(start, DatumGetUInt64(value));
			break;
		case BINARY_UUID:
			memcpy(start, DatumGetUUIDP(value)->data, UUID_LEN);
			end = start + UUID_LEN;
			break;
	}

	if (end == NULL)
		return append_by_function(encoder, column, at, value);
	Assert(end - at <= FIXED_SPACE);
	put_network32(at, (uint32) (end - start));
	return end;
}

/* --- the values of a row --- */

/* The slot's tuple if all values can be read from it, else NULL. */
static inline HeapTupleHeader
get_whole_tuple(TupleTableSlot *slot, int natts)
{
	HeapTuple	tuple;

	if (!TTS_IS_BUFFERTUPLE(slot) && !TTS_IS_HEAPTUPLE(slot))
		return NULL;
	/* a buffer slot begins with a heap slot */
	tuple = ((HeapTupleTableSlot *) slot)->tuple;
	/* columns added to the table later are missing in older rows */
	if (tuple == NULL || HeapTupleHeaderGetNatts(tuple->t_data) < natts)
		return NULL;
	return tuple->t_data;
}

/* The next value of a tuple, as heap_deform_tuple() finds it; moves the offset behind it. */
static inline Datum
take_value(const BingoColumnEncoder *column, const char *data, uint32 *offset)
{
	const char *place;

	/* a byte that is not 0 begins a short varlena, which is not aligned */
	if (column->length != -1 || !VARATT_NOT_PAD_BYTE(data + *offset))
		*offset = TYPEALIGN(column->alignment, *offset);
	place = data + *offset;
	*offset = att_addlength_pointer(*offset, column->length, place);
	return fetch_att(place, column->by_value, column->length);
}

StringInfo
bingo_encode_row(BingoRowEncoder *encoder, TupleTableSlot *slot)
{
	StringInfo	body = &encoder->body;
	int			natts = encoder->natts;
	HeapTupleHeader tuple = get_whole_tuple(slot, natts);
	bool		tuple_has_nulls = false;
	const char *data = NULL;
	uint32		offset = 0;
	char	   *at;

	if (tuple != NULL)
	{
		tuple_has_nulls = (tuple->t_infomask & HEAP_HASNULL) != 0;
		data = (const char *) tuple + tuple->t_hoff;
	}
	else
		slot_getallattrs(slot);

	resetStringInfo(body);
	at = make_room(encoder, body->data, sizeof(uint16));
	at = put_network16(at, (uint16) natts);

	for (int i = 0; i < natts; i++)
	{
		BingoColumnEncoder *column = &encoder->columns[i];
		Datum		value;

		if (tuple != NULL ? tuple_has_nulls && att_isnull(i, tuple->t_bits) : slot->tts_isnull[i])
		{
			at = put_network32(at, (uint32) -1);
			continue;
		}
		value = tuple != NULL ? take_value(column, data, &offset) : slot->tts_values[i];
		at = append_value(encoder, column, at, value);
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
