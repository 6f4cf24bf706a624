/*
 * upkeep/create.c
 *	  create_ordering() and create_counter().
 *
 *	  text -> parse analysis (as the caller) -> plain views replaced -> definition -> rights
 *		-> what it lacks of indexes, if asked for -> how large it will be (upkeep/forecast.c)
 *		-> upkeep/build.c -> the definition is stored
 *		-> compared with the orderings that are there (definition/contained.c)
 *
 * Indexes are made as the caller, in his transaction, after the tables have been locked as building the
 * ordering locks them: a lock that is made stronger while others wait would be a deadlock's.  Those that partitions lack are made
 * on the partitioned table, so that those which come have them.
 */
#include "postgres.h"

#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "base/argument.h"
#include "base/compat.h"
#include "base/relations.h"
#include "definition/contained.h"
#include "definition/count.h"
#include "definition/define.h"
#include "definition/views.h"
#include "store/catalog.h"
#include "store/definition.h"
#include "store/store.h"
#include "upkeep/build.h"
#include "upkeep/forecast.h"
#include "upkeep/parts.h"
#include "upkeep/query.h"
#include "upkeep/tables.h"

PG_FUNCTION_INFO_V1(bingo_tune_create_ordering);
PG_FUNCTION_INFO_V1(bingo_tune_create_counter);

static void
check_name(const char *name, bool counts)
{
	const char *kind = counts ? "a counter" : "an ordering";
	const char *example = counts ? "'issues_by_tenant'" : "'orders_newest_first'";
	const BingoStoredDefinition *other;

	if (name[strspn(name, " \t\n\r")] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of %s must not be empty", kind),
				 errhint("Name it after the page that it serves, such as %s.", example)));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of %s must have 1 to %d bytes", kind, NAMEDATALEN - 1),
				 errhint("Choose a shorter name, such as %s.", example)));
	other = bingo_build_find_definition(name);
	if (other != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("%s \"%s\" already exists", other->counts ? "counter" : "ordering", name),
				 errhint("SELECT bingo_tune.drop_%s(%s);", other->counts ? "counter" : "ordering",
						 quote_literal_cstr(name))));
}

/* Runs them as the caller. */
static void
run_commands(List *commands)
{
	ListCell   *cell;

	SPI_connect();
	foreach(cell, commands)
	{
		if (SPI_execute(lfirst(cell), false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not run: %s", (char *) lfirst(cell));
		ereport(NOTICE, (errmsg("%s", (char *) lfirst(cell))));
	}
	SPI_finish();
	CommandCounterIncrement();
}

/* Makes the indexes that alone keep the query from being an ordering; those of a partition on the table that it is a partition of, or InvalidOid. */
static void
make_indexes(Query *query, Oid part, Oid whole)
{
	const BingoProblem none = {.part = part, .whole = whole};
	BingoProblem problem = none;
	List	   *relids = OidIsValid(whole) ? find_all_inheritors(whole, NoLock, NULL) : NIL;

	if (bingo_define_analyze(query, false, &problem) != NULL || problem.lacking == NULL)
		return;
	bingo_query_check_ownership(problem.lacking, GetUserId());
	if (OidIsValid(whole) && !bingo_class_ownercheck(whole, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, bingo_relations_label(whole));
	for (int i = 0; i < problem.lacking->ntables; i++)
		relids = list_append_unique_oid(relids, problem.lacking->tables[i].relid);
	bingo_tables_lock_all(relids, ShareRowExclusiveLock);
	problem = none;
	if (bingo_define_analyze(query, false, &problem) == NULL && problem.lacking != NULL)
		run_commands(problem.commands);
}

/* The definition as a query of its tables; whatever the caller's settings are its text means the same. */
static Query *
write_again(const BingoDefinition *definition)
{
	BingoDefinition with_keys = *definition;
	BingoScope	scope;
	Query	   *query = NULL;
	char	   *text;

	with_keys.nkeys = definition->nparameters;
	bingo_store_enter(&scope, GetUserId());
	text = bingo_definition_format(&with_keys);
	if (text != NULL)
		query = bingo_query_parse(text, false, false);
	bingo_store_leave(&scope);
	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("a table or column of the ordering's query has just been dropped"),
				 errhint("Try again.")));
	return query;
}

/* Is it a column that a row of the driving table, looked up by its key, has as well? */
static bool
is_only_shown(const BingoDefinition *definition, int output)
{
	for (int i = 0; i < definition->nsort; i++)
		if (definition->sort[i].output == output)
			return false;
	for (int i = 0; i < definition->ndriving; i++)
		if (definition->driving[i].output == output)
			return false;
	return definition->output[output].table == 0;
}

/* For covering => 'keys': good for being written, not more. */
static BingoDefinition *
without_shown(const BingoDefinition *definition)
{
	BingoDefinition *narrow = palloc(sizeof(BingoDefinition));

	*narrow = *definition;
	narrow->output = palloc(definition->noutput * sizeof(BingoColumn));
	narrow->noutput = 0;
	for (int i = 0; i < definition->noutput; i++)
		if (!is_only_shown(definition, i))
			narrow->output[narrow->noutput++] = definition->output[i];
	return narrow;
}

static void
tell_contained(const char *part, const char *all)
{
	ereport(NOTICE,
			(errmsg("the window of ordering \"%s\" has all that the window of ordering \"%s\" has", all, part),
			 errhint("One is enough: SELECT bingo_tune.drop_ordering(%s);", quote_literal_cstr(part))));
}

/* What is said once, by the one that is made later; of two that are the same it is the one that could go. */
static void
tell_others(const char *name, int nappended)
{
	const BingoOrdering *ordering = bingo_catalog_by_name(name);
	BingoDefinition definition;
	ListCell   *cell;

	if (ordering == NULL || !ordering->usable)
		return;
	definition = *ordering->definition;
	definition.nappended = nappended;
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *other = lfirst(cell);

		if (other == ordering || !other->usable || !OidIsValid(other->definition_server))
			continue;
		if (other->max_rows == 0 &&
			bingo_definition_contains(other->definition, other->window_rows, &definition, ordering->window_rows))
			tell_contained(name, other->name);
		else if (ordering->max_rows == 0 &&
				 bingo_definition_contains(&definition, ordering->window_rows, other->definition, other->window_rows))
			tell_contained(other->name, name);
	}
}

