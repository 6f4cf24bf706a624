/*
 * output/receiver.c
 *	  Sends the rows of large answers to the client by the row encoder.
 *
 * Data's way: executor -> slot -> this receiver -> output/encode.c -> one
 * DataRow message -> the backend's own send buffer.  Only the making of the
 * message is new: RowDescription, CommandComplete, LIMIT, row counts and
 * everything else around the rows stay PostgreSQL's.
 *
 * When: ExecutorRun puts this receiver before the client's, for the time of
 * that one call, if bingo_tune.fast_output asks for it and the rows of a
 * forward SELECT that is to run to its end go straight to the client.  A
 * receiver that somebody else wrapped around the client's is left alone: it
 * wants to see the rows.
 *
 * Invariant: the bytes sent, and their order, are those of the standard
 * receiver.  The first rows of each answer go through it, so that a short
 * answer costs nothing here; later rows do so whenever the encoder can't be
 * exact (client_encoding).  Messages go through pq_putmessage() like
 * everybody's, so a NOTICE or an error in mid-result keeps its place, and
 * cancel, timeouts and lost connections are handled where they always were.
 *
 * Memory: everything is in a context below the query's, deleted by the
 * executor's end at the latest; the wrapped pointer in the QueryDesc is put
 * back on every way out, because the portal uses it again.
 */
#include "postgres.h"

#include "access/printtup.h"
#include "executor/executor.h"
#include "libpq/libpq.h"
#include "nodes/extensible.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "base/compat.h"
#include "base/guc.h"
#include "output/count.h"
#include "output/encode.h"
#include "output/receiver.h"

/* The node of an ordered scan, as EXPLAIN names it. */
#define ORDERED_SCAN_NAME "BingoOrderedScan"

/* So many rows of each answer go through the standard receiver first. */
#define STANDARD_ROWS 16

/*
 * The send buffer grows from 8 kB to this, for good, in a backend that sends a
 * large answer: fewer system calls and wake-ups of the client.  Above the
 * usual socket buffer (208 kB) sending and receiving would no longer overlap.
 */
#define SEND_BUFFER_SIZE (64 * 1024)

/* A longer message does not make it grow: it would hold as much for the whole session. */
#define LONGEST_MESSAGE (512 * 1024)

typedef struct OutputReceiver
{
	DestReceiver pub;
	DestReceiver *standard;		/* what this one stands before */
	const int16 *formats;		/* of the portal; NULL = all text */
	MemoryContext context;
	BingoRowEncoder *encoder;	/* NULL until the first row that is encoded */
	uint64		rows;			/* received so far in this call of ExecutorRun */
	uint64		encoded;		/* those of them that were encoded here */
	size_t		pending;		/* bytes that made the send buffer grow */
} OutputReceiver;

static ExecutorRun_hook_type prev_ExecutorRun = NULL;

/* The function by which the standard receiver can be known; found once. */
static bool (*standard_receive_slot) (TupleTableSlot *slot, DestReceiver *self) = NULL;

/*
 * Sends a DataRow message.  The size of the backend's send buffer is private to
 * pqcomm.c, but putmessage_noblock() makes room instead of sending, and the
 * room stays: the first answer that is large enough is begun in that way.
 */
static void
send_row(OutputReceiver *receiver, StringInfo body)
{
	static bool buffer_has_grown = false;

	if (buffer_has_grown || body->len > LONGEST_MESSAGE)
	{
		(void) pq_putmessage('D', body->data, body->len);
		receiver->pending = 0;	/* what the buffer held has been sent with it */
		return;
	}
	pq_putmessage_noblock('D', body->data, body->len);
	receiver->pending += body->len + 5;
	if (receiver->pending >= SEND_BUFFER_SIZE)
		buffer_has_grown = true;
}

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
	OutputReceiver *receiver = (OutputReceiver *) self;
	TupleDesc	descriptor = slot->tts_tupleDescriptor;

	if (receiver->rows++ < STANDARD_ROWS || !bingo_encode_possible())
		return receiver->standard->receiveSlot(slot, receiver->standard);

	if (receiver->encoder == NULL || !bingo_encode_fits(receiver->encoder, descriptor))
	{
		MemoryContextReset(receiver->context);
		receiver->encoder = bingo_encode_create(descriptor, receiver->formats, receiver->context);
	}
	receiver->encoded++;
	send_row(receiver, bingo_encode_row(receiver->encoder, slot));
	return true;
}

