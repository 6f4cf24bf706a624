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
 *	- a constant in quotes has its type beside it, as PostgreSQL itself writes
 *	  constants, and that is not a user's type.  Without one the type follows from whatever
 *	  it is compared with, or given to: an array of a domain, a function's argument.
 *
 * Nothing else is evaluated in parse analysis: a function is looked up, and not called, and a
 * value that has a type already is cast later.  What is folded afterwards, a sort key's
 * expression or a condition, is asked before whether it might run code of a user.
 *
 * Neither an ordering's nor a counter's query can have other constants, so nothing that could
 * be one is lost.  What a user gives to create_ordering() himself is analysed as it stands.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/types.h"
#include "upkeep/harmless.h"

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
	if (IsA(node, A_Const))
		return !((A_Const *) node)->isnull && IsA(&((A_Const *) node)->val, String);
	if (IsA(node, TypeCast) && IsA(((TypeCast *) node)->arg, A_Const))
		return !has_own_type((TypeCast *) node);
	return raw_expression_tree_walker(node, find_harm, context);
}

void
bingo_harmless_require(RawStmt *statement)
{
	if (!IsA(statement->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the stored query is not a SELECT"),
				 errhint("Drop it, and make it anew.")));
	if (!find_harm(statement->stmt, NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the stored query has a constant without a type of PostgreSQL's own beside it"),
			 errhint("Drop it, and make it anew from a query without them.")));
}
