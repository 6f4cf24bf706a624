/*
 * advise/advise.h
 *	  advise(): what its files share.
 *
 * The data's way:
 *
 *		examples (timing/), or the caller's text
 *		  -> statements (advise/statements.c)	what runs, how often, how long
 *		  -> analysed (advise/analyse.c)		a Query that may be planned here, or why not
 *		  -> shapes (advise/shape.c, keys.c, rare.c, gin.c)	what it does with the columns of each table
 *		  -> expressions (advise/statistics.c)	that the planner would only guess about, by a sample
 *		  -> candidates (advise/candidates.c)	indexes that could help, as commands
 *		  -> plans (advise/plan.c, plan_json.c, hypopg.c, gin_pretend.c) costs, with indexes that are not there
 *		  -> choice (advise/choose.c, gain.c)	for all statements together
 *		  -> narrower and longer ones in their place (advise/narrow.c, lengthen.c)
 *		  -> INCLUDE (advise/covering.c, reads.c) where columns more spare the visits to a table
 *		  -> orderings (advise/page.c, ordering.c) and counters (counter.c), where no index can do it, and are
 *												worth it (worth.c)
 *		  -> the indexes that orderings need (advise/unique.c, lacking.c, needs.c)
 *		  -> ANALYZE and CREATE STATISTICS (advise/statistics_lack.c) where a plan would be another one without
 *		  -> surplus (advise/surplus.c, contained.c) indexes and orderings that are there for nothing
 *		  -> rows (advise/rows.c)				which advise() returns (result.c), and apply_advice() carries
 *												out (apply.c); the whole way: work.c
 *
 * No statement is executed and nothing is changed; expressions are computed over a sample.  Whatever looks at a statement does so in
 * a subtransaction that is rolled back (advise/plan.c): its locks are held no longer
 * than that.
 */
#ifndef BINGO_ADVISE_H
#define BINGO_ADVISE_H

#include "fmgr.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"

#include "datatype/timestamp.h"
#include "timing/timing.h"
#include "utils/relcache.h"

#define BINGO_ADVISE_COLUMNS	8	/* of an index, at most */
#define BINGO_ADVISE_BUCKETS	1024	/* of the candidates */

/* A statement of the workload, or the caller's. */
typedef struct BingoAdviseStatement
{
	int64		queryid;		/* 0: the caller's */
	Oid			userid;
	char	   *text;			/* NULL: there is no example */
	char	   *action;			/* NULL: the caller's */
	int			nparams;		/* -1: those of the text, whatever their types */
	BingoExampleParameter *params;
	char	   *other_text;		/* that of another execution, with the same types of parameters, or NULL */
	int64		calls;
	double		total_ms;
	double		seconds;		/* that it is counted for, */
	TimestampTz since;			/* since then */
	bool		loads;			/* an INSERT that came once: in no total */

	/* What is found out: */
	char	   *refusal;		/* why it can't be advised, or NULL */
	bool		hidden;			/* not for the caller's eyes, or without any table of users' */
	bool		sorts;			/* the plan without advice sorts */
	bool		served;			/* by an ordering or a counter that is there */
	bool		counted;		/* by a counter */
	double		cost_before;
	double		cost_best;		/* with all candidates at once */
	double		cost_now;		/* with those that were chosen */
	double		cost_served;	/* with its ordering instead */
	bool		unserved;		/* the plan does not use its ordering after all */
	List	   *candidates;		/* of BingoAdviseIndex *: that could help it */
	List	   *used;			/* those that its plan takes when all are there */
	int			covered;		/* candidates that exist already */
	bool		lacks_trigrams;	/* of pg_trgm, which is not there */
	char	   *newer;			/* an index of its plan that was not there yet when it was measured first, or NULL */
	List	   *reads;			/* of BingoAdviseReads * */
	char	   *obstacle;		/* why no ordering, or counter, could serve it, or NULL */
	struct BingoAdviseOrdering *ordering;	/* that could serve it and, in the end, is worth it; or NULL */
	bool		counts;			/* rows: a counter, then */
	int			nkeys;			/* of that, named by it */
	double		groups;			/* of its answer */
} BingoAdviseStatement;

