-- All rows of some values of the first sort keys, counted, in no order or in another one than the ordering's: a window that has all
-- of them gives them, as an index does; any other gives none.
--
-- read: rows from the window; behind: rows from the plan behind; null: not served.  differs must be 0: rows that one of the two answers
-- lacks.
-- Seen red: rows of a key that is cut given, and as many of the plan behind left out; a window that is supposed to lack rows
-- offered; lists not looked for without ORDER BY; a parallel plan behind that merges by nothing.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL REFERENCES author,
	created timestamp NOT NULL, title text NOT NULL, deleted bool NOT NULL);
CREATE TABLE vote (post_id int PRIMARY KEY, up int);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 200) g;
INSERT INTO post SELECT g, nullif(g % 400, 0), 1 + g % 200, '2020-01-01'::timestamp + (g * 7919 % 50000) * interval '1 minute', 't' || g * 37 % 1000, g % 10 = 0
	FROM generate_series(1, 20000) g;
INSERT INTO vote SELECT g, g % 17 FROM generate_series(1, 20000, 3) g;
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('all', 'SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', NULL);
\set ECHO none
\i :scan_rows
CREATE FUNCTION rows(query text, OUT read text, OUT behind text, OUT differs bigint, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		read := coalesce(substring(line FROM 'Rows from Window: (\d+)'), read);
		behind := coalesce(substring(line FROM 'Rows from Plan Behind: (\d+)'), behind);
	END LOOP;
	EXECUTE 'CREATE TEMP TABLE served AS ' || query;
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE 'CREATE TEMP TABLE plain AS ' || query;
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	SELECT count(*) INTO differs FROM ((TABLE served EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE served)) d;
	SELECT count(*) || ': ' || left(string_agg(p::text, ' ' ORDER BY p::text COLLATE "C"), 40) INTO answer FROM plain p;
	DROP TABLE served, plain;
END $$;
\set ECHO all
\set f 'FROM post p JOIN author a ON a.id = p.author_id'

-- counted, in no order, in another one, grouped
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 7');
SELECT * FROM rows('SELECT p.id, a.name ' || :'f' || ' WHERE p.board_id = 7');
SELECT * FROM rows('SELECT p.id, a.name ' || :'f' || ' WHERE p.board_id = 7 ORDER BY p.title, p.id LIMIT 5');
SELECT * FROM page('SELECT p.id, a.name ' || :'f' || ' WHERE p.board_id = 7 ORDER BY p.title, p.id LIMIT 5 OFFSET 3');
SELECT * FROM rows('SELECT a.name, count(*), max(p.title) ' || :'f' || ' WHERE p.board_id = 7 GROUP BY a.name');
SELECT * FROM rows('SELECT count(*) FROM (SELECT 1 ' || :'f' || ' WHERE p.board_id = 7 LIMIT 20) x');
-- with a filter; columns that are looked up; a table that is joined above; a semi join
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 7 AND a.name < ''a15''');
SELECT * FROM rows('SELECT p.id, p.deleted ' || :'f' || ' WHERE p.board_id = 7');
SELECT * FROM rows('SELECT p.id, v.up ' || :'f' || ' LEFT JOIN vote v ON v.post_id = p.id WHERE p.board_id = 7 ORDER BY v.up, p.id LIMIT 10');
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 7 AND EXISTS (SELECT 1 FROM vote v WHERE v.post_id = p.id)');
-- a list, with NULL, twice the same, of none; nothing; NULL
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id IN (7, 9, NULL, 7)');
SELECT * FROM rows('SELECT p.id ' || :'f' || ' WHERE p.board_id IN (7, 9) ORDER BY p.title, p.id LIMIT 10');
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 1000');
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id IS NULL');
-- not by a range, not without the key, not of another table's column
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id < 3');
SELECT * FROM rows('SELECT count(*) ' || :'f');
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE a.id = 7');

-- parameters, a generic plan, LATERAL
PREPARE of_board(int) AS SELECT count(*), min(title) FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1;
SET plan_cache_mode = force_generic_plan;
SELECT * FROM rows('EXECUTE of_board(8)');
EXECUTE of_board(NULL);
RESET plan_cache_mode;
SELECT * FROM rows('SELECT b, x.n FROM generate_series(5, 9) b, LATERAL (SELECT count(*) AS n ' || :'f' || ' WHERE p.board_id = b) x');

-- own rows, and a window that has lost its own
BEGIN;
INSERT INTO post VALUES (30000, 7, 3, '2021-01-01', 'new', false);
DELETE FROM post WHERE id = 7;
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 7');
ROLLBACK;
BEGIN;
TRUNCATE author, post;
SELECT * FROM rows('SELECT count(*) ' || :'f' || ' WHERE p.board_id = 7');
ROLLBACK;

SELECT bingo_tune.create_ordering('first', 'SELECT p.id, p.title, p.deleted FROM post p WHERE p.board_id = $1 ORDER BY p.title', 60);
-- a key that the planner supposes to be kept wholly, and is cut: none of its rows is from the window, nor of a list with it
SELECT * FROM rows('SELECT id, deleted FROM post WHERE board_id = 11 ORDER BY id');
INSERT INTO post SELECT 40000 + g, 11, 1, '2022-01-01', 't' || g, false FROM generate_series(1, 200) g;
SELECT bingo_tune.refresh_ordering('first');
SELECT name, cut_keys FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM rows('SELECT id, deleted FROM post WHERE board_id = 11 ORDER BY id');
SELECT * FROM rows('SELECT id, deleted FROM post WHERE board_id IN (12, 11) ORDER BY id');
SELECT * FROM rows('SELECT id, deleted FROM post WHERE board_id = 12 ORDER BY id');
-- nor where they are supposed to be more than the window keeps of a key
ANALYZE post;
SELECT * FROM rows('SELECT id, deleted FROM post WHERE board_id = 11 ORDER BY id');

-- every sort key has a value of its own: what is given first must be all
CREATE TABLE line (bill int, place int, note text, PRIMARY KEY (bill, place));
INSERT INTO line SELECT i / 200, 199 - i % 200, repeat('x', 200) FROM generate_series(0, 9999) i;
VACUUM ANALYZE line;
SELECT bingo_tune.create_ordering('lines', 'SELECT bill, place FROM line WHERE bill = $1 ORDER BY place', 200);
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND note > ''a''');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND place IN (150, 7, 190, 8)');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill IN (3, 9) AND place = 150');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND place = 150');
INSERT INTO line SELECT 3, -g, 'early' FROM generate_series(1, 300) g;
SELECT bingo_tune.refresh_ordering('lines');
SELECT cut_keys FROM bingo_tune.orderings WHERE name = 'lines';
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND place IN (150, -7, 190, -250)');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill IN (3, 9) AND place = 150');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND place = 150');
SELECT * FROM rows('SELECT bill, place FROM line WHERE bill = 3 AND place = -250');
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_bitmapscan;

-- the plan behind may be parallel, and has nothing to merge by
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION gathers(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'BingoOrderedScan|Gather' THEN
			RETURN NEXT substring(line FROM 'Custom Scan|Gather.*');
		END IF;
	END LOOP;
END $$;
SELECT * FROM gathers('SELECT id, title FROM post WHERE board_id = 7');
SELECT * FROM rows('SELECT id, title FROM post WHERE board_id = 7');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SET max_parallel_workers_per_gather = 0;

-- what is cheap to look up is left alone; why a window can't be used
SELECT * FROM rows('SELECT count(*) FROM post WHERE id = 7');
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT count(*) FROM post WHERE board_id = 7') ORDER BY ordering;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT count(*) FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id < 7') ORDER BY ordering;
SELECT ordering, served, reason, part FROM bingo_tune.explain_ordering('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 7 ORDER BY a.name') ORDER BY ordering;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT id FROM post WHERE board_id = 11 ORDER BY id LIMIT 5') ORDER BY ordering;

DROP TABLE author, post, vote, line CASCADE;
DROP FUNCTION page, rows, gathers;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
