/*
 * fuzz_query.c
 *	  Random queries: an ordering's own in every spelling, alone and wrapped into
 *	  others, and those that have its core below (fuzz_around.c).
 */
#include "fuzz.h"

#include <string.h>

/* A query level that is an ordering's, with filters now and then. */
static void
write_level(Fuzz *fuzz, Query *query, bool parameters, bool plain)
{
	static Order order;
	const Ordering *ordering = ordering_draw(fuzz);
	Shape		shape;

	query->bare = !parameters;
	core_draw(fuzz, &shape, ordering, 'a');
	level_draw_order(fuzz, &shape, MAX_SORT, &order);
	level_make_total(fuzz, &shape, &order);
	level_write_select_list(fuzz, &query->sql, &shape, plain);
	core_write_from(fuzz, &query->sql, &shape, "");
	if (chance(fuzz, 25))
		filter_write(fuzz, query, &query->sql, &shape);
	level_write_order(&query->sql, &order);
	level_write_limit(fuzz, query, ordering);
	if (chance(fuzz, 1))
		say(&query->sql, chance(fuzz, 50) ? " FOR UPDATE" : " FOR KEY SHARE OF a%d", ordering->root);
}

/* "head" query level "tail" */
static void
wrap(Fuzz *fuzz, Query *query, const char *head, const char *tail)
{
	say(&query->sql, "%s", head);
	write_level(fuzz, query, true, true);
	say(&query->sql, "%s", tail);
}

void
query_write(Fuzz *fuzz, Query *query)
{
	query->sql.length = query->full.length = 0;
	query->sql.data[0] = query->full.data[0] = '\0';
	query->kind = KIND_WRAPPED;
	query->judgement = EXACT;
	query->nkeys = query->nparameters = query->naliases = 0;
	query->copies = query->pages = false;
	query->bare = chance(fuzz, 60);
	if (chance(fuzz, 10))
	{
		query->kind = KIND_VALUES;
		values_write(fuzz, query);
		return;
	}
	if (chance(fuzz, 65))
	{
		around_write(fuzz, query);
		return;
	}
	switch (draw(fuzz, 40))
	{
		case 0:
			wrap(fuzz, query, "SELECT * FROM (", ") x");
			break;
		case 1:
			wrap(fuzz, query, "WITH x AS MATERIALIZED (", ") SELECT * FROM x");
			break;
		case 2:
			wrap(fuzz, query, "WITH x AS NOT MATERIALIZED (", ") SELECT * FROM x");
			break;
		case 3:
			wrap(fuzz, query, "WITH x AS (", ") SELECT 1 AS n, x.c0::text FROM x UNION ALL SELECT 2, x.c0::text FROM x");
			break;
		case 4:
			say(&query->sql, "(");
			write_level(fuzz, query, false, true);
			say(&query->sql, ") UNION ALL (");
			write_level(fuzz, query, false, true);
			say(&query->sql, ")");
			break;
		case 5:
			wrap(fuzz, query, "SELECT count(*), md5(string_agg(x::text, '|')) FROM (", ") x");
			break;
		case 6:
			wrap(fuzz, query, "SELECT g, x.* FROM generate_series(1, 3) g CROSS JOIN LATERAL (", " OFFSET g) x");
			break;
		case 7:
			wrap(fuzz, query, "SELECT g, x.* FROM generate_series(1, 4) g CROSS JOIN LATERAL (SELECT y.* FROM (", ") y LIMIT g * 5) x");
			break;
		case 8:
			wrap(fuzz, query, "SELECT EXISTS (", ")");
			break;
		case 9:
			wrap(fuzz, query, "SELECT c0, row_number() OVER (), count(*) OVER () FROM (", ") x");
			break;
		case 10:
			wrap(fuzz, query, "SELECT DISTINCT c0::text COLLATE \"C\" FROM (", ") x ORDER BY 1");
			break;
		case 11:
			wrap(fuzz, query, "SELECT c0::text COLLATE \"C\", count(*), min(x::text COLLATE \"C\") FROM (", ") x GROUP BY 1 ORDER BY 1");
			break;
		case 12:
			wrap(fuzz, query, "SELECT * FROM (", ") x LIMIT 7 OFFSET 3");
			break;
		case 13:
			wrap(fuzz, query, "SELECT ARRAY(SELECT c0::text FROM (", ") x)");
			break;
		case 14:
			wrap(fuzz, query, "SELECT x.c0::text, y.n FROM (", ") x JOIN (VALUES ('1', 1), ('a', 2), ('w3', 3)) y (t, n) ON x.c0::text = y.t");
			query->judgement = BAG;
			break;
		case 15:
			say(&query->sql, "COPY (");
			write_level(fuzz, query, false, false);
			say(&query->sql, ") TO STDOUT");
			query->copies = true;
			break;
		case 16:
			wrap(fuzz, query, "SELECT count(*) FROM pg_am WHERE amname::text NOT IN (SELECT c0::text FROM (", ") x WHERE c0 IS NOT NULL)");
			break;
		case 17:
			say(&query->sql, "SELECT fuzz.digest($fuzz$");
			write_level(fuzz, query, false, true);
			say(&query->sql, "$fuzz$)");
			break;
		case 18:
			wrap(fuzz, query, "SELECT * FROM (", ") x FOR SHARE");
			break;
		case 19:
			wrap(fuzz, query, "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3), x AS (",
				 ") SELECT r.n, (SELECT c0::text FROM x OFFSET r.n LIMIT 1) FROM r");
			break;
		default:
			query->kind = KIND_OWN;
			write_level(fuzz, query, true, false);
	}
}