/* What a statement reads of one table. */
typedef struct BingoAdviseReads
{
	Oid			relid;
	Bitmapset  *columns;		/* attribute numbers */
	bool		visits;			/* and the rows themselves, whatever an index has */
} BingoAdviseReads;

/* A column, or expression, of an index. */
typedef struct BingoAdviseKey
{
	Query	   *level;			/* the query level and range table entry that it is of */
	Index		varno;
	Oid			relid;
	char	   *name;			/* quoted column, or expression */
	AttrNumber	attno;			/* 0: an expression */
	bool		is_expression;
	Oid			type;
	Oid			collation;		/* InvalidOid: the column's own */
	const char *opclass;		/* NULL: the default */
	bool		descending;
	bool		nulls_first;
	Oid			own_collation;	/* the column's, or expression's */
	bool		several;		/* compared with a list of values */
	bool		ordered;		/* its direction counts */
	Oid			gin;			/* operator class, if it is of a GIN index */
	bool		trigrams;		/* that is pg_trgm's */
	const char *role;			/* what the query does with it, in a word */
} BingoAdviseKey;

/* What a query does with one table: what candidates are made of. */
typedef struct BingoAdviseUse
{
	Query	   *level;
	Index		varno;
	Oid			relid;
	List	   *equal;			/* of BingoAdviseKey * */
	List	   *ranges;
	List	   *either;			/* arms of OR: each for itself */
	List	   *joins;			/* of BingoAdviseJoin * */
	List	   *order;			/* the beginning of ORDER BY that is this table's */
	List	   *group;
	List	   *extremes;		/* of min() and max() */
	List	   *contents;		/* what GIN indexes search */
	bool		lacks_trigrams;	/* pg_trgm's could search more */
	List	   *flags;			/* of char *: conditions without a value */
	List	   *rare;			/* of char *: conditions whose value is rare, and always the same; */
	List	   *rare_keys;		/* their keys, */
	double		rare_part;		/* and the part of the rows that all of them find */
} BingoAdviseUse;

typedef struct BingoAdviseJoin
{
	Query	   *level;			/* of the other table */
	Index		varno;
	List	   *keys;			/* of BingoAdviseKey * */
} BingoAdviseJoin;

/* An index that could be. */
typedef struct BingoAdviseIndex
{
	Oid			relid;
	int			nkeys;
	BingoAdviseKey keys[BINGO_ADVISE_COLUMNS];
	bool		gin;			/* of its only key; else a btree */
	List	   *included;		/* of char *: columns behind the keys, quoted */
	char	   *predicate;		/* or NULL */
	double		part;			/* of the rows, by values in it that are rare; else 1 */
	char	   *definition;		/* table USING method (...) [INCLUDE (...)] [WHERE ...]: what it is known by */
	List	   *oids;			/* hypothetical ones, while they are there */
	List	   *statements;		/* of BingoAdviseStatement *: whose candidate it is */
	List	   *served;			/* those whose plan uses it in the end */
	char	   *replaces;		/* an index that is there and would be redundant, or NULL */
	bool		unique;			/* an ordering needs it so */
	List	   *needing;		/* of BingoAdviseOrdering *: those that need it */
	int64		size;			/* bytes, as HypoPG estimates them; -1: not asked yet */
	double		write_ms;		/* a second */
	double		score;			/* in the choice */
	int			round;			/* in which that was worked out */
	bool		chosen;
} BingoAdviseIndex;

/* A key of a counter. */
typedef struct BingoAdviseCountKey
{
	char	   *name;			/* of the column */
	double		values;			/* so many different ones */
} BingoAdviseCountKey;