static void
tell_views(List *views)
{
	ListCell   *cell;

	foreach(cell, views)
		ereport(NOTICE,
				(errmsg("view %s stands for its tables: the ordering does not follow later changes of the view",
						(char *) lfirst(cell))));
}

/* The rights of the caller are checked here; what he has asked for is sound. */
static BingoDefinition *
create(const char *name, const char *text, bool counts, int64 window_rows, int64 max_rows, bool create_indexes, bool keys_only)
{
	Query	   *query = bingo_query_parse(text, counts, false);
	List	   *views = NIL;
	int32		id;
	bool		expanded = !counts && bingo_views_expand(query, true, &views);
	BingoDefinition *definition;

	if (create_indexes)
		make_indexes(query, InvalidOid, InvalidOid);
	/* of what views brought the places are not in this text */
	definition = bingo_build_require_definition(query, counts, expanded ? NULL : text);
	bingo_query_check_ownership(definition, GetUserId());
	if (expanded || keys_only)
		query = write_again(keys_only ? without_shown(definition) : definition);
	tell_views(views);
	bingo_definition_count_keys(definition, window_rows == BINGO_MOST_WINDOW_ROWS);
	if (definition->nparameters > 0 && definition->nkeys == 0)
		window_rows = BINGO_MOST_WINDOW_ROWS;
	bingo_forecast_tell(name, definition, window_rows);
	if (max_rows > 0 && definition->nkeys == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows limits a window that keeps the first rows of each value"),
				 errhint("Leave it out: window_rows says how many rows are kept, of all or, where the query has a parameter, of each value.")));
	id = bingo_build_make(name, query, counts, window_rows, max_rows == 0);
	bingo_build_define(name, bingo_query_format(query), NULL, definition, window_rows);
	if (max_rows > 0)
		bingo_build_fill_limited(name, id, max_rows);
	return definition;
}

static bool
covers_keys_only(const text *covering)
{
	char	   *choice = text_to_cstring(covering);

	if (strcmp(choice, "keys") != 0 && strcmp(choice, "all") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("covering must be 'all' or 'keys'"),
				 errhint("'all' keeps every column that the query selects; 'keys' leaves those of the driving table that it only shows to be looked up.")));
	return strcmp(choice, "keys") == 0;
}

/* --- of partitions --- */

/* What was asked for. */
typedef struct Wish
{
	bool		counts;
	int64		window_rows;
	int64		max_rows;
	bool		create_indexes;
	bool		keys_only;
} Wish;

