-- Views in the query of an ordering: the tables that they join stand in their place.
--
-- Seen red: rights to the view not asked for; its conditions lost; views with GROUP BY, LIMIT, subqueries or volatile columns put in place; a
-- whole row of one; columns numbered wrongly; written again
-- with the caller's settings.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE ordering_views_owner;
CREATE ROLE ordering_views_other;
CREATE SCHEMA hidden AUTHORIZATION ordering_views_other;
GRANT ALL ON SCHEMA public TO ordering_views_owner;
SET ROLE ordering_views_owner;
CREATE TABLE country (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, country_id int NOT NULL, name text NOT NULL, banned bool NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int NOT NULL, created date NOT NULL, title text, deleted bool NOT NULL);
INSERT INTO country SELECT g, 'c' || g FROM generate_series(1, 5) g;
INSERT INTO author SELECT g, 1 + g % 5, 'A' || g, g % 10 = 0 FROM generate_series(1, 100) g;
INSERT INTO post SELECT g, 1 + g % 100, '2020-01-01'::date + g % 90, 't' || g, g % 3 = 0 FROM generate_series(1, 5000) g;
CREATE INDEX ON post (author_id);
CREATE INDEX ON author (country_id);
CREATE VIEW live AS SELECT p.id, p.author_id AS writer, p.created AS "on", p.title FROM post p WHERE NOT p.deleted;
CREATE VIEW person AS SELECT a.id AS person_id, lower(a.name) AS handle, c.name AS country FROM author a JOIN country c ON c.id = a.country_id;
CREATE VIEW pair AS SELECT a.id AS person_id, c.name AS country FROM author a, country c WHERE c.id = a.country_id;
CREATE VIEW page AS SELECT l.*, p.handle, p.country FROM live l JOIN person p ON p.person_id = l.writer;
CREATE VIEW counted AS SELECT author_id, count(*) AS n FROM post GROUP BY author_id;
CREATE VIEW first AS SELECT id, created FROM post ORDER BY created LIMIT 10;
CREATE VIEW drawn AS SELECT id, random() AS r FROM post;
CREATE VIEW known AS SELECT id, author_id FROM post WHERE author_id IN (SELECT id FROM author);
ANALYZE country, author, post;
RESET client_min_messages;
SELECT bingo_tune.create_ordering('live', 'SELECT id, title, "on" FROM live ORDER BY "on" DESC, id', NULL);
SELECT bingo_tune.create_ordering('page', 'SELECT id, title, country FROM page ORDER BY handle, "on" DESC, id', 1000);
SELECT bingo_tune.create_ordering('joined', 'SELECT l.id, l.title, x.country FROM live l INNER JOIN pair x ON x.person_id = l.writer ORDER BY x.country, l.id DESC', 1000);
SELECT bingo_tune.create_ordering('of one', 'SELECT l.id, l.title FROM live l WHERE l.writer = $1 AND l."on" > ''2020-02-01'' ORDER BY l."on" DESC');
SELECT name, query, window_rows, kept_rows, state FROM bingo_tune.orderings ORDER BY name;
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT id, title FROM live ORDER BY "on" DESC, id LIMIT 5'),
('SELECT id, title, handle FROM page ORDER BY handle, "on" DESC, id LIMIT 5'),
('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id JOIN country c ON c.id = a.country_id WHERE NOT p.deleted ORDER BY lower(a.name), p.created DESC, p.id LIMIT 5'),
('SELECT l.id, x.country FROM live l INNER JOIN pair x ON x.person_id = l.writer ORDER BY x.country, l.id DESC LIMIT 5'),
('SELECT id, title FROM live WHERE writer = 17 AND "on" > ''2020-02-01'' ORDER BY "on" DESC, id DESC LIMIT 5');
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.query, t.answer FROM queries q, page(q.query) t ORDER BY q.id;
-- a change of the view is none of the ordering
CREATE OR REPLACE VIEW live AS SELECT p.id, p.author_id AS writer, p.created AS "on", p.title FROM post p;
UPDATE post SET title = 'new' WHERE id IN (4, 9);
UPDATE author SET name = 'AA' WHERE id = 7;
SELECT name, state, bingo_tune.verify_ordering(name) FROM bingo_tune.orderings ORDER BY name;
SELECT coalesce(t.read, '-') AS read, t.differs FROM page('SELECT id, title FROM live ORDER BY "on" DESC, id LIMIT 5') t;
SELECT ordering, reason, command FROM bingo_tune.explain_ordering('SELECT id, title FROM page WHERE country > ''c1'' ORDER BY country, handle, id LIMIT 5') ORDER BY ordering;
DROP VIEW page;
SELECT name, state FROM bingo_tune.orderings ORDER BY name;

