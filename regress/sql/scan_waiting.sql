-- The plan behind is initialised when the window has no more rows.  That can't be told from outside: what it reads is open from
-- the beginning, so nothing of it can be altered below a cursor; who may not execute a function of it is told so; it begins in
-- a savepoint that is rolled back, and goes on; it begins while a cursor that is kept is finished at COMMIT, or after rescans by
-- other parameters, and begins again.
--
-- Seen red: tables and indexes not open.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET jit = off;
-- one plan: nested loops by the indexes, which sort last of all
SET enable_sort = off;
SET enable_incremental_sort = off;
SET enable_memoize = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board int NOT NULL, author int NOT NULL, created int NOT NULL);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 20) g;
INSERT INTO post SELECT g, g % 10, 1 + g % 20, g * 7 % 2000 FROM generate_series(1, 2000) g;
CREATE INDEX post_board ON post (board);
CREATE INDEX post_author ON post (author);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('newest', 'SELECT p.id, p.created, a.name FROM post p JOIN author a ON a.id = p.author
	WHERE p.board = $1 ORDER BY p.created DESC, p.id DESC', window_rows => 5);
RESET client_min_messages;
PREPARE page(int, int) AS SELECT p.id, p.created, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = $1
	ORDER BY p.created DESC, p.id DESC LIMIT $2;
SET plan_cache_mode = force_generic_plan;
SELECT served FROM bingo_tune.explain_ordering('SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3
	ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 14)');

-- nothing of it is altered, by this session, as long as it may be needed
BEGIN;
DECLARE c CURSOR FOR SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3
	ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 14);
FETCH 2 FROM c;
SAVEPOINT s;
DROP INDEX post_board;
ROLLBACK TO s;
ALTER TABLE author DROP COLUMN name CASCADE;
ROLLBACK TO s;
TRUNCATE post;
ROLLBACK TO s;
REINDEX INDEX post_board;
ROLLBACK TO s;
-- it begins in a savepoint that goes, and goes on
MOVE 8 FROM c;
FETCH 2 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
DROP INDEX post_board;
ROLLBACK TO s;
FETCH ALL FROM c;
CLOSE c;
COMMIT;

-- it has come to its end at COMMIT
BEGIN;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3
	ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 13);
FETCH 2 FROM c;
COMMIT;
FETCH ALL FROM c;
FETCH ABSOLUTE 3 FROM c;
CLOSE c;

-- other parameters before it begins, when it has begun, and after the window alone was enough
CREATE TABLE wanted (n int PRIMARY KEY, board int, rows int);
INSERT INTO wanted VALUES (1, 1, 2), (2, 2, 5), (3, 3, 13), (4, 4, 1), (5, 5, 14), (6, NULL, 3), (7, 3, 12), (8, 77, 2);
CREATE VIEW pages AS SELECT w.n, string_agg(q.id::text, ' ') FROM (SELECT * FROM wanted ORDER BY n OFFSET 0) w, LATERAL
	(SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = w.board ORDER BY p.created DESC, p.id DESC LIMIT w.rows) q
	GROUP BY w.n ORDER BY w.n;
SELECT count(*) AS served FROM bingo_tune.explain_ordering('SELECT * FROM pages') WHERE served;
SELECT * FROM pages;
SET bingo_tune.enable_ordered_scan = off;
SELECT * FROM pages;
RESET bingo_tune.enable_ordered_scan;

-- in functions, row by row
CREATE FUNCTION first_ids(b int, n int) RETURNS SETOF int LANGUAGE sql STABLE ROWS 5 AS
	'SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = b ORDER BY p.created DESC, p.id DESC LIMIT n';
CREATE FUNCTION loop_ids(b int, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
	said text := '';
BEGIN
	FOR r IN SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = b ORDER BY p.created DESC, p.id DESC LIMIT n LOOP
		BEGIN
			said := said || r.id || ' ';
			PERFORM 1 / (r.id % 2);
		EXCEPTION WHEN division_by_zero THEN
			said := said || '! ';
		END;
	END LOOP;
	RETURN said;
END $$;
SELECT n, first_ids(n, 14 - n) FROM generate_series(1, 3) n;
SELECT loop_ids(3, 12), loop_ids(4, 13), loop_ids(4, 2);
CREATE TABLE kept AS EXECUTE page(3, 30);
SELECT count(*), min(created), max(created) FROM kept;
COPY (SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 13)) TO STDOUT;

-- who may not execute a function
CREATE ROLE regress_waiting;
GRANT SELECT ON post, author TO regress_waiting;
CREATE FUNCTION is_nice(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 <> ''x''; END';
CREATE FUNCTION own_equal(int, int) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
REVOKE EXECUTE ON FUNCTION is_nice(text), own_equal(int, int) FROM PUBLIC;
SET ROLE regress_waiting;
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 AND is_nice(a.name) ORDER BY p.created DESC, p.id DESC LIMIT 2;
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 AND own_equal(p.author, a.id) ORDER BY p.created DESC, p.id DESC LIMIT 2;
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 ORDER BY p.created DESC, p.id DESC LIMIT 2;
RESET ROLE;
REVOKE SELECT ON author FROM regress_waiting;
SET ROLE regress_waiting;
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 ORDER BY p.created DESC, p.id DESC LIMIT 2;
RESET ROLE;

-- what is locked, and conditions with subqueries, as ever
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 ORDER BY p.created DESC, p.id DESC LIMIT 2 FOR UPDATE OF p;
SELECT p.id FROM post p JOIN author a ON a.id = p.author WHERE p.board = 3 AND a.name IN (SELECT 'a' || n FROM wanted)
	ORDER BY p.created DESC, p.id DESC LIMIT 7;

DROP VIEW pages;
DROP TABLE kept, wanted, post, author CASCADE;
DROP FUNCTION first_ids(int, int), loop_ids(int, int), is_nice(text), own_equal(int, int);
DROP ROLE regress_waiting;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
