-- An ordering with conditions: only rows that pass are kept, and queries that say as much
-- are served.
--
-- read: rows from the window; behind: rows from the plan behind.
-- Seen red: the filter not asked at commit; not asked of the query; not in the fill; its columns not among those whose
-- change counts; conditions that it says evaluated on the window, which lacks their columns; text and arrays read by settings; names of now
-- lost when it is made again; comparisons that fail for some values.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author, created timestamp NOT NULL, title text NOT NULL,
	deleted_at timestamptz, state text NOT NULL, score int, hidden bool NOT NULL DEFAULT false);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 200) g;
INSERT INTO post SELECT g, 1 + g % 200, '2020-01-01'::timestamp + (g * 7919 % 50000) * interval '1 minute', 't' || g,
	CASE WHEN g % 10 > 0 THEN '2020-01-01'::timestamptz END, (ARRAY['draft', 'public', 'spam'])[g % 3 + 1], nullif(g % 50, 0), g % 4 = 0
	FROM generate_series(1, 20000) g;
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;
RESET client_min_messages;

SELECT bingo_tune.create_ordering('live', $$SELECT p.id, p.title, p.created, p.state, a.name FROM post p JOIN author a ON a.id = p.author_id
	WHERE p.deleted_at IS NULL AND p.state IN ('public', 'draft') AND NOT p.hidden ORDER BY p.created DESC, p.id DESC$$, NULL);
SELECT bingo_tune.create_ordering('top', $$SELECT id, score, state FROM post WHERE score > 40 AND 'spam' <> state ORDER BY score DESC, id$$, 60);
SELECT bingo_tune.create_ordering('by author', $$SELECT p.id, p.created FROM post p WHERE author_id = $1 AND deleted_at IS NULL ORDER BY p.created DESC, p.id DESC$$);
SELECT name, query, window_rows, kept_rows, state FROM bingo_tune.orderings ORDER BY name;

\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
-- in its own words, in others, with more
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted_at IS NULL AND p.state IN (''public'', ''draft'') AND NOT p.hidden ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM author a JOIN post p ON a.id = p.author_id WHERE p.hidden = false AND p.state = ''draft'' AND p.deleted_at IS NULL ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted_at IS NULL AND p.state IN (''public'', ''draft'') AND NOT p.hidden AND a.name LIKE ''a1%'' AND p.created < ''2020-01-20'' ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, p.score FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted_at IS NULL AND p.state IN (''public'', ''draft'') AND NOT p.hidden AND p.title <> ''x'' ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT id FROM post WHERE score > 45 AND state = ''public'' ORDER BY score DESC, id LIMIT 5'),
('SELECT id FROM post WHERE score > 40 AND state <> ''spam'' ORDER BY score DESC, id LIMIT 5'),
('SELECT id FROM post WHERE score > 40 AND state <> ''spam'' ORDER BY score DESC, id LIMIT 5 OFFSET 400'),
('SELECT id FROM post WHERE author_id = 19 AND deleted_at IS NULL ORDER BY created DESC, id DESC LIMIT 5'),
('SELECT id FROM post WHERE author_id = 20 AND deleted_at IS NULL ORDER BY created DESC, id DESC LIMIT 5'),
-- less
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted_at IS NULL AND p.state = ''draft'' ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.deleted_at IS NULL AND p.state IN (''public'', ''spam'') AND NOT p.hidden ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT id FROM post WHERE score > 39 AND state <> ''spam'' ORDER BY score DESC, id LIMIT 5'), ('SELECT id FROM post WHERE score > 40 ORDER BY score DESC, id LIMIT 5'),
('SELECT id FROM post ORDER BY score DESC, id LIMIT 5'),
('SELECT a.id AS author, p.id FROM author a LEFT JOIN post p ON p.author_id = a.id AND p.score > 40 AND p.state <> ''spam'' ORDER BY p.score DESC, p.id LIMIT 5');
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.query, t.answer FROM queries q, page(q.query) t ORDER BY q.id;
PREPARE page (text) AS SELECT id FROM post WHERE score > 40 AND state = $1 AND state <> 'spam' ORDER BY score DESC, id LIMIT 3;
SET plan_cache_mode = force_generic_plan;
EXECUTE page('public');
EXECUTE page('spam');
RESET plan_cache_mode;

