-- Which queries can be an ordering, and what is said about those that can't.
-- Seen red: find_defect() without the test of NULL; find_unused_condition() = NULL; no
-- bound of window_rows, when made and when loaded; a fill that ends a row early.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
\set VERBOSITY default
CREATE TABLE d (id int PRIMARY KEY, name text NOT NULL, size int, region int, note text);
CREATE TABLE r (code int NOT NULL, part int NOT NULL, label varchar(20), UNIQUE (code, part));
CREATE TABLE f (id bigint PRIMARY KEY, d_id int, code int, part int, at date NOT NULL, amount numeric);
CREATE INDEX ON f (d_id);
CREATE INDEX ON f (part, code);
CREATE INDEX ON d (region);
INSERT INTO r SELECT i / 3, i % 3, 'R' || i FROM generate_series(1, 20) i;
INSERT INTO d SELECT i, 'D' || i % 7, nullif(i % 5, 0), i % 6, NULL FROM generate_series(1, 40) i;
INSERT INTO f SELECT i, nullif(i % 41, 40), i % 7, i % 3, '2020-01-01'::date + i % 50, i * 1.5 FROM generate_series(1, 500) i;

-- Tries a query: "ok" with what its window has, whether it is exact and gives the plain
-- answer, within and beyond it; or the error.  A procedure, because in the transaction
-- that has locked the tables the plan behind answers and verify_ordering() refuses.
CREATE PROCEDURE try(query text, window_rows bigint DEFAULT 100, INOUT result text DEFAULT '') LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; answer text; answers text[]; differences bigint;
BEGIN
	BEGIN
		PERFORM bingo_tune.create_ordering('try', query, window_rows);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		result := result || concat_ws(E'\n  ', SQLSTATE || ' ' || message, nullif(detail, ''), nullif(hint, ''));
		RETURN;
	END;
	COMMIT;
	FOR setting IN 0 .. 1 LOOP
		PERFORM set_config('bingo_tune.enable_ordered_scan', setting::text, true);
		EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s LIMIT %s) q', query, window_rows + 3) INTO answer;
		answers[setting] := answer;
	END LOOP;
	SELECT missing + extra + differing INTO differences FROM bingo_tune.verify_ordering('try');
	SELECT result || format('ok: %s of %s, %s, differences %s, %s', o.kept_rows, o.window_rows, o.tables, differences,
		CASE WHEN answers[0] = answers[1] THEN 'same' ELSE 'another answer' END) INTO result
	FROM bingo_tune.orderings o WHERE name = 'try';
	PERFORM bingo_tune.drop_ordering('try');
END $$;
\pset format unaligned
\pset tuples_only on

