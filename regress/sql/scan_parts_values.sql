-- All rows of a value, in no order or in another one than the orderings', from the windows of a partitioned table's partitions: all of
-- them, or none if one window lacks some (read/leaves.c).
-- Seen red with: not offered; the rows given that the other windows have; a list with more values than at the start before searched in
-- another window than its scan is of (read/merge.c).
SET client_min_messages = warning;
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int NOT NULL, day int NOT NULL, board int NOT NULL, author int NOT NULL, filler text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE post_1 PARTITION OF post FOR VALUES FROM (0) TO (100);
CREATE TABLE post_2 PARTITION OF post FOR VALUES FROM (100) TO (200);
CREATE TABLE post_3 PARTITION OF post FOR VALUES FROM (200) TO (300);
INSERT INTO author SELECT g, 'author ' || g FROM generate_series(0, 99) g;
INSERT INTO post SELECT g, g % 300, g % 200, g * 7 % 100, repeat('x', 200) FROM generate_series(1, 12000) g;
CREATE INDEX ON post (author);
VACUUM ANALYZE author, post;
SELECT bingo_tune.create_ordering('newest', 'SELECT p.id, p.day, p.board, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = $1 ORDER BY p.day DESC, p.id', 100);
\set f 'FROM post p JOIN author a ON a.id = p.author'

SELECT read, behind, differs FROM page('SELECT count(*) AS n, max(a.name) AS last ' || :'f' || ' WHERE p.board = 7');
SELECT read, behind, differs FROM page('SELECT p.id, a.name ' || :'f' || ' WHERE p.board = 7 ORDER BY a.name, p.id LIMIT 5');
SELECT read, behind, differs FROM page('SELECT a.name, count(*) AS n ' || :'f' || ' WHERE p.board = 7 AND p.day > 50 GROUP BY a.name ORDER BY 2, 1');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board IN (7, 8)');
SELECT read, behind, differs FROM page('SELECT l.b, x.n FROM generate_series(5, 8) l (b), LATERAL (SELECT count(*) AS n ' || :'f' || ' WHERE p.board = l.b) x');
-- lists of which each has more values, or fewer, than the one before
CREATE TABLE reader (id int PRIMARY KEY, boards int[] NOT NULL);
INSERT INTO reader VALUES (1, '{5}'), (2, '{5, 6}'), (3, '{8, 8, NULL}'), (4, '{6, 8, 9}'), (5, '{9}'), (6, '{5, 6, 8, 9}');
ANALYZE reader;
SELECT read, behind, differs FROM page('SELECT r.id, x.id AS post, x.day, x.name FROM reader r, LATERAL (SELECT p.id, p.day, a.name ' || :'f' ||
  ' WHERE p.board = ANY (r.boards) ORDER BY p.day DESC, p.id LIMIT 4) x');
SELECT DISTINCT served, reason, part FROM bingo_tune.explain_ordering('SELECT count(*) ' || :'f' || ' WHERE p.board = 7');
-- of one value a window has the first rows only, which nobody knows who plans: all come from behind
INSERT INTO post SELECT g, 150, 7, g % 100, '' FROM generate_series(20001, 20300) g;
SELECT bingo_tune.refresh_ordering('newest');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 7');
SELECT read, behind, differs FROM page('SELECT p.id, a.name ' || :'f' || ' WHERE p.board = 7 AND a.name > ''author 9'' ORDER BY a.name, p.id LIMIT 5');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board IN (7, 8)');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 7 AND p.day >= 200');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 8');
-- a window that is expected to lack some
ANALYZE post;
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 7');
SELECT DISTINCT served, reason FROM bingo_tune.explain_ordering('SELECT count(*) ' || :'f' || ' WHERE p.board = 7') WHERE reason NOT LIKE 'there is no%' AND reason NOT LIKE 'no ordering%';
-- own changes, and others' values
BEGIN;
UPDATE post SET board = 9 WHERE board = 8 AND day < 100;
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 8');
COMMIT;
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 8');
SELECT read, behind, differs FROM page('SELECT count(*) AS n ' || :'f' || ' WHERE p.board = 99999');

DROP TABLE post, author, reader;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
