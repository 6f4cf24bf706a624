/*
 * advise/analyse.c
 *	  From a statement's text to a Query that may be planned here.
 *
 * What is trusted: parse analysis calls input functions, of domains for one, with their
 * constraints; planning computes constant calls of immutable functions, and stable ones for
 * estimates and partition pruning; and some of PostgreSQL's own functions call others: casts,
 * support functions of types, views even.  So code of somebody else's runs, and not all of it
 * can be found by looking.  It runs as the role that ran the statement (advise/plan.c), never as the
 * caller of advise(): whoever wrote a statement gains nothing that he does not have.
 * That role has run the statement before, but what its functions are now is others' to say if
 * they are others': so they must belong to somebody who could act as that role anyway.
 *
 * Rights: what the CALLER may not read is refused, as the executor would, and
 * what the statement's role may not read any more, too.  That names mean what they meant when the example
 * ran is what the queryid says, which counts relations and functions.
 *
 * Everything here raises an error for what can't be advised; its message is the reason.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/position.h"
#include "base/relations.h"

pg_noreturn static void refuse(const char *reason);

static void
refuse(const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s", reason),
			 errhint("Call advise() with the text of one SELECT, INSERT, UPDATE or DELETE.")));
}

/* The statement that is planned: what PREPARE, DECLARE and EXPLAIN are about. */
static RawStmt *
unwrap(RawStmt *raw)
{
	Node	   *node = raw->stmt;

	if (IsA(node, PrepareStmt))
		node = castNode(PrepareStmt, node)->query;
	else if (IsA(node, DeclareCursorStmt))
		node = castNode(DeclareCursorStmt, node)->query;
	else if (IsA(node, ExplainStmt))
		node = castNode(ExplainStmt, node)->query;
	if (!IsA(node, SelectStmt) && !IsA(node, InsertStmt) && !IsA(node, UpdateStmt) && !IsA(node, DeleteStmt))
		refuse("it is no SELECT, INSERT, UPDATE or DELETE");
	if (node != raw->stmt)
	{
		raw = copyObject(raw);
		raw->stmt = copyObject(node);
	}
	return raw;
}

/*
 * A value as it was; of a domain as its base type has it, whose constraints need not be
 * checked again, and would be somebody's code.
 */
static void
read_parameter(const BingoExampleParameter *parameter, ParamExternData *data)
{
	Oid			input;
	Oid			ioparam;

	data->ptype = parameter->type;
	data->isnull = parameter->value == NULL;
	data->pflags = PARAM_FLAG_CONST;
	data->value = (Datum) 0;
	if (data->isnull)
		return;
	getTypeInputInfo(getBaseType(parameter->type), &input, &ioparam);
	data->value = OidInputFunctionCall(input, parameter->value, ioparam, -1);
}

static ParamListInfo
read_parameters(const BingoAdviseStatement *statement)
{
	ParamListInfo params;

	if (statement->nparams <= 0)
		return NULL;
	params = makeParamList(statement->nparams);
	for (int i = 0; i < statement->nparams; i++)
		read_parameter(&statement->params[i], &params->params[i]);
	return params;
}

/* An error points into this text, not into the statement that asks for advice. */
static Query *
parse(const BingoAdviseStatement *statement)
{
	ErrorContextCallback context = {error_context_stack, bingo_position_in, statement->text};
	List	   *statements;
	RawStmt    *raw;
	Oid		   *types = NULL;
	int			ntypes = 0;
	Query	   *query;

	error_context_stack = &context;
	statements = pg_parse_query(statement->text);
	if (list_length(statements) != 1)
		refuse("the text is not one statement");
	raw = unwrap(linitial_node(RawStmt, statements));
	if (statement->nparams < 0)
		query = parse_analyze_varparams(raw, statement->text, &types, &ntypes, NULL);
	else
	{
		types = palloc(Max(statement->nparams, 1) * sizeof(Oid));
		for (int i = 0; i < statement->nparams; i++)
			types[i] = statement->params[i].type;
		query = parse_analyze_fixedparams(raw, statement->text, types, statement->nparams, NULL);
	}
	error_context_stack = context.previous;
	return query;
}

/* --- trust --- */

static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* Callback of check_functions_in_node(): true stops at a function that is not trusted. */
static bool
is_foreign(Oid function, void *context)
{
	Oid			owner;

	if (function < FirstGenbkiObjectId)
		return false;
	owner = function_owner(function);
	return !OidIsValid(owner) || !has_privs_of_role(owner, GetUserId());
}

static bool
find_foreign(Node *node, void *context)
{
	List	  **relids = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		if (OidIsValid(((RangeTblEntry *) node)->relid))
			*relids = list_append_unique_oid(*relids, ((RangeTblEntry *) node)->relid);
		return false;
	}
	if (check_functions_in_node(node, is_foreign, NULL))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_foreign, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_foreign, context);
}

/*
 * What the tables' own objects call: their dependencies say it.  Children count, too,
 * which planning expands.
 */