-- rows begin to pass and cease to, alone and by thousands; and change otherwise
CREATE FUNCTION check_all() RETURNS TABLE (name text, state text, wrong text, kept bigint) LANGUAGE sql AS
$$ SELECT o.name, o.state, bingo_tune.verify_ordering(o.name)::text, o.kept_rows FROM bingo_tune.orderings o ORDER BY o.name $$;
UPDATE post SET hidden = NOT hidden WHERE id IN (10, 20, 30, 40);
UPDATE post SET deleted_at = NULL WHERE id IN (1, 3, 11);
UPDATE post SET deleted_at = now() WHERE id IN (50, 70);
UPDATE post SET score = 49 WHERE id IN (1, 2, 3);
UPDATE post SET score = NULL WHERE id IN (49, 99);
UPDATE post SET state = CASE state WHEN 'spam' THEN 'public' ELSE 'spam' END WHERE id BETWEEN 100 AND 200;
DELETE FROM post WHERE id IN (60, 149);
INSERT INTO post VALUES (30001, 5, '2030-01-01', 'new', NULL, 'public', 49), (30002, 5, '2030-01-01', 'new', NULL, 'spam', 49),
	(30003, 5, '2030-01-01', 'new', now(), 'draft', 41);
UPDATE author SET name = 'renamed' WHERE id = 5;
SELECT * FROM check_all();
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.id, t.answer FROM queries q, page(q.query) t WHERE q.id < 10 ORDER BY q.id;
BEGIN;
SAVEPOINT a;
UPDATE post SET deleted_at = now() WHERE id = 30001;
ROLLBACK TO a;
UPDATE post SET state = 'spam' WHERE id = 30001;
COMMIT;
SELECT * FROM check_all();

-- what it rests on: names follow, types are made anew
ALTER TABLE post RENAME deleted_at TO gone;
SELECT query FROM bingo_tune.orderings WHERE name = 'live';
ALTER TABLE post RENAME gone TO deleted_at;
ALTER TABLE post ALTER state TYPE varchar(20);
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
SELECT name, state, wrong FROM check_all();
SELECT coalesce(t.read, '-') AS read, t.differs, q.id FROM queries q, page(q.query) t WHERE q.id IN (1, 2, 5) ORDER BY q.id;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT id FROM post WHERE score > 40 ORDER BY score DESC, id LIMIT 5') WHERE ordering = 'top';

-- what no condition can be
CREATE FUNCTION strange(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE created > now() ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE strange(id) ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE tableoid > 1 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE score > $1 AND hidden ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE random() > 0.5 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE false ORDER BY id');
CREATE TABLE odd (id int PRIMARY KEY, a text COLLATE "C", b text COLLATE "POSIX", docs json[], words text[], spans int4range);
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM odd WHERE a < b');
SELECT bingo_tune.create_ordering('odd', $$SELECT id FROM odd WHERE words = '{a,NULL}' AND spans <> '[1,2)' AND a < 'b\c' ORDER BY id$$);
INSERT INTO odd VALUES (1, 'a', 'b', '{}', '{a,NULL}', '[3,4)'), (2, 'b\b', 'b', '{}', '{a,NULL}', NULL), (3, 'b', 'b', '{}', '{a,"NULL"}', '[3,4)');
SET standard_conforming_strings = off;
SET array_nulls = off;
SET escape_string_warning = off;
ALTER TABLE odd RENAME TO strange;
ALTER TABLE strange ALTER id TYPE bigint;
SELECT bingo_tune.refresh_ordering('odd');
ALTER TABLE strange ALTER id TYPE int;
SELECT bingo_tune.refresh_ordering('odd');
RESET standard_conforming_strings;
RESET array_nulls;
RESET escape_string_warning;
SELECT query, state, reason, kept_rows FROM bingo_tune.orderings WHERE name = 'odd';
SELECT bingo_tune.verify_ordering('odd');

SET client_min_messages = warning;
DROP TABLE post, author, queries, strange;
DROP FUNCTION page(text), check_all(), strange(int);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
