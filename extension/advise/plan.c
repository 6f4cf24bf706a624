/*
 * advise/plan.c
 *	  What PostgreSQL's planner says of a statement, now and with other indexes.
 *
 * A statement is parsed, analysed and planned anew each time (advise/plan_json.c).
 *
 * Each time aside (advise/aside.c): locks of parse analysis are given back, settings and identity are
 * what they were, and an error is the statement's refusal, not advise()'s end.  Parse analysis and
 * planning call functions: they are done as the role that ran the statement, in a restricted
 * operation (advise/analyse.c).  What is proposed for it is tried aside once more: an
 * error in that is no refusal of the statement's.
 *
 * Memory: each time a context of its own; what is kept is copied to advise->context.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "advise/expression.h"
#include "base/compat.h"
#include "base/relations.h"
#include "read/verdict.h"

/*
 * Units of the planner's cost that take a millisecond, for a statement that never ran: the
 * page of bench/shop.sql took 54 ms for 3,797 and 316 ms for 18,503.
 */
#define COST_OF_MS	60

/* What a plan of that cost takes, whatever was measured. */
double
bingo_advise_planned_ms(double cost)
{
	return cost / COST_OF_MS;
}

/* Of all lines but those that have an estimate. */
static uint32
hash_shape(const char *json)
{
	static const char *const estimates[] = {"\"Startup Cost\": ", "\"Total Cost\": ", "\"Plan Rows\": ", "\"Plan Width\": "};
	uint32		hash = 0;

	for (const char *line = json; *line != '\0';)
	{
		size_t		length = strcspn(line, "\n");
		const char *word = line + strspn(line, " ");
		bool		estimate = false;

		for (int i = 0; i < (int) lengthof(estimates); i++)
			estimate = estimate || strncmp(word, estimates[i], strlen(estimates[i])) == 0;
		if (!estimate)
			hash = hash_combine(hash, hash_bytes((const unsigned char *) line, length));
		line += length + (line[length] == '\n');
	}
	return hash;
}

/*
 * The topmost node's cost is the first; a name can't look like a key, since quotes in it
 * are escaped.  HypoPG's indexes are called "<OID>btree_...".
 */
static void
read_plan(const char *json, BingoAdvisePlan *plan)
{
	static const char cost[] = "\"Total Cost\": ";
	static const char name[] = "\"Index Name\": \"<";
	const char *place = strstr(json, cost);

	if (place == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg_internal("it is not planned")));
	plan->cost = strtod(place + strlen(cost), NULL);
	plan->shape = hash_shape(json);
	plan->sorts = strstr(json, "\"Node Type\": \"Sort\"") || strstr(json, "\"Node Type\": \"Incremental Sort\"");
	plan->serves = strstr(json, "\"Custom Plan Provider\": \"BingoOrderedScan\"") != NULL;
	plan->counts = strstr(json, "\"Custom Plan Provider\": \"BingoCounter\"") != NULL;
	for (place = strstr(json, name); place != NULL; place = strstr(place + 1, name))
		plan->oids = list_append_unique_oid(plan->oids, strtoul(place + strlen(name), NULL, 10));
}

/* The indexes that the plan takes now are not unused (advise/surplus.c): their names, as JSON has them. */
static void
keep_used(BingoAdvise *advise, const char *json)
{
	static const char key[] = "\"Index Name\": ";
	MemoryContext caller = MemoryContextSwitchTo(advise->context);

	for (const char *place = strstr(json, key); place != NULL; place = strstr(place, key))
	{
		const char *end = (place += strlen(key)) + 1;
		ListCell   *cell;

		while (*end != '"')
			end += *end == '\\' ? 2 : 1;
		end++;
		foreach(cell, advise->used_names)
		{
			if (strncmp(lfirst(cell), place, end - place) == 0)
				break;
		}
		if (cell == NULL)
			advise->used_names = lappend(advise->used_names, pnstrdup(place, end - place));
	}
	MemoryContextSwitchTo(caller);
}

