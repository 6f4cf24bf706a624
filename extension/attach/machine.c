/*
 * attach/machine.c
 *	  bingo_tune.machine(): how much memory and how many cores this server may
 *	  really use.
 *
 * Linux tells the memory of the whole machine in /proc/meminfo; what a control
 * group leaves of it is in the group's files or in those of any group above,
 * and the smallest number counts.  Version 2 has one tree (memory.max, cpu.max
 * with quota and period in microseconds), version 1 one for each controller
 * (memory.limit_in_bytes; cpu.cfs_quota_us and cpu.cfs_period_us); in a
 * container the path in /proc/self/cgroup may lead outside of what is mounted,
 * so that the walk upwards must not stop at a missing file.  See cgroups(7),
 * proc(5) and Documentation/admin-guide/cgroup-v2.rst of the kernel.
 *
 * A file that is absent or says nothing is passed over: on another system the
 * memory is NULL.  Everything is read below a root folder, "" but for tests,
 * and only numbers come out.  Called by any user; no locks.
 */
#include "postgres.h"

#include <math.h>
#include <sched.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "storage/fd.h"
#include "utils/builtins.h"

#include "attach/attach.h"

PG_FUNCTION_INFO_V1(bingo_tune_machine);

#define MAX_LINE 1024

typedef struct Machine
{
	const char *root;
	int64		memory;			/* bytes, 0 = unknown */
	const char *memory_source;
	double		cores;			/* 0 = unknown */
	const char *cores_source;
} Machine;

static FILE *
open_below(const Machine *machine, const char *path)
{
	return AllocateFile(psprintf("%s%s", machine->root, path), "r");
}

/*
 * Read the first line of a file; false if there is none.
 */
static bool
read_line(const Machine *machine, const char *path, char *line)
{
	FILE	   *file = open_below(machine, path);
	bool		found;

	if (file == NULL)
		return false;
	found = fgets(line, MAX_LINE, file) != NULL;
	FreeFile(file);
	return found;
}

/* A number above zero, or 0 for anything else ("max", "-1", no such file). */
static double
read_number(const Machine *machine, const char *path)
{
	char		line[MAX_LINE];
	double		number;

	if (!read_line(machine, path, line))
		return 0;
	number = strtod(line, NULL);
	return number > 0 ? number : 0;
}

static void
limit_memory(Machine *machine, double bytes, const char *source)
{
	/* Unlimited is written as a number near 2^63 in version 1. */
	if (bytes < 1 || bytes >= 9e18)
		return;
	if (machine->memory == 0 || bytes < machine->memory)
	{
		machine->memory = (int64) bytes;
		machine->memory_source = source;
	}
}

static void
limit_cores(Machine *machine, double cores, const char *source)
{
	if (cores > 0 && (machine->cores == 0 || cores < machine->cores))
	{
		machine->cores = cores;
		machine->cores_source = source;
	}
}

static void
read_meminfo(Machine *machine)
{
	FILE	   *file = open_below(machine, "/proc/meminfo");
	char		line[MAX_LINE];
	long long	kilobytes;

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemTotal: %lld kB", &kilobytes) == 1)
			limit_memory(machine, kilobytes * 1024.0, "/proc/meminfo");
	FreeFile(file);
}

static void
read_affinity(Machine *machine)
{
	cpu_set_t	set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		limit_cores(machine, CPU_COUNT(&set), "sched_getaffinity");
	else
		limit_cores(machine, sysconf(_SC_NPROCESSORS_ONLN), "sysconf");
}

/* One group's limits; any of the files may be missing. */
static void
read_group(Machine *machine, const char *folder, bool version2)
{
	if (version2)
	{
		char		line[MAX_LINE];
		double		quota;
		double		period;

		limit_memory(machine, read_number(machine, psprintf("%s/memory.max", folder)),
					 "cgroup memory.max");
		if (read_line(machine, psprintf("%s/cpu.max", folder), line) &&
			sscanf(line, "%lf %lf", &quota, &period) == 2 && period > 0)
			limit_cores(machine, quota / period, "cgroup cpu.max");
	}
	else
	{
		double		quota;
		double		period;

		limit_memory(machine,
					 read_number(machine, psprintf("%s/memory.limit_in_bytes", folder)),
					 "cgroup memory.limit_in_bytes");
		quota = read_number(machine, psprintf("%s/cpu.cfs_quota_us", folder));
		period = read_number(machine, psprintf("%s/cpu.cfs_period_us", folder));
		if (period > 0)
			limit_cores(machine, quota / period, "cgroup cpu.cfs_quota_us");
	}
}

/* The group and all groups above it, up to where the tree is mounted. */
static void
read_groups(Machine *machine, const char *mounted, const char *group, bool version2)
{
	char	   *path = pstrdup(group);

	for (;;)
	{
		char	   *slash;

		read_group(machine, psprintf("%s%s", mounted, path), version2);
		slash = strrchr(path, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
}

static bool
lists_controller(const char *controllers, const char *name)
{
	size_t		length = strlen(name);

	for (const char *at = controllers; at != NULL; at = strchr(at, ','))
	{
		if (*at == ',')
			at++;
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

/*
 * Read the groups of this process: lines of the form number:controllers:path.
 */
static void
read_cgroups(Machine *machine)
{
	FILE	   *file = open_below(machine, "/proc/self/cgroup");
	char		line[MAX_LINE];

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *controllers = strchr(line, ':');
		char	   *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (path == NULL)
			continue;
		*controllers++ = '\0';
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';

		if (*controllers == '\0')
			read_groups(machine, "/sys/fs/cgroup", path, true);
		if (lists_controller(controllers, "memory"))
			read_groups(machine, "/sys/fs/cgroup/memory", path, false);
		if (lists_controller(controllers, "cpu"))
			read_groups(machine, "/sys/fs/cgroup/cpu", path, false);
	}
	FreeFile(file);
}

/*
 * bingo_tune.machine() and bingo_tune.machine(root text)
 */
Datum
bingo_tune_machine(PG_FUNCTION_ARGS)
{
	Machine		machine = {
		.root = PG_NARGS() > 0 ? text_to_cstring(PG_GETARG_TEXT_PP(0)) : "",
	};
	TupleDesc	tupdesc;
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, true};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	read_meminfo(&machine);
	read_affinity(&machine);
	read_cgroups(&machine);

	if (machine.memory > 0)
	{
		values[0] = Int64GetDatum(machine.memory);
		values[1] = CStringGetTextDatum(machine.memory_source);
		nulls[0] = nulls[1] = false;
	}
	if (machine.cores > 0)
	{
		/* A fraction of a core still runs one process at a time. */
		values[2] = Int32GetDatum((int32) ceil(machine.cores));
		values[3] = CStringGetTextDatum(machine.cores_source);
		nulls[2] = nulls[3] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls)));
}
