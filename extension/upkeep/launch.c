/*
 * upkeep/launch.c
 *	  Starting background workers, each with an order.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "upkeep/launch.h"

void
bingo_launch_describe(BackgroundWorker *worker, const char *function, const BingoOrder *order)
{
	memset(worker, 0, sizeof(*worker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	snprintf(worker->bgw_library_name, sizeof(worker->bgw_library_name), "bingo_tune");
	snprintf(worker->bgw_function_name, sizeof(worker->bgw_function_name), "%s", function);
	snprintf(worker->bgw_name, sizeof(worker->bgw_name), "bingo_tune upkeep");
	snprintf(worker->bgw_type, sizeof(worker->bgw_type), "bingo_tune upkeep");
	memcpy(worker->bgw_extra, order, sizeof(*order));
}

bool
bingo_launch_worker(const BingoOrder *order, bool notify, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker;

	StaticAssertStmt(sizeof(BingoOrder) <= BGW_EXTRALEN, "order does not fit");
	bingo_launch_describe(&worker, "bingo_worker_main", order);
	worker.bgw_notify_pid = notify ? MyProcPid : 0;
	return RegisterDynamicBackgroundWorker(&worker, handle);
}