typedef struct Work
{
	BingoAdvise *advise;
	BingoAdviseStatement *statement;
	BingoAdvisePlan *plan;
	bool		examine;		/* candidates, ordering and counter, too */
	bool		served;			/* as if its ordering was there */
	MemoryContext caller;		/* of who gets the plan's list */
} Work;

/*
 * The statement's role, and names as the caller's search_path has them only if he could act as
 * that role: in a schema of his choice they might mean what he likes.
 */
static void
become_its_role(const BingoAdvise *advise, const BingoAdviseStatement *statement)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	if (statement->userid != user && bingo_relations_find_role(statement->userid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the role that ran it is gone"),
				 errhint("Call advise() with the statement's text.")));
	SetUserIdAndSecContext(statement->userid, context | SECURITY_RESTRICTED_OPERATION |
						   (statement->userid == user ? 0 : SECURITY_LOCAL_USERID_CHANGE));
	NewGUCNestLevel();
	if (!has_privs_of_role(advise->user, statement->userid))
		bingo_advise_set("search_path", "\"$user\", public");
	if (GetConfigOption("hypopg.enabled", true, false) != NULL)
		bingo_advise_set("hypopg.enabled", "on");
}

static void
keep_reads(BingoAdvise *advise, BingoAdviseStatement *statement, Query *query)
{
	MemoryContext caller = MemoryContextSwitchTo(advise->context);

	statement->reads = list_concat(statement->reads, bingo_advise_reads(query));
	MemoryContextSwitchTo(caller);
}

/* What it took before an index of its plan was there is not what it takes: its plan says that. */
static void
keep_newer(BingoAdvise *advise, BingoAdviseStatement *statement, const char *json)
{
	char	   *name = bingo_advise_newer_index(statement->reads, statement->since, json);

	if (name != NULL)
		statement->newer = MemoryContextStrdup(advise->context, name);
}

/* --- with an ordering that is not there --- */

typedef struct Supposition
{
	Query	   *query;
	const char *text;
	ParamListInfo params;
	BingoAdvisePlan *plan;
} Supposition;

static void
plan_supposed(void *argument)
{
	Supposition *supposition = argument;

	read_plan(bingo_advise_plan_json(supposition->query, supposition->text, supposition->params), supposition->plan);
}

static BingoAdvisePlan
plan_with(const BingoAdviseOrdering *ordering, Query *query, const char *text, ParamListInfo params)
{
	BingoAdvisePlan plan = {0};
	Supposition supposition = {.query = query, .text = text, .params = params, .plan = &plan};

	bingo_verdict_suppose(ordering->definition, ordering->rows, text, plan_supposed, &supposition);
	return plan;
}

/* With the ordering: is it better than the best one?  If it would not be read, "obstacle" says why, of the first one. */
static BingoAdviseOrdering *
choose_better(BingoAdviseStatement *statement, const Supposition *asked, BingoAdviseOrdering *ordering, BingoAdviseOrdering *best, char **obstacle)
{
	BingoAdvisePlan plan = plan_with(ordering, asked->query, asked->text, asked->params);

	if (plan.serves && (best == NULL || plan.cost < statement->cost_served))
	{
		statement->cost_served = plan.cost;
		return ordering;
	}
	if (!plan.serves && *obstacle == NULL)
	{
		const BingoScanVerdict *verdict = bingo_verdict_pretend(copyObject(asked->query), asked->text, ordering->definition, ordering->rows);

		*obstacle = verdict->obstacles == NIL ? "the planner finds another plan cheaper" : linitial(verdict->obstacles);
	}
	return best;
}

/*
 * Of what could serve it, what makes its plan cheapest.  What that costs is weighed later, beside the
 * indexes that are chosen.  The order of one table an index gives, too, but not the rows beside each
 * other: that is weighed for the first of them, and none of it for all rows of a value.  If no window of some of
 * the rows would be read (a page far down in the order), that of the order the other way round may be, backwards, or one that keeps
 * all of them, as explain_ordering() has it.
 */
