/*
 * definition/relation.h
 *	  The tables of an ordering's query as the catalogs describe them.
 */
#ifndef BINGO_RELATION_H
#define BINGO_RELATION_H

#include "definition/analysis.h"

/* May it be part of an ordering?  Fills relation->indexes. */
extern bool bingo_relation_check(BingoAnalysis *analysis, BingoRelation *relation,
								 RangeTblEntry *rte);

/* Has the definition no partitions, or as it may have them? */
extern bool bingo_relation_check_partitions(BingoAnalysis *analysis);

/* What keeps a relation from being a table of an ordering, or a counter's, such as "a view", or NULL; and what to do then. */
#define BINGO_RELATION_NAME_ANOTHER "Name permanent tables in FROM: a view's own in the place of a view, an unlogged one after ALTER TABLE ... SET LOGGED."
extern const char *bingo_relation_obstacle(Oid relid);

/* The btree indexes of a table, as BingoIndexShape *: the primary key first, then by OID.  The second: and has it no others? */
extern List *bingo_relation_indexes(Oid relid);
extern List *bingo_relation_all_indexes(Oid relid, bool *only_btrees);

/*
 * The column's type.  Does not set column->table.  If there is no such column the one
 * returns false, and nothing is set; the other fails with 42703.
 */
pg_nodiscard extern bool bingo_relation_attribute(Oid relid, AttrNumber attno, BingoColumn *column,
												  bool *not_null);
extern void bingo_relation_require_attribute(Oid relid, AttrNumber attno, BingoColumn *column,
											 bool *not_null);

/* Do two collations agree on what is equal? */
extern bool bingo_relation_same_equality(Oid collation, Oid other);

/* Does the condition compare as a btree of this operator family and collation does? */
extern bool bingo_relation_compares_like(const BingoCondition *condition, Oid opfamily, Oid collation);

#endif							/* BINGO_RELATION_H */
