-- Too many rows come to one key, or to many, in one transaction: these keys get a mark, and the plan behind answers for
-- them; all others are served as before.  What leaves such a key, or changes in it, is followed; a refresh takes the marks away.
--
-- Kept are 3 rows of each board, so more than 124 are too many.  read: rows from the window, behind: from the plan behind, of
-- 4 for each page; differs and wrong must be 0.
-- Seen red: a key given up without a mark; a reader that does not look at marks, alone, in a list or for the first of each;
-- rows that stay when they come to a key that is given up; rows left out because of another's mark; marks that outlive a refill; many
-- rows that make the whole invalid; a mark for each row.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL, created int NOT NULL);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 20) g;
INSERT INTO post SELECT b * 10000 + g, b, 1 + g % 20, g FROM generate_series(1, 6) b, generate_series(1, 10 * b) g;
INSERT INTO post SELECT g, NULL, 1, g FROM generate_series(1, 2) g;
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, p.board_id, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC, p.id', 3);
RESET client_min_messages;
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) SELECT format('SELECT p.id, p.board_id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id %s ORDER BY p.created DESC, p.id LIMIT (SELECT 4)', b)
FROM unnest(ARRAY['= 1', '= 2', '= 3', '= 7', '= 8', 'IN (2, 3)', 'IN (1, 7)']) b;
INSERT INTO queries (query) VALUES
('SELECT DISTINCT ON (p.board_id) p.board_id, p.id, a.name FROM post p JOIN author a ON a.id = p.author_id ORDER BY p.board_id, p.created DESC, p.id'),
('SELECT DISTINCT ON (p.board_id) p.board_id, p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE a.name <> ''a11'' ORDER BY p.board_id, p.created DESC, p.id');
CREATE VIEW pages AS SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, t.answer, substring(query FROM '(DISTINCT|WHERE .*) ORDER') AS part
	FROM queries q, page(q.query) t ORDER BY q.id;
CREATE VIEW state AS SELECT state, kept_rows, cut_keys, marked_keys, v.* FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) v;
SELECT * FROM state;
SELECT * FROM pages;

-- many, but not too many
INSERT INTO post SELECT 70000 + g, 7, 1 + g % 20, g FROM generate_series(1, 124) g;
SELECT * FROM state;
-- one too many, in front of a key that is cut, and in a new one; and one of no board
INSERT INTO post SELECT 20000 + g, 2, 1 + g % 20, g FROM generate_series(101, 225) g;
INSERT INTO post SELECT 80000 + g, 8, 1 + g % 20, g FROM generate_series(1, 300) g;
INSERT INTO post SELECT 90000 + g, NULL, 1 + g % 20, g FROM generate_series(1, 200) g;
SELECT * FROM state;
SELECT * FROM pages;
-- it is marked once, and again by another transaction
BEGIN;
INSERT INTO post SELECT 81000 + g, 8, 1 + g % 20, 1000 + g FROM generate_series(1, 200) g;
INSERT INTO post SELECT 82000 + g, 8, 1 + g % 20, 1000 + g FROM generate_series(1, 200) g;
COMMIT;
SELECT * FROM state;
-- what leaves it, changes in it, and comes to it one by one
DELETE FROM post WHERE board_id = 2 AND created > 215;
UPDATE post SET board_id = 1 WHERE board_id = 2 AND created > 213;
UPDATE post SET created = created + 1000 WHERE id IN (20210, 80005);
UPDATE author SET name = 'renamed' WHERE id = 16;
INSERT INTO post VALUES (29999, 2, 2, 5000), (89999, 8, 2, 5000);
SELECT * FROM state;
SELECT * FROM pages;

-- a savepoint, or all, rolled back
BEGIN;
SAVEPOINT s;
INSERT INTO post SELECT 30000 + g, 3, 1 + g % 20, g FROM generate_series(101, 400) g;
ROLLBACK TO s;
INSERT INTO post VALUES (39999, 3, 2, 5000);
COMMIT;
BEGIN;
INSERT INTO post SELECT 30000 + g, 3, 1 + g % 20, g FROM generate_series(101, 400) g;
ROLLBACK;
SELECT * FROM state;
-- rows that move from all keys to one, and what is left of the others
BEGIN;
UPDATE post SET board_id = 3, created = created + 100 WHERE board_id IN (1, 4, 5, 6) AND created > 5;
PREPARE TRANSACTION 'moved';
SELECT * FROM state;
COMMIT PREPARED 'moved';
SELECT * FROM state;
SELECT * FROM pages;
CREATE FUNCTION explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Rows from|Plan Behind Used' THEN RETURN NEXT btrim(line); END IF;
	END LOOP;
END $$;
SELECT explained('SELECT p.id, p.board_id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 3 ORDER BY p.created DESC, p.id LIMIT 1');

SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM state;
SELECT * FROM pages;

-- one mark for thousands of rows
INSERT INTO post SELECT 500000 + g, 50, 1, g FROM generate_series(1, 2000) g;
SELECT state, marked_keys, reason FROM bingo_tune.orderings;
DELETE FROM post WHERE board_id = 50;
SELECT bingo_tune.refresh_ordering('o');
-- more keys than may be marked: all are, by one
INSERT INTO post SELECT 1000000 + k * 200 + g, 1000 + k, 1, g FROM generate_series(1, 1001) k, generate_series(1, 125) g;
SELECT state, marked_keys, reason FROM bingo_tune.orderings;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM state;
-- fewer: these only; 1,000 changes of the window are done before
DELETE FROM post WHERE board_id >= 1000;
SELECT bingo_tune.refresh_ordering('o');
INSERT INTO post SELECT 1000000 + k * 200 + g, 1000 + k, 1, g FROM generate_series(1, 60) k, generate_series(1, 30) g ORDER BY k, g;
SELECT * FROM state;
SELECT * FROM pages;

SET client_min_messages = warning;
DROP VIEW pages, state;
DROP FUNCTION explained;
DROP TABLE post, author, queries;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
