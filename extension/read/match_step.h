/*
 * read/match_step.h
 *	  What the steps of read/match.c share, for its own files only.
 */
#ifndef BINGO_SCAN_MATCH_STEP_H
#define BINGO_SCAN_MATCH_STEP_H

#include "nodes/primnodes.h"

#include "read/match_result.h"

/*
 * Notes that the ordering can't be used, and ends the step, unless somebody wants
 * to read all obstacles: then the words are made and the step goes on.
 */
#define BINGO_MATCH_REFUSE(match, ...) \
	do { \
		(match)->refused = true; \
		if (!(match)->explain) \
			return; \
		bingo_match_add_obstacle((match), psprintf(__VA_ARGS__)); \
	} while (0)

/* read/match_outer.c: outer joins between the tables; false if nothing else would be comparable. */
extern bool bingo_match_outer(PlannerInfo *root, BingoMatch *match);

/* Is the outer join made between relations of the core? */
extern bool bingo_match_is_inside(const BingoMatch *match, const SpecialJoinInfo *join);

/* read/match_joins.c: the conditions that join the tables are the ordering's. */
extern void bingo_match_joins(PlannerInfo *root, BingoMatch *match);

/* Says the class that the two columns of the join j of the ordering's table t are equal? */
extern bool bingo_match_stands_for_join(const BingoMatch *match, const EquivalenceClass *ec, int t, int j);

/*
 * The window's column that stands in for one that it lacks: the ordering's join says that both are equal, and so are their
 * images.  NULL: there is none.
 */
extern BingoStandIn *bingo_match_find_joined(const BingoMatch *match, Var *var);

/* read/match_filter.c: the other conditions become match->filter. */
extern void bingo_match_filter(PlannerInfo *root, BingoMatch *match);

/* All that each row which is wanted satisfies, but for the joins that are classes; some come twice.  RestrictInfos. */
extern List *bingo_match_all_conditions(PlannerInfo *root, const BingoMatch *match);

/* read/match.c: is the table expanded to others beside itself? */
extern bool bingo_match_has_children(PlannerInfo *root, int varno, const RangeTblEntry *rte);

/* Does a subquery of the level that PostgreSQL plans apart read the table? */
extern bool bingo_match_reads_apart(PlannerInfo *root, Oid relid);

/* Does a definition's filter say the condition, and do the relation's conditions say all of the filter? */
extern bool bingo_match_is_said(List *filter, const RestrictInfo *condition);
extern bool bingo_match_is_all_said(const RelOptInfo *rel, List *filter);

/* The conditions with one more, in the order in which the planner would evaluate them. */
extern List *bingo_match_add_condition(PlannerInfo *root, List *conditions, RestrictInfo *condition);

/* What must not see a row before the late conditions have comes behind them. */
extern void bingo_match_put_late(BingoMatch *match);

/* read/match_failing.c: may the condition raise an error because of a row's values? */
extern bool bingo_match_may_fail(const RestrictInfo *condition);

/* The column of the window that a Var is, exactly: index into BingoDefinition.output, or -1. */
extern int	bingo_match_output(const BingoMatch *match, const Var *var);

/* The column of the window, as the relation gives it. */
extern Var *bingo_match_make_var(const BingoMatch *match, int output);

/* read/match_order.c: match->pathkeys and match->covered. */
extern void bingo_match_order(PlannerInfo *root, const PathTarget *target, BingoMatch *match);

/* read/match_search.c: match->search. */
extern void bingo_match_search(PlannerInfo *root, BingoMatch *match);

/* read/match_compare.c: a search key from "left OP right", one of which is a sort key and the other one fixed; or NULL. */
extern BingoSearchKey *bingo_match_compare(PlannerInfo *root, const BingoMatch *match, Node *left, Oid operator, Node *right,
										   Oid collation);

/* The same from a flag, or NOT flag. */
extern BingoSearchKey *bingo_match_flag(PlannerInfo *root, const BingoMatch *match, Node *condition);

/* read/match_keyset.c: the search key of a keyset, or of what is known of it; NULL if it is none. */
extern BingoSearchKey *bingo_match_keyset(PlannerInfo *root, const BingoMatch *match, Node *clause);

