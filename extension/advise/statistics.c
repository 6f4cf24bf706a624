/*
 * advise/statistics.c
 *	  What ANALYZE would find out of an expression that the planner knows nothing of.
 *
 * ANALYZE keeps statistics of columns, and of an expression only if an index or CREATE STATISTICS has it.
 * Without them the planner takes 0.5 % of the rows for what an equality finds, however many these are, and a plan that is
 * cheap by that may take seconds: lower(name) = 'x' finds 1 of 3,000 tags, not 15, so that whoever goes through the newest
 * videos for ten with such a tag goes through fifteen times as many.  An index that is proposed for another
 * statement makes such a plan possible.  And costs can't be compared: the index on the expression itself, once it is
 * built and ANALYZEd, brings the truth with it, and looks worse than what is cheap by ignorance.
 *
 * So advise() reckons with the truth from the beginning, before and after, by a sample of the table, and says
 * where the planner needs it, too (advise/statistics_lack.c).  What it knows already it is not told: it is asked first.
 *
 * Whose code runs: the sample is taken as the role that ran the statement, so that its rights and policies hold.  But it is another
 * query than the statement, which may have come to the table by a view, and never met the policy of that role; and EXPLAIN of the caller's own
 * text would not compute a view's expression.  So the sample itself is asked, whoever's the statement is: no function in it
 * may be of somebody who could not act as that role (advise/analyse.c).  And no other server: none of a table that has a foreign one among its parts.
 *
 * The sample: of at most PAGES pages, spread over the table, so many rows
 * as ROWS, each page's by a hash of their place, so that the same table gives the same.  And no more than BYTES of values,
 * nor more rows than COST is enough for where the expression is expensive, by the planner, nor than take MILLISECONDS, where
 * it is dearer than that: of a row whose value is stored apart the planner knows nothing.  Fewer than LEAST_ROWS of more say nothing.
 * The arithmetic is ANALYZE's own: its functions, with the type's own where it has one.  Of a partitioned
 * table, or one with children, one sample serves all.  An error in it is no answer: the planner's own guess stays.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "commands/vacuum.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "portability/instr_time.h"
#include "storage/bufmgr.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "advise/expression.h"
#include "base/compat.h"

#define PAGES			300
#define ROWS			10000
#define LEAST_ROWS		100
#define BYTES			(16 * 1024 * 1024)
#define COST			250.0	/* a function in C costs 0.0025, one in PL/pgSQL 0.25 */
#define MILLISECONDS	1000
#define ROWS_AT_ONCE	100

/* Of a page, where no ANALYZE has counted any. */
#define ROWS_OF_PAGE	50

/* More are not looked at: of a table's partitions, and of all expressions. */
#define MOST_PLACES		64
#define MOST_EXPRESSIONS 100

typedef struct Sample
{
	MemoryContext context;
	double		rows;			/* of the table */
	double		pages;
	double		most;			/* rows to be taken, about */
	Oid			type;
	Oid			collation;
	int32		typmod;
	bool		cut;			/* there would have been more rows */
	int			count;
	Datum	   *values;
	bool	   *nulls;
} Sample;

/* --- the sample --- */

static void
measure(Sample *sample, const BingoAdviseExpression *expression)
{
	ListCell   *cell;

	foreach(cell, expression->places)
	{
		Relation	table = try_relation_open(((BingoAdvisePlace *) lfirst(cell))->relid, AccessShareLock);
		double		pages;

		if (table == NULL)
			continue;
		pages = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? 0 : RelationGetNumberOfBlocks(table);
		sample->pages += pages;
		if (table->rd_rel->reltuples > 0 && table->rd_rel->relpages > 0)
			sample->rows += pages * table->rd_rel->reltuples / table->rd_rel->relpages;
		else
			sample->rows += pages * ROWS_OF_PAGE;
		relation_close(table, AccessShareLock);
	}
}

