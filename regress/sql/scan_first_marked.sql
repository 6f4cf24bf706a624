-- The first rows of each key where some keys are cut, some carry a mark, some both, some have nothing in the window, and some are whole: DISTINCT ON
-- and row_number() <= n over all keys, LATERAL for one after the other.
--
-- Kept are 3 rows of each board, so more than 124 that come at once mark one.  read: rows from the window; behind: rows from the plan behind; why it was
-- used last: a cut, a mark; differs and wrong must be 0.
--
-- Seen red: a mark of the row's own key passed, of a key before it of which the window has nothing, behind the last row; a cut passed although fewer rows of its
-- key were given than are wanted, before a row of the next key, or at the end; one of the group that is not done with; a cut or a key that the scan before had come to, in the next one; rows of a group counted
-- as the group's before; a group that is not done with taken for given by the plan behind, or given by it again; any cut passed before a row that does not pass,
-- or none of that row's own group; all those of a group that passes; a group that does not pass, not done with; the end of NULLs taken for that before all others; of one key the end of the
-- whole window instead of its own, or its mark not looked for; how many rows are wanted kept from the scan before.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
-- no plan is taken for its cost: it sorts whole tables, but for those that the window gives
SET enable_sort = off;
SET enable_incremental_sort = off;
SET enable_hashagg = off;
CREATE TABLE post (id int PRIMARY KEY, area int, board int, created int NOT NULL);
CREATE INDEX ON post (board);
CREATE FUNCTION add_rows(b int, first int, last int) RETURNS void LANGUAGE sql AS
	'INSERT INTO post SELECT coalesce(b, 99) * 10000 + g, b / 3, b, g FROM generate_series(first, last) g';
-- boards 1, 2 and 9 have fewer rows, 3 has just what is kept, the others have more; areas are of boards 1 and 2, 3 to 5, 6 to 8, 9
SELECT count(add_rows(b, 1, CASE WHEN b < 4 THEN b WHEN b < 9 THEN 1000 ELSE 2 END)) FROM generate_series(1, 9) b;
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT id, board, created FROM post WHERE board = $1 ORDER BY created DESC, id', window_rows => 3);
-- of two keys the first one may be what rows are wanted of each of: several cuts and marks in one group
SELECT bingo_tune.create_ordering('two', 'SELECT id, area, board, created FROM post WHERE area = $1 AND board = $2 ORDER BY created, id', window_rows => 3);
RESET client_min_messages;
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT DISTINCT ON (board) board, id FROM post ORDER BY board, created DESC, id'),
('SELECT DISTINCT ON (board) board, id FROM post WHERE created NOT IN (999, 1000) ORDER BY board, created DESC, id'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= 3'),
-- more than are kept
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= 4'),
-- keys that do not pass
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post WHERE board > 5) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post WHERE board NOT IN (2, 5)) p WHERE n <= 2'),
-- other values in each turn: the first ends in the midst of board 5, the second does not begin there
('SELECT v, p.* FROM unnest(ARRAY[4, 6, 0, NULL, 5]) v, LATERAL (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post WHERE board <> v) p WHERE n <= 3'),
('SELECT v, p.* FROM unnest(ARRAY[4, 6, 0, NULL, 5]) v, LATERAL (SELECT DISTINCT ON (board) board, id FROM post WHERE board <> v ORDER BY board, created DESC, id) p'),
-- one key after the other
('SELECT b, p.* FROM unnest(ARRAY[1, 2, 3, 5, 9, 10, 0, NULL, 5]) b, LATERAL (SELECT id FROM post WHERE board = b ORDER BY created DESC, id LIMIT 2) p'),
('SELECT b, p.* FROM unnest(ARRAY[1, 2, 3, 5, 9, 10, 0, NULL, 5]) b, LATERAL (SELECT id FROM post WHERE board = b ORDER BY created DESC, id LIMIT (SELECT 5)) p'),
('SELECT n, b, p.* FROM unnest(ARRAY[2, 9, NULL, 1], ARRAY[5, 5, 5, 2]) v (n, b), LATERAL (SELECT id FROM post WHERE board = b ORDER BY created DESC, id LIMIT n) p'),
-- by two keys
('SELECT DISTINCT ON (area) area, id FROM post ORDER BY area, board, created, id'),
('SELECT * FROM (SELECT area, id, row_number() OVER (PARTITION BY area ORDER BY board, created, id) AS n FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT area, id, row_number() OVER (PARTITION BY area ORDER BY board, created, id) AS n FROM post WHERE created <> 2) p WHERE n = 1'),
('SELECT * FROM (SELECT area, id, row_number() OVER (PARTITION BY area ORDER BY board, created, id) AS n FROM post WHERE area NOT IN (0, 2)) p WHERE n <= 2'),
('SELECT * FROM (SELECT area, id, row_number() OVER (PARTITION BY area, board ORDER BY created, id) AS n FROM post) p WHERE n <= 3'),
-- how many is only known at execution: as many, more than are kept, other ones in each turn
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= (SELECT 2)'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post WHERE board > 1) p WHERE n < (SELECT 9::bigint)'),
('SELECT v, ARRAY(SELECT id FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= v) FROM unnest(ARRAY[2, 7, NULL, 1, 0, 3]::smallint[]) v');
CREATE FUNCTION answer(query text, served boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('bingo_tune.enable_ordered_scan', served::text, true);
	EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s) q', query) INTO answer;
	PERFORM set_config('bingo_tune.enable_ordered_scan', 'on', true);
	RETURN answer;
