-- A prepared transaction keeps no lock on tables that its statements never named, though its work at PREPARE has read them: DDL
-- on them goes on as without the extension.  After COMMIT PREPARED the ordering is exact, by itself or once it is refreshed.
--
-- borrowed: what a prepared transaction has locked ACCESS SHARE.  differs, and missing to differing, must be 0.
-- Seen red: locks not given back (all of borrowed, and every statement that needs the tables, times out); those given back twice that
-- went with a failed subtransaction (warnings); locks of the transaction's own given back, too (kept); locks that belong to a procedure's
-- statement, and are given back as the transaction's (warnings).
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, rank numeric NOT NULL, country int NOT NULL REFERENCES country, about text);
ALTER TABLE author ALTER about SET STORAGE EXTERNAL;
CREATE INDEX author_country ON author (country);
CREATE TABLE post (id int PRIMARY KEY, author int, title text);
CREATE INDEX post_author ON post (author);
INSERT INTO country SELECT g, 'c' || g FROM generate_series(1, 3) g;
INSERT INTO author SELECT g, 'a' || g, g, 1 + g % 3, CASE g WHEN 1 THEN repeat('x', 5000) END FROM generate_series(1, 20) g;
INSERT INTO post SELECT g, 1 + g % 20, 't' || g FROM generate_series(1, 500) g;
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, p.title, a.name, a.about, c.code FROM post p JOIN author a ON a.id = p.author JOIN country c ON c.id = a.country ORDER BY a.name, p.id', 50);
-- in a subtransaction, since dividing may fail
SELECT bingo_tune.create_ordering('divided', 'SELECT p.id, a.rank FROM post p JOIN author a ON a.id = p.author ORDER BY 10000 / (a.rank - 30), p.id', 50);
SELECT bingo_tune.create_counter('c', 'SELECT author, count(*) FROM post GROUP BY author');
RESET client_min_messages;
\set ECHO none
\i :scan_rows
\set ECHO all
SET lock_timeout = '10s';
CREATE VIEW borrowed AS SELECT CASE WHEN c.relname ~ 'toast' THEN 'long values' ELSE c.relname END AS relation, count(*)
	FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
	WHERE l.mode = 'AccessShareLock' AND l.pid IS NULL AND c.relnamespace <> 'bingo_tune'::regnamespace GROUP BY 1 ORDER BY 1;
CREATE VIEW state AS SELECT name, state, reason FROM bingo_tune.orderings ORDER BY name;
CREATE VIEW wrong AS SELECT o.name, v.missing, v.extra, v.differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name) v ORDER BY o.name;
CREATE VIEW pages AS SELECT t.differs, t.answer
	FROM page('SELECT p.id, p.title, a.name, left(a.about, 1), c.code FROM post p JOIN author a ON a.id = p.author JOIN country c ON c.id = a.country ORDER BY a.name, p.id LIMIT (SELECT 3)') t;

-- a new driving row
BEGIN;
INSERT INTO post VALUES (0, 1, 'new'), (-1, 2, 'new');
PREPARE TRANSACTION 'p';
TABLE borrowed;
ALTER TABLE author ADD COLUMN born date;
ALTER TABLE author DROP CONSTRAINT author_country_fkey;
VACUUM FULL author;
REINDEX TABLE author;
REINDEX INDEX CONCURRENTLY author_pkey;
COMMIT PREPARED 'p';
TABLE state;
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE wrong;
TABLE pages;

-- a new row of a dimension
BEGIN;
UPDATE author SET name = 'a0', rank = 15 WHERE id IN (1, 2);
PREPARE TRANSACTION 'p';
TABLE borrowed;
REINDEX INDEX CONCURRENTLY post_author;
CREATE INDEX CONCURRENTLY post_title ON post (title);
DROP INDEX CONCURRENTLY post_title;
ALTER TABLE post ADD COLUMN score int DEFAULT 0;
BEGIN;
TRUNCATE post;
ROLLBACK;
COMMIT PREPARED 'p';
TABLE state;
TABLE wrong;
TABLE pages;

-- rolled back
BEGIN;
DELETE FROM author WHERE id = 2;
INSERT INTO post VALUES (-2, 1, 'never');
PREPARE TRANSACTION 'p';
TABLE borrowed;
ROLLBACK PREPARED 'p';
TABLE state;
TABLE wrong;

-- a work that fails, and what its subtransaction had locked
BEGIN;
UPDATE author SET rank = 30 WHERE id = 3;
PREPARE TRANSACTION 'p';
TABLE borrowed;
ALTER TABLE post DROP COLUMN score;
COMMIT PREPARED 'p';
TABLE state;
UPDATE author SET rank = 3 WHERE id = 3;
SELECT bingo_tune.refresh_ordering('divided');
TABLE wrong;

-- another type
BEGIN;
INSERT INTO post VALUES (-3, 1, 'new');
PREPARE TRANSACTION 'p';
ALTER TABLE author ALTER name TYPE varchar;
COMMIT PREPARED 'p';
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE state;
TABLE wrong;
TABLE pages;

