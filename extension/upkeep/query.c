/*
 * upkeep/query.c
 *	  From the text of an ordering's query to its parse tree, and back.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/ruleutils.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "base/position.h"
#include "base/relations.h"
#include "catalog/pg_class.h"
#include "definition/define.h"
#include "store/store.h"
#include "upkeep/harmless.h"
#include "upkeep/query.h"

void
bingo_query_raise(const BingoProblem *problem, const char *query)
{
	int			position = 0;

	if (query != NULL && problem->location >= 0)
		position = pg_mbstrlen_with_len(query, problem->location) + 1;
	ereport(ERROR,
			(errcode(problem->sqlstate),
			 errmsg("%s", problem->message),
			 problem->detail ? errdetail("%s", problem->detail) : 0,
			 problem->hint ? errhint("%s", problem->hint) : 0,
			 position > 0 ? internalerrposition(position) : 0,
			 position > 0 ? internalerrquery(query) : 0));
}

Query *
bingo_query_parse(const char *text, bool counts, bool stored)
{
	ErrorContextCallback context = {.previous = error_context_stack,
		.callback = bingo_position_in, .arg = unconstify(char *, text)};
	List	   *statements;
	Query	   *query;
	Oid		   *types = NULL;
	int			ntypes = 0;

	error_context_stack = &context;
	statements = pg_parse_query(text);
	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the query of %s must be one SELECT statement", counts ? "a counter" : "an ordering"),
				 errhint("Pass one SELECT, without a semicolon behind it.")));
	if (stored)
		bingo_harmless_require(linitial_node(RawStmt, statements));
	/* an ordering's parameters say which columns have rows kept for each value */
	query = counts ? parse_analyze_fixedparams(linitial_node(RawStmt, statements), text, NULL, 0, NULL) :
		parse_analyze_varparams(linitial_node(RawStmt, statements), text, &types, &ntypes, NULL);
	error_context_stack = context.previous;
	return query;
}

void
bingo_query_check_ownership(const BingoDefinition *definition, Oid user)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;

		if (!bingo_class_ownercheck(relid, user))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("must be owner of table %s", bingo_relations_name(relid)),
					 errhint(definition->counts ? "Call the function as the owner of the table." :
						 "Call the function as the owner of all tables of the ordering.")));
	}
}

char *
bingo_query_format(Query *query)
{
	BingoScope	scope;
	char	   *text;

	bingo_store_enter(&scope, InvalidOid);
	text = pg_get_querydef(query, false);
	bingo_store_leave(&scope);
	return text;
}

typedef struct Analysis
{
	const char *text;
	bool		counts;
	Oid			role;
	Query	   *query;
} Analysis;

static void
analyze(void *argument)
{
	Analysis   *analysis = argument;
	BingoProblem problem = {0};
	BingoDefinition *definition;
	BingoScope	scope;

	bingo_store_enter(&scope, analysis->role);
	analysis->query = bingo_query_parse(analysis->text, analysis->counts, true);
	definition = bingo_define_analyze(analysis->query, analysis->counts, &problem);
	bingo_store_leave(&scope);
	if (definition == NULL)
		bingo_query_raise(&problem, analysis->text);
	bingo_query_check_ownership(definition, analysis->role);
}

/* One text of the definition, analysed as a role that has the tables; NULL with the problem. */
static Query *
analyze_text(const char *text, bool counts, Oid role, ErrorData **error)
{
	Analysis	analysis = {.text = text, .counts = counts, .role = role};

	if (text == NULL)
		return NULL;
	*error = bingo_attempt(analyze, &analysis);
	if (*error == NULL)
		return analysis.query;
	if ((*error)->sqlerrcode == ERRCODE_QUERY_CANCELED || (*error)->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
		ReThrowError(*error);
	return NULL;
}

Query *
bingo_query_analyze(const BingoStoredDefinition *definition, Oid caller, ErrorData **error)
{
	ErrorData  *ignored = NULL;
	Query	   *query;
	Oid			role = definition->owner;

	*error = NULL;
	if (definition->was_of)
	{
		role = get_role_oid(definition->was_of, true);
		if (!OidIsValid(role))
			role = caller;
	}
	query = analyze_text(definition->query, definition->counts, role, error);
	return query ? query : analyze_text(definition->renamed, definition->counts, role, &ignored);
}
