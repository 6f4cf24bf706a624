/*
 * output/encode.h
 *	  Turns the columns of a row into the body of a DataRow message.
 */
#ifndef BINGO_OUTPUT_ENCODE_H
#define BINGO_OUTPUT_ENCODE_H

#include "executor/tuptable.h"
#include "lib/stringinfo.h"

typedef struct BingoRowEncoder BingoRowEncoder;

/*
 * Makes an encoder for rows of this descriptor.  formats[i] is 0 (text) or 1
 * (binary) for each column, NULL means all text.  It and all that it needs
 * live in the given context.
 */
extern BingoRowEncoder *bingo_encode_create(TupleDesc descriptor, const int16 *formats,
											MemoryContext context);

/* Is the encoder made for rows like this one? */
extern bool bingo_encode_fits(const BingoRowEncoder *encoder, TupleDesc descriptor);

/*
 * May rows be encoded now?  False while client_encoding asks for a conversion;
 * it can change between two rows.
 */
extern bool bingo_encode_possible(void);

/*
 * The body of the DataRow message for the slot; valid until the next call.
 * Byte for byte what printtup() would have sent.
 */
extern StringInfo bingo_encode_row(BingoRowEncoder *encoder, TupleTableSlot *slot);

#endif							/* BINGO_OUTPUT_ENCODE_H */
