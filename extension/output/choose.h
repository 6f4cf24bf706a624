/*
 * output/choose.h
 *	  Which encoder turns a column's values into bytes.
 *
 * Shared by output/choose.c and output/encode.c only.
 */
#ifndef BINGO_OUTPUT_CHOOSE_H
#define BINGO_OUTPUT_CHOOSE_H

#include "access/tupdesc.h"
#include "fmgr.h"

typedef enum BingoColumnEncoding
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
} BingoColumnEncoding;

typedef struct BingoColumnEncoder
{
	BingoColumnEncoding encoding;
	/* where the value is in a tuple: as in pg_attribute, the alignment in bytes */
	bool		by_value;
	int16		length;
	uint8		alignment;
	FmgrInfo	function;		/* the output or send function of the type */
} BingoColumnEncoder;

/*
 * Chooses the encoder of a column for the text or the binary format.  The look-up
 * of its output (or send) function lives in the given context.  An error if the
 * type has no such function, as in printtup().
 */
extern void bingo_encode_choose(BingoColumnEncoder *column, Form_pg_attribute attribute, bool binary,
								MemoryContext context);

#endif							/* BINGO_OUTPUT_CHOOSE_H */