/* The same if the clause makes one with "a <= x" beside it; that one is "bound". */
extern BingoSearchKey *bingo_match_keyset_beside(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *bound, Node *clause);

/* Where "key" has one value, a keyset that begins with it is one of the sort keys behind it; NULL if it is none, or says nothing then. */
extern BingoSearchKey *bingo_match_keyset_behind(const BingoMatch *match, BingoSearchKey *key, BingoSearchKey *keyset);

/* Can the column be looked up in the driving table, by the key that the window has? */
extern bool bingo_match_is_fetchable(PlannerInfo *root, const BingoMatch *match, const Var *var);

/* Is it where the window, read forward, begins to be searched, if it bounds a range?  Else where that ends. */
extern bool bingo_match_is_start(const BingoMatch *match, const BingoSearchKey *search);

/* A row comparison, or NOT of one, which is one, too; NULL if it is none. */
extern RowCompareExpr *bingo_match_row(Node *clause);

/* Does the family compare the two types, and by nothing but the values? */
extern bool bingo_match_is_ordered(Oid opfamily, Oid left, Oid right);

/* "a < x" becomes "a <= x", which is not the whole condition any more; false if there is no such operator. */
extern bool bingo_match_or_equal(const BingoMatch *match, BingoSearchKey *search);

/* The same from "sort key = ANY (array)", which is a list. */
extern BingoSearchKey *bingo_match_list_key(PlannerInfo *root, const BingoMatch *match, const ScalarArrayOpExpr *condition);

/* A condition "column = ANY (array)", with the operator of equality; NULL if it is none. */
extern Var *bingo_match_list(Node *condition, Oid opfamily, Oid collation);

/* A condition that a boolean column has "value", as the planner writes it: flag, NOT flag; NULL if it is none. */
extern Node *bingo_match_boolean(Node *condition, bool *value);

/* Keeps an obstacle, once. */
extern void bingo_match_add_obstacle(BingoMatch *match, char *obstacle);

/* For reasons in words: they look into the catalogs. */
extern const char *bingo_match_table_name(Oid relid);
extern const char *bingo_match_kept_name(const BingoDefinition *definition, const BingoColumn *column);
extern const char *bingo_match_column_name(const BingoDefinition *definition, int table, AttrNumber attno);

/* The ordering's table that a range table index stands for, or -1. */
static inline int
bingo_match_table(const BingoMatch *match, Index varno)
{
	int			i;

	for (i = 0; i < match->ordering->definition->ntables; i++)
	{
		if (match->varnos[i] == varno)
			return i;
	}
	return -1;
}

/* A binary-compatible cast (varchar to text in a sort key) changes no value. */
static inline Var *
bingo_match_var(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr && IsA(expr, Var) && ((Var *) expr)->varlevelsup == 0 ? (Var *) expr : NULL;
}

/* Is the member of an equivalence class that column of one of the ordering's tables? */
static inline bool
bingo_match_is_column(const BingoMatch *match, const EquivalenceMember *member, int table, AttrNumber attno)
{
	Var		   *var = member->em_is_child ? NULL : bingo_match_var(member->em_expr);

	return var && var->varno == match->varnos[table] && var->varattno == attno &&
		bms_is_subset(member->em_relids, match->relids) &&
		bms_is_subset(match->nulled[table], member->em_relids); /* not what it is below its outer join */
}

/* Are its members equal by their values only, not by a setting? */
extern bool bingo_match_is_exact(const EquivalenceClass *ec);

/* Does the class, if it is exact, hold the column? */
extern bool bingo_match_has_column(const BingoMatch *match, const EquivalenceClass *ec,
								   int table, AttrNumber attno);

/* The same of what the window keeps, which may be an expression. */
extern bool bingo_match_has_kept(const BingoMatch *match, const EquivalenceClass *ec, const BingoColumn *column);

/* The expression that the window keeps, as the planner has it. */
extern Node *bingo_match_make_kept(const BingoMatch *match, const BingoColumn *column);

/* Is it the expression that the window keeps, but for binary-compatible casts of the whole? */
extern bool bingo_match_is_kept(const BingoMatch *match, Node *node, const BingoColumn *column);

#endif							/* BINGO_SCAN_MATCH_STEP_H */
