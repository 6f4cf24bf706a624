-- Keysets that name a value twice, as two parameters of a generic plan: whether both are the same is known when the scan
-- starts.  And further spellings.  "removed": rows of the window that the filter had to throw away, 0 where all was searched.
-- Seen red with: values that differ taken for the same; NULL and a value taken for the same; the condition not filtered again; a range
-- that is loose given once for each level; the last fixed key not repeated when it is loose; NOT of a row comparison with the
-- operators left as they were; "a <= x AND ..." accepted in the other direction; of a keyset behind an equality the values not compared.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE member (id int PRIMARY KEY, name text);
CREATE TABLE item (id int PRIMARY KEY, member_id int NOT NULL, note text NOT NULL, rank float8, code numeric NOT NULL);
INSERT INTO member SELECT i, 'Member ' || i FROM generate_series(1, 20) i;
INSERT INTO item SELECT i, 1 + i * 7 % 20, 'note ' || i % 3, nullif(i * 17 % 50, 0), i % 4 FROM generate_series(1, 600) i;
CREATE INDEX ON item (member_id);
ANALYZE member, item;
SELECT bingo_tune.create_ordering('mixed', $$
	SELECT i.id, i.rank, i.note, m.name FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.note, i.rank DESC, i.id$$, 1000);
SELECT bingo_tune.create_ordering('short', $$
	SELECT i.id, i.code, m.name FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.code, i.id$$, 400);
SET enable_sort = off;
SET plan_cache_mode = force_generic_plan;
\set f 'SELECT i.id FROM item i JOIN member m ON m.id = i.member_id WHERE '
\set m ' ORDER BY i.note, i.rank DESC, i.id LIMIT 20'
\set s ' ORDER BY i.code, i.id LIMIT 20'