\echo === accepted
CALL try('SELECT id, name FROM d ORDER BY id');
CALL try('SELECT name, size, id FROM d ORDER BY size DESC, name, id DESC', 30);
CALL try('SELECT name FROM d ORDER BY size NULLS FIRST, id', 5);
CALL try('SELECT * FROM ONLY d ORDER BY name, id');
CALL try('SELECT f.id, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id');
CALL try('SELECT f.id, d.name AS n FROM d, f WHERE d.id = f.d_id ORDER BY n, f.id DESC');
CALL try('SELECT x.id, y.name FROM f AS x (id, k) INNER JOIN d AS y ON x.k = y.id ORDER BY 2, 1');
CALL try('SELECT f.id, r.label FROM f JOIN r ON f.code = r.code AND f.part = r.part ORDER BY r.label, f.id');
CALL try('SELECT f.id, r.label FROM f JOIN r USING (part, code) ORDER BY r.label, f.id');
CALL try('SELECT f.id AS i, d.name AS n, r.label AS l FROM f JOIN r USING (code, part) JOIN d ON d_id = d.id ORDER BY d.name, r.label, f.id', 1000);
CREATE TABLE region (id bigint PRIMARY KEY, title text NOT NULL);
INSERT INTO region SELECT i, 'T' || i FROM generate_series(0, 5) i;
CALL try('SELECT f.id AS i, d.name, g.title FROM f JOIN d ON f.d_id = d.id JOIN region g ON d.region = g.id ORDER BY g.title DESC, f.id');
-- A key equal to an earlier one decides nothing.
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY f.d_id, d.id, f.id');
-- The key may be among the sort keys by way of a join.
CREATE TABLE one (d_id int PRIMARY KEY, x int);
INSERT INTO one SELECT i, -i FROM generate_series(1, 10) i;
CALL try('SELECT x FROM one JOIN d ON one.d_id = d.id ORDER BY d.name, d.id');
-- Fewer rows than the window has room for, and none at all.
CALL try('SELECT id FROM one JOIN d ON one.d_id = d.id ORDER BY id', 10);
TRUNCATE one;
SELECT bingo_tune.create_ordering('empty', 'SELECT x FROM one ORDER BY d_id');
SELECT state, kept_rows, boundary, (SELECT missing + extra + differing FROM bingo_tune.verify_ordering('empty')) FROM bingo_tune.orderings;
SELECT bingo_tune.drop_ordering('empty');
CALL try('SELECT id FROM d ORDER BY id', 1);
-- Types that are compared like others, of every width.
CREATE DOMAIN code AS text CHECK (length(VALUE) < 9);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE wide (id code COLLATE "C" PRIMARY KEY, m mood, v varchar(5), c char(3), a int[], big text, j jsonb, b bool, n name, iv interval, u uuid);
INSERT INTO wide SELECT 'k' || i, (enum_range(NULL::mood))[1 + i % 3], i, i, ARRAY[i % 4], repeat(md5(i::text), 300), '{}', i % 2 = 0, i, make_interval(i), NULL FROM generate_series(1, 50) i;
CALL try('SELECT id, m, v, c, a, big, b, n, iv, u FROM wide ORDER BY m, v DESC, c, a, b, n, iv, u, id');

\echo === clauses
CALL try('INSERT INTO d VALUES (99, ''x'')');
CALL try('CREATE TABLE x ()');
CALL try('SELECT 1; SELECT 2');
CALL try('');
CALL try('SELECT id FROM d ORDER BY');
CALL try('SELECT id FROM nowhere ORDER BY id');
CALL try('SELECT nothing FROM d ORDER BY id');
CALL try('SELECT id FROM d WHERE id = $1 + 1 ORDER BY id');
CALL try('SELECT 1 ORDER BY 1');
CALL try('SELECT FROM d ORDER BY id');
CALL try('SELECT id FROM d');
CALL try('WITH x AS (SELECT * FROM d) SELECT id FROM x ORDER BY id');
CALL try('SELECT id FROM d UNION SELECT id FROM d ORDER BY id');
CALL try('SELECT DISTINCT id FROM d ORDER BY id');
CALL try('SELECT DISTINCT ON (id) id FROM d ORDER BY id');
CALL try('SELECT count(*) FROM d ORDER BY 1');
CALL try('SELECT id FROM d GROUP BY id ORDER BY id');
CALL try('SELECT id, rank() OVER () FROM d ORDER BY id');
CALL try('SELECT id, generate_series(1, 2) FROM d ORDER BY id');
CALL try('SELECT id, (SELECT 1) FROM d ORDER BY id');
CALL try('SELECT id FROM d ORDER BY id LIMIT 10');
CALL try('SELECT id FROM d ORDER BY id OFFSET 10');
CALL try('SELECT id FROM d ORDER BY id FETCH FIRST 3 ROWS WITH TIES');
CALL try('SELECT id FROM d ORDER BY id FOR UPDATE');
CALL try('SELECT id FROM d WHERE size + 1 > 3 ORDER BY id');
CALL try('SELECT id FROM d WHERE id = size ORDER BY id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id AND f.id > 7 ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id < d.id ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id OR f.code = d.id ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id + 0 = d.id ORDER BY f.id');
CALL try('SELECT f.id FROM f LEFT JOIN d ON f.d_id = d.id ORDER BY f.id');
CALL try('SELECT f.id FROM f FULL JOIN d ON f.d_id = d.id ORDER BY f.id');
CALL try('SELECT id, size + 1 FROM d ORDER BY id');
CALL try('SELECT id, random() FROM d ORDER BY id');
CALL try('SELECT id, 7 FROM d ORDER BY id');
CALL try('SELECT id, d FROM d ORDER BY id');
CALL try('SELECT id, ctid FROM d ORDER BY id');
CALL try('SELECT id FROM d ORDER BY lower(name), id');
CALL try('SELECT id FROM d ORDER BY name COLLATE "C", id');
CALL try('SELECT id FROM d ORDER BY d, id');
CALL try('SELECT id FROM d ORDER BY ctid, id');
CALL try('SELECT id FROM d ORDER BY name USING ~<~, id');
CALL try('SELECT id FROM wide ORDER BY j::json, id');
ALTER TABLE d ADD js json;
CALL try('SELECT id FROM d ORDER BY js, id');

