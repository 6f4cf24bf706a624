-- Conditions on the tables that are joined: rows whose partner does not pass are not kept, and
-- come and go with what the partner says.
--
-- Seen red: rows of a dimension not asked; a condition's column not among those that place rows, or whose change counts;
-- conditions on dimensions left out of the fill, of the query's comparison, of the query that is written from the layout.
--
-- read: rows from the window; behind: rows from the plan behind; -: not served.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE land (id int PRIMARY KEY, active bool, name text NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, land_id int, name text NOT NULL, state text NOT NULL, bio text);
CREATE TABLE board (id int PRIMARY KEY, hidden bool NOT NULL, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int, board_id int, created int NOT NULL, deleted_at int);
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (board_id);
CREATE INDEX ON author (land_id);
INSERT INTO land SELECT g, nullif(g % 3, 2) = 0, 'land ' || g FROM generate_series(1, 9) g;
INSERT INTO author SELECT g, g % 10, 'author ' || g % 20, (ARRAY['new', 'known', 'banned'])[g % 3 + 1], 'bio' FROM generate_series(1, 60) g;
INSERT INTO board SELECT g, g % 4 = 0, 'board ' || g FROM generate_series(1, 20) g;
INSERT INTO post SELECT g, nullif(g * 7 % 63, 0), g % 22, g * 31 % 1009, CASE WHEN g % 6 = 0 THEN g END FROM generate_series(1, 3000) g;
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('boards', 'SELECT p.id, p.created, p.board_id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE NOT b.hidden AND p.deleted_at IS NULL ORDER BY p.created DESC, p.id', 300);
SELECT bingo_tune.create_ordering('all', 'SELECT p.id, p.author_id, a.name, a.state, a.bio, l.id, l.name, b.id, b.name FROM post p JOIN author a ON p.author_id = a.id AND a.state <> ''banned'' JOIN land l ON a.land_id = l.id JOIN board b ON p.board_id = b.id WHERE l.active AND (b.id < 10 OR b.hidden) ORDER BY a.name, p.id', NULL);
SELECT bingo_tune.create_ordering('mixed', 'SELECT p.id, p.board_id, b.name, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN board b ON p.board_id = b.id WHERE b.hidden ORDER BY a.name DESC, p.id', 200);
RESET client_min_messages;
SELECT name, query, kept_rows, state FROM bingo_tune.orderings ORDER BY name;

CREATE PROCEDURE check_all(what text) LANGUAGE plpgsql AS $$
DECLARE
	o record;
	d record;
BEGIN
	FOR o IN SELECT name, state, reason FROM bingo_tune.orderings ORDER BY name LOOP
		SELECT * INTO d FROM bingo_tune.verify_ordering(o.name);
		IF d.missing + d.extra + d.differing > 0 OR o.state <> 'valid' THEN
			RAISE NOTICE '%: ordering "%" is % (%): % missing, % extra, % differing, %', what, o.name, o.state, o.reason, d.missing, d.extra, d.differing, d.samples;
		END IF;
	END LOOP;
END $$;
CALL check_all('at first');
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT p.id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE NOT b.hidden AND p.deleted_at IS NULL ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id, b.name FROM post p, board b WHERE b.hidden = false AND p.board_id = b.id AND p.deleted_at IS NULL AND p.id > 10 ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id, b.name FROM post p LEFT JOIN board b ON p.board_id = b.id WHERE NOT b.hidden AND p.deleted_at IS NULL ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id, a.name, b.name AS board FROM post p JOIN author a ON p.author_id = a.id JOIN land l ON a.land_id = l.id JOIN board b ON p.board_id = b.id WHERE a.state <> ''banned'' AND l.active AND (b.id < 10 OR b.hidden) ORDER BY a.name, p.id LIMIT 5'),
('SELECT p.id, a.name, b.name AS board FROM post p JOIN author a ON p.author_id = a.id JOIN land l ON a.land_id = l.id JOIN board b ON p.board_id = b.id WHERE a.state = ''known'' AND l.active AND b.id < 8 AND a.name > ''author 15'' ORDER BY a.name, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN board b ON p.board_id = b.id WHERE b.hidden ORDER BY a.name DESC, p.id LIMIT 5'),
-- not with less, or on the wrong side of a LEFT JOIN
('SELECT p.id, b.name FROM post p JOIN board b ON p.board_id = b.id WHERE p.deleted_at IS NULL ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id, b.name FROM post p LEFT JOIN board b ON p.board_id = b.id AND NOT b.hidden WHERE p.deleted_at IS NULL ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id, a.name, b.name AS board FROM post p JOIN author a ON p.author_id = a.id JOIN land l ON a.land_id = l.id JOIN board b ON p.board_id = b.id WHERE a.state <> ''banned'' AND l.active AND (b.id < 11 OR b.hidden) ORDER BY a.name, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN board b ON p.board_id = b.id WHERE b.hidden IS NOT FALSE ORDER BY a.name DESC, p.id LIMIT 5');
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.query, t.answer FROM queries q, page(q.query) t ORDER BY q.id;

-- what the partner says changes; it comes, goes and gets another key
UPDATE board SET hidden = NOT hidden WHERE id IN (3, 8);
CALL check_all('hidden');
UPDATE author SET state = 'banned' WHERE id % 7 = 0;
CALL check_all('banned');
UPDATE author SET state = 'known' WHERE id IN (14, 21);
CALL check_all('known again');
UPDATE land SET active = NULL WHERE id = 3;
UPDATE land SET active = true WHERE id = 4;
CALL check_all('active');
DELETE FROM board WHERE id IN (1, 4);
INSERT INTO board VALUES (4, false, 'new'), (21, true, 'new'), (0, false, 'new');
CALL check_all('boards');
UPDATE author SET land_id = 6 WHERE id IN (2, 5);
UPDATE land SET id = 19 WHERE id = 6;
CALL check_all('no land');
UPDATE author SET id = 161 WHERE id = 13;
UPDATE author SET id = 13 WHERE id = 14;
CALL check_all('keys');
-- what only shows, of many at once, those that do not pass among them
UPDATE author SET bio = 'changed ' || id;
UPDATE board SET name = 'changed ' || id;
CALL check_all('shown');
-- rows
INSERT INTO post SELECT g, g % 63, g % 22, g % 1009, NULL FROM generate_series(4000, 4040) g;
UPDATE post SET board_id = 8, author_id = 13 WHERE id % 50 = 1;
UPDATE post SET board_id = 3 WHERE id % 50 = 2;
DELETE FROM post WHERE id % 20 = 3;
CALL check_all('rows');
BEGIN;
UPDATE board SET hidden = NOT hidden WHERE id IN (3, 5);
UPDATE post SET board_id = 5 WHERE id % 50 = 2;
INSERT INTO post VALUES (5000, 1, 5, 2000, NULL), (5001, 1, 3, 2000, NULL);
DELETE FROM author WHERE id = 20;
COMMIT;
CALL check_all('both');
SELECT sum(t.differs) FROM queries q, page(q.query) t;

-- made again from its definition, under other names
ALTER TABLE board RENAME hidden TO secret;
ALTER TABLE board RENAME TO forum;
ALTER TABLE author ALTER name TYPE varchar;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
SELECT name, query, state, reason FROM bingo_tune.orderings ORDER BY name;
CALL check_all('made again');
ALTER TABLE forum ALTER secret TYPE text;
SELECT name, state, reason FROM bingo_tune.orderings ORDER BY name;

SET client_min_messages = warning;
DROP TABLE post, author, forum, land, queries;
DROP FUNCTION page(text);
DROP PROCEDURE check_all(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
