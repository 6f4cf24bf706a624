/*
 * output/choose.c
 *	  Which encoder turns a column's values into bytes.
 *
 * Called by output/encode.c, whose head has the invariant, once for each column of
 * a result.  The choice is by the output (or send) function of the column's type,
 * looked up in the system caches; a function that is not listed here is called.
 *
 * A function belongs in the lists only if output/encode.c makes its bytes exactly,
 * or declines, for every value and under every setting.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "output/choose.h"

static BingoColumnEncoding
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

static BingoColumnEncoding
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

static uint8
alignment_in_bytes(char attalign)
{
	switch (attalign)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		default:
			Assert(attalign == TYPALIGN_DOUBLE);
			return ALIGNOF_DOUBLE;
	}
}

void
bingo_encode_choose(BingoColumnEncoder *column, Form_pg_attribute attribute, bool binary,
					MemoryContext context)
{
	Oid			function;
	bool		is_varlena;

	column->by_value = attribute->attbyval;
	column->length = attribute->attlen;
	column->alignment = alignment_in_bytes(attribute->attalign);

	if (binary)
	{
		getTypeBinaryOutputInfo(attribute->atttypid, &function, &is_varlena);
		column->encoding = choose_binary_encoding(function);
	}
	else
	{
		getTypeOutputInfo(attribute->atttypid, &function, &is_varlena);
		column->encoding = choose_text_encoding(function);
	}
	fmgr_info_cxt(function, &column->function, context);
}