-- another type and back, without anybody who is told of it
ALTER EVENT TRIGGER bingo_tune_after_ddl DISABLE;
BEGIN;
INSERT INTO post VALUES (-4, 1, 'new');
PREPARE TRANSACTION 'p';
ALTER TABLE author ALTER name TYPE text;
ALTER TABLE author ALTER name TYPE varchar;
COMMIT PREPARED 'p';
ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE;
TABLE state;
TABLE wrong;
TABLE pages;

-- a key that is none for a while, and has two rows
BEGIN;
INSERT INTO post VALUES (-5, 1, 'new'), (-6, 2, 'new');
PREPARE TRANSACTION 'p';
ALTER TABLE author DROP CONSTRAINT author_pkey;
INSERT INTO author SELECT id, 'A', rank, country FROM author WHERE id = 1;
COMMIT PREPARED 'p';
TABLE state;
TABLE pages;
DELETE FROM author WHERE name = 'A';
ALTER TABLE author ADD PRIMARY KEY (id);
TABLE pages;
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE state;
TABLE wrong;
TABLE pages;

-- the joined table is emptied, and has other rows
BEGIN;
INSERT INTO post VALUES (-7, 1, 'new');
PREPARE TRANSACTION 'p';
TRUNCATE author;
INSERT INTO author SELECT g, 'b' || g, g, 2 FROM generate_series(1, 10) g;
TABLE pages;
COMMIT PREPARED 'p';
TABLE pages;
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE state;
TABLE wrong;
TABLE pages;

-- the driving table is, while rows of a dimension wait
BEGIN;
UPDATE author SET name = 'b0' WHERE id = 2;
PREPARE TRANSACTION 'p';
TRUNCATE post;
INSERT INTO post VALUES (1, 2, 'first'), (2, 1, 'second');
COMMIT PREPARED 'p';
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE wrong;
TABLE pages;

-- what its statements have locked it keeps, in whatever mode, however the work has locked that again
CREATE VIEW kept AS SELECT c.relname AS relation, string_agg(l.mode, ' ' ORDER BY l.mode) AS modes
	FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid IS NULL AND c.oid IN ('author'::regclass, 'country'::regclass) GROUP BY 1 ORDER BY 1;
BEGIN;
LOCK TABLE author IN ACCESS SHARE MODE;
SELECT count(*) FROM country;
INSERT INTO post VALUES (3, 1, 'third');
PREPARE TRANSACTION 'p';
TABLE kept;
COMMIT PREPARED 'p';
BEGIN;
INSERT INTO post VALUES (4, 1, 'fourth');
SAVEPOINT s;
SELECT id FROM author WHERE id = 1 FOR UPDATE;
LOCK TABLE country IN SHARE MODE;
RELEASE s;
SAVEPOINT s;
LOCK TABLE author IN ACCESS SHARE MODE;
ROLLBACK TO s;
PREPARE TRANSACTION 'p';
TABLE kept;
COMMIT PREPARED 'p';
BEGIN;
DO $$
BEGIN
	PERFORM count(*) FROM author;
	UPDATE post SET author = 2 WHERE id = 4;
	BEGIN
		LOCK TABLE country IN ACCESS SHARE MODE;
		PERFORM 1 / 0;
	EXCEPTION WHEN division_by_zero THEN
	END;
END $$;
DECLARE c CURSOR FOR SELECT id FROM author ORDER BY id;
FETCH 1 FROM c;
CLOSE c;
PREPARE TRANSACTION 'p';
TABLE kept;
COMMIT PREPARED 'p';
-- nor does it take one back that is not there, whoever's the commit is
CREATE PROCEDURE move_posts() LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT id FROM author ORDER BY id LOOP
		UPDATE post SET author = r.id WHERE id = 4;
		COMMIT;
	END LOOP;
END $$;
CALL move_posts();
DROP PROCEDURE move_posts;
DROP VIEW kept;
TABLE state;
TABLE wrong;

-- a joined table goes, and another one comes by its name
BEGIN;
INSERT INTO post VALUES (-8, 1, 'new');
PREPARE TRANSACTION 'p';
DROP TABLE author, country;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, rank numeric NOT NULL, country int NOT NULL, about text);
CREATE INDEX ON author (country);
CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL);
INSERT INTO author VALUES (1, 'only', 1, 1, NULL);
INSERT INTO country VALUES (1, 'anywhere');
COMMIT PREPARED 'p';
TABLE pages;
SELECT name, bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
TABLE state;
TABLE wrong;
TABLE pages;

-- a counter's work reads no table
SELECT bingo_tune.refresh_counter('c');
BEGIN;
DELETE FROM post WHERE id = -8;
INSERT INTO post VALUES (9, 1, 'ninth');
PREPARE TRANSACTION 'p';
TABLE borrowed;
COMMIT PREPARED 'p';
SELECT * FROM bingo_tune.verify_counter('c');
TABLE wrong;

DROP VIEW borrowed, state, wrong, pages;
DROP TABLE post, author, country;
DROP FUNCTION page;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
