/*
 * timing/file.c
 *	  Keeps the store across a clean restart: pg_stat/bingo_tune.stat.
 *
 * Written by the postmaster when it stops in order, read by the next one, and
 * removed then, so that a later crash can't bring back old numbers and no base
 * backup carries them.  A file that is cut off, damaged or of another layout is
 * ignored with a LOG line: its checksum is verified before anything is taken
 * over.
 *
 *		FileHead, then for each slot: SlotHead, its used buckets, then the CRC-32C
 *		of all that
 *
 * Numbers are in the machine's own representation: the file never leaves it.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "pgstat.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/guc.h"
#include "timing/timing.h"

#define TIMING_FILE		PGSTAT_STAT_PERMANENT_DIRECTORY "/bingo_tune.stat"
#define FILE_MAGIC		0x42544D31	/* "BTM1"; change it with the layout */

typedef struct FileHead
{
	uint32		magic;
	uint32		buckets;
	uint32		slot_size;		/* of SlotHead */
	uint32		slots;
	BingoTimingStatus status;
} FileHead;

typedef struct SlotHead
{
	BingoTimingKey key;
	TimestampTz since;
	uint64		sum;
	uint64		min;
	uint64		max;
	uint64		rows;
	uint64		first_row_calls;
	uint64		first_row_sum;
	uint64		first_row_max;
	uint64		errors[BINGO_ERROR_CLASSES];
	char		action[BINGO_ACTION_SIZE];
	uint32		used;
	uint32		unused;
} SlotHead;

typedef struct FileBucket
{
	uint32		index;
	uint32		unused;
	uint64		count;
} FileBucket;

typedef struct TimingFile
{
	FILE	   *file;
	pg_crc32c	crc;
	uint32		slots;
} TimingFile;

/* --- writing --- */

static bool
write_bytes(TimingFile *file, const void *data, size_t size)
{
	COMP_CRC32C(file->crc, data, size);
	return fwrite(data, size, 1, file->file) == 1;
}

static bool
count_slot(const BingoTimingSlot *slot, void *arg)
{
	((TimingFile *) arg)->slots++;
	return true;
}

static bool
write_slot(const BingoTimingSlot *slot, void *arg)
{
	TimingFile *file = arg;
	BingoTimingSlot *readable = (BingoTimingSlot *) slot;
	static BingoHistogram histogram;	/* too big for comfort on the postmaster's stack */
	SlotHead	head = {0};
	int			i;

	bingo_timing_read_slot(slot, &histogram);
	head.key = slot->key;
	head.since = slot->since;
	head.sum = histogram.sum;
	head.min = histogram.min;
	head.max = histogram.max;
	head.rows = pg_atomic_read_u64(&readable->rows);
	head.first_row_calls = pg_atomic_read_u64(&readable->first_row_calls);
	head.first_row_sum = pg_atomic_read_u64(&readable->first_row_sum);
	head.first_row_max = pg_atomic_read_u64(&readable->first_row_max);
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		head.errors[i] = pg_atomic_read_u64(&readable->errors[i]);
	memcpy(head.action, slot->action, BINGO_ACTION_SIZE);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		head.used += histogram.counts[i] != 0;
	if (!write_bytes(file, &head, sizeof(head)))
		return false;
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		FileBucket	bucket = {i, 0, histogram.counts[i]};

		if (bucket.count != 0 && !write_bytes(file, &bucket, sizeof(bucket)))
			return false;
	}
	return true;
}

void
bingo_timing_file_save(void)
{
	TimingFile	file = {0};
	FileHead	head = {0};
	bool		complete;

	if (!bingo_save_timing || !bingo_timing_available())
		return;
	file.file = AllocateFile(TIMING_FILE ".tmp", PG_BINARY_W);
	if (file.file == NULL)
	{
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", TIMING_FILE ".tmp")));
		return;
	}
	INIT_CRC32C(file.crc);
	bingo_timing_visit(count_slot, &file);
	head.magic = FILE_MAGIC;
	head.buckets = BINGO_HISTOGRAM_BUCKETS;
	head.slot_size = sizeof(SlotHead);
	head.slots = file.slots;
	bingo_timing_get_status(&head.status);
	complete = write_bytes(&file, &head, sizeof(head)) && bingo_timing_visit(write_slot, &file);
	FIN_CRC32C(file.crc);
	complete = complete && fwrite(&file.crc, sizeof(file.crc), 1, file.file) == 1;
	if (FreeFile(file.file) != 0 || !complete)
	{
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", TIMING_FILE ".tmp")));
		unlink(TIMING_FILE ".tmp");
		return;
	}
	(void) durable_rename(TIMING_FILE ".tmp", TIMING_FILE, LOG);
}

