/*
 * read/page.c
 *	  Rows of the window in the order of its index, many from a page at a time.
 *
 * A window is filled in the order of its index, so the index names long runs of
 * rows of one page.  An ordinary index scan locks the page, looks at the row
 * and unlocks the page for each of them.  Here, as a sequential scan does, all
 * rows of a page are looked at once: when the third row in a row comes from
 * it, or with its first row if the page before was such a run.
 *
 * Invariant: the rows are those of index_getnext_slot() with the same scan.
 * A row is given from what is known of its page only if its line pointer was
 * that of a visible row which begins a HOT chain: heap_hot_search_buffer() would
 * find the same row first.  Everything else (redirected, dead, invisible,
 * heap-only, came later) goes the ordinary way, which also marks dead index
 * entries for those who come after.
 *
 * What was seen stays true while the page is pinned: a row that the snapshot
 * sees is neither moved nor removed, and its line pointer is not used again.
 * A snapshot does not change, so a page is looked at once.
 *
 * Only snapshots without predicate locks come here (read/open.c): looking at a
 * page's rows together takes none.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "read/page.h"

/* So many rows of one page one after the other make a run. */
#define ROWS_OF_A_RUN 3

void
bingo_page_begin(BingoPageScan *pages, IndexScanDesc scan)
{
	pages->scan = scan;
	pages->last_block = InvalidBlockNumber;
	pages->in_a_row = 0;
	pages->known_rows = 0;
	pages->buffer = InvalidBuffer;
	pages->block = InvalidBlockNumber;
	pages->nitems = 0;
	if (pages->items == NULL)
		pages->items = palloc(sizeof(ItemIdData) * MaxHeapTuplesPerPage);
}

void
bingo_page_release(BingoPageScan *pages)
{
	if (BufferIsValid(pages->buffer))
		ReleaseBuffer(pages->buffer);
	pages->buffer = InvalidBuffer;
	pages->block = InvalidBlockNumber;
	pages->last_block = InvalidBlockNumber;
	pages->in_a_row = 0;
	pages->known_rows = 0;
	/* the row fetched last is pinned by the scan as well */
	if (pages->scan != NULL)
		table_index_fetch_reset(pages->scan->xs_heapfetch);
}

/* Looks at all rows of a page that somebody has pinned, and pins it as well. */
static void
know_page(BingoPageScan *pages, Buffer buffer)
{
	Relation	heap = pages->scan->heapRelation;
	Page		page = BufferGetPage(buffer);
	BlockNumber block = BufferGetBlockNumber(buffer);
	bool		all_visible;

	if (BufferIsValid(pages->buffer))
		ReleaseBuffer(pages->buffer);
	IncrBufferRefCount(buffer);
	pages->buffer = buffer;
	pages->block = block;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	/* on a standby the flag may be ahead of the snapshot: see heapgetpage() */
	all_visible = PageIsAllVisible(page) && !pages->scan->xs_snapshot->takenDuringRecovery;
	pages->nitems = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= pages->nitems; offset++)
	{
		ItemId		item = PageGetItemId(page, offset);
		ItemId		known = &pages->items[offset - 1];
		HeapTupleData tuple;

		ItemIdSetUnused(known);
		if (!ItemIdIsNormal(item))
			continue;
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		tuple.t_tableOid = RelationGetRelid(heap);
		ItemPointerSet(&tuple.t_self, block, offset);
		if (!HeapTupleIsHeapOnly(&tuple) &&
			(all_visible ||
			 HeapTupleSatisfiesVisibility(&tuple, pages->scan->xs_snapshot, buffer)))
			*known = *item;
	}
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
}

/* Gives a row of the known page, if it is a visible one. */
static inline bool
fetch_known(BingoPageScan *pages, ItemPointer tid, TupleTableSlot *slot)
{
	OffsetNumber offset = ItemPointerGetOffsetNumberNoCheck(tid);
	ItemId		item;
	HeapTuple	tuple;

	if (ItemPointerGetBlockNumberNoCheck(tid) != pages->block ||
		offset < FirstOffsetNumber || offset > pages->nitems)
		return false;
	item = &pages->items[offset - 1];
	if (!ItemIdIsNormal(item))
		return false;

	/* as heap_hot_search_buffer() does, in the slot's own memory */
	tuple = &((BufferHeapTupleTableSlot *) slot)->base.tupdata;
	tuple->t_data = (HeapTupleHeader) PageGetItem(BufferGetPage(pages->buffer), item);
	tuple->t_len = ItemIdGetLength(item);
	tuple->t_tableOid = RelationGetRelid(pages->scan->heapRelation);
	tuple->t_self = *tid;
	ExecStoreBufferHeapTuple(tuple, slot, pages->buffer);
	slot->tts_tableOid = tuple->t_tableOid;
	pages->known_rows++;
	return true;
}

/* Counts rows that come from one page; a run is worth looking at the page. */
static inline void
follow_run(BingoPageScan *pages, TupleTableSlot *slot)
{
	BlockNumber block = ItemPointerGetBlockNumber(&slot->tts_tid);

	if (block != pages->last_block)
	{
		/* behind a run another one is expected */
		pages->in_a_row = pages->known_rows + 1 >= ROWS_OF_A_RUN ? ROWS_OF_A_RUN : 1;
		pages->last_block = block;
		pages->known_rows = 0;
	}
	else
		pages->in_a_row++;
	if (pages->in_a_row == ROWS_OF_A_RUN && block != pages->block)
		know_page(pages, ((BufferHeapTupleTableSlot *) slot)->buffer);
}

bool
bingo_page_next(BingoPageScan *pages, ScanDirection direction, TupleTableSlot *slot)
{
	IndexScanDesc scan = pages->scan;
	ItemPointer tid;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	while ((tid = index_getnext_tid(scan, direction)) != NULL)
	{
		if (fetch_known(pages, tid, slot))
			return true;
		/* an MVCC snapshot sees one row of a HOT chain at most */
		if (index_fetch_heap(scan, slot))
		{
			Assert(!scan->xs_heap_continue);
			follow_run(pages, slot);
			return true;
		}
	}
	ExecClearTuple(slot);
	bingo_page_release(pages);
	return false;
}