static BingoAdviseOrdering *
find_ordering(BingoAdviseStatement *statement, Query *query, ParamListInfo params, char **obstacle)
{
	Supposition asked = {.query = query, .text = statement->text, .params = params};
	List	   *orderings = bingo_advise_orderings(query, params, BINGO_ADVISE_SUPPOSING, obstacle);
	BingoAdviseOrdering *best = NULL;
	char	   *obstacle_turned = NULL;
	ListCell   *cell;

	foreach(cell, orderings)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);

		if (ordering->definition->ntables >= 2 || ordering->rows < BINGO_MOST_WINDOW_ROWS)
			best = choose_better(statement, &asked, ordering, best, obstacle);
	}
	foreach(cell, best == NULL ? bingo_advise_orderings(copyObject(query), params, BINGO_ADVISE_SUPPOSING_TURNED, &obstacle_turned) : NIL)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);

		if (ordering->definition->ntables >= 2 && ordering->rows < BINGO_MOST_WINDOW_ROWS)
			best = choose_better(statement, &asked, ordering, best, &obstacle_turned);
	}
	foreach(cell, best == NULL ? orderings : NIL)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);

		if (ordering->definition->ntables < 2 || !ordering->limited || ordering->rows == BINGO_MOST_WINDOW_ROWS)
			continue;
		ordering->rows = BINGO_MOST_WINDOW_ROWS;
		best = choose_better(statement, &asked, ordering, best, obstacle);
	}
	if (best != NULL)
		*obstacle = NULL;
	return best;
}

typedef struct Proposal
{
	BingoAdviseStatement *statement;
	Query	   *query;
	Query	   *rewritten;
	ParamListInfo params;
	bool		served;			/* by an ordering that is there */
	BingoAdviseOrdering *ordering;	/* or counter, or NULL */
	char	   *obstacle;
} Proposal;

static void
propose(void *argument)
{
	Proposal   *proposal = argument;

	if (!proposal->served)
		proposal->ordering = find_ordering(proposal->statement, proposal->query, proposal->params, &proposal->obstacle);
	if (proposal->ordering == NULL)
		proposal->ordering = bingo_advise_counter(proposal->rewritten, proposal->statement, &proposal->obstacle);
}

typedef struct Other
{
	const BingoAdviseStatement *statement;
	Query	   *query;
} Other;

static void
analyse_other(void *argument)
{
	Other	   *other = argument;

	other->query = bingo_advise_analyse_other(other->statement);
}

/* Of the constants of its text (advise/rare.c): aside, as the other example may not be read any more. */
static List *
find_same_constants(const BingoAdvise *advise, const BingoAdviseStatement *statement, const Query *query)
{
	Other		other = {.statement = statement};

	if (advise->one)
		return bingo_advise_same_constants(query, NULL);
	if (statement->other_text == NULL || bingo_advise_aside(analyse_other, &other) != NULL || other.query == NULL)
		return NIL;
	return bingo_advise_same_constants(query, other.query);
}

static void
find_candidates(BingoAdvise *advise, BingoAdviseStatement *statement, Query *query, ParamListInfo params, BingoAdvisePlan *plan)
{
	List	   *uses = NIL;
	List	   *queries = pg_rewrite_query(copyObject(query));
	List	   *same = find_same_constants(advise, statement, query);
	Supposition asked = {.query = query, .text = statement->text, .params = params, .plan = plan};
	Proposal	proposal = {.statement = statement, .query = query, .params = params, .served = plan->serves};
	ListCell   *cell;

	bingo_advise_leave_search_path();
	foreach(cell, queries)
	{
		uses = list_concat(uses, bingo_advise_shape(lfirst_node(Query, cell), same));
		keep_reads(advise, statement, lfirst_node(Query, cell));
	}
	if (bingo_advise_look_at_expressions(advise, statement, uses, plan_supposed, &asked))
		plan_supposed(&asked);
	bingo_advise_candidates(advise, statement, uses);
	if (list_length(queries) != 1)
		return;
	proposal.rewritten = linitial_node(Query, queries);
	/* the statement itself was planned well: an error is of what was made of it, and none of its caller's */
	if (bingo_advise_aside(propose, &proposal) != NULL)
	{
		proposal.ordering = NULL;
		proposal.obstacle = BINGO_ADVISE_UNWRITTEN;
	}
	if (proposal.obstacle != NULL)
		statement->obstacle = MemoryContextStrdup(advise->context, proposal.obstacle);
	if (proposal.ordering != NULL)
		statement->ordering = bingo_advise_keep_ordering(advise, proposal.ordering);
}

