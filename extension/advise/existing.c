/*
 * advise/existing.c
 *	  Is there an index already that does what a candidate would?
 *
 * One whose first keys are the candidate's, in their order, and whose predicate is; a
 * direction counts only where the query orders, and the opposite of all is as good.  The
 * other way round, an index that is the beginning of the candidate is redundant once the
 * candidate is built, unless it is unique.
 *
 * Texts are compared, of keys that were written where every name needs its schema (advise/keys.c): so they are read there, too, whoever
 * asks, and when.
 *
 * While a statement is looked at its tables are locked.  Afterwards they may be altered, or gone: what can't be opened
 * without waiting may have the index, so that none is proposed.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_statistic_ext.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/relations.h"

static bool
same_name(const BingoAdviseKey *key, Oid index, int column)
{
	char	   *column_name = TextDatumGetCString(DirectFunctionCall3(pg_get_indexdef_ext, ObjectIdGetDatum(index),
															   Int32GetDatum(column + 1), BoolGetDatum(false)));

	return strcmp(column_name, key->name) == 0 || strcmp(column_name, psprintf("(%s)", key->name)) == 0;
}

static bool
same_order(const BingoAdviseKey *key, Relation index, int column)
{
	Oid			collation = OidIsValid(key->collation) ? key->collation : key->own_collation;
	Oid			family = get_opclass_family(GetDefaultOpClass(key->type, BTREE_AM_OID));

	if (key->opclass != NULL)
		family = strcmp(key->opclass, "bpchar_pattern_ops") == 0 ? BPCHAR_PATTERN_BTREE_FAM_OID : TEXT_PATTERN_BTREE_FAM_OID;
	return index->rd_opfamily[column] == family && index->rd_indcollation[column] == collation;
}

/* Of the keys that both have: 1 forward, -1 backward, 0 neither; "any" where none counts. */
static bool
same_directions(const BingoAdviseIndex *candidate, Relation index, int nkeys)
{
	bool		forward = true;
	bool		backward = true;

	for (int i = 0; i < nkeys; i++)
	{
		const BingoAdviseKey *key = &candidate->keys[i];
		bool		descending = (index->rd_indoption[i] & INDOPTION_DESC) != 0;
		bool		nulls_first = (index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0;

		if (!key->ordered)
			continue;
		forward = forward && descending == key->descending && nulls_first == key->nulls_first;
		backward = backward && descending != key->descending && nulls_first != key->nulls_first;
	}
	return forward || backward;
}

static bool
same_predicate(const BingoAdviseIndex *candidate, Relation index)
{
	bool		isnull;
	Datum		predicate = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indpred, &isnull);

	if (isnull || candidate->predicate == NULL)
		return isnull && candidate->predicate == NULL;
	predicate = DirectFunctionCall2(pg_get_expr, predicate, ObjectIdGetDatum(candidate->relid));
	return strcmp(TextDatumGetCString(predicate), candidate->predicate) == 0;
}

/* How many of the first keys are the same. */
static int
count_same(const BingoAdviseIndex *candidate, Relation index)
{
	int			most = Min(candidate->nkeys, index->rd_index->indnkeyatts);
	int			same = 0;

	while (same < most && same_order(&candidate->keys[same], index, same) &&
		   same_name(&candidate->keys[same], RelationGetRelid(index), same))
		same++;
	return same_directions(candidate, index, same) ? same : 0;
}

/* Is no value of the candidate's keys there twice by the index, at any time? */
static bool
enforces(const BingoAdviseIndex *candidate, Relation index)
{
	return index->rd_index->indisunique && index->rd_index->indimmediate && index->rd_index->indnkeyatts == candidate->nkeys;
}

/* A GIN index serves by whichever column it has the key as. */
static bool
has_gin(const BingoAdviseIndex *candidate, Relation index)
{
	Oid			family = get_opclass_family(candidate->keys[0].gin);

	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		if (index->rd_opfamily[i] == family && same_name(&candidate->keys[0], RelationGetRelid(index), i))
			return true;
	}
	return false;
}