/* --- reading --- */

/* Does the file end with the checksum of all before it? */
static bool
verify_checksum(FILE *file)
{
	struct stat status;
	pg_crc32c	crc;
	pg_crc32c	stored;
	char		buffer[8192];
	off_t		left;

	if (fstat(fileno(file), &status) != 0 || status.st_size < (off_t) sizeof(stored))
		return false;
	INIT_CRC32C(crc);
	for (left = status.st_size - sizeof(stored); left > 0;)
	{
		size_t		size = Min(left, (off_t) sizeof(buffer));

		if (fread(buffer, size, 1, file) != 1)
			return false;
		COMP_CRC32C(crc, buffer, size);
		left -= size;
	}
	FIN_CRC32C(crc);
	if (fread(&stored, sizeof(stored), 1, file) != 1 || !EQ_CRC32C(crc, stored))
		return false;
	return fseeko(file, 0, SEEK_SET) == 0;
}

/* Takes over one slot; false if the file does not hold what it should. */
static bool
read_slot(FILE *file, bool keep)
{
	SlotHead	head;
	BingoTimingSlot *slot = NULL;
	bool		complete = true;
	uint32		i;

	if (fread(&head, sizeof(head), 1, file) != 1 || head.used > BINGO_HISTOGRAM_BUCKETS)
		return false;
	head.action[BINGO_ACTION_SIZE - 1] = '\0';
	if (keep)
		slot = bingo_timing_take_slot(&head.key);
	if (slot)
	{
		slot->since = head.since;
		memcpy(slot->action, head.action, BINGO_ACTION_SIZE);
		pg_atomic_write_u64(&slot->sum, head.sum);
		pg_atomic_write_u64(&slot->min, head.min);
		pg_atomic_write_u64(&slot->max, head.max);
		pg_atomic_write_u64(&slot->rows, head.rows);
		pg_atomic_write_u64(&slot->first_row_calls, head.first_row_calls);
		pg_atomic_write_u64(&slot->first_row_sum, head.first_row_sum);
		pg_atomic_write_u64(&slot->first_row_max, head.first_row_max);
		for (i = 0; i < BINGO_ERROR_CLASSES; i++)
			pg_atomic_write_u64(&slot->errors[i], head.errors[i]);
	}
	for (i = 0; i < head.used && complete; i++)
	{
		FileBucket	bucket;

		complete = fread(&bucket, sizeof(bucket), 1, file) == 1 &&
			bucket.index < BINGO_HISTOGRAM_BUCKETS;
		if (complete && slot)
			pg_atomic_write_u64(&slot->counts[bucket.index], bucket.count);
	}
	if (slot)
		bingo_timing_release_slot(&head.key);
	return complete;
}

static bool
read_slots(FILE *file)
{
	FileHead	head;
	uint32		i;

	if (!verify_checksum(file) || fread(&head, sizeof(head), 1, file) != 1 ||
		head.magic != FILE_MAGIC || head.buckets != BINGO_HISTOGRAM_BUCKETS ||
		head.slot_size != sizeof(SlotHead))
		return false;
	for (i = 0; i < head.slots; i++)
	{
		/* Fewer slots than when it was written: the rest counts as evicted. */
		if (i >= (uint32) bingo_max_queries)
			head.status.evicted_queries++;
		if (!read_slot(file, i < (uint32) bingo_max_queries))
			return false;
	}
	bingo_timing_set_status(&head.status);
	return true;
}

void
bingo_timing_file_load(void)
{
	FILE	   *file;

	file = AllocateFile(TIMING_FILE, PG_BINARY_R);
	if (file == NULL)
	{
		if (errno != ENOENT)
			ereport(LOG,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", TIMING_FILE)));
		return;
	}
	if (bingo_save_timing && !read_slots(file))
	{
		bingo_timing_remove(InvalidOid, InvalidOid, 0);
		ereport(LOG,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("ignoring damaged or foreign file \"%s\"", TIMING_FILE),
				 errhint("Timing starts anew; nothing needs to be done.")));
	}
	FreeFile(file);
	unlink(TIMING_FILE);
}