typedef struct Part
{
	Oid			relid;
	char	   *text;			/* its query */
	const BingoDefinition *definition;
} Part;

/*
 * What is made of a partition.  Where views were put in the place of their names there is no text of its query: that
 * is written from the definition.
 */
static Part *
make_part(const Query *query, Oid relid, bool expanded, const Wish *wish)
{
	Part	   *part = palloc(sizeof(Part));
	Query	   *of_part = bingo_parts_query(query, relid);
	BingoProblem problem = {.part = relid, .whole = bingo_parts_whole(query)};

	part->relid = relid;
	part->text = expanded ? NULL : bingo_query_format(of_part);
	if (wish->create_indexes)
		make_indexes(copyObject(of_part), part->relid, problem.whole);
	part->definition = bingo_define_analyze(expanded ? of_part : bingo_query_parse(part->text, wish->counts, false), wish->counts, &problem);
	if (part->definition == NULL)
		bingo_query_raise(&problem, part->text);
	if (expanded || wish->keys_only)
	{
		of_part = write_again(wish->keys_only ? without_shown(part->definition) : part->definition);
		part->text = bingo_query_format(of_part);
		part->definition = bingo_build_require_definition(of_part, false, part->text);
	}
	return part;
}

/*
 * The partitions that have none like it; *whole: the name under which one of the others was made, if any was.  Of orderings
 * those of another name are others.
 */
static List *
list_lacking(const char *name, const Query *query, bool expanded, const Wish *wish, List *parts, const char **whole)
{
	List	   *lacking = NIL;
	ListCell   *cell;

	foreach(cell, parts)
	{
		Part	   *part = make_part(query, lfirst_oid(cell), expanded, wish);

		if (!bingo_parts_has_one(part->definition, name))
			lacking = lappend(lacking, part);
		else if (*whole == NULL && wish->counts)
			*whole = bingo_parts_find_whole(part->definition);
	}
	return lacking;
}

/* Of one table after the other whoever writes several would be part of a deadlock. */
static void
lock_parts(List *parts)
{
	List	   *relids = NIL;
	ListCell   *cell;

	foreach(cell, parts)
	{
		const BingoDefinition *definition = ((const Part *) lfirst(cell))->definition;

		for (int i = 0; i < definition->ntables; i++)
			relids = list_append_unique_oid(relids, definition->tables[i].relid);
	}
	if (relids != NIL)
		bingo_tables_lock_all(relids, ShareRowExclusiveLock);
}

static BingoDefinition *
create_part(const char *name, const char *whole, const Query *query, const Part *part, const Wish *wish)
{
	BingoDefinition *definition;

	check_name(name, wish->counts);
	definition = create(name, part->text, wish->counts, wish->window_rows, 0, wish->create_indexes, wish->keys_only);
	bingo_parts_note(name, whole, query, part->relid);
	return definition;
}

/* One of each partition, but where one like it is there already.  What is said of the first holds for all. */
static void
create_of_parts(const char *name, const Query *query, bool expanded, List *views, List *parts, const Wish *wish)
{
	const char *whole = NULL;
	List	   *lacking = list_lacking(name, query, expanded, wish, parts, &whole);
	bool		told = wish->counts;
	ListCell   *cell;

	if (lacking != NIL)
	{
		bingo_parts_require_few(((const Part *) linitial(lacking))->definition, list_length(parts));
		tell_views(views);
	}

	if (whole != NULL && strcmp(whole, name) != 0)
	{
		ereport(NOTICE, (errmsg("the partitions are counted so under the name \"%s\"", whole)));
		name = whole;
	}
	lock_parts(lacking);
	foreach(cell, lacking)
	{
		const Part *part = lfirst(cell);
		char	   *part_name = bingo_parts_name(name, part->relid);

		if (bingo_parts_is_like(part_name, part->definition))
			bingo_build_again(part_name);
		else
		{
			const BingoDefinition *definition = create_part(part_name, name, query, part, wish);

			if (!told)
				bingo_definition_tell_keys(name, definition, wish->window_rows);
			told = true;
		}
		ereport(NOTICE,
				(errmsg(wish->counts ? "counter \"%s\" counts partition \"%s\"" : "ordering \"%s\" is that of partition \"%s\"",
						part_name, bingo_relations_label(part->relid))));
	}
}

static void
require_no_whole(const char *name, bool counts)
{
	const char *kind = counts ? "counter" : "ordering";

	if (bingo_parts_is_whole(name, counts))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("%ss of partitions were made under the name \"%s\"", kind, name),
				 errhint("SELECT bingo_tune.drop_%s(%s);", kind, quote_literal_cstr(name))));
}

