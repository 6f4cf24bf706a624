/*
 * store/fit.c
 *	  Does a row fit a window: its page, its indexes, without values out of line?
 *
 * A row that does not fit, a B-tree item above all, would be an error in the
 * midst of a commit that the plain tables would let pass.  So its size is
 * computed first: of the heap's row rather too big than too small, of an index's
 * as it will be stored.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/toast_compression.h"
#include "access/toast_internals.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "store/age.h"
#include "store/fit.h"

/* nbtree.h's BTMaxItemSize, which wants a page in some versions and none in others. */
#define MOST_INDEX_BYTES \
	(MAXALIGN_DOWN((BLCKSZ - MAXALIGN(SizeOfPageHeaderData + 3 * sizeof(ItemIdData)) - \
					MAXALIGN(sizeof(BTPageOpaqueData))) / 3) - MAXALIGN(sizeof(ItemPointerData)))
#define TOASTED_BYTES		32	/* of a value moved out of line; with alignment */

/* A value's size with alignment, out of line values and compression undone. */
static Size
raw_bytes(Form_pg_attribute column, Datum value)
{
	if (column->attlen == -1)
		return MAXALIGN(toast_raw_datum_size(value));
	if (column->attlen == -2)
		return MAXALIGN(strlen(DatumGetCString(value)) + 1);
	return MAXALIGN(column->attlen);
}

static Datum
compress(Datum plain, char method)
{
	Datum		compressed = toast_compress_datum(plain, method);

	return DatumGetPointer(compressed) ? compressed : plain;
}

/*
 * A value as index_form_tuple() puts it into an index, and no smaller than a
 * REINDEX under another default_toast_compression would: that must not fail
 * either.  It finds a value that is too long for the table's page compressed
 * there already; a shorter one may have been compressed for the index alone.
 */
static Datum
indexed_value(Form_pg_attribute column, Datum value)
{
	Datum		compressed;

	if (column->attlen != -1)
		return value;
	value = PointerGetDatum(detoast_external_attr((struct varlena *) DatumGetPointer(value)));
	if (VARATT_IS_EXTENDED(DatumGetPointer(value)) ||
		VARSIZE(DatumGetPointer(value)) <= TOAST_INDEX_TARGET ||
		(column->attstorage != TYPSTORAGE_EXTENDED && column->attstorage != TYPSTORAGE_MAIN))
		return value;

	compressed = compress(value, column->attcompression);
#ifdef USE_LZ4
	if (!CompressionMethodIsValid(column->attcompression) &&
		VARSIZE(DatumGetPointer(value)) <= TOAST_TUPLE_TARGET)
	{
		Datum		other = compress(value, default_toast_compression == TOAST_LZ4_COMPRESSION ?
									 TOAST_PGLZ_COMPRESSION : TOAST_LZ4_COMPRESSION);

		if (VARSIZE(DatumGetPointer(other)) > VARSIZE(DatumGetPointer(compressed)))
			return other;
	}
#endif
	return compressed;
}

/* The offset behind a value put at an offset: see heap_compute_data_size(). */
static Size
add_value(Form_pg_attribute column, Datum value, Size offset)
{
	if (column->attlen == -1 && column->attstorage != TYPSTORAGE_PLAIN &&
		VARATT_CAN_MAKE_SHORT(DatumGetPointer(value)))
		return offset + VARATT_CONVERTED_SHORT_SIZE(DatumGetPointer(value));
	offset = att_align_datum(offset, column->attalign, column->attlen, value);
	return att_addlength_datum(offset, column->attlen, value);
}

static bool
fits_page(TupleDesc desc, TupleTableSlot *slot)
{
	Size		size = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(desc->natts));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Size		bytes;

		if (slot->tts_isnull[i])
			continue;
		bytes = raw_bytes(column, slot->tts_values[i]);
		if (column->attlen == -1 && column->attstorage != TYPSTORAGE_PLAIN)
			bytes = Min(bytes, TOASTED_BYTES);
		size += bytes;
	}
	return size <= MaxHeapTupleSize;
}

/* The row of an index on these columns, byte by byte; but a name counts in its whole length. */
static Size
index_bytes(TupleDesc desc, const AttrNumber *attnos, int nattnos, TupleTableSlot *slot)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune index row",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	unsigned short infomask = 0;
	Size		size = 0;

	for (int i = 0; i < nattnos; i++)
	{
		int			from = attnos[i] - 1;
		Form_pg_attribute column = TupleDescAttr(desc, from);

		if (slot->tts_isnull[from])
			infomask = INDEX_NULL_MASK;
		else
			size = add_value(column, indexed_value(column, slot->tts_values[from]), size);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return MAXALIGN(IndexInfoFindDataOffset(infomask) + size);
}

/* An index on these columns of the window.  Values are compressed only if they don't fit as they are. */
static bool
fits_index(TupleDesc desc, const AttrNumber *attnos, int nattnos, TupleTableSlot *slot)
{
	Size		raw = MAXALIGN(sizeof(IndexTupleData) + sizeof(IndexAttributeBitMapData));

	for (int i = 0; i < nattnos; i++)
	{
		int			from = attnos[i] - 1;

		if (!slot->tts_isnull[from])
			raw += raw_bytes(TupleDescAttr(desc, from), slot->tts_values[from]);
	}
	return raw <= MOST_INDEX_BYTES ||
		index_bytes(desc, attnos, nattnos, slot) <= MOST_INDEX_BYTES;
}

bool
bingo_fit_relation(Relation relation, Relation *indexes, int nindexes, TupleTableSlot *slot)
{
	TupleDesc	desc = RelationGetDescr(relation);

	slot_getallattrs(slot);
	if (!fits_page(desc, slot))
		return false;
	for (int i = 0; i < nindexes; i++)
	{
		int2vector *keys = &indexes[i]->rd_index->indkey;

		if (!fits_index(desc, keys->values, keys->dim1, slot))
			return false;
	}
	return true;
}

bool
bingo_fit_definition(const BingoDefinition *definition, TupleTableSlot *slot)
{
	TupleDesc	desc = slot->tts_tupleDescriptor;
	AttrNumber	order[BINGO_MAX_KEYS + 1];
	AttrNumber	key[BINGO_MAX_KEYS];

	for (int i = 0; i < definition->nsort; i++)
		order[i] = definition->sort[i].output + 1;
	order[definition->nsort] = BINGO_COLUMN_AGE(definition->noutput);
	for (int i = 0; i < definition->ndriving; i++)
		key[i] = definition->driving[i].output + 1;
	slot_getallattrs(slot);
	return fits_page(desc, slot) &&
		fits_index(desc, order, definition->nsort + definition->counts, slot) &&
		fits_index(desc, key, definition->ndriving, slot);
}

bool
bingo_fit_may_be_toasted(TupleDesc desc, TupleTableSlot *slot)
{
	Size		size = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(desc->natts));

	for (int i = 0; i < desc->natts; i++)
	{
		if (!slot->tts_isnull[i])
			size += raw_bytes(TupleDescAttr(desc, i), slot->tts_values[i]);
	}
	return size > TOAST_TUPLE_THRESHOLD;
}
