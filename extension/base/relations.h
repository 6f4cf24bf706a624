/*
 * base/relations.h
 *	  What the catalogs say of a relation: name, kind, owner; and other names.
 */
#ifndef BINGO_RELATIONS_H
#define BINGO_RELATIONS_H

#include "nodes/pg_list.h"
#include "utils/relcache.h"

/*
 * Its name, quoted and with its schema, for SQL and for messages.  Of a relation
 * that is gone by now the OID, in a form that no SQL takes for a name.
 */
extern char *bingo_relations_name(Oid relid);

/* Its name alone, and a column's, for messages: never NULL, "(dropped)" of what is gone. */
extern char *bingo_relations_label(Oid relid);
extern char *bingo_relations_column(Oid relid, int attno);

/* So for whatever else messages speak of, or commands that then fail by it. */
extern char *bingo_relations_schema(Oid schema);
extern char *bingo_relations_operator(Oid operator);
extern char *bingo_relations_type(Oid type);
extern char *bingo_relations_role(Oid role);
extern char *bingo_relations_constraint(Oid constraint);
extern char *bingo_relations_database(void);

/* The same, but NULL if it is gone. */
extern char *bingo_relations_find_label(Oid relid);
extern char *bingo_relations_find_column(Oid relid, int attno);

/* A column's type; false: column or relation are gone. */
extern bool bingo_relations_find_type(Oid relid, int attno, Oid *type, int32 *typmod, Oid *collation);
extern char *bingo_relations_find_schema(Oid schema);
extern char *bingo_relations_find_role(Oid role);

/* The operator as SQL has it: OPERATOR(schema.=), or, unless it is to be qualified, "=" of one that is in pg_catalog. */
extern char *bingo_relations_write_operator(Oid operator, bool qualified);

/* The schemas that have a relation of this name, whatever it is. */
extern List *bingo_relations_schemas(const char *name);

/* "a view" and the like for a relkind that is no plain table, NULL for a plain table. */
extern const char *bingo_relations_describe_kind(char relkind);

/* The role that owns it; an error, or InvalidOid, if it is gone. */
extern Oid	bingo_relations_owner(Oid relid);
extern Oid	bingo_relations_find_owner(Oid relid);

/* Opens it, be it a table or an index, with AccessShareLock, if that needs no waiting; else NULL, and if it is gone. */
extern Relation bingo_relations_open_now(Oid relid);

/* May an index be opened without waiting?  A scan of a catalog does without one that is being rebuilt. */
extern bool bingo_relations_index_is_free(Oid index);

#endif							/* BINGO_RELATIONS_H */