static double
rows_for(const Node *expression)
{
	QualCost	cost;

	cost_qual_eval_node(&cost, unconstify(Node *, expression), NULL);
	return Max(Min(ROWS, COST / Max(cost.per_tuple, COST / ROWS)), LEAST_ROWS);
}

static char *
write_query(const Sample *sample, const BingoAdviseExpression *expression)
{
	double		part = Min(PAGES / Max(sample->pages, 1), 1);
	double		kept = Min(sample->most / Max(sample->rows * part, 1), 1);

	return psprintf("SELECT %s FROM %s TABLESAMPLE pg_catalog.system (%.9f) REPEATABLE (1)"
					" WHERE (pg_catalog.hashtid(ctid) OPERATOR(pg_catalog.&) 65535) OPERATOR(pg_catalog.<) %d LIMIT %d",
					expression->name, bingo_advise_table(expression->relid), 100 * part, (int) (65536 * kept), (int) (2 * sample->most));
}

static void
keep_rows(Sample *sample)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	Form_pg_attribute column = TupleDescAttr(SPI_tuptable->tupdesc, 0);

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		sample->nulls[sample->count] = isnull;
		sample->values[sample->count++] = isnull ? (Datum) 0 : datumCopy(value, column->attbyval, column->attlen);
	}
	MemoryContextSwitchTo(caller);
}

static void
check_trust(const char *query)
{
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(query));

	bingo_advise_check_trust(parse_analyze_fixedparams(raw, query, NULL, 0, NULL));
}

static bool
is_late(instr_time since)
{
	instr_time	passed;

	INSTR_TIME_SET_CURRENT(passed);
	INSTR_TIME_SUBTRACT(passed, since);
	return INSTR_TIME_GET_MILLISEC(passed) > MILLISECONDS;
}

/* Few at first, whose values may be large; no more at once than there were before. */
static void
take_sample(Sample *sample, const BingoAdviseExpression *expression)
{
	char	   *query = write_query(sample, expression);
	Portal		cursor;
	instr_time	start;
	int			wanted;

	check_trust(query);
	bingo_advise_leave_silent();
	INSTR_TIME_SET_CURRENT(start);
	cursor = SPI_cursor_open_with_args(NULL, query, 0, NULL, NULL, NULL, true, CURSOR_OPT_NO_SCROLL);
	sample->values = MemoryContextAlloc(sample->context, (2 * ROWS + ROWS_AT_ONCE) * sizeof(Datum));
	sample->nulls = MemoryContextAlloc(sample->context, (2 * ROWS + ROWS_AT_ONCE) * sizeof(bool));
	do
	{
		CHECK_FOR_INTERRUPTS();
		wanted = Min(sample->count + 1, ROWS_AT_ONCE);
		SPI_cursor_fetch(cursor, true, wanted);
		keep_rows(sample);
		SPI_freetuptable(SPI_tuptable);
		sample->cut = SPI_processed == wanted;
	} while (sample->cut && sample->count < 2 * ROWS && MemoryContextMemAllocated(sample->context, true) < BYTES && !is_late(start));
	SPI_cursor_close(cursor);
}

/* --- what ANALYZE makes of it --- */

static Datum
fetch_value(VacAttrStats *statistics, int row, bool *isnull)
{
	*isnull = statistics->exprnulls[row];
	return statistics->exprvals[row];
}

static VacAttrStats *
begin_statistics(const Sample *sample)
{
	VacAttrStats *statistics = palloc0(sizeof(VacAttrStats));
	HeapTuple	type = SearchSysCacheCopy1(TYPEOID, ObjectIdGetDatum(sample->type));

	if (!HeapTupleIsValid(type))
		elog(ERROR, "cache lookup failed for type %u", sample->type);
	bingo_analyze_by_default(statistics);
	statistics->attrtypid = sample->type;
	statistics->attrtypmod = sample->typmod;
	statistics->attrcollid = sample->collation;
	statistics->attrtype = (Form_pg_type) GETSTRUCT(type);
	statistics->anl_context = CurrentMemoryContext;
	statistics->exprvals = sample->values;
	statistics->exprnulls = sample->nulls;
	statistics->rowstride = 1;
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
	{
		statistics->statypid[i] = sample->type;
		statistics->statyplen[i] = statistics->attrtype->typlen;
		statistics->statypbyval[i] = statistics->attrtype->typbyval;
		statistics->statypalign[i] = statistics->attrtype->typalign;
	}
	return statistics;
}

