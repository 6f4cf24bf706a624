/*
 * fuzz_ordering.c
 *	  Random definitions of orderings, right ones and wrong ones.
 *
 * A right one may still be refused: an index may be missing, an operator may have
 * no hash function.  A wrong one may be accepted when what was broken in it did
 * not matter.  Neither may end in an internal error.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static bool
sorts_by(const Ordering *ordering, int table, int column)
{
	for (int i = 0; i < ordering->nsort; i++)
		if (ordering->sort[i].column.table == table && ordering->sort[i].column.column == column)
			return true;
	return false;
}

static void
add_sort(Fuzz *fuzz, Ordering *ordering, int table, int column)
{
	SortKey    *key = &ordering->sort[ordering->nsort];

	if (ordering->nsort == MAX_SORT || sorts_by(ordering, table, column))
		return;
	key->column = (ColumnRef) {table, column};
	key->descending = chance(fuzz, 50);
	key->nulls = chance(fuzz, 60) ? 0 : 1 + (int) draw(fuzz, 2);
	ordering->nsort++;
}

/* Conditions that create_ordering() takes; a column that has none of its kind leaves one out. */
static void
draw_conditions(Fuzz *fuzz, Ordering *ordering)
{
	for (int i = 1 + (int) draw(fuzz, MAX_CONDITIONS); i > 0; i--)
	{
		Condition  *condition = &ordering->conditions[ordering->nconditions];
		const Column *column;

		condition->table = (int) draw(fuzz, fuzz->ntables);
		if (!ordering->has[condition->table] || ordering->left[condition->table])
			condition->table = ordering->root;
		condition->column = (int) draw(fuzz, fuzz->tables[condition->table].ncolumns);
		column = core_column(fuzz, (ColumnRef) {condition->table, condition->column});
		condition->number = (int) draw(fuzz, column->domain > 0 ? column->domain : 200);
		if (chance(fuzz, 30))
			condition->kind = (int) draw(fuzz, 2);
		else if (filter_is_made_by(column, "int2 int4 int8 numeric float8"))
			condition->kind = 2 + (int) draw(fuzz, 3);
		else if (filter_is_made_by(column, "bool"))
			condition->kind = 5 + (int) draw(fuzz, 2);
		else if (filter_is_made_by(column, "text varchar"))
			condition->kind = 7;
		else
			continue;
		ordering->nconditions++;
	}
	ordering->either = chance(fuzz, 25);
}

/* The first sort keys become keys, of each of which the first rows are kept. */
static void
draw_parameters(Fuzz *fuzz, Ordering *ordering)
{
	int			most = 1 + (int) draw(fuzz, 2);

	while (ordering->nparameters < most && ordering->nparameters + 1 < ordering->nwritten)
	{
		SortKey    *key = &ordering->sort[ordering->nparameters];

		if (key->computed || ordering->left[key->column.table])
			return;
		key->descending = false;
		key->nulls = 0;
		ordering->nparameters++;
	}
}

static void
draw_ordering(Fuzz *fuzz, Ordering *ordering)
{
	int			keys = (int) draw(fuzz, 4);
	bool		appends;		/* create_ordering() shall append the driving key */

	memset(ordering, 0, sizeof(*ordering));
	snprintf(ordering->name, NAME_SIZE, "o%d", fuzz->names++);
	ordering->root = chance(fuzz, 80) ? 0 : (int) draw(fuzz, fuzz->ntables);
	ordering->has[ordering->root] = true;
	for (int i = ordering->root + 1; i < fuzz->ntables; i++)
	{
		int			parent = fuzz->tables[i].parent;

		ordering->has[i] = parent >= 0 && ordering->has[parent] && chance(fuzz, 85);
		ordering->left[i] = ordering->has[i] && (ordering->left[parent] || chance(fuzz, 20));
	}
	while (keys-- > 0)
	{
		int			table = (int) draw(fuzz, fuzz->ntables);

		if (!ordering->has[table])
			continue;
		add_sort(fuzz, ordering, table, (int) draw(fuzz, fuzz->tables[table].ncolumns));
		ordering->sort[ordering->nsort - 1].computed |= chance(fuzz, 10);
	}
	ordering->nwritten = ordering->nsort;
	appends = ordering->nsort > 0 && chance(fuzz, 25);
	for (int i = 0; i < fuzz->tables[ordering->root].nkeys; i++)
	{
		int			n = ordering->nsort;

		add_sort(fuzz, ordering, ordering->root, i);
		if (!appends || ordering->nsort == n)
			continue;
		ordering->sort[n].descending = ordering->sort[n - 1].descending;
		ordering->sort[n].nulls = 0;
	}
	if (!appends)
		ordering->nwritten = ordering->nsort;
	for (int i = 0; i < fuzz->ntables; i++)
		for (int j = 0; ordering->has[i] && j < fuzz->tables[i].ncolumns; j++)
			if (ordering->noutput < MAX_OUTPUT && chance(fuzz, 75))
				ordering->output[ordering->noutput++] = (ColumnRef) {i, j};
	if (ordering->noutput == 0)
		ordering->output[ordering->noutput++] = (ColumnRef) {ordering->root, 0};
	if (chance(fuzz, 30))
		draw_conditions(fuzz, ordering);
	if (chance(fuzz, 20))
		draw_parameters(fuzz, ordering);
	ordering->window_rows = chance(fuzz, ordering->nparameters > 0 ? 20 : 30) ? 2000 : 1 + (int) draw(fuzz, ordering->nparameters > 0 || chance(fuzz, 30) ? 20 : 150);
}

