/*
 * bench/schedule.c
 *	  When calls fall due in an open loop: see bench/schedule.h.
 */
#include "bench/schedule.h"

#include <math.h>
#include <stdlib.h>

#include "bench/clock.h"

bool
bench_schedule_read(BenchSchedule *schedule, const char *text)
{
	schedule->n = 0;
	for (;;)
	{
		char	   *end;
		double		rate = strtod(text, &end);
		double		seconds;

		if (end == text || *end != ':' || schedule->n == BENCH_MAX_STRETCHES)
			return false;
		text = end + 1;
		seconds = strtod(text, &end);
		if (end == text || !(rate > 0 && rate <= 1e6) || !(seconds > 0 && seconds <= 1e7))
			return false;
		schedule->rates[schedule->n] = rate;
		schedule->seconds[schedule->n++] = seconds;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
		text = end + 1;
	}
}

double
bench_schedule_seconds(const BenchSchedule *schedule)
{
	double		seconds = 0;

	for (int i = 0; i < schedule->n; i++)
		seconds += schedule->seconds[i];
	return seconds;
}

/* The time at which the share's curve reaches a value: the inverse of L. */
static int64_t
time_of(const BenchArrivals *arrivals, double reached)
{
	const BenchSchedule *schedule = arrivals->schedule;
	double		start = 0;

	for (int i = 0; i < schedule->n; i++)
	{
		double		rate = schedule->rates[i] * arrivals->share;
		double		calls = rate * schedule->seconds[i];

		if (reached < calls)
			return (int64_t) ((start + reached / rate) * BENCH_NS_PER_SECOND);
		reached -= calls;
		start += schedule->seconds[i];
	}
	return -1;
}

void
bench_arrivals_start(BenchArrivals *arrivals, const BenchSchedule *schedule, double share, bool poisson,
					 double offset, BenchRandom random)
{
	arrivals->schedule = schedule;
	arrivals->share = share;
	arrivals->poisson = poisson;
	arrivals->random = random;
	arrivals->reached = poisson ? -log(bench_random_fraction(&arrivals->random)) : offset;
	arrivals->due = time_of(arrivals, arrivals->reached);
}

void
bench_arrivals_next(BenchArrivals *arrivals)
{
	arrivals->reached += arrivals->poisson ? -log(bench_random_fraction(&arrivals->random)) : 1.0;
	arrivals->due = time_of(arrivals, arrivals->reached);
}
