-- An ordering of an application's query as it is, with its parameters: rows are kept for
-- each value of the columns that are compared with them, all of them with window_rows => NULL, and each value's page
-- is read from its place, the rarest, too.  (Some of them: scan_keyed_cut.)
--
-- read: rows from the window; behind: rows from the plan behind.
-- Seen red: the parameter's column not first in the order; operators that are no equality taken.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE board (id int PRIMARY KEY, name text NOT NULL, hidden bool NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int REFERENCES board, author_id int NOT NULL REFERENCES author,
	created timestamp NOT NULL, title text NOT NULL, lang text COLLATE "C", weight numeric);
INSERT INTO board SELECT g, 'b' || g, g % 10 = 0 FROM generate_series(1, 500) g;
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 200) g;
-- Board 1 has half of them, board 499 one.
INSERT INTO post SELECT g, CASE WHEN g % 2 = 0 THEN 1 WHEN g % 1000 = 1 THEN NULL ELSE 2 + g % 496 END, 1 + g % 200,
	'2020-01-01'::timestamp + (g * 7919 % 50000) * interval '1 minute', 't' || g, (ARRAY['en', 'de', NULL])[g % 3 + 1], g % 5
	FROM generate_series(1, 30000) g;
INSERT INTO post VALUES (40000, 499, 7, '2020-01-05', 'rare', 'fr', 1);
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;

SELECT bingo_tune.create_ordering('board page',
	'SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', NULL);
SELECT bingo_tune.create_ordering('hidden and language',
	'SELECT p.id, p.title, b.name FROM post p JOIN board b ON p.board_id = b.id AND b.hidden = $2 WHERE $1 = p.lang ORDER BY p.created DESC, p.id DESC');
SELECT bingo_tune.create_ordering('all', 'SELECT id, title, weight FROM post ORDER BY title, id', NULL);
SELECT name, query, window_rows, kept_rows, cut_keys, state, boundary FROM bingo_tune.orderings ORDER BY name;

\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 77 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 499 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 500 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 77 ORDER BY p.created DESC, p.id DESC LIMIT 5 OFFSET 10'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 AND p.created < ''2020-01-10'' ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id IN (77, 499, 77) ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name, b.name AS board FROM post p JOIN author a ON a.id = p.author_id LEFT JOIN board b ON b.id = p.board_id WHERE p.board_id = 77 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT b.id AS board, x.* FROM board b, LATERAL (SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = b.id ORDER BY p.created DESC, p.id DESC LIMIT 2) x WHERE b.id IN (1, 77, 499, 500)'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id IS NULL ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE p.lang = ''de'' AND b.hidden ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE p.lang = ''fr'' AND NOT b.hidden ORDER BY p.created DESC, p.id DESC LIMIT 5');
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.query, t.answer FROM queries q, page(q.query) t ORDER BY q.id;

-- as an application sends it
PREPARE board (int) AS SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC, p.id DESC LIMIT 2;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE board(77);
EXECUTE board(77);
EXECUTE board(499);
EXECUTE board(500);
EXECUTE board(NULL);

-- rows come to a value, move between two, and go
INSERT INTO post VALUES (50000, 500, 1, '2021-01-01', 'first', 'en', 0);
UPDATE post SET board_id = 500 WHERE id = 40000;
EXECUTE board(500);
EXECUTE board(499);
UPDATE author SET name = 'renamed' WHERE id = 7;
UPDATE board SET hidden = NOT hidden WHERE id = 500;
DELETE FROM post WHERE id = 50000;
EXECUTE board(500);
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, t.answer
FROM page('SELECT p.id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE p.lang = ''fr'' AND NOT b.hidden ORDER BY p.created DESC, p.id DESC LIMIT 5') t;
SELECT name, state, kept_rows FROM bingo_tune.orderings ORDER BY name;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;

-- the definition follows names, and can be made again from itself
ALTER TABLE post RENAME COLUMN board_id TO forum;
SELECT query FROM bingo_tune.orderings WHERE name = 'board page';
SELECT bingo_tune.refresh_ordering('board page');
ALTER TABLE post RENAME COLUMN forum TO board_id;
EXECUTE board(77);
ALTER TABLE author ALTER COLUMN name TYPE varchar(50);
SELECT bingo_tune.refresh_ordering('board page');
SELECT t.read, t.behind, t.differs, t.answer FROM queries q, page(q.query) t WHERE q.id = 2;
SELECT state, window_rows, kept_rows FROM bingo_tune.orderings WHERE name = 'board page';
RESET plan_cache_mode;

-- what no parameter can be
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE created > $1 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lower(lang) = $1 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE $1 = $2::int ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE board_id = $1 + 1 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE board_id = $1 OR lang = $2 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lang = $1 COLLATE "POSIX" ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE board_id = $1');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post ORDER BY id LIMIT $1');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE post = $1 ORDER BY id');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM post WHERE board_id = $1');

-- covering: what is only shown is looked up
SELECT bingo_tune.create_ordering('narrow', 'SELECT p.title, p.lang, p.weight, a.name, p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 AND p.weight > 0
	ORDER BY p.created', NULL, covering => 'keys');
SELECT query, window_rows, state FROM bingo_tune.orderings WHERE name = 'narrow';
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, t.answer FROM unnest(ARRAY[
	'SELECT p.id, p.title, p.lang, p.weight, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 AND p.weight > 0 ORDER BY p.created, p.id LIMIT 5',
	'SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 499 AND p.weight > 0 ORDER BY p.created, p.id LIMIT 5',
	'SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 AND p.weight > 0 AND p.lang = ''de'' ORDER BY p.created, p.id LIMIT 5']) q, page(q) t;
UPDATE post SET title = title || '!' WHERE id IN (SELECT id FROM post WHERE board_id = 1 AND weight > 0 ORDER BY created LIMIT 1);
SELECT coalesce(t.read, '-') AS read, t.differs, t.answer FROM page('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 AND p.weight > 0 ORDER BY p.created, p.id LIMIT 3') t;
SELECT bingo_tune.verify_ordering('narrow');

SET client_min_messages = warning;
DROP TABLE post, board, author, queries;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
