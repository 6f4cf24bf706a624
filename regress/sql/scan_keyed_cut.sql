-- An ordering that keeps the first rows for each key: a page of a key that is cut is read from the window up to
-- the key's boundary, what is asked for behind it from the plan behind; a key of few rows is read whole.
--
-- The rows that a NOTICE says are going to be kept are those in kept_rows.
--
-- read: rows from the window; behind: rows from the plan behind.  differs and wrong must be 0.
-- Seen red: several keys' rows read past the end of one that is cut; a list's rows given behind the end of one of its keys, or
-- beside a key that has none of its own; such a list in an order with ties, or one key without the tie rule; the boundary's index gone, unnoticed;
-- the forecast without the limit of each key, or by the first key of two only.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
SET bingo_tune.upkeep = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL REFERENCES author,
	created timestamp NOT NULL, title text NOT NULL, lang text COLLATE "C");
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 200) g;
-- Board 1 has half of them, board 499 one, 200 have none.
INSERT INTO post SELECT g, CASE WHEN g % 2 = 0 THEN 1 WHEN g % 1000 = 1 THEN NULL ELSE 2 + g % 496 END, 1 + g % 200,
	'2020-01-01'::timestamp + (g * 7919 % 50000) * interval '1 minute', 't' || g, (ARRAY['en', 'de', NULL])[g % 3 + 1]
	FROM generate_series(1, 20000) g;
INSERT INTO post VALUES (40000, 499, 7, '2020-01-05', 'rare', 'fr');
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;

SELECT bingo_tune.create_ordering('board page',
	'SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', 30);
SELECT bingo_tune.create_ordering('board and language',
	'SELECT p.id, p.title FROM post p WHERE p.lang = $1 AND p.board_id = $2 ORDER BY p.title', 5);
SELECT bingo_tune.create_ordering('by author', 'SELECT p.id, p.created FROM post p JOIN author a ON a.id = p.author_id WHERE a.name = $1 ORDER BY p.created, p.id', 10);
SELECT bingo_tune.create_ordering('one', 'SELECT id, title FROM post WHERE id = $1 ORDER BY id', 10);
SELECT name, query, window_rows, kept_rows, cut_keys, state, boundary FROM bingo_tune.orderings ORDER BY name;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;

\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) SELECT format('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE %s', q) FROM unnest(ARRAY[
'p.board_id = 1 ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 1 ORDER BY p.created DESC, p.id DESC LIMIT 30',
'p.board_id = 1 ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 35)',
'p.board_id = 1 ORDER BY p.created DESC, p.id DESC LIMIT 5 OFFSET 28',
'p.board_id = 1 AND p.created < ''2020-01-10'' ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 1 AND p.created > ''2020-02-03 17:00'' ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 1 AND p.created > ''2020-02-04 17:00'' ORDER BY p.created DESC, p.id DESC LIMIT 50',
'p.board_id = 77 ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 50)',
'p.board_id = 77::bigint ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 499 ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 500 ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id IN (77, 499, 77) ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id IN (1, 499) ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id IN (5, 499, 500, 600) ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id IN (5, 499, 500) ORDER BY p.created DESC, p.id DESC LIMIT 50',
'p.board_id IN (1, 2, 3, 499) ORDER BY p.created DESC, p.id DESC LIMIT 5',
'p.board_id IN (1, 2, 3, 499) ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 70)',
'p.board_id IN (5, 3, 77) ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 200)',
'p.board_id IN (5, 3, 77) ORDER BY p.created DESC LIMIT 5',
'p.board_id IN (5, 3, 77) ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT (SELECT 40)',
'p.board_id IN (1, 2, 3) AND (p.created, p.id) < (''2020-02-03 17:00'', 100000) ORDER BY p.created DESC, p.id DESC LIMIT 7',
'p.board_id IS NULL ORDER BY p.created DESC, p.id DESC LIMIT 5',
'true ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 40',
'p.board_id > 490 ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 5',
'p.board_id = 1 ORDER BY p.created DESC LIMIT 29',
'p.board_id = 1 ORDER BY p.created DESC LIMIT (SELECT 32)',
'p.board_id = 1 AND p.title LIKE ''%1%'' ORDER BY p.created DESC, p.id DESC LIMIT 5']) q;
INSERT INTO queries (query) VALUES
('SELECT b, x.* FROM unnest(ARRAY[1, 77, 499, 500]) b, LATERAL (SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = b ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 31)) x'),
('SELECT id, title FROM post WHERE lang = ''de'' AND board_id = 1 ORDER BY title, id LIMIT 3'),
('SELECT id, title FROM post WHERE lang = ''de'' AND board_id = 1 ORDER BY title, id LIMIT (SELECT 7)'),
('SELECT id, title FROM post WHERE lang = ''fr'' AND board_id = 499 ORDER BY title, id LIMIT 7'),
('SELECT id, title FROM post WHERE lang = ''fr'' ORDER BY board_id, title, id LIMIT 7'),
('SELECT p.id, p.created FROM post p JOIN author a ON a.id = p.author_id WHERE a.name = ''a7'' ORDER BY p.created, p.id LIMIT 12');
CREATE VIEW pages AS SELECT q.id, coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, t.answer FROM queries q, page(q.query) t ORDER BY q.id;
SELECT p.*, substring(query FROM 'WHERE .*') FROM pages p JOIN queries q USING (id) ORDER BY id;