END $$;
CREATE FUNCTION first_rows(query text, OUT read int, OUT behind int, OUT why text, OUT differs int) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		read := coalesce(substring(line FROM 'Rows from Window: (\d+)')::int, read);
		behind := coalesce(substring(line FROM 'Rows from Plan Behind: (\d+)')::int, behind);
		why := coalesce(why, CASE WHEN line ~ 'value the window has only first rows' THEN 'cut' WHEN line ~ 'perhaps does not have all rows' THEN 'mark'
			WHEN line ~ 'the window ended' THEN 'end' ELSE substring(line FROM 'Plan Behind Used: (.*)') END);
	END LOOP;
	-- a scan that never begins with the window is there or not, by its cost
	IF why ~ 'of some values' THEN
		read := NULL;
		behind := NULL;
		why := NULL;
	END IF;
	differs := (answer(query, true) IS DISTINCT FROM answer(query, false))::int;
END $$;
CREATE VIEW pages AS SELECT q.id, t.* FROM queries q, first_rows(q.query) t ORDER BY q.id;
CREATE VIEW state AS SELECT name, state, kept_rows, cut_keys, marked_keys, v.missing + v.extra + v.differing AS wrong FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) v ORDER BY name;
CREATE FUNCTION put_right() RETURNS void LANGUAGE sql AS $$
	DELETE FROM post WHERE created > 1000 OR board IN (0, 10) OR board IS NULL;
	INSERT INTO post SELECT b * 10000 + g, b / 3, b, g FROM generate_series(5, 9) b, generate_series(1, CASE WHEN b < 9 THEN 1000 ELSE 2 END) g ON CONFLICT DO NOTHING;
$$;
SELECT * FROM state;
SELECT p.*, substring(query FROM '(?:DISTINCT|row_number|LATERAL).*') FROM pages p JOIN queries q USING (id) ORDER BY id;

-- a mark of a whole key
SELECT add_rows(2, 1001, 1130);
SELECT * FROM state;
SELECT * FROM pages;

-- of a cut one, and of the last
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT * FROM state;
SELECT add_rows(5, 1001, 1130);
SELECT * FROM pages;
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT add_rows(9, 1001, 1130);
SELECT * FROM pages;

-- of new keys, of which the window has nothing: before all others, behind them, NULL
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT add_rows(0, 1001, 1130);
DELETE FROM post WHERE board = 0 AND created <= 1124;
SELECT * FROM state;
SELECT * FROM pages;
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT add_rows(10, 1001, 1130);
DELETE FROM post WHERE board = 10 AND created <= 1124;
SELECT * FROM pages;
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT add_rows(NULL, 1001, 1130);
DELETE FROM post WHERE board IS NULL AND created <= 1124;
SELECT * FROM state;
SELECT * FROM pages;

-- a cut key of which the window has one row left, none, and none and a mark
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
DELETE FROM post WHERE board IN (5, 6) AND created IN (1000, 999, 1, 2);
SELECT * FROM state;
SELECT * FROM pages;
DELETE FROM post WHERE board IN (5, 6) AND created IN (998, 3);
SELECT * FROM state;
SELECT * FROM pages;
SELECT add_rows(5, 1001, 1130);
SELECT * FROM state;
SELECT * FROM pages;
-- ... and it is the last one
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
DELETE FROM post WHERE board = 9 OR board = 8 AND created IN (1000, 999, 1, 2);
SELECT * FROM pages;
-- all at once: whole, cut, marked, both, emptied
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
SELECT add_rows(3, 1001, 1130), add_rows(8, 1001, 1130);
DELETE FROM post WHERE board = 7 AND created IN (998, 999, 1000, 1, 2, 3);
SELECT * FROM state;
SELECT * FROM pages;

-- the transaction's own rows, one or many, and of a savepoint that is rolled back
SELECT put_right(), bingo_tune.refresh_ordering('o'), bingo_tune.refresh_ordering('two');
BEGIN;
SELECT add_rows(5, 1001, 1001);
SELECT * FROM pages WHERE id IN (1, 4, 8, 10);
SAVEPOINT s;
SELECT add_rows(2, 1001, 1130);
SELECT * FROM pages WHERE id IN (1, 4, 8, 10);
ROLLBACK TO s;
SELECT * FROM pages WHERE id IN (1, 4, 8, 10);
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT add_rows(2, 1001, 1130);
ROLLBACK TO s;
SELECT * FROM pages WHERE id IN (1, 4, 8, 10);
COMMIT;
SELECT * FROM state;
SELECT * FROM pages WHERE id IN (1, 4, 8, 10);

DROP VIEW pages, state;
DROP TABLE post, queries;
DROP FUNCTION answer(text, boolean), first_rows(text), add_rows(int, int, int), put_right();
SET client_min_messages = warning;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
