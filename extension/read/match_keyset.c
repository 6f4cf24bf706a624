/*
 * read/match_keyset.c
 *	  Conditions that begin a page behind a row of the order: keysets.
 *
 * A step of read/match_search.c.  A keyset is a lexicographic comparison of sort keys that
 * follow each other with fixed values.  People write it
 *
 *	(1) as a row comparison,	(a, b, c) < (x, y, z), or NOT of the contrary;
 *	(2) as OR,					a < x OR (a = x AND b > y), nested or flat, and
 *								a < x OR (a = x AND (b, c) > (y, z)), where directions differ; a <= x for a = x;
 *	(3) as AND and OR,			a <= x AND (a < x OR b > y), or a <= x AND NOT (a = x AND b <= y), nested, too.
 *
 * All of them become levels: a search key for each sort key, of which the first ones are
 * compared strictly or by equality and the last one as it is written.  Of three levels the rows that
 * satisfy the keyset are those of the searches
 *
 *	a < x;    a = x AND b < y;    a = x AND b = y AND c < z
 *
 * which are disjoint, and each of which is a range of the order; read/search.c puts them one
 * after the other.  So a page begins at its first row, whatever the directions are.  These searches know nothing
 * of rows as nbtree's own keys: what it does with those differs from version to version, above all
 * with NULLs and with directions that differ.  By the operators' families
 * "less" and "equal" are what the row comparison says; NULL, in a value or in a column, satisfies neither, as there.
 *
 * (2) and (3) name a value more than once, and drivers that number parameters by their place send each as another one:
 * a < $1 OR (a = $2 AND b > $3).  Of a generic plan nobody knows that $1 and $2 will be equal.  They are noted as twins, and the
 * scan looks, each time it starts, whether they are (read/search.c): if not, it is no keyset, and nothing is searched by it.  So
 * the condition stays in the filter.  "Equal" is by the operator family, which compares the column alike with both.
 *
 * Where one condition more says that the first sort key has one value, a = x AND (a, b, c) < (x, y, z), the keyset is that of the
 * sort keys behind it; or it says nothing of the order, if the values differ.
 *
 * What can't be followed to its end - a column that is no sort key, or not the next one - is cut there:
 * (a, b) < (x, y) implies a <= x, and so does (2).  Then the whole stays in the filter.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/match_step.h"

static List *parse_rest(PlannerInfo *root, const BingoMatch *match, Node *node, int key, bool *complete);

static bool
is_range(const BingoSearchKey *level)
{
	return level != NULL && level->strategy != BTEqualStrategyNumber && level->whole && !level->list;
}

static bool
is_strict(const BingoSearchKey *level)
{
	return level->strategy == BTLessStrategyNumber || level->strategy == BTGreaterStrategyNumber;
}

/* The same direction, with the value itself or without. */
static int
choose_strategy(int strategy, bool or_equal)
{
	if (strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber)
		return or_equal ? BTLessEqualStrategyNumber : BTLessStrategyNumber;
	return or_equal ? BTGreaterEqualStrategyNumber : BTGreaterStrategyNumber;
}

/* "sort key OP value"; NULL if it is none, or of another sort key than "key" (any, if negative). */
static BingoSearchKey *
parse_comparison(PlannerInfo *root, const BingoMatch *match, Node *node, int key)
{
	const OpExpr *comparison = (const OpExpr *) node;
	BingoSearchKey *level;

	if (!IsA(node, OpExpr))
		level = bingo_match_flag(root, match, node);
	else if (list_length(comparison->args) == 2)
		level = bingo_match_compare(root, match, linitial(comparison->args), comparison->opno, lsecond(comparison->args),
									comparison->inputcollid);
	else
		return NULL;
	return level != NULL && (key < 0 || level->key == key) ? level : NULL;
}

/* The columns of a row comparison, as far as they are sort keys one after the other. */
static List *
parse_row(PlannerInfo *root, const BingoMatch *match, const RowCompareExpr *row, int key, bool *complete)
{
	List	   *levels = NIL;
	int			column;

	for (column = 0; column < list_length(row->opnos); column++)
	{
		BingoSearchKey *level = bingo_match_compare(root, match, list_nth(row->largs, column), list_nth_oid(row->opnos, column),
													list_nth(row->rargs, column), list_nth_oid(row->inputcollids, column));

		if (!is_range(level) || (key >= 0 && level->key != key) ||
			(levels != NIL && level->strategy != ((BingoSearchKey *) linitial(levels))->strategy))
			break;
		key = level->key + 1;
		levels = lappend(levels, level);
	}
	*complete = column == list_length(row->opnos);
	return levels;
}