\echo === tables
CALL try('SELECT * FROM (SELECT id FROM d) x ORDER BY id');
CALL try('SELECT * FROM generate_series(1, 3) id ORDER BY id');
CALL try('SELECT * FROM (VALUES (1)) x (id) ORDER BY id');
CALL try('SELECT id FROM d TABLESAMPLE system (1) ORDER BY id');
CALL try('SELECT oid FROM pg_class ORDER BY oid');
CALL try('SELECT a.id FROM d a JOIN d b ON a.region = b.id ORDER BY a.id');
CREATE VIEW a_view AS SELECT DISTINCT id FROM d;
CREATE MATERIALIZED VIEW a_matview AS SELECT id FROM d;
CREATE TEMP TABLE a_temp (id int PRIMARY KEY);
CREATE UNLOGGED TABLE an_unlogged (id int PRIMARY KEY);
CREATE TABLE a_parent (id int PRIMARY KEY);
CREATE TABLE a_child (PRIMARY KEY (id)) INHERITS (a_parent);
CREATE FOREIGN DATA WRAPPER a_wrapper;
CREATE SERVER a_server FOREIGN DATA WRAPPER a_wrapper;
CREATE FOREIGN TABLE a_foreign (id int NOT NULL) SERVER a_server;
CREATE SEQUENCE a_sequence;
SELECT format('CALL try(%L, 100, %L)', format('SELECT id FROM %s ORDER BY id', t), t || ': ')
FROM unnest('{a_view,a_matview,a_temp,an_unlogged,a_parent,a_child,a_foreign}'::text[]) t \gexec
CALL try('SELECT last_value FROM a_sequence ORDER BY last_value');

\echo === order and joins
CALL try('SELECT id FROM d ORDER BY name');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, d.id');
CALL try('SELECT f.id FROM f, d ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.code = d.size ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN r ON f.code = r.code ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id AND f.code = d.size ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.code = d.id ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.code = d.id JOIN one o ON o.d_id = d.size ORDER BY f.id');
CALL try('SELECT f.id FROM f JOIN d ON f.d_id = d.id JOIN region g ON f.part = g.id AND d.region = g.id ORDER BY f.id');
CREATE TABLE k (a int, b int NOT NULL, c int NOT NULL, e int NOT NULL, UNIQUE (a), UNIQUE (b) DEFERRABLE);
CREATE UNIQUE INDEX k_partial ON k (c) WHERE c > 0;
CREATE UNIQUE INDEX k_expression ON k ((e + 1));
SELECT format('CALL try(%L, 100, %L)', format('SELECT e FROM k ORDER BY %s', c), c || ': ') FROM unnest('{a,b,c,e}'::text[]) c \gexec
SELECT format('CALL try(%L, 100, %L)', format('SELECT f.id FROM f JOIN k ON f.d_id = k.%s ORDER BY f.id', c), c || ': ') FROM unnest('{a,b,c,e}'::text[]) c \gexec
CREATE UNIQUE INDEX k_pattern ON wide (big text_pattern_ops);
ALTER TABLE wide ALTER big SET NOT NULL;
CALL try('SELECT v FROM wide ORDER BY big');
DO $$ BEGIN FOR i IN 1..8 LOOP EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY)', i); EXECUTE format('INSERT INTO t%s SELECT generate_series(1, 20)', i); END LOOP; END $$;
SELECT format('CALL try(%L)', format('SELECT t1.id FROM t1 %s ORDER BY t1.id', string_agg(format('JOIN t%s ON t%s.id = t1.id', i, i), ' ' ORDER BY i)))
FROM generate_series(2, 8) i \gexec
SELECT format('CALL try(%L)', format('SELECT f.id FROM f %s ORDER BY f.id', string_agg(format('JOIN t%s ON t%s.id = f.id', i, i), ' ' ORDER BY i)))
FROM generate_series(1, 8) i \gexec
\pset format aligned
\pset tuples_only off

