/*
 * definition/types.c
 *	  What values of a type must be able to do to join or sort an ordering.
 *
 * The operators of arrays, ranges and composite types take values of any such
 * type, and find out when they are called that an element, a bound or an
 * attribute can't be compared or hashed: an error, in the midst of a commit that
 * the plain tables would let pass.  So a column's own type is taken to pieces,
 * down to types with operators of their own.  Not by the type cache alone: it
 * asks once for an array or a range, and an attribute may be added to a composite
 * type that columns have already (ALTER TYPE), then or later.
 *
 * Reads system caches and the type cache, opens nothing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_range.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "definition/types.h"

typedef bool (*TypeTest) (Oid type);

static bool
is_comparable(Oid type)
{
	return OidIsValid(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc);
}

static bool
is_hashable(Oid type)
{
	return OidIsValid(lookup_type_cache(type, TYPECACHE_HASH_PROC)->hash_proc);
}

/* Type and collation of the relation's column; InvalidOid for a dropped one.  False behind the last. */
static bool
next_attribute(Oid relid, AttrNumber attno, Oid *type, Oid *collation)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	Form_pg_attribute attribute;

	if (!HeapTupleIsValid(tuple))
		return false;
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	*type = attribute->attisdropped ? InvalidOid : attribute->atttypid;
	*collation = attribute->attisdropped ? InvalidOid : attribute->attcollation;
	ReleaseSysCache(tuple);
	return true;
}

/* The operator family by which bounds of a range are compared. */
static Oid
find_range_family(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(RANGETYPE, ObjectIdGetDatum(type));
	Oid			family;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	family = get_opclass_family(((Form_pg_range) GETSTRUCT(tuple))->rngsubopc);
	ReleaseSysCache(tuple);
	return family;
}

/* What a domain is made of, with its typmod if that is wanted.  False: the type is gone. */
static bool
find_base(Oid *type, int32 *typmod)
{
	for (;;)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(*type));
		Form_pg_type form;
		bool		is_domain;

		if (!HeapTupleIsValid(tuple))
			return false;
		form = (Form_pg_type) GETSTRUCT(tuple);
		is_domain = form->typtype == TYPTYPE_DOMAIN;
		if (is_domain)
		{
			*type = form->typbasetype;
			if (typmod != NULL)
				*typmod = form->typtypmod;
		}
		ReleaseSysCache(tuple);
		if (!is_domain)
			return true;
	}
}

Oid
bingo_types_kept(Oid type, int32 *typmod)
{
	/* asked of each column by each execution */
	if (type < FirstUnpinnedObjectId || find_base(&type, typmod))
		return type;
	return InvalidOid;
}

/*
 * Do all values of the type pass?  "relids" collects the composite types' relations
 * if it is not NULL; then nothing is tested.  Those of a type that is gone don't.
 */
static bool
test_pieces(Oid type, TypeTest test, List **relids)
{
	Oid			piece;
	Oid			collation;
	Oid			relid;

	check_stack_depth();
	if (!find_base(&type, NULL))
		return relids != NULL;
	if (type < FirstUnpinnedObjectId && relids != NULL)
		return true;
	piece = get_base_element_type(type);
	if (!OidIsValid(piece))
		piece = get_multirange_range(type);
	if (OidIsValid(piece))
		return test_pieces(piece, test, relids);

	piece = get_range_subtype(type);
	if (OidIsValid(piece))
	{
		/* Bounds that are equal by another order than the default one need not hash alike. */
		if (test == is_hashable &&
			find_range_family(type) != lookup_type_cache(piece, TYPECACHE_BTREE_OPFAMILY)->btree_opf)
			return false;
		return test_pieces(piece, test, relids);
	}

	relid = get_typ_typrelid(type);
	if (!OidIsValid(relid))
		return relids != NULL || test(type);
	if (relids != NULL)
		*relids = list_append_unique_oid(*relids, relid);
	for (AttrNumber attno = 1; next_attribute(relid, attno, &piece, &collation); attno++)
	{
		if (OidIsValid(piece) && !test_pieces(piece, test, relids))
			return false;
	}
	return true;
}

static List *
add_collation(List *collations, Oid collation)
{
	return OidIsValid(collation) ? list_append_unique_oid(collations, collation) : collations;
}

List *
bingo_types_list_collations(Oid type, List *collations)
{
	Oid			piece;
	Oid			collation;
	Oid			relid;

	check_stack_depth();
	if (!find_base(&type, NULL) || type < FirstUnpinnedObjectId)
		return collations;
	piece = get_base_element_type(type);
	if (!OidIsValid(piece))
		piece = get_multirange_range(type);
	if (OidIsValid(piece))
		return bingo_types_list_collations(piece, collations);

	piece = get_range_subtype(type);
	if (OidIsValid(piece))
		return bingo_types_list_collations(piece, add_collation(collations, get_range_collation(type)));

	relid = get_typ_typrelid(type);
	for (AttrNumber attno = 1; OidIsValid(relid) && next_attribute(relid, attno, &piece, &collation); attno++)
	{
		collations = add_collation(collations, collation);
		if (OidIsValid(piece))
			collations = bingo_types_list_collations(piece, collations);
	}
	return collations;
}

