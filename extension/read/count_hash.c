/*
 * read/count_hash.c
 *	  Groups of a count that don't come one after the other in the counter's index.
 *
 * GROUP BY a later key, when an earlier one has many values.  All cells are read and added
 * up in a hash table in memory, by the keys' images, which are equal where the keys are.
 * It has what a hash node of the core may have; where that does not do the plan behind
 * groups, which can spill: nothing has been given yet.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "read/count_hash.h"

struct BingoCountGroups
{
	List	   *keys;
	int			nkeys;
	int			nfilters;
	TupleDesc	desc;
	MemoryContext parent;
	MemoryContext context;
	struct groups_hash *hash;
	bool		reading;		/* next group */
	uint32		next;
};

static bool
same_group(const BingoCountGroups *groups, const BingoCountGroup *a, const BingoCountGroup *b)
{
	ListCell   *cell;

	if (a->hash != b->hash)
		return false;
	foreach(cell, groups->keys)
	{
		int			i = foreach_current_index(cell);
		Form_pg_attribute column = TupleDescAttr(groups->desc, lfirst_int(cell));

		if (a->nulls[i] != b->nulls[i] ||
			(!a->nulls[i] && !datum_image_eq(a->values[i], b->values[i], column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

typedef struct GroupEntry
{
	BingoCountGroup *group;
	uint32		status;
} GroupEntry;

#define SH_PREFIX groups
#define SH_ELEMENT_TYPE GroupEntry
#define SH_KEY_TYPE BingoCountGroup *
#define SH_KEY group
#define SH_HASH_KEY(table, a) ((a)->hash)
#define SH_EQUAL(table, a, b) same_group((const BingoCountGroups *) (table)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static void
make_hash(BingoCountGroups *groups)
{
	groups->context = AllocSetContextCreate(groups->parent, "bingo_tune groups", ALLOCSET_DEFAULT_SIZES);
	groups->hash = groups_create(groups->context, 256, groups);
	groups->reading = false;
}

BingoCountGroups *
bingo_count_groups_make(List *keys, TupleDesc desc, int nfilters)
{
	BingoCountGroups *groups = palloc0(sizeof(BingoCountGroups));

	groups->keys = keys;
	groups->nkeys = list_length(keys);
	groups->nfilters = nfilters;
	groups->desc = desc;
	groups->parent = CurrentMemoryContext;
	make_hash(groups);
	return groups;
}

static BingoCountGroup *
copy_group(BingoCountGroups *groups, const BingoCountGroup *group)
{
	MemoryContext old = MemoryContextSwitchTo(groups->context);
	BingoCountGroup *copy = palloc0(sizeof(BingoCountGroup));
	ListCell   *cell;

	copy->hash = group->hash;
	copy->values = palloc0(groups->nkeys * sizeof(Datum));
	copy->nulls = palloc0(groups->nkeys * sizeof(bool));
	copy->filtered = palloc0(Max(groups->nfilters, 1) * sizeof(int64));
	foreach(cell, groups->keys)
	{
		int			i = foreach_current_index(cell);
		Form_pg_attribute column = TupleDescAttr(groups->desc, lfirst_int(cell));

		copy->nulls[i] = group->nulls[i];
		if (!group->nulls[i])
			copy->values[i] = datumCopy(group->values[i], column->attbyval, column->attlen);
	}
	MemoryContextSwitchTo(old);
	return copy;
}

BingoCountGroup *
bingo_count_groups_find(BingoCountGroups *groups, TupleTableSlot *row)
{
	Datum		values[INDEX_MAX_KEYS] = {0};
	bool		nulls[INDEX_MAX_KEYS] = {0};
	BingoCountGroup group = {.values = values, .nulls = nulls};
	GroupEntry *entry;
	ListCell   *cell;
	bool		found;

	foreach(cell, groups->keys)
	{
		int			i = foreach_current_index(cell);
		Form_pg_attribute column = TupleDescAttr(groups->desc, lfirst_int(cell));

		values[i] = slot_getattr(row, lfirst_int(cell) + 1, &nulls[i]);
		group.hash = pg_rotate_left32(group.hash, 1);
		if (!nulls[i])
			group.hash ^= datum_image_hash(values[i], column->attbyval, column->attlen);
	}
	entry = groups_lookup(groups->hash, &group);
	if (entry == NULL && MemoryContextMemAllocated(groups->context, true) <= get_hash_memory_limit())
		entry = groups_insert(groups->hash, copy_group(groups, &group), &found);
	return entry ? entry->group : NULL;
}

BingoCountGroup *
bingo_count_groups_next(BingoCountGroups *groups, TupleTableSlot *slot)
{
	BingoCountGroup *group;
	ListCell   *cell;

	if (!groups->reading)
		groups->next = 0;
	groups->reading = true;
	while (groups->next < groups->hash->size && groups->hash->data[groups->next].status == 0)
		groups->next++;
	if (groups->next == groups->hash->size)
		return NULL;
	group = groups->hash->data[groups->next++].group;
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	foreach(cell, groups->keys)
	{
		slot->tts_values[lfirst_int(cell)] = group->values[foreach_current_index(cell)];
		slot->tts_isnull[lfirst_int(cell)] = group->nulls[foreach_current_index(cell)];
	}
	ExecStoreVirtualTuple(slot);
	return group;
}

void
bingo_count_groups_clear(BingoCountGroups *groups)
{
	MemoryContextDelete(groups->context);
	make_hash(groups);
}

bool
bingo_count_groups_fit(double groups, int nkeys, int width, int nfilters)
{
	/* each piece of memory has a header, and the table is half empty */
	double		bytes = sizeof(BingoCountGroup) + 2 * sizeof(GroupEntry) + nkeys * (sizeof(Datum) + sizeof(bool)) +
		nfilters * sizeof(int64) + width + 5 * 16;

	return groups * bytes <= (double) get_hash_memory_limit();
}