static bool
tables_call_foreign(List *relids)
{
	static const char *const query =
		"WITH RECURSIVE tables AS ("
		" SELECT pg_catalog.unnest($1) AS oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tables AS t"
		" ON i.inhparent OPERATOR(pg_catalog.=) t.oid), objects AS ("
		" SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, i.indexrelid AS objid"
		" FROM pg_catalog.pg_index AS i JOIN tables AS t ON i.indrelid OPERATOR(pg_catalog.=) t.oid"
		" UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, t.oid FROM tables AS t"
		" UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid"
		" FROM pg_catalog.pg_constraint AS c JOIN tables AS t ON c.conrelid OPERATOR(pg_catalog.=) t.oid"
		" UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid"
		" FROM pg_catalog.pg_statistic_ext AS s JOIN tables AS t ON s.stxrelid OPERATOR(pg_catalog.=) t.oid)"
		" SELECT 1 FROM objects AS o JOIN pg_catalog.pg_depend AS d"
		" ON d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid"
		" LEFT JOIN pg_catalog.pg_operator AS op ON d.refclassid OPERATOR(pg_catalog.=)"
		" 'pg_catalog.pg_operator'::pg_catalog.regclass AND op.oid OPERATOR(pg_catalog.=) d.refobjid"
		" JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) CASE WHEN d.refclassid OPERATOR(pg_catalog.=)"
		" 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE op.oprcode::pg_catalog.oid END"
		" WHERE NOT pg_catalog.pg_has_role(p.proowner, $2, 'USAGE') LIMIT 1";
	Datum	   *oids = palloc(Max(list_length(relids), 1) * sizeof(Datum));
	Datum		values[2];
	Oid			types[2] = {OIDARRAYOID, OIDOID};

	if (relids == NIL)
		return false;
	for (int i = 0; i < list_length(relids); i++)
		oids[i] = ObjectIdGetDatum(list_nth_oid(relids, i));
	values[0] = PointerGetDatum(construct_array(oids, list_length(relids), OIDOID, sizeof(Oid), true, TYPALIGN_INT));
	values[1] = ObjectIdGetDatum(GetUserId());
	if (SPI_execute_with_args(query, 2, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look at the functions of tables");
	return SPI_processed > 0;
}

/* As the role whose trust it is.  Its policies are part of the query by then. */
void
bingo_advise_check_trust(Query *query)
{
	List	   *relids = NIL;
	ListCell   *cell;

	foreach(cell, pg_rewrite_query(copyObject(query)))
	{
		if (find_foreign(lfirst(cell), &relids))
			refuse("it calls a function of a role that could not act as the one that ran it, and planning might run it");
	}
	if (tables_call_foreign(relids))
		refuse("a table of it uses a function of a role that could not act as the one that ran it, and planning might run it");
}

/* --- rights --- */

static bool
check_rights(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		bingo_check_rights((Query *) node);
		return query_tree_walker((Query *) node, check_rights, context, 0);
	}
	return expression_tree_walker(node, check_rights, context);
}

/* May the user read, and write, all that the statement does? */
static void
check_rights_of(Oid caller, Query *query)
{
	List	   *queries = pg_rewrite_query(copyObject(query));
	Oid			user;
	int			context;
	ListCell   *cell;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(caller, context);
	foreach(cell, queries)
		(void) check_rights(lfirst(cell), NULL);
	SetUserIdAndSecContext(user, context);
}

/* --- the whole --- */

/* A view of an extension, as ours or pg_stat_statements, is read by who looks after the database, not by the application. */
static bool
is_of_users(Oid relid)
{
	return relid >= FirstNormalObjectId &&
		!(get_rel_relkind(relid) == RELKIND_VIEW && OidIsValid(getExtensionOfObject(RelationRelationId, relid)));
}

static bool
find_table(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return ((RangeTblEntry *) node)->rtekind == RTE_RELATION && is_of_users(((RangeTblEntry *) node)->relid);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_table, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_table, context);
}

bool
bingo_advise_reads_tables(Query *query)
{
	return find_table((Node *) query, NULL);
}

/* The query of its other example; NULL: it is another one by now. */
Query *
bingo_advise_analyse_other(const BingoAdviseStatement *statement)
{
	BingoAdviseStatement other = *statement;
	Query	   *query;

	other.text = statement->other_text;
	query = parse(&other);
	return query->queryId == 0 || (int64) query->queryId == statement->queryid ? query : NULL;
}

Query *
bingo_advise_analyse(const BingoAdvise *advise, const BingoAdviseStatement *statement, ParamListInfo *params)
{
	Query	   *query = parse(statement);

	if (statement->queryid != 0 && query->queryId != 0 && (int64) query->queryId != statement->queryid)
		refuse("its names mean other tables with this search_path: set it as its application does");
	if (statement->userid != advise->user)
	{
		check_rights_of(advise->user, query);
		bingo_advise_check_trust(query);
	}
	*params = read_parameters(statement);
	return query;
}