/* False: nothing can be said of such a type, or of so few rows. */
static bool
compute(const Sample *sample, VacAttrStats *statistics)
{
	bool		whole = !sample->cut && sample->pages <= PAGES && sample->rows <= sample->most;
	double		rows = whole ? sample->count : Max(sample->rows, sample->count);
	bool		known = OidIsValid(statistics->attrtype->typanalyze) ?
		DatumGetBool(OidFunctionCall1(statistics->attrtype->typanalyze, PointerGetDatum(statistics))) : std_typanalyze(statistics);

	if (!known || sample->count < (sample->cut ? LEAST_ROWS : 1) || statistics->compute_stats == NULL)
		return false;
	statistics->compute_stats(statistics, fetch_value, sample->count, rows);
	return statistics->stats_valid;
}

static void
put_slot(const VacAttrStats *statistics, int slot, Datum *values, bool *nulls)
{
	int			count = statistics->numnumbers[slot];

	values[Anum_pg_statistic_stakind1 - 1 + slot] = Int16GetDatum(statistics->stakind[slot]);
	values[Anum_pg_statistic_staop1 - 1 + slot] = ObjectIdGetDatum(statistics->staop[slot]);
	values[Anum_pg_statistic_stacoll1 - 1 + slot] = ObjectIdGetDatum(statistics->stacoll[slot]);
	nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = count == 0;
	nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = statistics->numvalues[slot] == 0;
	if (count > 0)
	{
		Datum	   *numbers = palloc(count * sizeof(Datum));

		for (int i = 0; i < count; i++)
			numbers[i] = Float4GetDatum(statistics->stanumbers[slot][i]);
		values[Anum_pg_statistic_stanumbers1 - 1 + slot] =
			PointerGetDatum(construct_array(numbers, count, FLOAT4OID, sizeof(float4), true, TYPALIGN_INT));
	}
	if (statistics->numvalues[slot] > 0)
		values[Anum_pg_statistic_stavalues1 - 1 + slot] =
			PointerGetDatum(construct_array(statistics->stavalues[slot], statistics->numvalues[slot], statistics->statypid[slot],
											statistics->statyplen[slot], statistics->statypbyval[slot], statistics->statypalign[slot]));
}

