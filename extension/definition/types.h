/*
 * definition/types.h
 *	  What values of a type must be able to do to join or sort an ordering.
 */
#ifndef BINGO_ORDERING_TYPES_H
#define BINGO_ORDERING_TYPES_H

#include "lib/stringinfo.h"

#include "definition/definition.h"

/* Can an operator that takes values of a type ("taken"; perhaps any array, say) order all of the column's? */
extern bool bingo_types_compare(Oid type, Oid taken);

/* The same for the operator's hash functions; equal values, equal hashes. */
extern bool bingo_types_hash(Oid type, Oid taken);

/*
 * Appends the relations of the composite types among the types of the definition's
 * columns: when one of them changes the answers may be others.
 */
extern List *bingo_types_collect(const BingoDefinition *definition, List *relids);

/*
 * Appends the collations that belong to the type itself, of attributes and bounds: an
 * operator compares by them, whatever the column's is.
 */
extern List *bingo_types_list_collations(Oid type, List *collations);

/*
 * Appends what these relations look like, each "|OID", then ":" and the type of each
 * attribute (0 for a dropped one): another row type compares otherwise.
 */
extern void bingo_types_describe(const BingoDefinition *definition, StringInfo text);

/* Both, of all join columns and sort keys of a definition, whose operators are there. */
extern bool bingo_types_suffice(const BingoDefinition *definition);

/*
 * Comparing and hashing values of types that users and extensions have made may run their
 * code, which may raise errors.  PostgreSQL's own does not, for values that are stored.
 */
extern bool bingo_types_run_foreign_code(const BingoDefinition *definition);

/*
 * Is it PostgreSQL's own, an enum, or a domain or array of such?  Reading and comparing its
 * values runs nobody's code, but for the constraints of a domain.
 */
extern bool bingo_types_is_own(Oid type);

/*
 * The type that window and boundary have for a column's values: of a domain what it is made
 * of, since ALTER DOMAIN looks into all relations that have a column of the domain; the typmod
 * becomes that type's.  InvalidOid: the type is gone.
 */
extern Oid bingo_types_kept(Oid type, int32 *typmod);

/* Is it a domain, or an array of one? */
extern bool bingo_types_has_domain(Oid type);

/*
 * The btree family of the type's values, and the type that it compares, if equal ones have equal images: whatever is computed
 * of one is computed of the other.  Else InvalidOid.
 */
extern Oid bingo_types_image_family(Oid type, Oid collation, Oid *compared);

#endif							/* BINGO_ORDERING_TYPES_H */
