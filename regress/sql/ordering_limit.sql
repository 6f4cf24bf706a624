-- max_rows: the fill of a window by keys stops at so many rows in all, perhaps in the midst of a key; keys behind get the
-- plan behind, and upkeep leaves it at that until a quarter of the rows is free.
--
-- read: rows from the window; behind: rows from the plan behind.  differs and wrong must be 0.
-- An ordering by keys that is made again, from its query with the names of now, is one by keys.
-- Seen red: the limit not kept by a fill, or by that of an empty window; lost when the query is written again after a column was
-- renamed, or when the ordering is made again; a query without its parameters then. (Upkeep: t/ordering_keyed.pl.)
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
SET bingo_tune.upkeep = off;
CREATE TABLE post (id int PRIMARY KEY, board_id int NOT NULL, created int NOT NULL, title text NOT NULL);
INSERT INTO post SELECT g, g % 40, g * 7919 % 50000, 't' || g FROM generate_series(1, 4000) g;
CREATE INDEX ON post (board_id);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('limited', 'SELECT id, title FROM post WHERE board_id = $1 ORDER BY created, id', 20, max_rows => 215);
SELECT name, kept_rows, cut_keys, state, reason, boundary, last_build_ms > 0 AS built FROM bingo_tune.orderings;
SELECT bingo_tune.create_ordering('large', 'SELECT id FROM post WHERE board_id = $1 ORDER BY created, id', 20, max_rows => 215000);
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post ORDER BY created, id', 20, max_rows => 215);
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE board_id = $1 ORDER BY created, id', NULL, max_rows => 215);
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE board_id = $1 ORDER BY created, id', 20, max_rows => 0);
SELECT name, kept_rows, cut_keys, reason, boundary FROM bingo_tune.orderings ORDER BY name;
SELECT bingo_tune.drop_ordering('large');
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE VIEW pages AS SELECT id, q, t.read, t.behind, t.differs FROM unnest(ARRAY[
'SELECT id, title FROM post WHERE board_id = 3 ORDER BY created, id LIMIT 5',
'SELECT id, title FROM post WHERE board_id = 10 ORDER BY created, id LIMIT 25',
'SELECT id, title FROM post WHERE board_id = 11 ORDER BY created, id LIMIT 5',
'SELECT id, title FROM post WHERE board_id IN (2, 30) ORDER BY created, id LIMIT 5',
'SELECT DISTINCT ON (board_id) board_id, id FROM post ORDER BY board_id, created, id']) WITH ORDINALITY q (q, id), page(q) t;
SELECT id, read, behind, differs, substring(q FROM 'WHERE .*') FROM pages ORDER BY id;

-- neither upkeep nor writers behind its end let it grow; those in front do, and it is cut key by key
CREATE VIEW rows AS SELECT kept_rows, cut_keys, state, boundary, (v).missing + (v).extra + (v).differing AS wrong
	FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) v;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
INSERT INTO post SELECT 5000 + g, 30 + g % 3, -g, 'behind' FROM generate_series(1, 100) g;
SELECT * FROM rows;
INSERT INTO post SELECT 6000 + g, 3, -g, 'in front' FROM generate_series(1, 30) g;
SELECT * FROM rows;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
SELECT id, read, behind, differs FROM pages ORDER BY id;

-- a few rows less do not bring the fill back, a quarter less does
DELETE FROM post WHERE board_id = 1;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
DELETE FROM post WHERE board_id BETWEEN 4 AND 6;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
SELECT id, read, behind, differs FROM pages ORDER BY id;

-- filled again, renamed, and made again
TRUNCATE post;
INSERT INTO post SELECT g, g % 40, g * 7919 % 50000, 't' || g FROM generate_series(1, 4000) g;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
ALTER TABLE post RENAME created TO made;
ALTER TABLE post ALTER title TYPE varchar;
SELECT bingo_tune.refresh_ordering('limited');
SELECT * FROM rows;
SELECT query FROM bingo_tune.orderings;

-- keys of two tables, named, of a view, and with covering, are keys when the query is written again
CREATE TABLE board (id int PRIMARY KEY, hidden boolean NOT NULL);
INSERT INTO board SELECT g, g % 4 = 0 FROM generate_series(0, 39) g;
CREATE VIEW shown AS SELECT p.id, p.title, p.made, p.board_id, b.hidden FROM post p JOIN board b ON b.id = p.board_id;
ANALYZE post, board;
SELECT bingo_tune.create_ordering('two', 'SELECT p.id FROM post p JOIN board b ON b.id = p.board_id AND b.hidden = $2 WHERE p.title = $1 ORDER BY p.made, p.id', 3);
SELECT bingo_tune.create_ordering('of a view', 'SELECT id, title FROM shown WHERE board_id = $1 AND NOT hidden ORDER BY made, id', 5);
SELECT bingo_tune.create_ordering('covering', 'SELECT id, title FROM post WHERE board_id = $1 ORDER BY made, id', 5, covering => 'keys');
CREATE VIEW all_rows AS SELECT name, query, window_rows, kept_rows, cut_keys, state FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM all_rows;
DROP VIEW shown;
ALTER TABLE post RENAME made TO created;
ALTER TABLE post ALTER title TYPE text;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings;
SELECT * FROM all_rows;

SET client_min_messages = warning;
DROP VIEW pages, rows, all_rows;
DROP TABLE post, board;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