-- what is no plain view, or not there to be put in place
SELECT bingo_tune.create_ordering('x', 'SELECT author_id FROM counted ORDER BY n');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM first ORDER BY created');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM drawn ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM known ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT live FROM live ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT handle FROM person ORDER BY person_id');
SELECT bingo_tune.create_ordering('twice', 'SELECT l.id, p.title FROM live l JOIN post p ON p.id = l.id ORDER BY l.id');
SELECT bingo_tune.drop_ordering('twice');
SELECT bingo_tune.create_ordering('x', 'SELECT a.id FROM author a LEFT JOIN pair x ON x.person_id = a.id ORDER BY a.id');
SELECT bingo_tune.create_ordering('left', 'SELECT a.id, l.title FROM author a LEFT JOIN live l ON l.id = a.id ORDER BY l.title, a.id');
SELECT query FROM bingo_tune.orderings WHERE name = 'left';
CREATE OR REPLACE VIEW live AS SELECT p.id, p.author_id AS writer, p.created AS "on", p.title FROM post p WHERE NOT p.deleted;
SELECT bingo_tune.create_ordering('x', 'SELECT a.id, l.title FROM author a LEFT JOIN live l ON l.id = a.id ORDER BY l.title, a.id');
CREATE VIEW named AS SELECT id, coalesce(title, 'none') AS title FROM post;
SELECT bingo_tune.create_ordering('x', 'SELECT a.id FROM author a LEFT JOIN named n ON n.id = a.id ORDER BY n.title, a.id');
SELECT bingo_tune.create_ordering('other side', 'SELECT n.id FROM named n LEFT JOIN author a ON n.id = a.id ORDER BY n.title, n.id');
SELECT bingo_tune.create_ordering('chosen', 'SELECT a.name FROM author a RIGHT JOIN (SELECT * FROM post WHERE id > 20) n ON n.id = a.id ORDER BY a.name, n.id');
SELECT name, query, state, kept_rows FROM bingo_tune.orderings WHERE name IN ('other side', 'chosen') ORDER BY name;
SELECT bingo_tune.verify_ordering('other side'), bingo_tune.verify_ordering('chosen');
SELECT bingo_tune.create_ordering('x', 'SELECT a.name FROM author a LEFT JOIN (SELECT * FROM post WHERE id > 20) n ON n.id = a.id ORDER BY a.name, a.id');
-- rights: to the view, and to the tables
SET ROLE ordering_views_other;
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM live ORDER BY id');
RESET ROLE;
SET ROLE ordering_views_owner;
GRANT SELECT ON live TO ordering_views_other;
RESET ROLE;
SET ROLE ordering_views_other;
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM live ORDER BY id');
CREATE VIEW hidden.v AS SELECT * FROM live;
GRANT USAGE ON SCHEMA hidden TO PUBLIC;
RESET ROLE;
SET ROLE ordering_views_owner;
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM hidden.v ORDER BY id');
-- what is written again means the same, whatever the caller's settings are
CREATE TABLE reading (id int PRIMARY KEY, value float8 NOT NULL, author_id int NOT NULL);
CREATE INDEX ON reading (author_id);
CREATE VIEW high AS SELECT r.id, r.value, a.name FROM reading r JOIN author a ON a.id = r.author_id WHERE r.value > float8 '33.333333333333336';
CREATE FUNCTION never(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = never);
SET extra_float_digits = -15;
SET search_path = public, pg_catalog;
SELECT bingo_tune.create_ordering('high', 'SELECT id, value, name FROM high ORDER BY name, id');
RESET search_path;
RESET extra_float_digits;
SELECT query FROM bingo_tune.orderings WHERE name = 'high';
RESET ROLE;
SET client_min_messages = warning;
DROP OWNED BY ordering_views_other, ordering_views_owner CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP ROLE ordering_views_other, ordering_views_owner;