/* As a row of pg_statistic, of no relation. */
static HeapTuple
form_statistics(const VacAttrStats *statistics)
{
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	Datum		values[Natts_pg_statistic] = {0};
	bool		nulls[Natts_pg_statistic] = {false};
	HeapTuple	tuple;

	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(InvalidOid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(InvalidAttrNumber);
	values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(false);
	values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(statistics->stanullfrac);
	values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(statistics->stawidth);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(statistics->stadistinct);
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		put_slot(statistics, i, values, nulls);
	tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}

typedef struct Look
{
	BingoAdvise *advise;
	BingoAdviseExpression *expression;
} Look;

static void
look(void *argument)
{
	const Look *look = argument;
	const Node *node = ((BingoAdvisePlace *) linitial(look->expression->places))->expression;
	Sample		sample = {.type = exprType(node), .typmod = exprTypmod(node), .collation = exprCollation(node)};
	MemoryContext caller;
	VacAttrStats *statistics;

	sample.context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune advise sample", ALLOCSET_DEFAULT_SIZES);
	sample.most = rows_for(node);
	measure(&sample, look->expression);
	take_sample(&sample, look->expression);
	caller = MemoryContextSwitchTo(sample.context);
	statistics = begin_statistics(&sample);
	if (compute(&sample, statistics))
	{
		HeapTuple	tuple = form_statistics(statistics);

		MemoryContextSwitchTo(look->advise->context);
		look->expression->statistics = heap_copytuple(tuple);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(sample.context);
}

/* --- which --- */

/* The table and all below it; NIL: so many, or one of another server. */
static List *
find_places(Oid relid)
{
	List	   *relids = find_all_inheritors(relid, NoLock, NULL);
	ListCell   *cell;

	foreach(cell, relids)
	{
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE)
			return NIL;
	}
	return list_length(relids) > MOST_PLACES ? NIL : relids;
}

static void
add_places(void *argument)
{
	const Look *look = argument;
	ListCell   *cell;

	foreach(cell, find_places(look->expression->relid))
	{
		Node	   *node = eval_const_expressions(NULL, bingo_advise_read_key(look->expression->name, lfirst_oid(cell)));
		MemoryContext caller = MemoryContextSwitchTo(look->advise->context);
		BingoAdvisePlace *place = palloc(sizeof(BingoAdvisePlace));

		fix_opfuncids(node);
		place->relid = lfirst_oid(cell);
		place->expression = copyObject(node);
		look->expression->places = lappend(look->expression->places, place);
		MemoryContextSwitchTo(caller);
	}
}

static void
note_expression(BingoAdvise *advise, BingoAdviseStatement *statement, const BingoAdviseKey *key)
{
	BingoAdviseExpression *expression = NULL;
	MemoryContext caller;
	ListCell   *cell;

	foreach(cell, advise->expressions)
	{
		BingoAdviseExpression *other = lfirst(cell);

		if (other->relid == key->relid && other->userid == statement->userid && strcmp(other->name, key->name) == 0)
			expression = other;
	}
	if (expression == NULL && list_length(advise->expressions) >= MOST_EXPRESSIONS)
		return;
	caller = MemoryContextSwitchTo(advise->context);
	if (expression == NULL)
	{
		expression = palloc0(sizeof(BingoAdviseExpression));
		expression->relid = key->relid;
		expression->userid = statement->userid;
		expression->oid = bingo_advise_expression_oid(list_length(advise->expressions));
		expression->name = pstrdup(key->name);
		advise->expressions = lappend(advise->expressions, expression);
		(void) bingo_advise_aside(add_places, &(Look) {advise, expression});
	}
	expression->statements = list_append_unique_ptr(expression->statements, statement);
	MemoryContextSwitchTo(caller);
}

static void
note_keys(BingoAdvise *advise, BingoAdviseStatement *statement, const List *keys)
{
	const ListCell *cell;

	foreach(cell, keys)
	{
		if (((const BingoAdviseKey *) lfirst(cell))->is_expression)
			note_expression(advise, statement, lfirst(cell));
	}
}

bool
bingo_advise_look_at_expressions(BingoAdvise *advise, BingoAdviseStatement *statement, const List *uses,
								 void (*plan) (void *argument), void *argument)
{
	const ListCell *cell;
	int			before = list_length(advise->expressions);

	foreach(cell, uses)
	{
		const BingoAdviseUse *use = lfirst(cell);
		ListCell   *join;

		note_keys(advise, statement, use->equal);
		note_keys(advise, statement, use->ranges);
		note_keys(advise, statement, use->either);
		note_keys(advise, statement, use->group);
		note_keys(advise, statement, use->contents);
		foreach(join, use->joins)
			note_keys(advise, statement, ((BingoAdviseJoin *) lfirst(join))->keys);
	}
	if (list_length(advise->expressions) == before)
		return before > 0;
	bingo_advise_show_expressions(advise->expressions);
	plan(argument);
	foreach(cell, advise->expressions)
	{
		BingoAdviseExpression *expression = lfirst(cell);

		if (!expression->lacking || expression->looked)
			continue;
		expression->looked = true;
		(void) bingo_advise_aside(look, &(Look) {advise, expression});
	}
	return true;
}
