/*
 * upkeep/pace.h
 *	  When a database's next worker for upkeep may begin to look.
 */
#ifndef BINGO_PACE_H
#define BINGO_PACE_H

#include "datatype/timestamp.h"

extern void bingo_pace_init(void);

/*
 * Upkeep is asked for.  True: the caller is to start a worker, which begins then.  False: one that was started before is
 * still to begin.
 */
extern bool bingo_pace_take(TimestampTz *begins);

/* For that worker: milliseconds until then. */
extern long bingo_pace_left(TimestampTz begins);

#endif							/* BINGO_PACE_H */