static bool
compare(Relation index, void *argument)
{
	BingoAdviseIndex *candidate = argument;
	int			same;

	if (candidate->gin)
		return index->rd_rel->relam == GIN_AM_OID && index->rd_index->indisvalid && index->rd_index->indisready &&
			same_predicate(candidate, index) && has_gin(candidate, index);
	if (index->rd_rel->relam != BTREE_AM_OID || !index->rd_index->indisvalid || !index->rd_index->indisready ||
		!same_predicate(candidate, index))
		return false;
	same = count_same(candidate, index);
	if (same == candidate->nkeys && (!candidate->unique || enforces(candidate, index)))
		return true;
	if (same == index->rd_index->indnatts && !index->rd_index->indisunique)
		candidate->replaces = bingo_relations_name(RelationGetRelid(index));
	return false;
}

static bool
has_expression(Relation index, void *name)
{
	const BingoAdviseKey key = {.name = name};

	if (!index->rd_index->indisvalid || !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return false;
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		if (index->rd_index->indkey.values[i] == 0 && same_name(&key, RelationGetRelid(index), i))
			return true;
	}
	return false;
}

/* An index for which that holds; or may hold, as it can't be looked at now. */
static bool
find_index(Oid relid, bool (*holds) (Relation index, void *argument), void *argument)
{
	Relation	table = bingo_relations_open_now(relid);
	bool		there = false;
	List	   *indexes;
	ListCell   *cell;

	if (table == NULL)
		return true;
	indexes = RelationGetIndexList(table);
	foreach(cell, indexes)
	{
		Relation	index = bingo_relations_open_now(lfirst_oid(cell));

		if (index == NULL)
		{
			there = there || SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(cell)));
			continue;
		}
		there = there || holds(index, argument);
		relation_close(index, AccessShareLock);
	}
	list_free(indexes);
	relation_close(table, AccessShareLock);
	return there;
}

/* Have they it, which CREATE STATISTICS made?  Whether ANALYZE has seen them since is another question. */
static bool
have_expression(Oid statistics, Oid relid, const char *name)
{
	HeapTuple	tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(statistics));
	List	   *context = deparse_context_for(bingo_relations_label(relid), relid);
	List	   *expressions;
	bool		isnull;
	Datum		stored;
	ListCell   *cell;

	if (!HeapTupleIsValid(tuple))
		return false;
	stored = SysCacheGetAttr(STATEXTOID, tuple, Anum_pg_statistic_ext_stxexprs, &isnull);
	expressions = isnull ? NIL : castNode(List, stringToNode(TextDatumGetCString(stored)));
	ReleaseSysCache(tuple);
	foreach(cell, expressions)
	{
		if (strcmp(deparse_expression(lfirst(cell), context, false, false), name) == 0)
			return true;
	}
	return false;
}

static bool
find_statistics(Oid relid, const char *name)
{
	Relation	table = bingo_relations_open_now(relid);
	bool		there = false;
	List	   *all;
	ListCell   *cell;

	if (table == NULL)
		return true;
	all = RelationGetStatExtList(table);
	foreach(cell, all)
		there = there || have_expression(lfirst_oid(cell), relid, name);
	list_free(all);
	relation_close(table, AccessShareLock);
	return there;
}

bool
bingo_advise_has_expression(Oid relid, const char *name)
{
	int			level = NewGUCNestLevel();
	bool		there;

	bingo_advise_leave_search_path();
	there = find_index(relid, has_expression, unconstify(char *, name)) || find_statistics(relid, name);
	AtEOXact_GUC(true, level);
	return there;
}

bool
bingo_advise_exists(BingoAdviseIndex *candidate)
{
	int			level = NewGUCNestLevel();
	bool		there;

	bingo_advise_leave_search_path();
	there = find_index(candidate->relid, compare, candidate);
	AtEOXact_GUC(true, level);
	return there;
}