/* An index that an ordering needs. */
typedef struct BingoAdviseNeed
{
	Oid			relid;
	bool		unique;			/* of a key; else it finds the rows that another table's are joined to */
	int			nkeys;
	AttrNumber	attnos[BINGO_ADVISE_COLUMNS];
	Oid			collations[BINGO_ADVISE_COLUMNS];	/* InvalidOid: the columns' own */
} BingoAdviseNeed;

/* An ordering, or a counter. */
typedef struct BingoAdviseOrdering
{
	char	   *name;
	char	   *query;
	int64		rows;			/* of an ordering's window */
	bool		limited;		/* not all rows of a join are wanted */
	int			ntables;		/* that it joins */
	bool		lacks_indexes;	/* that must be made with it */
	List	   *unique;			/* of BingoSupposedKey *: keys that are not there, which it was defined with, */
	List	   *needs;			/* and of BingoAdviseNeed *: all indexes that must be there before it, and are not */
	List	   *columns;		/* of char *: what an ordering selects, */
	char	   *rest;			/* and FROM and all behind it; NULL: that is not known */
	struct BingoDefinition *definition;	/* of an ordering, until the subtransaction ends */
	bool		counts;			/* it is a counter: */
	List	   *keys;			/* of BingoAdviseCountKey * */
	int			narrowest;		/* so many of them its statements name, at least */
	char	   *filter;			/* or NULL */
	double		tuples;			/* of its table */
	List	   *relids;			/* whose writers pay for it */
	List	   *served;			/* of BingoAdviseStatement *: of one definition there is one ordering */
	double		write_ms;		/* a second */
	const char *alone;			/* what indexes alone would bring, in words */
} BingoAdviseOrdering;

/* An index, or an ordering, that nobody would miss. */
typedef struct BingoAdviseSurplus
{
	bool		ordering;
	char	   *name;			/* of an index quoted, with its schema */
	char	   *cover;			/* the index, or ordering, that does what it does, or NULL: it was never used */
	bool		longer;			/* the other has more keys */
	TimestampTz since;			/* that it was not used */
	int64		size;			/* bytes of an index */
} BingoAdviseSurplus;

/* Rows that statements insert. */
typedef struct BingoAdviseInserts
{
	char	   *table;			/* name, without its schema */
	double		rows;			/* a second */
} BingoAdviseInserts;

typedef struct BingoAdvise
{
	MemoryContext context;		/* of all that is kept until the rows are made */
	Oid			user;
	bool		one;			/* the caller's statement alone */
	double		total_ms;		/* of all statements of this database that he may see, but for loads */
	List	   *statements;		/* of BingoAdviseStatement *, by total time */
	List	   *inserts;		/* of BingoAdviseInserts * */
	List	   *indexes[BINGO_ADVISE_BUCKETS];	/* of BingoAdviseIndex *, by their definitions */
	List	   *chosen;			/* of them, best first */
	List	   *orderings;		/* of BingoAdviseOrdering *: those that are worth it */
	List	   *used_names;		/* of char *: indexes that plans take now, by name */
	List	   *surplus;		/* of BingoAdviseSurplus *, largest first */
	List	   *expressions;	/* of BingoAdviseExpression * (advise/expression.h) */
	int64		budget;			/* bytes; -1: any */
	int			max_rows;
	Oid			hypopg;			/* schema of HypoPG */
} BingoAdvise;

/* A call of advise(). */
typedef struct BingoAdviseCall
{
	BingoAdvise advise;
	double		min_share;
	char	   *text;			/* or NULL */
} BingoAdviseCall;

/* A row of it, before it has its rank. */
typedef struct BingoAdviseRow
{
	const char *kind;
	char	   *command;
	List	   *serves;			/* of BingoAdviseStatement * */
	char	   *reason;
	BingoAdviseIndex *index;	/* or NULL */
	BingoAdviseOrdering *ordering;	/* or NULL */
	const BingoAdviseSurplus *surplus;	/* or NULL */
	char	   *statistics;		/* their name, quoted with its schema, or NULL */
	bool		analyzes;		/* the table */
	Oid			table;			/* of these two */
	char	   *note;
	double		gain;
} BingoAdviseRow;

