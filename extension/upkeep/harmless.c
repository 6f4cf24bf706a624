/*
 * upkeep/harmless.c
 *	  May a stored query be analysed, whoever has written it?
 *
 * A definition is a foreign server's option, which its owner writes as he likes, and which is
 * analysed again by the background worker, or by whoever refreshes an ordering that
 * has lost its owner.  Parse analysis reads constants, by the input functions of their
 * types: a domain's runs the CHECK of whoever made the domain, as whoever analyses, and for
 * as long as it likes.  So before it is analysed the text is looked at as it was parsed:
 *
 *	- no function but count(*), whose arguments might be such constants;
 *	- a constant in quotes has its type beside it, as PostgreSQL itself writes
 *	  constants, and that is not a user's type.  Without one the type follows from whatever
 *	  it is compared with: an array of a domain, say.
 *
 * Neither an ordering's nor a counter's query can have more than that, so nothing that could
 * be one is lost.  What a user gives to create_ordering() himself is analysed as it stands.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/types.h"
#include "upkeep/harmless.h"

static bool
is_count(const FuncCall *call)
{
	return call->agg_star && list_length(call->funcname) == 1 && strcmp(strVal(linitial(call->funcname)), "count") == 0;
}

/* A domain's constraints are code, even of an own type. */
static bool
has_own_type(const TypeCast *cast)
{
	HeapTuple	tuple = LookupTypeName(NULL, cast->typeName, NULL, true);
	Oid			type = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		type = typeTypeId(tuple);
		ReleaseSysCache(tuple);
	}
	return OidIsValid(type) && bingo_types_is_own(type) && !bingo_types_has_domain(type);
}

/* Callback of raw_expression_tree_walker(): true stops at what might run code. */
static bool
find_harm(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncCall) && !is_count((FuncCall *) node))
		return true;
	if (IsA(node, A_Const))
		return !((A_Const *) node)->isnull && IsA(&((A_Const *) node)->val, String);
	if (IsA(node, TypeCast) && IsA(((TypeCast *) node)->arg, A_Const))
		return !has_own_type((TypeCast *) node);
	return raw_expression_tree_walker(node, find_harm, context);
}

void
bingo_harmless_require(RawStmt *statement)
{
	if (IsA(statement->stmt, SelectStmt) && !find_harm(statement->stmt, NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the stored query has a function, or a constant without a type of PostgreSQL's own beside it"),
			 errhint("Drop it, and make it anew from a query without them.")));
}