/*
 * bingo_tune.create_ordering(name text, query text, window_rows bigint, create_indexes boolean, covering text, max_rows bigint)
 */
Datum
bingo_tune_create_ordering(PG_FUNCTION_ARGS)
{
	static const char *const function = "create_ordering()";
	char	   *name;
	char	   *query_text;
	Wish		wish = {.counts = false};
	Query	   *query;
	List	   *views = NIL;
	List	   *parts;
	bool		expanded;
	const BingoDefinition *definition;

	bingo_require_argument(fcinfo, 0, "name", function, "Name it after the page that it serves, such as 'orders_newest_first'.");
	bingo_require_argument(fcinfo, 1, "query", function, BINGO_DEFINE_GIVE_SELECT);
	/* version 1.0 of the extension has three */
	if (PG_NARGS() > 4)
		bingo_require_argument(fcinfo, 4, "covering", function, "Give 'all' or 'keys'.");
	if (PG_NARGS() > 3)
		bingo_require_argument(fcinfo, 3, "create_indexes", function, "Give true to have missing indexes made, or false.");
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	query_text = text_to_cstring(PG_GETARG_TEXT_PP(1));
	wish.window_rows = PG_ARGISNULL(2) ? BINGO_MOST_WINDOW_ROWS : PG_GETARG_INT64(2);
	bingo_build_require_writable("bingo_tune.create_ordering()");
	check_name(name, false);
	if (wish.window_rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_rows must be at least 1"),
				 errhint("Choose about twice the rows that queries ask for.")));
	if (wish.window_rows > BINGO_MOST_WINDOW_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_rows must be at most %lld", (long long) BINGO_MOST_WINDOW_ROWS),
				 errhint("Choose about twice the rows that queries ask for; NULL keeps all.")));

	wish.max_rows = PG_NARGS() > 5 && !PG_ARGISNULL(5) ? PG_GETARG_INT64(5) : 0;
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5) && (wish.max_rows < 1 || wish.max_rows > BINGO_MOST_WINDOW_ROWS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be between 1 and %lld", (long long) BINGO_MOST_WINDOW_ROWS),
				 errhint("NULL sets no limit.")));
	wish.create_indexes = PG_NARGS() > 3 && PG_GETARG_BOOL(3);
	wish.keys_only = PG_NARGS() > 4 && covers_keys_only(PG_GETARG_TEXT_PP(4));
	query = bingo_query_parse(query_text, false, false);
	expanded = bingo_views_expand(query, true, &views);
	parts = bingo_parts_list(query);
	if (parts != NIL)
	{
		if (wish.max_rows > 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("max_rows is not supported for a partitioned table"),
					 errhint("Leave it out, or make an ordering of each partition.")));
		create_of_parts(name, query, expanded, views, parts, &wish);
		PG_RETURN_VOID();
	}
	require_no_whole(name, false);
	definition = create(name, query_text, false, wish.window_rows, wish.max_rows, wish.create_indexes, wish.keys_only);
	bingo_definition_tell_keys(name, definition, wish.window_rows);
	tell_others(name, definition->nappended);
	PG_RETURN_VOID();
}

/*
 * bingo_tune.create_counter(name text, query text)
 */
Datum
bingo_tune_create_counter(PG_FUNCTION_ARGS)
{
	static const char *const function = "create_counter()";
	char	   *name;
	char	   *query_text;
	Query	   *query;
	List	   *parts;

	bingo_require_argument(fcinfo, 0, "name", function, "Name it after what it counts, such as 'issues_by_tenant'.");
	bingo_require_argument(fcinfo, 1, "query", function, BINGO_COUNT_GIVE_SELECT);
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	query_text = text_to_cstring(PG_GETARG_TEXT_PP(1));
	bingo_build_require_writable("bingo_tune.create_counter()");
	check_name(name, true);
	query = bingo_query_parse(query_text, true, false);
	parts = bingo_parts_list(query);
	if (parts != NIL)
		create_of_parts(name, query, false, NIL, parts, &(Wish) {.counts = true, .window_rows = BINGO_MOST_WINDOW_ROWS});
	else
	{
		require_no_whole(name, true);
		(void) create(name, query_text, true, BINGO_MOST_WINDOW_ROWS, 0, false, false);
	}
	PG_RETURN_VOID();
}