/* What a plan costs, and which hypothetical indexes it uses. */
typedef struct BingoAdvisePlan
{
	double		cost;
	List	   *oids;
	uint32		shape;			/* a hash of it, but for figures */
	bool		sorts;
	bool		serves;			/* reads the window of an ordering */
	bool		counts;			/* reads a counter */
} BingoAdvisePlan;

/* advise/work.c: four arguments from the first on; all that is done for them */
extern void bingo_advise_arguments(FunctionCallInfo fcinfo, int first, BingoAdviseCall *call);
extern void bingo_advise_work(BingoAdviseCall *call);

/* advise/rows.c: BingoAdviseRow *, best first; milliseconds that a statement would have saved */
extern List *bingo_advise_rows(const BingoAdvise *advise);
extern double bingo_advise_gain(const BingoAdviseStatement *statement);
extern double bingo_advise_saved_ms(const BingoAdviseRow *row, const BingoAdviseStatement *statement);	/* by that row's advice */

/* advise/statements.c */
extern void bingo_advise_collect(BingoAdvise *advise);
extern void bingo_advise_take_text(BingoAdvise *advise, char *text);

/* advise/analyse.c: raises an error for what can't be planned; in a subtransaction */
extern Query *bingo_advise_analyse(const BingoAdvise *advise, const BingoAdviseStatement *statement, ParamListInfo *params);
extern Query *bingo_advise_analyse_other(const BingoAdviseStatement *statement);
extern bool bingo_advise_reads_tables(Query *query);
extern void bingo_advise_check_trust(Query *query);

/* advise/keys.c */
extern BingoAdviseKey *bingo_advise_key(Query *level, Node *node, Oid collation);
extern bool bingo_advise_is_constant(Node *node);
extern char *bingo_advise_flag(Query *level, Node *clause, BingoAdviseKey **key);
extern char *bingo_advise_key_text(const BingoAdviseKey *key);
extern Node *bingo_advise_read_key(const char *name, Oid relid);
extern bool bingo_advise_same_key(const BingoAdviseKey *left, const BingoAdviseKey *right);
extern char *bingo_advise_table(Oid relid);

/* advise/shape.c: the uses of the tables of a rewritten query, BingoAdviseUse * */
extern List *bingo_advise_shape(Query *query, List *same_constants);

/* advise/candidates.c */
extern void bingo_advise_candidates(BingoAdvise *advise, BingoAdviseStatement *statement, List *uses);
extern BingoAdviseIndex *bingo_advise_shorten(BingoAdvise *advise, const BingoAdviseIndex *index, int nkeys);

/* what an ordering needs, not a candidate of any statement; NULL: there is one */
extern BingoAdviseIndex *bingo_advise_needed_index(BingoAdvise *advise, BingoAdviseIndex *draft);

extern BingoAdviseIndex *bingo_advise_include(BingoAdvise *advise, const BingoAdviseIndex *index, List *names);

/* advise/rare.c: what of a query's constants is always the same, and, of these, what is rare */
extern List *bingo_advise_same_constants(const Query *query, const Query *other);
extern double bingo_advise_rare_part(const BingoAdviseKey *key, Node *value, const List *same);

/* advise/reads.c */
extern List *bingo_advise_reads(Query *query);

/* advise/existing.c: is there an index that does the same?  Sets index->replaces.  And what has the expression of all rows? */
extern bool bingo_advise_exists(BingoAdviseIndex *index);
extern bool bingo_advise_has_expression(Oid relid, const char *name);

/* advise/hypopg.c */
extern Oid	bingo_advise_find_hypopg(void);
extern List *bingo_advise_put_aside(const BingoAdvise *advise);
extern void bingo_advise_put_back(const BingoAdvise *advise, List *definitions);
extern void bingo_advise_pretend(const BingoAdvise *advise, BingoAdviseIndex *index);
extern void bingo_advise_forget(const BingoAdvise *advise, BingoAdviseIndex *index);
extern int64 bingo_advise_size(const BingoAdvise *advise, const BingoAdviseIndex *index);