-- rows come to a key inside and behind its boundary, go from it, and move from one to another
INSERT INTO post VALUES (50000, 1, 1, '2021-01-01', 'first', 'en'), (50001, 1, 1, '2019-01-01', 'last', 'en'),
	(50002, 500, 1, '2019-01-01', 'new key', 'en'), (50003, 499, 1, '2019-01-01', 'last of few', 'en'), (50004, NULL, 1, '2019-01-01', 'none', 'en');
UPDATE post SET board_id = 500 WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created DESC LIMIT 3);
UPDATE post SET board_id = 1 WHERE board_id = 77;
UPDATE post SET created = '2019-02-01' WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created DESC LIMIT 3);
UPDATE post SET created = '2022-02-01' WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created LIMIT 2);
DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created DESC LIMIT 5);
UPDATE author SET name = 'renamed' WHERE id = 7;
UPDATE author SET name = 'a7' WHERE id = 9;
SELECT name, kept_rows, cut_keys, state FROM bingo_tune.orderings ORDER BY name;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM pages;

-- all of a cut key go: nothing is said of it but what the plan behind has
DELETE FROM post WHERE board_id = 1 AND id NOT IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created LIMIT 10) AND created > '2020-02-01';
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM pages;
SELECT bingo_tune.refresh_ordering('board page');
SELECT name, kept_rows, cut_keys, state FROM bingo_tune.orderings ORDER BY name;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM pages;

-- a cursor goes on under its snapshot while the window is filled again
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM author;
DECLARE c CURSOR FOR SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 ORDER BY p.created DESC, p.id DESC;
FETCH 3 FROM c;
FETCH 40 FROM c;
COMMIT;

-- TRUNCATE, and tables that are empty
TRUNCATE post;
SELECT name, state FROM bingo_tune.orderings ORDER BY name;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
INSERT INTO post SELECT g, g % 3, 1 + g % 200, '2020-01-01'::timestamp + g * interval '1 minute', 't' || g, 'en' FROM generate_series(1, 200) g;
SELECT name, kept_rows, cut_keys, state, boundary FROM bingo_tune.orderings ORDER BY name;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM pages WHERE id < 4;

-- somebody drops the index by which keys' boundaries are found
DO $$ BEGIN EXECUTE (SELECT 'DROP INDEX bingo_tune.' || relname FROM pg_class WHERE relname ~ '^boundary_\d+_key$' ORDER BY oid LIMIT 1); END $$;
SELECT name, state, reason FROM bingo_tune.orderings ORDER BY name;
INSERT INTO post VALUES (60000, 1, 1, '2021-01-01', 'first', 'en');
SELECT * FROM pages WHERE id < 4;
SELECT bingo_tune.refresh_ordering('board page');
SELECT * FROM pages WHERE id < 4;
SELECT name, state, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;

SET client_min_messages = warning;
DROP VIEW pages;
DROP TABLE post, author, queries;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
