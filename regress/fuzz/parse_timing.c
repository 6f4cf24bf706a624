/*
 * parse_timing.c
 *	  libFuzzer harness: the file that keeps query times across a restart
 *	  (extension/timing_file.c).
 *
 * The reader itself is included; what it needs of the server is here, so small
 * that it does nothing but keep what it is given.  Each slot is allocated for
 * itself, so that AddressSanitizer sees a write beyond it.  Half of the inputs
 * get the checksum that they ought to have, or nothing behind it would be
 * reached.
 */
#include "../../extension/timing/file.c"

#include <stdlib.h>
#include <sys/mman.h>

#define MOST_SLOTS 50

bool		bingo_save_timing = true;
int			bingo_max_queries = MOST_SLOTS;

static int	input_file = -1;
static BingoTimingSlot *slots[MOST_SLOTS];
static int	nslots = 0;

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Where the server has assertions: what a failed one calls.  Its arguments differ
 * between the versions but for the first, hence another name in C.
 */
extern void fail_assertion(const char *condition) __asm__("ExceptionalCondition");

void
fail_assertion(const char *condition)
{
	fprintf(stderr, "ERROR: failed assertion %s\n", condition);
	abort();
}

/* --- the store --- */

BingoTimingSlot *
bingo_timing_take_slot(const BingoTimingKey *key)
{
	if (nslots == MOST_SLOTS)
		abort();				/* more than bingo_tune.max_queries */
	slots[nslots] = calloc(1, sizeof(BingoTimingSlot));
	slots[nslots]->key = *key;
	return slots[nslots++];
}

void
bingo_timing_release_slot(const BingoTimingKey *key)
{
	if (strlen(slots[nslots - 1]->action) >= BINGO_ACTION_SIZE)
		abort();
}

static void
free_slots(void)
{
	while (nslots > 0)
		free(slots[--nslots]);
}

uint64
bingo_timing_remove(Oid userid, Oid dbid, uint64 queryid)
{
	free_slots();
	return 0;
}

bool
bingo_timing_available(void)
{
	return false;
}

bool
bingo_timing_visit(bool (*visit) (const BingoTimingSlot *slot, void *arg), void *arg)
{
	return true;
}

void
bingo_timing_read_slot(const BingoTimingSlot *slot, BingoHistogram *histogram)
{
}

void
bingo_timing_get_status(BingoTimingStatus *status)
{
}

void
bingo_timing_set_status(const BingoTimingStatus *status)
{
}

/* --- the server --- */

FILE *
AllocateFile(const char *name, const char *mode)
{
	return fdopen(dup(input_file), "r");
}

int
FreeFile(FILE *file)
{
	return fclose(file);
}

int
durable_rename(const char *oldfile, const char *newfile, int elevel)
{
	return 0;
}

bool
errstart(int elevel, const char *domain)
{
	return false;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errcode_for_file_access(void)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	return 0;
}

int
errhint(const char *fmt,...)
{
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pg_crc32c	crc;

	if (size == 0)
		return 0;
	input_file = memfd_create("input", 0);
	if (write(input_file, data + 1, size - 1) < 0)
		abort();
	if (data[0] % 2)
	{
		INIT_CRC32C(crc);
		COMP_CRC32C(crc, data + 1, size - 1);
		FIN_CRC32C(crc);
		if (write(input_file, &crc, sizeof(crc)) < 0)
			abort();
	}
	lseek(input_file, 0, SEEK_SET);
	bingo_timing_file_load();
	free_slots();
	close(input_file);
	return 0;
}
