/*
 * attach/wanted.c
 *	  The indexes that the application's SQL needs: what they are, whether a
 *	  table has them, and the commands that make them.
 *
 * The set is the smallest that serves every endpoint; bench/indexes.sh shows
 * for each what it gives and what it costs.  Unique indexes and not key
 * constraints, because a constraint would change the definition of tables that
 * belong to an application which cannot be asked; an immediate unique index
 * proves as much to the planner and to an ordering.
 *
 * Equivalent means: btree, the same keys in the same order with the same
 * directions and NULLS order, the collation of the column, an operator class
 * of the same family and input type as the default one, the same included
 * columns in any order, no predicate, no expression; a unique one where a
 * unique one is wanted, checked at once and not at commit.  Where uniqueness is
 * not wanted a unique index serves as well.
 *
 * Ours is what depends on the extension (attach/made.c).  An index that bears our comment but lacks
 * the dependency was built from index_commands() or restored before the
 * extension was there: it is unclaimed until apply() claims it.
 *
 * Catalog reads only.  The caller holds a lock on the table if the answer must
 * last; relations are closed again before any command runs, since CREATE INDEX
 * refuses a table that is open in its own session.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "attach/attach.h"
#include "base/relations.h"

const BingoIndex bingo_attach_indexes[BINGO_NINDEXES] = {
	{
		.table = BINGO_SESSIONS,
		.name = "bingo_sessions_id",
		.unique = true,
		.nkeys = 1,
		.keys = {{"id", false}},
		.purpose = "GET /api/session/{id}, DELETE /api/session/{id}",
	},
	{
		.table = BINGO_CUSTOMERS,
		.name = "bingo_customers_id",
		.unique = true,
		.nkeys = 1,
		.keys = {{"id", false}},
		.purpose = "GET /api/customer/{id}, GET /api/session/{id}, GET /api/session",
	},
	{
		.table = BINGO_MOVIES,
		.name = "bingo_movies_id",
		.unique = true,
		.nkeys = 1,
		.keys = {{"id", false}},
		.purpose = "GET /api/movie/{id}, GET /api/session/{id}",
	},
	{
		.table = BINGO_SESSIONS,
		.name = "bingo_sessions_by_movie",
		.nkeys = 3,
		.keys = {{"movie_id", false}, {"customer_id", false}, {"id", true}},
		.nincluded = 1,
		.included = {"start_time"},
		.purpose = "GET /api/session",
	},
	{
		/* No endpoint reads it: a changed customer finds its rows of the ordering by it. */
		.table = BINGO_SESSIONS,
		.name = "bingo_sessions_by_customer",
		.nkeys = 1,
		.keys = {{"customer_id", false}},
		.purpose = "GET /api/session (changes of customers)",
	},
	{
		.table = BINGO_MOVIES,
		.name = "bingo_movies_by_year",
		.nkeys = 3,
		.keys = {{"year", true}, {"name", false}, {"id", true}},
		.purpose = "GET /api/movie, GET /api/session",
	},
	{
		.table = BINGO_CUSTOMERS,
		.name = "bingo_customers_by_surname",
		.nkeys = 4,
		.keys = {{"surname", false}, {"name", false}, {"birthday", true}, {"id", true}},
		.purpose = "GET /api/customer",
	},
};

static bool
key_matches(const BingoIndexKey *wanted, Relation table, Relation index, int position)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(table), wanted->column);
	Form_pg_attribute attribute;
	Oid			opclass;
	Oid			opfamily;
	Oid			opcintype;
	int16		option = wanted->descending ?
		INDOPTION_DESC | INDOPTION_NULLS_FIRST : 0;

	if (attnum == InvalidAttrNumber ||
		index->rd_index->indkey.values[position] != attnum)
		return false;
	attribute = TupleDescAttr(RelationGetDescr(table), attnum - 1);

	opclass = GetDefaultOpClass(attribute->atttypid, BTREE_AM_OID);
	if (!OidIsValid(opclass) ||
		!get_opclass_opfamily_and_input_type(opclass, &opfamily, &opcintype))
		return false;
	return index->rd_opfamily[position] == opfamily &&
		index->rd_opcintype[position] == opcintype &&
		index->rd_indcollation[position] == attribute->attcollation &&
		index->rd_indoption[position] == option;
}