/* advise/plan_json.c */
extern char *bingo_advise_plan_json(Query *query, const char *source, ParamListInfo params);

/* advise/plan.c */
extern double bingo_advise_planned_ms(double cost);
extern void bingo_advise_examine(BingoAdvise *advise, BingoAdviseStatement *statement);
extern bool bingo_advise_plan(const BingoAdvise *advise, BingoAdviseStatement *statement, BingoAdvisePlan *plan);
extern bool bingo_advise_plan_served(const BingoAdvise *advise, BingoAdviseStatement *statement, BingoAdvisePlan *plan);	/* and with its ordering */

/* advise/aside.c */
extern ErrorData *bingo_advise_aside(void (*action) (void *argument), void *argument);
extern void bingo_advise_set(const char *setting, const char *value);
extern void bingo_advise_leave_search_path(void);	/* until the subtransaction ends */
extern void bingo_advise_leave_silent(void);	/* and untimed, likewise */

/* advise/writes.c: milliseconds a second that an index more on this table costs its writers */
extern double bingo_advise_write_ms(const BingoAdvise *advise, Oid relid);

/* that an ordering more, or a counter, on these tables costs theirs */
extern double bingo_advise_ordering_ms(const BingoAdvise *advise, const BingoAdviseOrdering *ordering);

/* and that the updates of this table which are heap-only would cost if none was */
extern double bingo_advise_heap_only_ms(Oid relid);

/* advise/gain.c */
extern bool bingo_advise_is_used(const BingoAdvisePlan *plan, const BingoAdviseIndex *index);
extern double bingo_advise_time_at(const BingoAdvise *advise, const BingoAdviseStatement *statement, double cost);
extern double bingo_advise_call_ms(const BingoAdviseStatement *statement, double cost);
extern bool bingo_advise_is_less(const BingoAdviseStatement *statement, double cost, double than);	/* by so much that it matters */
extern double bingo_advise_cost_of(const BingoAdvise *advise, BingoAdviseStatement *statement);
extern void bingo_advise_ask_costs(const BingoAdvise *advise, BingoAdviseIndex *index);
extern bool bingo_advise_fits(const BingoAdvise *advise, int64 size, const BingoAdviseIndex *but);

/* advise/narrow.c */
extern void bingo_advise_narrow(BingoAdvise *advise, ListCell *place);

/* advise/lengthen.c */
extern void bingo_advise_lengthen(BingoAdvise *advise, ListCell *place);

/* advise/covering.c */
extern void bingo_advise_cover(BingoAdvise *advise, ListCell *place);

/* Its candidates, each with all columns that it reads, of BingoAdviseIndex *; NIL if there are none, or too wide ones. */
extern List *bingo_advise_covering_candidates(BingoAdvise *advise, const BingoAdviseStatement *statement);

/* advise/since.c */
extern TimestampTz bingo_advise_counted_since(void);
extern bool bingo_advise_born(Relation index, TimestampTz *born);
extern char *bingo_advise_newer_index(const List *reads, TimestampTz since, const char *plan);	/* of that plan, as JSON */

/* advise/needed.c */
extern const char *bingo_advise_needing(Oid index, Oid relid);
extern bool bingo_advise_knows_needed(void);

/* advise/surplus.c: after all statements were examined */
extern void bingo_advise_find_surplus(BingoAdvise *advise);

/* advise/contained.c: the same of orderings, behind the indexes */
extern void bingo_advise_find_contained(BingoAdvise *advise);

/* advise/unique.c: BingoSupposedKey * */
extern List *bingo_advise_unique_keys(const Query *core);
extern List *bingo_advise_unique_lacking(const struct BingoDefinition *definition);

/* advise/lacking.c: what a definition needs, with those unique keys, BingoAdviseNeed * */
extern List *bingo_advise_needs(const struct BingoDefinition *definition, const List *keys);