static void
add_twin(BingoSearchKey *keyset, BingoSearchKey *key, Expr *value)
{
	BingoTwin  *twin = palloc(sizeof(BingoTwin));

	twin->key = key;
	twin->value = value;
	keyset->twins = lappend(keyset->twins, twin);
}

static bool
may_be_same(const BingoMatch *match, const BingoSearchKey *level, const BingoSearchKey *other)
{
	if (other->type != level->type)
		return false;
	return equal(other->value, level->value) ||
		(!(IsA(other->value, Const) && IsA(level->value, Const)) &&
		 bingo_match_is_ordered(match->ordering->definition->sort[level->key].opfamily, level->type, level->type));
}

/* Is it the level's value, or may it be?  That is noted. */
static bool
is_same_value(const BingoMatch *match, BingoSearchKey *level, const BingoSearchKey *other)
{
	if (!may_be_same(match, level, other))
		return false;
	if (!equal(other->value, level->value))
		add_twin(level, level, other->value);
	return true;
}

/* Of "a = x AND rest" the rest; NIL if it is anything else.  Beside "a < x", which the level is, "a <= x AND rest" says the same. */
static List *
take_equality(PlannerInfo *root, const BingoMatch *match, Node *arm, BingoSearchKey *level)
{
	ListCell   *lc;

	if (!is_andclause(arm))
		return NIL;
	foreach(lc, ((BoolExpr *) arm)->args)
	{
		BingoSearchKey *found = parse_comparison(root, match, lfirst(lc), level->key);

		if (found != NULL &&
			(found->strategy == BTEqualStrategyNumber || found->strategy == choose_strategy(level->strategy, true)) &&
			is_same_value(match, level, found))
			return list_delete_nth_cell(list_copy(((BoolExpr *) arm)->args), foreach_current_index(lc));
	}
	return NIL;
}

static Node *
make_or(List *arms)
{
	return list_length(arms) == 1 ? linitial(arms) : (Node *) makeBoolExpr(OR_EXPR, arms, -1);
}

/* Of the arms of an OR: one is "a < x", and all others "a = x AND ...". */
static List *
parse_or(PlannerInfo *root, const BingoMatch *match, List *arms, int key, bool *complete)
{
	ListCell   *lc;

	foreach(lc, arms)
	{
		BingoSearchKey *level = parse_comparison(root, match, lfirst(lc), key);
		List	   *rests = NIL;
		ListCell   *other;

		if (!is_range(level) || !is_strict(level))
			continue;
		foreach(other, arms)
		{
			List	   *rest = other == lc ? NIL : take_equality(root, match, lfirst(other), level);

			if (rest != NIL)
				rests = lappend(rests, make_ands_explicit(rest));
		}
		if (list_length(rests) == list_length(arms) - 1)
			return lcons(level, parse_rest(root, match, make_or(rests), level->key + 1, complete));
	}
	*complete = false;
	return NIL;
}

/* Beside "a <= x", which the bound is: is it "a < x", or "a <> x"? */
static bool
is_strict_twin(PlannerInfo *root, const BingoMatch *match, Node *arm, BingoSearchKey *bound)
{
	BingoSearchKey *twin = parse_comparison(root, match, arm, bound->key);
	OpExpr	   *opposite;

	if (twin == NULL && IsA(arm, OpExpr) && OidIsValid(get_negator(((OpExpr *) arm)->opno)))
	{
		opposite = copyObject((OpExpr *) arm);
		opposite->opno = get_negator(opposite->opno);
		twin = parse_comparison(root, match, (Node *) opposite, bound->key);
		if (twin == NULL || twin->strategy != BTEqualStrategyNumber)
			return false;
	}
	else if (twin == NULL || twin->strategy != choose_strategy(bound->strategy, false))
		return false;
	return is_same_value(match, bound, twin);
}

/* Of "a < x OR rest", beside "a <= x": the levels, of which the bound is the first. */
static List *
parse_beside(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *bound, Node *clause, bool *complete)
{
	ListCell   *lc;

	if (!is_range(bound) || BINGO_IS_KEYSET(bound) || is_strict(bound) || !is_orclause(clause))
		return NIL;
	foreach(lc, ((BoolExpr *) clause)->args)
	{
		BingoSearchKey *first = palloc(sizeof(BingoSearchKey));
		List	   *arms;
		List	   *levels;

		*first = *bound;
		if (!is_strict_twin(root, match, lfirst(lc), first))
			continue;
		arms = list_delete_nth_cell(list_copy(((BoolExpr *) clause)->args), foreach_current_index(lc));
		levels = parse_rest(root, match, make_or(arms), first->key + 1, complete);
		if (levels != NIL)
			return lcons(first, levels);
	}
	return NIL;
}