void
bingo_types_describe(const BingoDefinition *definition, StringInfo text)
{
	ListCell   *cell;

	foreach(cell, bingo_types_collect(definition, NIL))
	{
		Oid			type;
		Oid			collation;

		appendStringInfo(text, "|%u", lfirst_oid(cell));
		for (AttrNumber attno = 1; next_attribute(lfirst_oid(cell), attno, &type, &collation); attno++)
			appendStringInfo(text, ":%u", type);
	}
}

static bool
takes_any(Oid taken)
{
	return IsPolymorphicType(taken) || taken == RECORDOID;
}

bool
bingo_types_compare(Oid type, Oid taken)
{
	return !takes_any(taken) || test_pieces(type, is_comparable, NULL);
}

bool
bingo_types_hash(Oid type, Oid taken)
{
	return !takes_any(taken) || test_pieces(type, is_hashable, NULL);
}

List *
bingo_types_collect(const BingoDefinition *definition, List *relids)
{
	for (int i = 0; i < definition->noutput; i++)
		(void) test_pieces(definition->output[i].type, NULL, &relids);
	for (int i = 1; i < definition->ntables; i++)
	{
		for (int j = 0; j < definition->tables[i].njoin; j++)
		{
			(void) test_pieces(definition->tables[i].join[j].parent_column.type, NULL, &relids);
			(void) test_pieces(definition->tables[i].join[j].own_column.type, NULL, &relids);
		}
	}
	return relids;
}

static bool
can_join(const BingoColumn *column, Oid taken)
{
	return bingo_types_compare(column->type, taken) && bingo_types_hash(column->type, taken);
}

bool
bingo_types_suffice(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->nsort; i++)
	{
		Oid			left;
		Oid			right;

		op_input_types(definition->sort[i].sort_operator, &left, &right);
		if (!bingo_types_compare(definition->sort[i].column.type, left))
			return false;
	}
	for (int i = 1; i < definition->ntables; i++)
	{
		for (int j = 0; j < definition->tables[i].njoin; j++)
		{
			const BingoJoinColumn *join = &definition->tables[i].join[j];

			if (!can_join(&join->parent_column, join->parent_type) || !can_join(&join->own_column, join->type))
				return false;
		}
	}
	return true;
}

static bool
is_foreign(Oid object)
{
	return object >= FirstNormalObjectId;
}

bool
bingo_types_run_foreign_code(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->nsort; i++)
		if (is_foreign(definition->sort[i].column.type) || is_foreign(definition->sort[i].opfamily))
			return true;
	for (int i = 0; i < definition->ntables; i++)
		for (int j = 0; j < definition->tables[i].njoin; j++)
			if (is_foreign(definition->tables[i].join[j].type) || is_foreign(definition->tables[i].join[j].parent_type) ||
				is_foreign(definition->tables[i].join[j].opfamily))
				return true;
	for (int i = 0; i < definition->ndriving; i++)
		if (is_foreign(definition->driving[i].opfamily))
			return true;
	return false;
}

bool
bingo_types_is_own(Oid type)
{
	Oid			element = get_element_type(getBaseType(type));

	type = getBaseType(OidIsValid(element) ? element : type);
	return type < FirstNormalObjectId || type_is_enum(type);
}

bool
bingo_types_has_domain(Oid type)
{
	Oid			element = get_element_type(type);

	return getBaseType(type) != type || (OidIsValid(element) && getBaseType(element) != element);
}

Oid
bingo_types_image_family(Oid type, Oid collation, Oid *compared)
{
	Oid			opclass = GetDefaultOpClass(type, BTREE_AM_OID);
	Oid			family;
	Oid			proc;

	if (!OidIsValid(opclass) || opclass >= FirstNormalObjectId)
		return InvalidOid;
	/* ALTER DOMAIN checks all columns of the domain, the window's, too */
	if (bingo_types_has_domain(type))
		return InvalidOid;
	/* blanks at its end don't count when it is compared, but are shown; yet 18 has the function for it */
	if (type == BPCHAROID)
		return InvalidOid;
	family = get_opclass_family(opclass);
	*compared = get_opclass_input_type(opclass);
	proc = get_opfamily_proc(family, *compared, *compared, BTEQUALIMAGE_PROC);
	if (!OidIsValid(proc) || !DatumGetBool(OidFunctionCall1Coll(proc, collation, ObjectIdGetDatum(*compared))))
		return InvalidOid;
	return family;
}
