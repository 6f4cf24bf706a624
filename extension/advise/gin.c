/*
 * advise/gin.c
 *	  Conditions that look into a value: which GIN index could find them.
 *
 * An array that has an element, a document that has a word, jsonb that contains another: what the
 * default GIN operator class of the column's type can search; and a text that contains another
 * (LIKE '%x%', ILIKE, regular expressions) by the trigrams of pg_trgm, where that extension is.
 * Where it is not, but could be, the note says so (advise/rows.c): without its operator class there is
 * nothing that the planner could reckon with.
 *
 * What a btree finds, equality and beginnings, is left to that.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/dependency.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "advise/gin.h"
#include "base/relations.h"

/* "array is contained in": finds next to all entries */
#define CONTAINED_STRATEGY	3

/* So many characters in a row make a trigram. */
#define TRIGRAM		3

/* The extension's own operator class of that name; InvalidOid: it is not there. */
static Oid
find_trigrams(void)
{
	Oid			extension = get_extension_oid("pg_trgm", true);
	CatCList   *classes;
	Oid			found = InvalidOid;

	if (!OidIsValid(extension))
		return InvalidOid;
	classes = SearchSysCacheList2(CLAAMNAMENSP, ObjectIdGetDatum(GIN_AM_OID), CStringGetDatum("gin_trgm_ops"));
	for (int i = 0; i < classes->n_members; i++)
	{
		Oid			opclass = ((Form_pg_opclass) GETSTRUCT(&classes->members[i]->tuple))->oid;

		if (getExtensionOfObject(OperatorClassRelationId, opclass) == extension)
			found = opclass;
	}
	ReleaseSysCacheList(classes);
	return found;
}

static char *
write_class(Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	name = quote_qualified_identifier(bingo_relations_schema(((Form_pg_opclass) GETSTRUCT(tuple))->opcnamespace),
									  NameStr(((Form_pg_opclass) GETSTRUCT(tuple))->opcname));
	ReleaseSysCache(tuple);
	return name;
}

/* Could a pattern have a trigram?  One that is not known could. */
static bool
has_trigram(Node *pattern)
{
	const Const *constant = (const Const *) pattern;
	const char *place;
	int			run = 0;

	if (!IsA(pattern, Const) || constant->consttype != TEXTOID)
		return true;
	if (constant->constisnull)
		return false;
	for (place = TextDatumGetCString(constant->constvalue); *place && run < TRIGRAM; place++)
		run = isalnum((unsigned char) *place) || (*place & 0x80) ? run + 1 : 0;
	return run == TRIGRAM;
}

static bool
is_text_search(Oid operator)
{
	return operator == OID_TEXT_LIKE_OP || operator == OID_TEXT_ICLIKE_OP || operator == OID_TEXT_REGEXEQ_OP ||
		operator == OID_TEXT_ICREGEXEQ_OP;
}

/* By the default class of its type. */
static bool
finds_by_default(BingoAdviseKey *key, Oid operator)
{
	Oid			opclass = GetDefaultOpClass(key->type, GIN_AM_OID);
	Oid			family = OidIsValid(opclass) ? get_opclass_family(opclass) : InvalidOid;
	int			strategy = OidIsValid(family) ? get_op_opfamily_strategy(operator, family) : 0;

	if (strategy == 0 || (strategy == CONTAINED_STRATEGY && type_is_array_domain(key->type)))
		return false;
	key->gin = opclass;
	return true;
}

bool
bingo_advise_find_gin(BingoAdviseKey *key, Oid operator, Node *value, bool *lacking)
{
	if (finds_by_default(key, operator))
		return true;
	if (key->type != TEXTOID && key->type != VARCHAROID)
		return false;
	key->gin = find_trigrams();
	if (!OidIsValid(key->gin))
	{
		*lacking = is_text_search(operator) && has_trigram(value);
		return false;
	}
	key->trigrams = true;
	key->opclass = write_class(key->gin);
	return key->opclass != NULL && get_op_opfamily_strategy(operator, get_opclass_family(key->gin)) != 0 &&
		(!is_text_search(operator) || has_trigram(value));
}

/* Could pg_trgm be had here by CREATE EXTENSION? */
bool
bingo_advise_trigrams_available(void)
{
	bool		there;

	if (SPI_execute("SELECT FROM pg_catalog.pg_available_extensions() AS e WHERE e.name OPERATOR(pg_catalog.=) 'pg_trgm'", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not list extensions");
	there = SPI_processed == 1;
	SPI_freetuptable(SPI_tuptable);
	return there;
}