-- The error points into the query, and create_ordering() looks at its arguments.
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM d WHERE size + 1 > random() ORDER BY id');
SELECT bingo_tune.create_ordering('', 'SELECT id FROM d ORDER BY id');
SELECT bingo_tune.create_ordering(repeat('x', 64), 'SELECT id FROM d ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM d ORDER BY id', 0);
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM d ORDER BY id', 1000000000001);
SELECT bingo_tune.create_ordering('It''s "odd"', 'SELECT id FROM d ORDER BY id', 10);
SELECT bingo_tune.create_ordering('It''s "odd"', 'SELECT id FROM d ORDER BY id', 10);
SELECT * FROM bingo_tune.verify_ordering('It''s "odd"');
SELECT bingo_tune.drop_ordering('It''s "odd"');
SELECT bingo_tune.drop_ordering('It''s "odd"');
SELECT bingo_tune.refresh_ordering('nothing');
BEGIN READ ONLY;
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM d ORDER BY id');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM d;
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM d ORDER BY id');
COMMIT;
SELECT name, state, kept_rows, boundary FROM bingo_tune.orderings;

-- The largest window, and one larger than that, which 1.0 took: nothing overflows.
SELECT bingo_tune.create_ordering('largest', 'SELECT f.id, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 1000000000000);
ALTER SERVER "bingo_tune ordering largest" OPTIONS (SET window_rows '9223372036854775807');
ALTER SERVER "bingo_tune_window window largest" OPTIONS (SET window_rows '9223372036854775807');
UPDATE d SET name = 'E' WHERE id = 7;
INSERT INTO f VALUES (501, 7, 1, 1, '2020-01-01', 1);
SELECT state, kept_rows, boundary FROM bingo_tune.orderings WHERE name = 'largest';
SELECT bingo_tune.refresh_ordering('largest');
SELECT state, kept_rows, boundary FROM bingo_tune.orderings WHERE name = 'largest';
SELECT bingo_tune.drop_ordering('largest');
SELECT count(*) FROM bingo_tune.orderings WHERE query ~ 'FROM public.d';

-- Nothing is left behind.
DROP EXTENSION bingo_tune;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid NOT IN (SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace);
SELECT count(*) FROM pg_class WHERE relname ~ '^(window|boundary)_\d';
SELECT count(*) FROM pg_foreign_server WHERE srvtype IN ('ordering', 'window');
SET client_min_messages = warning;
DROP PROCEDURE try;
DROP FOREIGN DATA WRAPPER a_wrapper CASCADE;
DROP TABLE d, r, f, region, one, wide, an_unlogged, a_parent, a_child, k, t1, t2, t3, t4, t5, t6, t7, t8 CASCADE;
DROP SEQUENCE a_sequence;
DROP DOMAIN code;
DROP TYPE mood;
DROP TABLE a_temp;
DROP EXTENSION pg_stat_statements;