/* The first of it. */
static void
replace(Text *sql, const char *what, const char *with)
{
	char	   *found = strstr(sql->data, what);
	Text		rest = {0};

	if (found == NULL)
		return;
	say(&rest, "%s", found + strlen(what));
	sql->length = found - sql->data;
	say(sql, "%s%s", with, rest.data);
}

static void
write_select(Fuzz *fuzz, Text *sql, const Ordering *ordering)
{
	say(sql, "SELECT ");
	for (int i = 0; i < ordering->noutput; i++)
	{
		const ColumnRef *ref = &ordering->output[i];

		say(sql, "%sa%d.%s", i ? ", " : "", ref->table, fuzz->tables[ref->table].columns[ref->column].name);
	}
	say(sql, " FROM fuzz.%s a%d", fuzz->tables[ordering->root].name, ordering->root);
	for (int i = 0; i < fuzz->ntables; i++)
	{
		const Table *table = &fuzz->tables[i];

		if (!ordering->has[i] || i == ordering->root)
			continue;
		say(sql, " %s JOIN fuzz.%s a%d ON ", ordering->left[i] ? "LEFT" : "INNER", table->name, i);
		for (int j = 0; j < table->nkeys; j++)
			say(sql, "%sa%d.%s = a%d.%s", j ? " AND " : "", table->parent,
				fuzz->tables[table->parent].columns[table->foreign[j]].name, i, table->columns[j].name);
	}
	say(sql, ordering->nconditions + ordering->nparameters > 0 ? " WHERE true" : "");
	for (int i = 0; i < ordering->nparameters; i++)
		say(sql, " AND a%d.%s = $%d", ordering->sort[i].column.table,
			fuzz->tables[ordering->sort[i].column.table].columns[ordering->sort[i].column.column].name, i + 1);
	if (ordering->nconditions > 0)
	{
		Shape		shape = {.ordering = ordering, .letter = 'a'};

		core_write_conditions(fuzz, sql, &shape, 0);
	}
	replace(sql, " WHERE true AND ", " WHERE ");
	say(sql, " ORDER BY ");
	for (int i = ordering->nparameters; i < ordering->nwritten; i++)
	{
		const SortKey *key = &ordering->sort[i];
		char		column[2 * NAME_SIZE];
		char		computed[5 * NAME_SIZE];

		snprintf(column, sizeof(column), "a%d.%s", key->column.table,
				 fuzz->tables[key->column.table].columns[key->column.column].name);
		level_compute_key(computed, sizeof(computed), key, column);
		say(sql, "%s", i > ordering->nparameters ? ", " : "");
		level_write_sort_key(sql, computed, key->descending, key->nulls);
	}
}

static const char *
quote(Fuzz *fuzz, const char *text)
{
	static Text literals[4];
	static int	next = 0;
	Text	   *literal = &literals[next++ % 4];
	int			error;

	literal->data[0] = '\0';
	if (strlen(text) * 2 + 4 < sizeof(literal->data))
	{
		literal->data[0] = '\'';
		PQescapeStringConn(fuzz->connection, literal->data + 1, text, strlen(text), &error);
		strcat(literal->data, "'");
	}
	return literal->data;
}

/* A definition must be accepted or refused; anything else is a finding. */
static bool
define(Fuzz *fuzz, const char *name, const char *query, const char *window_rows)
{
	bool		done = run(fuzz, "SELECT bingo_tune.create_ordering(%s, %s, %s)", name, quote(fuzz, query), window_rows);

	fuzz->counts.definitions++;
	fuzz->counts.accepted += done;
	return done;
}

/* One that was accepted, if any was. */
const Ordering *
ordering_draw(Fuzz *fuzz)
{
	int			i = (int) draw(fuzz, fuzz->norderings);

	for (int tries = 0; tries < fuzz->norderings && !fuzz->orderings[i].alive; tries++)
		i = (i + 1) % fuzz->norderings;
	return &fuzz->orderings[i];
}

/* Where one is refused, a few others: all queries of the round are written around it. */
void
ordering_create(Fuzz *fuzz, Ordering *ordering)
{
	ordering->alive = false;
	for (int tries = 0; tries < 4 && !ordering->alive; tries++)
	{
		Text		sql = {0};
		char		rows[20];

		draw_ordering(fuzz, ordering);
		write_select(fuzz, &sql, ordering);
		snprintf(rows, sizeof(rows), "%d", ordering->window_rows);
		ordering->alive = define(fuzz, quote(fuzz, ordering->name), sql.data, rows);
	}
}

/* --- wrong definitions --- */

