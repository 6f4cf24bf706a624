/*
 * upkeep/launch.h
 *	  Starting background workers, each with an order.
 */
#ifndef BINGO_ORDERING_LAUNCH_H
#define BINGO_ORDERING_LAUNCH_H

#include "datatype/timestamp.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"

/* What a worker is to do; in bgw_extra. */
typedef struct BingoOrder
{
	Oid			database;
	int			id;				/* of the ordering to refill, or 0: whatever is needed */
	dsm_handle	answer;			/* if id is not 0 */
	int			lock_timeout;	/* of who awaits that, in milliseconds; or 0 */
	TimestampTz begins;			/* not before */
} BingoOrder;

/* function: of this library */
extern void bingo_launch_describe(BackgroundWorker *worker, const char *function, const BingoOrder *order);

/* False: there is no room. */
extern bool bingo_launch_worker(const BingoOrder *order, bool notify, BackgroundWorkerHandle **handle);

#endif							/* BINGO_ORDERING_LAUNCH_H */