static void
start(DestReceiver *self, int operation, TupleDesc descriptor)
{
	OutputReceiver *receiver = (OutputReceiver *) self;

	receiver->standard->rStartup(receiver->standard, operation, descriptor);
}

static void
shut_down(DestReceiver *self)
{
	OutputReceiver *receiver = (OutputReceiver *) self;

	receiver->standard->rShutdown(receiver->standard);
}

static void
destroy(DestReceiver *self)
{
	/* never handed out: the portal destroys the standard receiver */
}

/* Is the plan an ordered scan, below nothing but nodes that pass rows on? */
static bool
is_ordered_scan(Plan *plan)
{
	while (plan != NULL && (IsA(plan, Limit) || IsA(plan, Result)))
		plan = plan->lefttree;
	return plan != NULL && IsA(plan, CustomScan) &&
		strcmp(((CustomScan *) plan)->methods->CustomName, ORDERED_SCAN_NAME) == 0;
}

/* Shall, and can, the rows of this call of ExecutorRun be encoded here? */
static bool
is_wanted(QueryDesc *query_desc, ScanDirection direction, uint64 count)
{
	DestReceiver *dest = query_desc->dest;

	if (bingo_fast_output == BINGO_FAST_OUTPUT_OFF)
		return false;
	if (dest->mydest != DestRemote && dest->mydest != DestRemoteExecute)
		return false;
	if (query_desc->operation != CMD_SELECT || !ScanDirectionIsForward(direction) || count != 0)
		return false;
	if (bingo_fast_output == BINGO_FAST_OUTPUT_ORDERINGS &&
		!is_ordered_scan(query_desc->plannedstmt->planTree))
		return false;

	/* the formats are known only for the query that the portal itself runs */
	if (ActivePortal == NULL || ActivePortal->queryDesc != query_desc)
		return false;

	if (standard_receive_slot == NULL)
	{
		DestReceiver *standard = printtup_create_DR(DestRemote);

		standard_receive_slot = standard->receiveSlot;
		standard->rDestroy(standard);
	}
	return dest->receiveSlot == standard_receive_slot;
}

static void
run_next(BINGO_EXECUTOR_RUN_PARAMETERS)
{
	if (prev_ExecutorRun)
		prev_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
	else
		standard_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
}

static void
bingo_ExecutorRun(BINGO_EXECUTOR_RUN_PARAMETERS)
{
	OutputReceiver receiver = {0};

	if (!is_wanted(queryDesc, direction, count))
	{
		run_next(BINGO_EXECUTOR_RUN_ARGUMENTS);
		return;
	}

	receiver.pub.receiveSlot = receive_slot;
	receiver.pub.rStartup = start;
	receiver.pub.rShutdown = shut_down;
	receiver.pub.rDestroy = destroy;
	receiver.pub.mydest = queryDesc->dest->mydest;
	receiver.standard = queryDesc->dest;
	receiver.formats = ActivePortal->formats;
	receiver.context = AllocSetContextCreate(queryDesc->estate->es_query_cxt,
											 "bingo_tune output",
											 ALLOCSET_DEFAULT_SIZES);
	queryDesc->dest = &receiver.pub;
	PG_TRY();
	{
		run_next(BINGO_EXECUTOR_RUN_ARGUMENTS);
	}
	PG_FINALLY();
	{
		queryDesc->dest = receiver.standard;
	}
	PG_END_TRY();
	MemoryContextDelete(receiver.context);
	if (receiver.encoded > 0)
		bingo_output_count_add(receiver.encoded);
}

void
bingo_output_init(void)
{
	bingo_output_count_init();
	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = bingo_ExecutorRun;
}
