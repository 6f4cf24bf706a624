-- Two orderings whose windows contain each other: it is said when the second one is made, and one is enough.
--
-- Seen red: tables, driving tables, LEFT JOINs, join columns, conditions (one way only), expressions, directions, places of NULLs, columns or
-- depth not compared; one that can't be used compared.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, level int, shown boolean NOT NULL DEFAULT true);
CREATE TABLE board (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE shelf (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int NOT NULL, editor_id int NOT NULL, board_id int NOT NULL, created int NOT NULL, title text, deleted boolean NOT NULL DEFAULT false);
INSERT INTO author SELECT g, 'a' || g % 10, g % 3 FROM generate_series(1, 30) g;
INSERT INTO board SELECT g, 'b' || g FROM generate_series(1, 5) g;
INSERT INTO post SELECT g, 1 + g % 30, 1 + g % 7, 1 + g % 5, g * 7919 % 100, 't' || g FROM generate_series(1, 300) g;
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (editor_id);
CREATE INDEX ON post (board_id);
VACUUM ANALYZE;
RESET client_min_messages;

-- Makes an ordering beside the one of a query, both of so many rows, and drops it again.
\set VERBOSITY default
CREATE FUNCTION beside(query text, rows bigint DEFAULT 100, covering text DEFAULT 'all') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.create_ordering('other', query, rows, covering => beside.covering);
	PERFORM bingo_tune.drop_ordering('other');
END $$;
\set SHOW_CONTEXT never
SELECT bingo_tune.create_ordering('first', 'SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id', 100);
-- the same; written otherwise; fewer columns; fewer rows; only the first keys, and the rest appended
SELECT beside('SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT b.name, c.id FROM author b, post c WHERE false = c.deleted AND c.author_id = b.id ORDER BY b.name, c.created DESC, c.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted = false ORDER BY a.name, p.created DESC, p.id', 99);
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name');
-- the other way round: more columns, more rows, all rows
SELECT beside('SELECT p.id, p.title, p.created, p.board_id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id', NULL);
-- neither: rows that are not known to be the same; more columns but fewer rows; other rows, more rows; another direction, place of NULLs, collation, key; another join, table, driving table
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted IS FALSE ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, p.board_id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id', 99);
SELECT beside('SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted AND p.board_id < 3 ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted AND a.shown ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id ORDER BY a.name, p.created DESC, p.id', NULL);
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created NULLS FIRST, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC NULLS LAST, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name COLLATE "C", p.created DESC, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.title, p.created');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.title');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.editor_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id FROM post p LEFT JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id JOIN board b ON b.id = p.board_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, a.name, a.id FROM post p LEFT JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT p.id, p.title, p.created, a.name, b.id FROM post p JOIN author a ON a.id = p.author_id JOIN board b ON b.id = p.board_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id');
SELECT beside('SELECT id FROM author ORDER BY name, id');
-- one that is only looked up in its table
SELECT beside('SELECT p.id, p.title, p.created, p.board_id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC, p.id', 100, 'keys');
-- of several, and tables in another order
SELECT bingo_tune.create_ordering('second''s', 'SELECT p.id, b.title FROM board b JOIN post p ON b.id = p.board_id JOIN author a ON a.id = p.author_id ORDER BY b.title, a.level, p.id');
SELECT beside('SELECT p.id FROM post p JOIN author a ON p.author_id = a.id JOIN board b ON p.board_id = b.id ORDER BY b.title, a.level');
SELECT bingo_tune.create_ordering('boards', 'SELECT id FROM board ORDER BY title, id');
SELECT beside('SELECT id FROM shelf ORDER BY title, id');
-- expressions, and parameters
SELECT bingo_tune.create_ordering('lower', 'SELECT id, title FROM post ORDER BY lower(title), id');
SELECT beside('SELECT p.id, lower(p.title) FROM post p ORDER BY lower(p.title)');
SELECT beside('SELECT id FROM post ORDER BY upper(title), id');
SELECT bingo_tune.create_ordering('board', 'SELECT id, title FROM post WHERE board_id = $1 ORDER BY created, id');
SELECT beside('SELECT id, title FROM post WHERE board_id = $1 ORDER BY created');
SELECT beside('SELECT id, title FROM post ORDER BY board_id, created, id', 100);
SELECT bingo_tune.drop_ordering('board'), bingo_tune.create_ordering('board', 'SELECT id, title FROM post WHERE board_id = $1 ORDER BY created, id', NULL);
SELECT beside('SELECT id, title FROM post WHERE board_id = $1 ORDER BY created');
SELECT beside('SELECT id, title FROM post ORDER BY board_id, created, id', 100);
-- one that can't be used now is not called enough
BEGIN;
TRUNCATE post;
SELECT beside('SELECT id FROM post ORDER BY lower(title), id');
ROLLBACK;
SELECT beside('SELECT id FROM post ORDER BY lower(title), id');
-- what is said is true
CREATE FUNCTION serves(query text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat(ordering, ': ', served), ', ' ORDER BY ordering) FROM bingo_tune.explain_ordering(query) WHERE ordering = 'first' $$;
SET enable_sort = off;
SELECT serves('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE NOT p.deleted ORDER BY a.name, p.created DESC LIMIT 3'),
	serves('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted = false ORDER BY a.name LIMIT 3');

SET client_min_messages = warning;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP TABLE post, author, board, shelf;
DROP FUNCTION beside, serves;