/* advise/needs.c: do they fit the budget?  Then what they cost writers; and they are chosen */
extern bool bingo_advise_needs_fit(BingoAdvise *advise, const BingoAdviseOrdering *ordering, double *write_ms);
extern void bingo_advise_take_needs(BingoAdvise *advise);

/* advise/choose.c: the most that candidates could save of a statement; then what is worth building */
extern void bingo_advise_try_all(BingoAdvise *advise, BingoAdviseStatement *statement);
extern void bingo_advise_choose(BingoAdvise *advise);

/* advise/statistics_lack.c: after all was chosen; then as rows, BingoAdviseRow * */
extern void bingo_advise_find_misled(BingoAdvise *advise);
extern bool bingo_advise_is_misled(const BingoAdvise *advise, const BingoAdviseStatement *statement);
extern List *bingo_advise_statistics_rows(const BingoAdvise *advise);

/* advise/worth.c: after the indexes were chosen */
extern void bingo_advise_weigh_orderings(BingoAdvise *advise);

/* those that serve none of their statements, as it turned out, are left; true if there were any */
extern bool bingo_advise_leave_orderings(BingoAdvise *advise);

/* milliseconds that a call of it takes with all that could help it */
extern double bingo_advise_least_ms(const BingoAdviseStatement *statement);

/* and with that ordering or counter */
extern double bingo_advise_served_ms(const BingoAdviseOrdering *ordering, const BingoAdviseStatement *statement);

/*
 * advise/ordering.c: the orderings that could serve parts of a query, BingoAdviseOrdering *; NIL and why
 * not, or that it is none for orderings (no reason).  In the subtransaction of
 * bingo_advise_examine(), as the definition of one that was kept.
 */
typedef enum BingoAdviseManner
{
	BINGO_ADVISE_AS_IT_IS,
	BINGO_ADVISE_SUPPOSING,		/* also those that unique indexes must be made for (advise/unique.c) */
	BINGO_ADVISE_TURNED,		/* in the order the other way round, to be read backwards */
	BINGO_ADVISE_SUPPOSING_TURNED	/* both */
} BingoAdviseManner;

#define BINGO_ADVISE_UNWRITTEN	"the one that it would need could not be written"
extern List *bingo_advise_orderings(Query *query, ParamListInfo params, BingoAdviseManner manner, char **obstacle);
extern struct BingoDefinition *bingo_advise_define(const BingoAdviseOrdering *ordering);

/* advise/share.c: what it selects, told apart; and one for the statements of both, if that can be */
extern void bingo_advise_split_ordering(BingoAdviseOrdering *ordering, const Query *core);
extern bool bingo_advise_share_ordering(BingoAdviseOrdering *ordering, const BingoAdviseOrdering *other);

/* advise/ordering_command.c */
extern BingoAdviseOrdering *bingo_advise_keep_ordering(const BingoAdvise *advise, const BingoAdviseOrdering *ordering);
extern void bingo_advise_take_name(BingoAdviseOrdering *ordering, const List *others);
extern char *bingo_advise_ordering_command(const BingoAdviseOrdering *ordering);

/*
 * advise/counter.c: the counter that could give what a query counts, or NULL and why not; in
 * the same subtransaction.  Then what several statements share, and how many rows one reads.
 */
extern BingoAdviseOrdering *bingo_advise_counter(Query *query, BingoAdviseStatement *statement, char **obstacle);
extern bool bingo_advise_share_counter(BingoAdviseOrdering *counter, const BingoAdviseOrdering *other);
extern double bingo_advise_counted_rows(const BingoAdviseOrdering *counter, const BingoAdviseStatement *statement);

/* Times that differ by less than a tenth are taken for the same. */
#define BINGO_ADVISE_LESS		0.9

/* Fewer columns may cost so much of what the statements take. */
#define BINGO_ADVISE_AS_GOOD	1.02

#endif							/* BINGO_ADVISE_H */
