/*
 * advise/gin_pretend.c
 *	  GIN indexes that are not there, which the planner is shown.
 *
 * HypoPG knows no GIN.  But the planner reckons with a hypothetical one as with any: PostgreSQL's own
 * cost function takes the condition's value apart by the operator class, and only lacks the counts
 * of the index's metapage, in whose place the size stands.  So what is pretended here is put into the list of
 * the table's indexes whenever advise() plans (advise/plan_json.c).  How large it will be is estimated
 * by the width of the column.
 *
 * Kept in the memory of one call of advise(), and known by OIDs that no relation has.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_opclass.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/gin.h"

/*
 * Bytes of a row's entries for each byte of its value, as seven indexes of 100,000 rows had them: 1.0 to 3.9 with trigrams, 0.26
 * to 0.43 without.
 */
#define BYTES_OF_TRIGRAMS	2.5
#define BYTES_OF_OTHERS		0.35
#define LEAST_BYTES			8.0
#define FILLED				0.9		/* of a page */

/*
 * So many of them cost a writer what an entry of a btree does: 0.4 to 0.9 us a byte in five of these indexes, with the
 * pending list emptied now and then, beside 3.2 for that.
 */
#define BYTES_OF_ENTRY		6.0

/* The first OID, and down from there. */
#define HIGHEST_OID			((Oid) 0xFFFFFF00)

typedef struct Pretended
{
	Oid			oid;
	Oid			relid;
	Node	   *expression;		/* of the only column: a Var of relation 1, or more */
	Oid			opclass;
	Oid			collation;
	double		bytes;			/* of a row's entries */
	BlockNumber pages;
} Pretended;

static List *pretended = NIL;	/* of Pretended * */
static Oid	next_oid = HIGHEST_OID;

static double
row_bytes(const BingoAdviseKey *key, Oid relid, Node *expression)
{
	const Var  *column = (const Var *) expression;
	int32		width = IsA(column, Var) ? get_attavgwidth(relid, column->varattno) : 0;

	if (width <= 0)
		width = get_typavgwidth(key->type, -1);
	return Max(width * (key->trigrams ? BYTES_OF_TRIGRAMS : BYTES_OF_OTHERS), LEAST_BYTES);
}

static double
count_tuples(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		tuples = 0;

	if (HeapTupleIsValid(tuple))
	{
		tuples = Max(((Form_pg_class) GETSTRUCT(tuple))->reltuples, 0);
		ReleaseSysCache(tuple);
	}
	return tuples;
}

/* The caller has a search_path in which the key's text means what it did. */
Oid
bingo_advise_gin_pretend(const BingoAdvise *advise, const BingoAdviseIndex *index, Oid relid)
{
	const BingoAdviseKey *key = &index->keys[0];
	Node	   *expression = bingo_advise_read_key(key->name, relid);
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	Pretended  *gin = palloc0(sizeof(Pretended));

	while (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(next_oid)))
		next_oid--;
	gin->oid = next_oid--;
	gin->relid = relid;
	gin->expression = copyObject(expression);
	gin->opclass = key->gin;
	gin->collation = OidIsValid(key->collation) ? key->collation : key->own_collation;
	gin->bytes = row_bytes(key, relid, expression);
	gin->pages = 1 + (BlockNumber) (count_tuples(relid) * gin->bytes / (BLCKSZ * FILLED));
	pretended = lappend(pretended, gin);
	MemoryContextSwitchTo(caller);
	return gin->oid;
}

static Pretended *
find(Oid oid)
{
	ListCell   *cell;

	foreach(cell, pretended)
	{
		if (((Pretended *) lfirst(cell))->oid == oid)
			return lfirst(cell);
	}
	return NULL;
}

void
bingo_advise_gin_forget(Oid oid)
{
	pretended = list_delete_ptr(pretended, find(oid));
}

/* Whose memory may be gone already. */
void
bingo_advise_gin_forget_all(void)
{
	pretended = NIL;
	next_oid = HIGHEST_OID;
}

int64
bingo_advise_gin_size(Oid oid)
{
	const Pretended *gin = find(oid);

	return gin ? (int64) gin->pages * BLCKSZ : 0;
}

const char *
bingo_advise_gin_name(Oid oid)
{
	return find(oid) ? psprintf("<%u>gin", oid) : NULL;
}

double
bingo_advise_gin_entries(const BingoAdviseIndex *index)
{
	const Pretended *gin = index->oids == NIL ? NULL : find(linitial_oid(index->oids));

	return gin == NULL ? 1 : Max(gin->bytes / BYTES_OF_ENTRY, 1);
}

/* --- as the planner has indexes --- */

static void
describe_method(IndexOptInfo *info)
{
	IndexAmRoutine *method = GetIndexAmRoutineByAmId(GIN_AM_OID, false);

	info->relam = GIN_AM_OID;
	info->amcanorderbyop = method->amcanorderbyop;
	info->amoptionalkey = method->amoptionalkey;
	info->amsearcharray = method->amsearcharray;
	info->amsearchnulls = method->amsearchnulls;
	info->amcanparallel = method->amcanparallel;
	info->amhasgettuple = method->amgettuple != NULL;
	info->amhasgetbitmap = method->amgetbitmap != NULL;
	info->amcanmarkpos = method->ammarkpos != NULL && method->amrestrpos != NULL;
	info->amcostestimate = method->amcostestimate;
}

static bool
describe_key(IndexOptInfo *info, const Pretended *gin, Index varno)
{
	Node	   *expression = eval_const_expressions(NULL, copyObject(gin->expression));
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(gin->opclass));

	if (!HeapTupleIsValid(tuple))
		return false;
	info->ncolumns = info->nkeycolumns = 1;
	info->indexkeys = palloc0(sizeof(int));
	info->indexcollations = palloc(sizeof(Oid));
	info->opfamily = palloc(sizeof(Oid));
	info->opcintype = palloc(sizeof(Oid));
	info->canreturn = palloc0(sizeof(bool));
	info->opclassoptions = palloc0(sizeof(bytea *));
	info->opfamily[0] = ((Form_pg_opclass) GETSTRUCT(tuple))->opcfamily;
	info->opcintype[0] = ((Form_pg_opclass) GETSTRUCT(tuple))->opcintype;
	info->indexcollations[0] = gin->collation;
	ReleaseSysCache(tuple);
	fix_opfuncids(expression);
	ChangeVarNodes(expression, 1, varno, 0);
	if (IsA(expression, Var))
		info->indexkeys[0] = ((Var *) expression)->varattno;
	else
		info->indexprs = list_make1(expression);
	info->indextlist = list_make1(makeTargetEntry((Expr *) copyObject(expression), 1, NULL, false));
	return true;
}

void
bingo_advise_gin_inject(Oid relid, RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, pretended)
	{
		const Pretended *gin = lfirst(cell);
		IndexOptInfo *info;

		if (gin->relid != relid)
			continue;
		info = makeNode(IndexOptInfo);
		if (!describe_key(info, gin, rel->relid))
			continue;
		describe_method(info);
		info->indexoid = gin->oid;
		info->reltablespace = rel->reltablespace;
		info->rel = rel;
		info->pages = gin->pages;
		info->tuples = rel->tuples;
		info->tree_height = -1;
		info->immediate = true;
		info->hypothetical = true;
		rel->indexlist = lcons(info, rel->indexlist);
	}
}