static bool
includes_column(Relation index, AttrNumber attnum)
{
	for (int i = index->rd_index->indnkeyatts; i < index->rd_index->indnatts; i++)
		if (index->rd_index->indkey.values[i] == attnum)
			return true;
	return false;
}

/*
 * Not RelationGetIndexPredicate(): that computes constant parts, and calls a
 * function of the table's owner with the rights of whoever looks.
 */
bool
bingo_attach_has_predicate(Relation index)
{
	return !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
}

/* Is this index what is wanted, valid or not? */
static bool
index_matches(const BingoIndex *wanted, Relation table, Relation index)
{
	Form_pg_index form = index->rd_index;

	if (index->rd_rel->relkind != RELKIND_INDEX ||
		index->rd_rel->relam != BTREE_AM_OID ||
		form->indnkeyatts != wanted->nkeys ||
		form->indnatts != wanted->nkeys + wanted->nincluded ||
		(wanted->unique && !(form->indisunique && form->indimmediate)) ||
		bingo_attach_has_predicate(index))
		return false;

	for (int i = 0; i < wanted->nkeys; i++)
		if (!key_matches(&wanted->keys[i], table, index, i))
			return false;
	for (int i = 0; i < wanted->nincluded; i++)
		if (!includes_column(index, get_attnum(RelationGetRelid(table),
											   wanted->included[i])))
			return false;
	return true;
}

static bool
has_our_comment(const BingoIndex *wanted, Oid index)
{
	char	   *comment = GetComment(index, RelationRelationId, 0);

	return comment != NULL && strcmp(comment, bingo_attach_comment(wanted->purpose)) == 0;
}

/*
 * What the table has of the wanted index.  Of several equivalents ours is
 * taken, else an unclaimed one, else the one with the lowest OID.
 */
BingoIndexState
bingo_attach_find_index(const BingoIndex *wanted, Oid table)
{
	BingoIndexState state = {0};
	Relation	table_rel = table_open(table, AccessShareLock);
	List	   *indexes = RelationGetIndexList(table_rel);	/* by OID */
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Oid			index = lfirst_oid(cell);
		Relation	index_rel = index_open(index, AccessShareLock);
		bool		ours;
		bool		unclaimed;

		if (!index_matches(wanted, table_rel, index_rel))
		{
			index_close(index_rel, AccessShareLock);
			continue;
		}

		ours = bingo_attach_is_ours(index);
		unclaimed = !ours && has_our_comment(wanted, index);
		if (!index_rel->rd_index->indisvalid)
		{
			/* A user's own invalid index is the user's to deal with. */
			if (ours || unclaimed ||
				strcmp(RelationGetRelationName(index_rel), wanted->name) == 0)
				state.leftover = index;
		}
		else if (!OidIsValid(state.index) || (ours && !state.ours) ||
				 (unclaimed && !state.ours && !state.unclaimed))
		{
			state.index = index;
			state.ours = ours;
			state.unclaimed = unclaimed;
		}
		index_close(index_rel, AccessShareLock);
	}
	list_free(indexes);
	table_close(table_rel, AccessShareLock);
	return state;
}

/*
 * The name to build under: the fixed one, unless another relation has it that
 * is not the leftover which is dropped first.
 */
char *
bingo_attach_choose_name(const BingoIndex *wanted, Oid schema, Oid leftover)
{
	Oid			holder = get_relname_relid(wanted->name, schema);

	if (!OidIsValid(holder) || holder == leftover)
		return pstrdup(wanted->name);
	return ChooseRelationName(wanted->name, NULL, "idx", schema, false);
}

char *
bingo_attach_create_command(const BingoIndex *wanted, Oid table,
							const char *name, bool concurrently)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE %sINDEX %s%s ON %s USING btree (",
					 wanted->unique ? "UNIQUE " : "",
					 concurrently ? "CONCURRENTLY " : "",
					 quote_identifier(name), bingo_relations_name(table));
	for (int i = 0; i < wanted->nkeys; i++)
		appendStringInfo(&sql, "%s%s%s", i > 0 ? ", " : "",
						 quote_identifier(wanted->keys[i].column),
						 wanted->keys[i].descending ? " DESC" : "");
	appendStringInfoChar(&sql, ')');
	for (int i = 0; i < wanted->nincluded; i++)
		appendStringInfo(&sql, "%s%s%s", i > 0 ? ", " : " INCLUDE (",
						 quote_identifier(wanted->included[i]),
						 i == wanted->nincluded - 1 ? ")" : "");
	return sql.data;
}