static void
work_on(void *argument)
{
	Work	   *work = argument;
	BingoAdviseStatement *statement = work->statement;
	BingoAdvisePlan plan = {0};
	ParamListInfo params;
	Query	   *query;
	char	   *json = NULL;
	MemoryContext context;

	become_its_role(work->advise, statement);
	query = bingo_advise_analyse(work->advise, statement, &params);
	if (work->examine && !bingo_advise_reads_tables(query))
	{
		statement->hidden = !work->advise->one;
		return;
	}
	if (work->served)
	{
		BingoAdviseOrdering *ordering = statement->ordering;

		bingo_advise_leave_search_path();
		ordering->definition = bingo_advise_define(ordering);
		plan = plan_with(ordering, query, statement->text, params);
		ordering->definition = NULL;
	}
	else
	{
		json = bingo_advise_plan_json(query, statement->text, params);
		read_plan(json, &plan);
	}
	context = MemoryContextSwitchTo(work->caller);
	*work->plan = plan;
	work->plan->oids = list_copy(plan.oids);
	MemoryContextSwitchTo(context);
	if (!work->examine || json == NULL)
		return;
	keep_used(work->advise, json);
	statement->sorts = plan.sorts && !plan.serves;
	statement->served = plan.serves || plan.counts;
	statement->counted = plan.counts && !plan.serves;
	find_candidates(work->advise, statement, query, params, &plan);
	work->plan->cost = plan.cost;
	if (!work->advise->one)
		keep_newer(work->advise, statement, json);
}

static ErrorData *
run(Work *work)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune advise statement", ALLOCSET_DEFAULT_SIZES);
	ErrorData  *error;

	work->caller = MemoryContextSwitchTo(context);
	error = bingo_advise_aside(work_on, work);
	MemoryContextSwitchTo(work->caller);
	if (error != NULL && work->advise->one)
		return error;			/* as a whole, for the caller */
	if (error != NULL)
	{
		ErrorData  *reason = palloc0(sizeof(ErrorData));

		reason->sqlerrcode = error->sqlerrcode;
		reason->message = pstrdup(error->message);
		error = reason;
	}
	MemoryContextDelete(context);
	return error;
}

/*
 * Finds out what the statement costs now and what could help it.  What the caller gives
 * is an error if it can't be planned; of what others run it is the reason why not.
 */
void
bingo_advise_examine(BingoAdvise *advise, BingoAdviseStatement *statement)
{
	BingoAdvisePlan plan = {0};
	Work		work = {.advise = advise, .statement = statement, .plan = &plan, .examine = true};
	ErrorData  *error = run(&work);

	if (error != NULL && advise->one)
		ReThrowError(error);
	statement->cost_before = statement->cost_best = statement->cost_now = plan.cost;
	if (statement->newer != NULL)
		statement->total_ms = Min(statement->total_ms, statement->calls * bingo_advise_planned_ms(plan.cost));
	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
		statement->hidden = true;
	else
		statement->refusal = MemoryContextStrdup(advise->context, error->message);
}

/* Its plan with the hypothetical indexes that are there now; false if it can't be planned any more. */
bool
bingo_advise_plan(const BingoAdvise *advise, BingoAdviseStatement *statement, BingoAdvisePlan *plan)
{
	Work		work = {.advise = unconstify(BingoAdvise *, advise), .statement = statement, .plan = plan};

	return run(&work) == NULL;
}

/* The same as if its ordering was there, too. */
bool
bingo_advise_plan_served(const BingoAdvise *advise, BingoAdviseStatement *statement, BingoAdvisePlan *plan)
{
	Work		work = {.advise = unconstify(BingoAdvise *, advise), .statement = statement, .plan = plan, .served = true};

	return run(&work) == NULL;
}
