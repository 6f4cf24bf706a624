-- What makes an ordering invalid, what makes it valid again, and what is refused.
-- Queries are right all the time.
-- Seen red: without the event triggers; judge() = good; same_storage() = true;
-- bingo_valid_is_invalidated() = false; after_drop() without bingo_build_drop().
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE d (id int PRIMARY KEY, name text NOT NULL, unused int);
CREATE TABLE f (id int PRIMARY KEY, d_id int, amount numeric, unused text);
CREATE INDEX f_d_id ON f (d_id);
INSERT INTO d SELECT i, 'D' || i % 7 FROM generate_series(1, 40) i;
INSERT INTO f SELECT i, i % 41, i * 1.5 FROM generate_series(1, 500) i;
ANALYZE d, f;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, amount, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 100);

CREATE VIEW state AS SELECT state, reason, invalid_since IS NOT NULL AS dated, cardinality(invalidations) AS times, kept_rows FROM bingo_tune.orderings;
-- Valid again, exact, and back in service.
CREATE FUNCTION again() RETURNS TABLE (state text, kept_rows bigint, differences bigint, served text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.refresh_ordering('o');
	RETURN QUERY SELECT o.state, o.kept_rows, (SELECT missing + extra + differing FROM bingo_tune.verify_ordering('o')),
		(SELECT coalesce(e.reason, 'served') FROM bingo_tune.explain_ordering('SELECT f.id, amount, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5') e)
		FROM bingo_tune.orderings o;
END $$;
SELECT * FROM state;

-- Triggers.
ALTER TABLE d DISABLE TRIGGER bingo_tune_1;
SELECT * FROM state;
ALTER TABLE d ENABLE ALWAYS TRIGGER bingo_tune_1;
SELECT * FROM state;
SELECT reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
SELECT * FROM again();
-- As pg_restore --disable-triggers does it.
ALTER TABLE f DISABLE TRIGGER ALL;
ALTER TABLE f ENABLE TRIGGER ALL;
SELECT * FROM state;
SELECT * FROM again();
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%' GROUP BY 1;
ALTER TABLE f ENABLE REPLICA TRIGGER bingo_tune_1_truncate;
SELECT * FROM state;
DROP TRIGGER bingo_tune_1 ON d;
SELECT * FROM state;
SELECT * FROM again();
ALTER TRIGGER bingo_tune_1 ON d RENAME TO something_else;
SELECT * FROM state;
-- Undone, it was nothing.
BEGIN;
ALTER TABLE d DISABLE TRIGGER ALL;
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;

-- Tables: rewritten, made unlogged, truncated.
ALTER TABLE d ADD filler float DEFAULT random();
SELECT * FROM state;
SELECT * FROM again();
ALTER TABLE f SET UNLOGGED;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE f SET LOGGED;
SELECT * FROM state;
SELECT * FROM again();
TRUNCATE f;
SELECT * FROM state;
INSERT INTO f SELECT i, i % 41, i * 1.5 FROM generate_series(1, 300) i;
SELECT * FROM again();
VACUUM FULL d;
SELECT * FROM state;
SELECT * FROM again();
CREATE TABLE child () INHERITS (d);
SELECT * FROM state;
DROP TABLE child;
SELECT * FROM again();

-- Indexes: dropped, replaced, made again while nobody looks.
ALTER TABLE d DROP CONSTRAINT d_pkey;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE d ADD PRIMARY KEY (id);
SELECT * FROM state;
SELECT * FROM again();
DROP INDEX f_d_id;
SELECT * FROM state;
CREATE INDEX ON f (d_id, amount);
SELECT * FROM again();
CREATE UNIQUE INDEX another ON d (id);
ALTER TABLE d DROP CONSTRAINT d_pkey;
SELECT * FROM state;
ALTER TABLE d ALTER id DROP NOT NULL;
SELECT * FROM state;
ALTER TABLE d ALTER id SET NOT NULL;
SELECT * FROM again();
-- A window that somebody has laid hands on is made anew.
DROP INDEX bingo_tune.window_1_key;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM again();
SELECT count(*) FROM bingo_tune.ordering_invalidation;
-- Indexes that were built again under the same names are as good.
REINDEX TABLE CONCURRENTLY bingo_tune.window_2;
SELECT * FROM state;

-- Row security: who is not subject to it is served, FORCE is no trouble for a superuser.
ALTER TABLE d ENABLE ROW LEVEL SECURITY;
SELECT * FROM state;
SELECT * FROM again();
ALTER TABLE d DISABLE ROW LEVEL SECURITY;

-- What the definition uses can't go, or takes it along (below); renaming is followed.
-- DETAIL is spelled differently from 19 on.
\set VERBOSITY terse
ALTER TABLE f DROP COLUMN amount;
ALTER TABLE f ALTER amount TYPE float;
ALTER TABLE d ALTER name TYPE text COLLATE "POSIX";
DROP TABLE d;
\set VERBOSITY default
ALTER TABLE f DROP COLUMN unused;
ALTER TABLE f ALTER d_id SET DEFAULT 3;
ALTER TABLE f RENAME amount TO price;
ALTER TABLE d RENAME TO "Odd d";
CREATE SCHEMA aside;
ALTER TABLE f SET SCHEMA aside;
SELECT * FROM state;
SELECT query FROM bingo_tune.orderings;
ALTER TABLE aside.f SET SCHEMA public;
ALTER TABLE "Odd d" RENAME TO d;
ALTER TABLE f RENAME price TO amount;
SELECT * FROM again();
BEGIN;
ALTER TABLE d DROP COLUMN name CASCADE;
SELECT * FROM state;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%';
ROLLBACK;
SELECT * FROM state;
SELECT * FROM again();
BEGIN;
DROP TABLE d CASCADE;
SELECT * FROM state;
SELECT count(*) FROM pg_class WHERE relname ~ '^(window|gate|boundary)_';
ROLLBACK;
DROP TABLE d, f CASCADE;
SELECT * FROM state;
SELECT count(*) FROM bingo_tune.ordering_definition;

SET client_min_messages = warning;
DROP VIEW state;
DROP FUNCTION again;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP SCHEMA aside;