-- With the values, one row of values after the other: each is a rescan's, as of a prepared statement's executions.
CREATE FUNCTION page(condition text, sort text, types text, VARIADIC args text[], OUT removed text, OUT from_window text, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	query text := 'SELECT i.id FROM item i JOIN member m ON m.id = i.member_id WHERE ' || condition || sort;
	plan jsonb;
	served int[];
	plain int[];
	one int;
BEGIN
	EXECUTE format('PREPARE served(%s) AS %s', types, query);
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE format('PREPARE plain(%s) AS %s', types, query);
	FOR i IN 1..cardinality(args) LOOP
		SET LOCAL bingo_tune.enable_ordered_scan = off;
		plain := '{}';
		FOR one IN EXECUTE format('EXECUTE plain(%s)', args[i]) LOOP plain := plain || one; END LOOP;
		SET LOCAL bingo_tune.enable_ordered_scan = on;
		served := '{}';
		FOR one IN EXECUTE format('EXECUTE served(%s)', args[i]) LOOP served := served || one; END LOOP;
		EXECUTE format('EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE served(%s)', args[i]) INTO plan;
		plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
		removed := concat_ws(' ', removed, CASE WHEN plan IS NULL THEN 'plain' ELSE coalesce(plan ->> 'Rows Removed by Filter', '0') END);
		from_window := concat_ws(' ', from_window, plan ->> 'Rows from Window');
		same := served = plain AND same IS NOT false;
	END LOOP;
	DEALLOCATE served;
	DEALLOCATE plain;
END
$$;

-- the same values; others; NULL in one, in both
SELECT * FROM page('i.note > $1 OR (i.note = $2 AND i.rank < $3)', :'m', 'text, text, float8',
	'''note 1'', ''note 1'', 40', '''note 1'', ''note 0'', 40', '''note 0'', ''note 1'', 3', 'NULL, ''note 1'', 40', '''note 1'', NULL, 40', 'NULL, NULL, 40');
-- three levels, flat and nested, each value as another parameter
SELECT * FROM page('i.note > $1 OR (i.note = $2 AND i.rank < $3) OR (i.note = $4 AND i.rank = $5 AND i.id > $6)', :'m', 'text, text, float8, text, float8, int',
	'''note 1'', ''note 1'', 40, ''note 1'', 40, 100', '''note 1'', ''note 1'', 40, ''note 0'', 40, 100', '''note 1'', ''note 1'', 40, ''note 1'', 39, 100',
	'''note 1'', ''note 1'', NULL, ''note 1'', 39, 100', '''note 1'', ''note 1'', NULL, ''note 1'', NULL, 100');
SELECT * FROM page('i.note > $1 OR (i.note = $2 AND (i.rank < $3 OR (i.rank = $4 AND i.id > $5)))', :'m', 'text, text, float8, float8, int',
	'''note 1'', ''note 1'', 40, 40, 100', '''note 1'', ''note 1'', 40, 20, 100', '''note 2'', ''note 1'', 40, 40, 100');
-- beside a bound
SELECT * FROM page('i.note >= $1 AND (i.note > $2 OR i.rank < $3)', :'m', 'text, text, float8',
	'''note 1'', ''note 1'', 40', '''note 1'', ''note 0'', 40', '''note 0'', ''note 1'', 40', '''note 1'', NULL, 40');
SELECT * FROM page('i.note >= $1 AND NOT (i.note = $2 AND i.rank >= $3)', :'m', 'text, text, float8', '''note 1'', ''note 1'', 40', '''note 1'', ''note 2'', 40');
-- where the first key has one value
SELECT * FROM page('i.code = $1 AND (i.code, i.id) > ($2, $3)', :'s', 'numeric, numeric, int', '1, 1, 100', '1, 1.0, 100', '1, 0, 100', '1, 2, 100', '1, NULL, 100', '2, 2, 400', '2, 1, 590');
SELECT * FROM page('i.note = $1 AND (i.note > $2 OR (i.note = $3 AND (i.rank < $4 OR (i.rank = $5 AND i.id > $6))))', :'m', 'text, text, text, float8, float8, int',
	'''note 1'', ''note 1'', ''note 1'', 40, 40, 100', '''note 1'', ''note 0'', ''note 1'', 40, 40, 100', '''note 1'', ''note 1'', ''note 1'', 40, 30, 100');
SELECT * FROM page('i.code = 1 AND (i.code, i.id) > (1, $1)', :'s', 'int', '100', '600', 'NULL');
-- beside a list, each search of which begins at its first row, and between two ends
SELECT * FROM page('i.note IN (''note 2'', ''note 0'') AND (i.rank < $1 OR (i.rank = $2 AND i.id > $3))', ' ORDER BY i.rank DESC, i.id LIMIT 20', 'float8, float8, int',
	'40, 40, 100', '40, 30, 100');
SELECT * FROM page('(i.code > $1 OR (i.code = $2 AND i.id > $3)) AND i.code <= $4', :'s', 'numeric, numeric, int, numeric', '1, 1, 100, 1', '1, 0, 100, 1');
-- up to a row; the window ends before
SELECT * FROM page('i.code < $1 OR (i.code = $2 AND i.id < $3)', :'s' || ' OFFSET 140', 'numeric, numeric, int', '1, 1, 100', '1, 2, 100', '3, 3, 100');
SELECT * FROM page('i.code > $1 OR (i.code = $2 AND i.id > $3)', :'s', 'numeric, numeric, int', '2, 2, 390', '2, 3, 390', '2.0, 2.00, 590');

-- or equal in place of equal; in the other direction it is something else
SELECT * FROM page('i.note > $1 OR (i.note >= $1 AND i.rank < $2)', :'m', 'text, float8', '''note 1'', 40', '''note 2'', 2');
SELECT * FROM page('i.note > $1 OR (i.note >= $1 AND i.rank < $2) OR (i.note >= $1 AND i.rank <= $2 AND i.id > $3)', :'m', 'text, float8, int', '''note 1'', 40, 100');
SELECT * FROM page('i.note > $1 OR (i.note <= $1 AND i.rank < $2)', :'m', 'text, float8', '''note 1'', 40');
-- NOT, which the planner takes apart but for rows
SELECT * FROM page('NOT (i.code, i.id) < ($1, $2)', :'s', 'numeric, int', '1, 100', '1, NULL', 'NULL, 100');
SELECT * FROM page('NOT ROW($1, $2) >= ROW(i.code, i.id)', :'s', 'numeric, int', '1, 100');
SELECT * FROM page('NOT (i.note < $1 OR (i.note = $1 AND (i.rank > $2 OR (i.rank = $2 AND i.id <= $3))))', :'m', 'text, float8, int', '''note 1'', 40, 100', '''note 1'', NULL, 100');
SELECT * FROM page('NOT (i.note < $1 OR (i.note = $2 AND (i.rank > $3 OR (i.rank = $4 AND i.id <= $5))))', :'m', 'text, text, float8, float8, int',
	'''note 1'', ''note 1'', 40, 40, 100', '''note 1'', ''note 1'', 40, 30, 100', '''note 1'', ''note 2'', 40, 40, 100');
-- an optional one, as frameworks write it, is no search of a generic plan, but one of a custom plan
SELECT * FROM page('$1 IS NULL OR (i.code, i.id) > ($1, $2)', :'s', 'numeric, int', '1, 100', 'NULL, NULL');
SET plan_cache_mode = force_custom_plan;
SELECT * FROM page('$1 IS NULL OR (i.code, i.id) > ($1, $2)', :'s', 'numeric, int', '1, 100', 'NULL, NULL');
SELECT * FROM page('i.note > $1 OR (i.note = $2 AND i.rank < $3)', :'m', 'text, text, float8', '''note 1'', ''note 1'', 40', '''note 1'', ''note 0'', 40');
SET plan_cache_mode = force_generic_plan;

-- values that change while it runs, and values of subqueries
SELECT * FROM compare('SELECT v.a, x.id FROM (VALUES (''note 1'', ''note 1'', 40), (''note 1'', ''note 0'', 40), (''note 0'', NULL, 4), (''note 2'', ''note 2'', NULL), (''note 0'', ''note 0'', 4)) v(a, b, c)
	CROSS JOIN LATERAL (' || :'f' || ' i.note > v.a OR (i.note = v.b AND i.rank < v.c) ' || :'m' || ') x');
SELECT * FROM compare(:'f' || ' i.note > (SELECT ''note 1'') OR (i.note = (SELECT ''note 1'') AND i.rank < 40)' || :'m');

-- back and forth, the values the same or not
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT i.id FROM item i JOIN member m ON m.id = i.member_id WHERE i.code > (SELECT 0) OR (i.code = (SELECT 0) AND i.id > 590) ORDER BY i.code, i.id LIMIT 6;
FETCH 4 FROM c;
FETCH BACKWARD 5 FROM c;
FETCH 2 FROM c;
CLOSE c;
DECLARE c SCROLL CURSOR FOR SELECT i.id FROM item i JOIN member m ON m.id = i.member_id WHERE i.code > (SELECT 0) OR (i.code = (SELECT 1) AND i.id > 590) ORDER BY i.code, i.id LIMIT 6;
FETCH 4 FROM c;
FETCH BACKWARD 5 FROM c;
FETCH 2 FROM c;
COMMIT;

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
