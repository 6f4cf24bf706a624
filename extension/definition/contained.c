/*
 * definition/contained.c
 *	  Has the window of one ordering all that the window of another one has?
 *
 * "All" contains "part", so that whatever is served from the window of part could be served from
 * that of all, if
 *
 *	tables		both have the same tables, with the same driving table, each dimension joined to the
 *				same parent by the same columns and operators, and optional in both or in none;
 *	rows		the conditions of each table in one imply those in the other, both ways, by
 *				PostgreSQL's own proof: the windows are of the same rows.  That all has more rows
 *				would not do, though queries may filter them: the first ones that pass may
 *				be far behind its end, and reading past the others costs;
 *	order		the sort keys are the same ones, by column or equal expression, in collation, direction and
 *				place of NULLs.  Where keys of part were appended since its query leaves ties (known of one that was
 *				analysed just now), its query's own keys must be the first ones of all: its pages may
 *				have ties in any order;
 *	columns		all has each column, and each expression's value, that part has;
 *	depth		all is asked to keep all of them (BINGO_MOST_WINDOW_ROWS), or at least as many, of as many
 *				leading columns' values: a window's first rows are other ones than those of each value.
 *
 * Anything else is taken for no.  What is equal by a join (post.author, author.id) counts as
 * different, as it does for columns that a query reads; an order that another one gives
 * when it is read backwards is another one.
 *
 * Compares what is in the definitions; looks nothing up but operators, for the proof.
 */
#include "postgres.h"

#include "optimizer/optimizer.h"

#include "definition/contained.h"
#include "definition/filter.h"

/* Both definitions, and for each table of part its number in all. */
typedef struct Comparison
{
	const BingoDefinition *all;
	const BingoDefinition *part;
	int			table[BINGO_MAX_TABLES];
} Comparison;

static bool
same_join(const BingoTable *all, const BingoTable *part)
{
	if (all->njoin != part->njoin || all->optional != part->optional)
		return false;
	for (int i = 0; i < part->njoin; i++)
	{
		const BingoJoinColumn *join = &part->join[i];
		int			j = 0;

		while (j < all->njoin &&
			   (all->join[j].attno != join->attno || all->join[j].parent_attno != join->parent_attno ||
				all->join[j].equality != join->equality || all->join[j].collation != join->collation))
			j++;
		if (j == all->njoin)
			return false;
	}
	return true;
}

/* In the same role, and not paired yet. */
static bool
same_table(const Comparison *comparison, int all, int part)
{
	const BingoTable *a = &comparison->all->tables[all];
	const BingoTable *p = &comparison->part->tables[part];

	for (int i = 0; i < part; i++)
		if (comparison->table[i] == all)
			return false;
	return a->relid == p->relid && a->parent == comparison->table[p->parent] && same_join(a, p);
}

/* Are their tables and joins the same?  Fills in which is which; parents stand before what is joined to them. */
static bool
pair_tables(Comparison *comparison)
{
	const BingoDefinition *all = comparison->all;
	const BingoDefinition *part = comparison->part;

	if (all->ntables != part->ntables || all->tables[0].relid != part->tables[0].relid)
		return false;
	comparison->table[0] = 0;
	for (int i = 1; i < part->ntables; i++)
	{
		int			j = 1;

		while (j < all->ntables && !same_table(comparison, j, i))
			j++;
		if (j == all->ntables)
			return false;
		comparison->table[i] = j;
	}
	return true;
}

static bool
same_rows(const Comparison *comparison)
{
	for (int i = 0; i < comparison->part->ntables; i++)
	{
		List	   *all = bingo_filter_of(comparison->all, comparison->table[i], 1);
		List	   *part = bingo_filter_of(comparison->part, i, 1);

		if (!equal(all, part) && (all == NIL || part == NIL || !predicate_implied_by(all, part, false) ||
								  !predicate_implied_by(part, all, false)))
			return false;
	}
	return true;
}

static bool
same_column(const Comparison *comparison, const BingoColumn *all, const BingoColumn *part)
{
	if (all->table != comparison->table[part->table] || all->attno != part->attno)
		return false;
	return part->attno != InvalidAttrNumber ||
		equal(list_nth(comparison->all->expressions, all->expression), list_nth(comparison->part->expressions, part->expression));
}

static bool
same_order(const Comparison *comparison)
{
	const BingoDefinition *all = comparison->all;
	const BingoDefinition *part = comparison->part;
	int			named = part->nsort - part->nappended;

	if (named == 0 || all->nsort < named)
		return false;
	for (int i = 0; i < named; i++)
	{
		const BingoSortKey *key = &all->sort[i];
		const BingoSortKey *other = &part->sort[i];

		/* the operator says in which direction */
		if (!same_column(comparison, &key->column, &other->column) || key->sort_operator != other->sort_operator ||
			key->collation != other->collation || key->nulls_first != other->nulls_first)
			return false;
	}
	return true;
}

static bool
has_columns(const Comparison *comparison)
{
	const BingoDefinition *all = comparison->all;
	const BingoDefinition *part = comparison->part;

	for (int i = 0; i < part->noutput; i++)
	{
		int			j = 0;

		while (j < all->noutput && !same_column(comparison, &all->output[j], &part->output[i]))
			j++;
		if (j == all->noutput)
			return false;
	}
	return true;
}

bool
bingo_definition_contains(const BingoDefinition *all, int64 rows, const BingoDefinition *part, int64 part_rows)
{
	Comparison	comparison = {.all = all, .part = part};

	return !all->counts && !part->counts &&
		(rows == BINGO_MOST_WINDOW_ROWS || (rows >= part_rows && all->nkeys == part->nkeys)) && pair_tables(&comparison) &&
		same_rows(&comparison) && same_order(&comparison) && has_columns(&comparison);
}