/* Takes a word away, doubles it, or puts another one in its place. */
static void
damage_word(Fuzz *fuzz, Text *sql)
{
	static const char *const words[] = {"SELECT", "FROM", "WHERE", "(", ")", ",", "=", "NULL", "1", "'x'", "*", "JOIN",
		"LEFT", "FULL", "NATURAL", "LATERAL", "DISTINCT", "UNION", "LIMIT", "ctid", "USING", "COLLATE \"C\"", "::text", ";",
	"$1", "AS", "ONLY", "-", "--", "ORDER BY", "ROW", "TABLESAMPLE system (1)", "count(*)", "now()", "a0", "a0.*", "\"\"", "<"};
	char	   *at = sql->data + draw(fuzz, sql->length);
	char	   *start;
	size_t		length;
	char		word[200];

	while (at > sql->data && *at != ' ')
		at--;
	start = *at == ' ' ? at + 1 : at;
	length = strcspn(start, " ");
	snprintf(word, sizeof(word), "%.*s", (int) length, start);
	if (length == 0 || length >= sizeof(word))
		return;
	switch (draw(fuzz, 3))
	{
		case 0:
			memset(start, ' ', length);
			break;
		default:
			{
				Text		rest = {0};

				say(&rest, "%s", chance(fuzz, 50) ? start : start + length);
				sql->length = start - sql->data;
				say(sql, "%s %s", chance(fuzz, 30) ? word : words[draw(fuzz, sizeof(words) / sizeof(words[0]))], rest.data);
			}
	}
}

void
ordering_try_wrong(Fuzz *fuzz)
{
	static const char *const names[] = {"''", "NULL", "repeat('x', 64)", "'o''; DROP TABLE x; --'", "E'\\x01'", "'wrong'"};
	static const char *const sizes[] = {"0", "-1", "NULL", "9223372036854775807", "-9223372036854775808", "1", "50"};
	static const char *const heads[] = {"DISTINCT ", "DISTINCT ON (1) ", "count(*), ", "generate_series(1, 2), ", "a0, ", "a0.ctid, ",
	"1, ", "row_number() OVER (), ", "(SELECT 1), ", "random(), ", "a0.*, "};
	static const char *const tails[] = {" LIMIT 5", " OFFSET 1", " FOR UPDATE", ";", "; SELECT 1", ", 1", ", random()", " DESC DESC",
	" FETCH FIRST 3 ROWS WITH TIES", ", now()", " NULLS FIRST NULLS LAST"};
	static const char *const froms[] = {" LEFT JOIN ", " FULL JOIN ", " CROSS JOIN ", " NATURAL JOIN ", " JOIN LATERAL ", " , "};
	static const char *const wheres[] = {" WHERE true ORDER BY ", " WHERE a0 IS NOT NULL ORDER BY ", " GROUP BY 1 ORDER BY ",
		" UNION ALL SELECT 1 ORDER BY ", ", fuzz.view0 v ORDER BY ", ", pg_class c ORDER BY ", ", (VALUES (1)) v ORDER BY ",
		", fuzz.t0 again ORDER BY ", " WHERE EXISTS (SELECT 1) ORDER BY ", " HAVING true ORDER BY ", ", generate_series(1, 3) g ORDER BY ",
	" TABLESAMPLE bernoulli (10) ORDER BY ", " WINDOW w AS () ORDER BY "};
	Ordering	ordering;
	Text		sql = {0};
	bool		done;

	draw_ordering(fuzz, &ordering);
	if (chance(fuzz, 20))
		ordering.nwritten = (int) draw(fuzz, ordering.nsort) + 1;
	write_select(fuzz, &sql, &ordering);
	for (int i = (int) draw(fuzz, 3); i >= 0; i--)
	{
		switch (draw(fuzz, 6))
		{
			case 0:
				replace(&sql, "SELECT ", heads[draw(fuzz, sizeof(heads) / sizeof(heads[0]))]);
				replace(&sql, "", "SELECT ");
				break;
			case 1:
				say(&sql, "%s", tails[draw(fuzz, sizeof(tails) / sizeof(tails[0]))]);
				break;
			case 2:
				replace(&sql, " JOIN ", froms[draw(fuzz, sizeof(froms) / sizeof(froms[0]))]);
				break;
			case 3:
				replace(&sql, " ORDER BY ", wheres[draw(fuzz, sizeof(wheres) / sizeof(wheres[0]))]);
				break;
			case 4:
				replace(&sql, " = ", chance(fuzz, 50) ? " < " : " = 1 AND 1 = ");
				break;
			default:
				damage_word(fuzz, &sql);
		}
	}
	done = define(fuzz, chance(fuzz, 15) ? names[draw(fuzz, 6)] : "'wrong'", sql.data, chance(fuzz, 15) ? sizes[draw(fuzz, 7)] : "50");
	if (done)
	{
		run(fuzz, "SELECT * FROM bingo_tune.verify_ordering('wrong')");
		run(fuzz, "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings WHERE name !~ '^o[0-9]+(_|$)'");
	}
}