/* The same where the bound is one of two conditions. */
static List *
parse_and(PlannerInfo *root, const BingoMatch *match, List *conditions, int key, bool *complete)
{
	ListCell   *lc;

	foreach(lc, list_length(conditions) == 2 ? conditions : NIL)
	{
		BingoSearchKey *bound = parse_comparison(root, match, lfirst(lc), key);
		List	   *levels = bound ? parse_beside(root, match, bound, list_nth(conditions, 1 - foreach_current_index(lc)), complete) : NIL;

		if (levels != NIL)
			return levels;
	}
	*complete = false;
	return NIL;
}

/* What is wanted where the sort keys before "key" are equal. */
static List *
parse_rest(PlannerInfo *root, const BingoMatch *match, Node *node, int key, bool *complete)
{
	BingoSearchKey *level;

	if (is_orclause(node))
		return parse_or(root, match, ((BoolExpr *) node)->args, key, complete);
	if (is_andclause(node))
		return parse_and(root, match, ((BoolExpr *) node)->args, key, complete);
	if (bingo_match_row(node) != NULL)
		return parse_row(root, match, bingo_match_row(node), key, complete);
	level = parse_comparison(root, match, node, key);
	*complete = is_range(level);
	return *complete ? list_make1(level) : NIL;
}

/* The function of another operator of the search key's family; false if there is no such. */
static bool
find_operator(const BingoMatch *match, BingoSearchKey *search, int strategy, Oid *function)
{
	Oid			operator = get_opfamily_member(match->ordering->definition->sort[search->key].opfamily,
											   search->left_type, search->type, strategy);

	if (!OidIsValid(operator) || !op_strict(operator) || op_volatile(operator) != PROVOLATILE_IMMUTABLE)
		return false;
	*function = get_opcode(operator);
	return true;
}

bool
bingo_match_or_equal(const BingoMatch *match, BingoSearchKey *search)
{
	int			strategy = choose_strategy(search->strategy, true);

	if (!find_operator(match, search, strategy, &search->function))
		return false;
	search->strategy = strategy;
	search->whole = false;
	return true;
}

/* A search key of the levels; those behind one that has no equality are cut off. */
static BingoSearchKey *
link_levels(const BingoMatch *match, List *levels, bool complete)
{
	BingoSearchKey *first = levels ? linitial(levels) : NULL;
	ListCell   *lc;

	foreach(lc, levels)
	{
		BingoSearchKey *level = lfirst(lc);
		bool		last = lnext(levels, lc) == NULL;

		if (level != first)
			first->twins = list_concat(first->twins, level->twins);

		if (!last && find_operator(match, level, BTEqualStrategyNumber, &level->equal) &&
			find_operator(match, level, choose_strategy(level->strategy, false), &level->function))
		{
			level->strategy = choose_strategy(level->strategy, false);
			continue;
		}
		if (!last || !complete)
		{
			if (!bingo_match_or_equal(match, level))
				return NULL;
			complete = false;
		}
		first->rest = list_delete_first(list_copy_head(levels, foreach_current_index(lc) + 1));
		break;
	}
	if (first != NULL)
		first->whole = complete;
	return first;
}

BingoSearchKey *
bingo_match_keyset_behind(const BingoMatch *match, BingoSearchKey *key, BingoSearchKey *keyset)
{
	BingoSearchKey *next = keyset->rest ? linitial(keyset->rest) : NULL;
	ListCell   *lc;

	if (next == NULL || key->list || !may_be_same(match, key, keyset))
		return NULL;
	next->rest = list_delete_first(keyset->rest);
	next->condition = keyset->condition;
	next->beside = keyset->beside;
	next->whole = keyset->whole;
	/* what stood for the keyset's first value stands for the key's, which is the same */
	next->twins = keyset->twins;
	foreach(lc, next->twins)
		if (((BingoTwin *) lfirst(lc))->key == keyset)
			((BingoTwin *) lfirst(lc))->key = key;
	if (!equal(key->value, keyset->value))
		add_twin(next, key, keyset->value);
	return next;
}

BingoSearchKey *
bingo_match_keyset(PlannerInfo *root, const BingoMatch *match, Node *clause)
{
	bool		complete;
	List	   *levels;

	if (bingo_match_row(clause) != NULL)
		levels = parse_row(root, match, bingo_match_row(clause), -1, &complete);
	else if (is_orclause(clause))
		levels = parse_or(root, match, ((BoolExpr *) clause)->args, -1, &complete);
	else
		return NULL;
	return link_levels(match, levels, complete);
}

BingoSearchKey *
bingo_match_keyset_beside(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *bound, Node *clause)
{
	bool		complete = false;
	List	   *levels = parse_beside(root, match, bound, clause, &complete);

	return link_levels(match, levels, complete);
}
