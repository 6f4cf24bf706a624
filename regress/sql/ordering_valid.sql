-- What makes an ordering invalid, what makes it valid again, and that no command fails
-- because of it.  Queries are right all the time.
-- Seen red: triggers not put back after DDL; judge() = good; storage of tables not
-- compared; bingo_valid_is_invalidated() = false; only types loosened among what a window
-- depends on; find_replaced() = NULL, or taking a view for the table, or asked only when
-- something else has changed; the rights of a table that is gone asked for (the view fails).
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
CREATE PROCEDURE again(INOUT state text DEFAULT NULL, INOUT kept_rows bigint DEFAULT NULL,
	INOUT differences bigint DEFAULT NULL, INOUT served text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.refresh_ordering('o');
	COMMIT;
	SELECT o.state, o.kept_rows, (SELECT missing + extra + differing FROM bingo_tune.verify_ordering('o')),
		(SELECT coalesce(e.reason, 'served') FROM bingo_tune.explain_ordering('SELECT f.id, amount, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5') e)
		INTO again.state, again.kept_rows, differences, served FROM bingo_tune.orderings o;
END $$;
SELECT * FROM state;

-- Triggers: who disables them disables nothing, and nothing that is written meanwhile is missed.
SELECT tgname AS row_trigger FROM pg_trigger WHERE tgrelid = 'd'::regclass AND tgname ~ '^bingo_tune_\d+_\d+$' \gset
SELECT tgname AS truncate_trigger FROM pg_trigger WHERE tgrelid = 'f'::regclass AND tgname LIKE 'bingo_tune%truncate%' \gset
CREATE VIEW triggers AS SELECT tgrelid::regclass AS "table", tgenabled, tgisinternal, count(*)
	FROM pg_trigger WHERE tgname LIKE 'bingo%' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
ALTER TABLE d DISABLE TRIGGER :"row_trigger";
SELECT * FROM triggers;
UPDATE d SET name = 'disabled' WHERE id = 7;
SELECT * FROM state;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
SELECT served, reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
ALTER TABLE f ENABLE REPLICA TRIGGER :"truncate_trigger";
SELECT * FROM triggers;
-- As pg_restore --disable-triggers does it.
ALTER TABLE f DISABLE TRIGGER ALL;
INSERT INTO f SELECT i, i % 41, i * 1.5 FROM generate_series(501, 540) i;
ALTER TABLE f ENABLE TRIGGER ALL;
SELECT * FROM triggers;
SELECT * FROM state;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
-- In the command's own transaction, before it ends, too; and together with other commands.
BEGIN;
ALTER TABLE d DISABLE TRIGGER USER, DISABLE TRIGGER ALL, ALTER name SET STATISTICS 100;
DELETE FROM d WHERE id = 7;
ALTER TABLE d ENABLE TRIGGER ALL;
COMMIT;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
-- With one of them dropped a change is missed, and the ordering is not used.
DROP TRIGGER :"row_trigger" ON d;
INSERT INTO d VALUES (7, 'A');
SELECT * FROM state;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
SELECT served, reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
CALL again();
SELECT * FROM triggers;
SELECT tgname AS row_trigger FROM pg_trigger WHERE tgrelid = 'd'::regclass AND tgname ~ '^bingo_tune_\d+_\d+$' \gset
ALTER TRIGGER :"row_trigger" ON d RENAME TO something_else;
SELECT * FROM state;
UPDATE d SET name = 'renamed' WHERE id = 7;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
-- Undone, it was nothing.
BEGIN;
DROP TRIGGER something_else ON d;
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;
-- Where nobody looks after them it is what they are that counts, not what was done to them.
SET client_min_messages = warning;
ALTER EVENT TRIGGER bingo_tune_after_ddl DISABLE;
ALTER TABLE f DISABLE TRIGGER ALL;
SELECT * FROM triggers;
SELECT * FROM state;
SELECT served, reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
DELETE FROM f WHERE id > 500;
ALTER TABLE f ENABLE TRIGGER ALL;
SELECT * FROM state;
ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE ALWAYS;
RESET client_min_messages;
CALL again();
SELECT * FROM triggers;

-- Tables: rewritten, made unlogged, truncated.
ALTER TABLE d ADD filler float DEFAULT random();
SELECT * FROM state;
CALL again();
ALTER TABLE f SET UNLOGGED;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE f SET LOGGED;
SELECT * FROM state;
CALL again();
TRUNCATE f;
SELECT * FROM state;
INSERT INTO f SELECT i, i % 41, i * 1.5 FROM generate_series(1, 300) i;
CALL again();
VACUUM FULL d;
SELECT * FROM state;
CALL again();
CREATE TABLE child () INHERITS (d);
SELECT * FROM state;
DROP TABLE child;
CALL again();

-- Indexes: dropped, replaced, made again while nobody looks.
ALTER TABLE d DROP CONSTRAINT d_pkey;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE d ADD PRIMARY KEY (id);
SELECT * FROM state;
SELECT served, reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
CALL again();
DROP INDEX f_d_id;
SELECT * FROM state;
CREATE INDEX ON f (d_id, amount);
CALL again();
CREATE UNIQUE INDEX another ON d (id);
ALTER TABLE d DROP CONSTRAINT d_pkey;
SELECT * FROM state;
ALTER TABLE d ALTER id DROP NOT NULL;
SELECT * FROM state;
ALTER TABLE d ALTER id SET NOT NULL;
CALL again();
-- A window that somebody has laid hands on is made anew.
DROP INDEX bingo_tune.window_1_key;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
CALL again();
SELECT count(*) FROM pg_description WHERE objoid IN (SELECT oid FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind = 'm');
-- Indexes that were built again under the same names are as good.
REINDEX TABLE CONCURRENTLY bingo_tune.window_2;
SELECT * FROM state;

-- Other storage is not what the window was filled in; what REFRESH puts there is nothing.
REFRESH MATERIALIZED VIEW bingo_tune.window_2;
SELECT * FROM state;
SELECT count(*) FROM bingo_tune.window_2;
CALL again();
SELECT count(*) FROM bingo_tune.window_2;
REFRESH MATERIALIZED VIEW bingo_tune.boundary_2;
SELECT * FROM state;
CALL again();
SELECT count(*) FROM bingo_tune.boundary_2;
-- This passes over what is not populated.
VACUUM FULL bingo_tune.window_2, bingo_tune.boundary_2;
SELECT * FROM state;
-- And this is of no importance.
DROP MATERIALIZED VIEW bingo_tune.window_2;
ALTER MATERIALIZED VIEW bingo_tune.window_2 RENAME c2 TO other;
SELECT * FROM state;
UPDATE d SET name = name || '?' WHERE id < 9;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
ALTER MATERIALIZED VIEW bingo_tune.window_2 RENAME TO elsewhere;
ALTER MATERIALIZED VIEW bingo_tune.elsewhere SET SCHEMA public;
SELECT * FROM state;
UPDATE d SET name = name || '!' WHERE id < 9;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
DROP INDEX window_2_order;
CALL again();

-- Row security: who is not subject to it is served, FORCE is no trouble for a superuser.
ALTER TABLE d ENABLE ROW LEVEL SECURITY;
SELECT * FROM state;
CALL again();
ALTER TABLE d DISABLE ROW LEVEL SECURITY;

-- What the definition uses may go and change; renaming is followed.
BEGIN;
ALTER TABLE f DROP COLUMN amount;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
ROLLBACK;
SELECT * FROM state;
ALTER TABLE f ALTER amount TYPE float;
SELECT * FROM state;
CALL again();
SELECT query, tables FROM bingo_tune.orderings;
ALTER TABLE f ALTER amount TYPE numeric;
ALTER TABLE d ALTER name TYPE text COLLATE "POSIX";
SELECT * FROM state;
CALL again();
ALTER TABLE f DROP COLUMN unused;
ALTER TABLE f ALTER d_id SET DEFAULT 3;
ALTER TABLE f RENAME amount TO price;
ALTER TABLE d RENAME TO "Odd d";
CREATE SCHEMA aside;
ALTER TABLE f SET SCHEMA aside;
SELECT * FROM state;
SELECT query FROM bingo_tune.orderings;
INSERT INTO aside.f VALUES (0, 7, 1);
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
ALTER TABLE aside.f SET SCHEMA public;
ALTER TABLE "Odd d" RENAME TO d;
ALTER TABLE f RENAME price TO amount;
SELECT query FROM bingo_tune.orderings;
CALL again();
BEGIN;
ALTER TABLE d DROP COLUMN name CASCADE;
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;
CALL again();
-- Dropped and made again, with other columns before those that the query names.
DROP TABLE d;
SELECT * FROM state;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM bingo_tune.verify_ordering('o');
CREATE TABLE d (more text, name text NOT NULL, id int PRIMARY KEY);
INSERT INTO d SELECT NULL, 'New ' || i % 9, i FROM generate_series(1, 40) i;
ANALYZE d;
CALL again();
-- Behind a view that has its name it is the same table.
ALTER TABLE f RENAME TO f2;
CREATE VIEW f AS SELECT * FROM f2;
SELECT * FROM state;
SELECT served, reason FROM bingo_tune.explain_ordering('SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id LIMIT 5');
DROP VIEW f;
ALTER TABLE f2 RENAME TO f;
SELECT * FROM state;
-- In the place of an old one, as migrations do it.
BEGIN;
CREATE TABLE new_f (id int PRIMARY KEY, d_id int, amount numeric);
CREATE INDEX ON new_f (d_id);
INSERT INTO new_f SELECT id + 1, d_id, amount FROM f;
ALTER TABLE f RENAME TO old_f;
ALTER TABLE new_f RENAME TO f;
COMMIT;
ANALYZE f;
SELECT * FROM state;
BEGIN;
DROP TABLE old_f;
SELECT * FROM state;
ROLLBACK;
CALL again();
SELECT * FROM triggers;
DROP TABLE old_f;
SELECT * FROM state;
-- Types, collations and operator classes may go, with and without what uses them.
SELECT bingo_tune.drop_ordering('o');
SET client_min_messages = warning;
CREATE EXTENSION citext;
CREATE COLLATION aside.c FROM "C";
CREATE TYPE aside.mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id citext PRIMARY KEY, a text COLLATE aside.c NOT NULL, m aside.mood NOT NULL);
INSERT INTO t VALUES ('x', 'a', 'ok'), ('Y', 'b', 'sad');
SELECT bingo_tune.create_ordering('t', 'SELECT id, a, m FROM t ORDER BY a, m, id', 10);
BEGIN;
DROP COLLATION aside.c CASCADE;
DROP TYPE aside.mood CASCADE;
DROP EXTENSION citext CASCADE;
SELECT state, reason, kept_rows FROM bingo_tune.orderings;
\d t
ROLLBACK;
SELECT state, reason, kept_rows FROM bingo_tune.orderings;
ALTER TABLE t ALTER a TYPE text COLLATE "C", ALTER m TYPE text, ALTER id TYPE text;
DROP COLLATION aside.c;
DROP TYPE aside.mood;
DROP EXTENSION citext;
RESET client_min_messages;
SELECT bingo_tune.refresh_ordering('t');
SELECT state, reason, kept_rows FROM bingo_tune.orderings;
SELECT * FROM bingo_tune.verify_ordering('t');
SELECT bingo_tune.drop_ordering('t');
DROP TABLE t;
-- What the ordering leaves behind when all has gone goes as well.
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, amount, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 100);
BEGIN;
DROP TABLE d, f CASCADE;
SELECT bingo_tune.drop_ordering('o');
SELECT * FROM state;
SELECT count(*) FROM pg_class WHERE relname ~ '^(window|boundary)_\d';
ROLLBACK;
SELECT * FROM state;
-- The definition is the ordering.
DROP SERVER "bingo_tune ordering o";
SELECT * FROM state;
SELECT * FROM triggers;
SELECT count(*) FROM pg_class WHERE relname ~ '^(window|boundary)_\d';
SELECT count(*) FROM pg_foreign_server WHERE srvtype IN ('ordering', 'window');
DROP TABLE d, f;

SET client_min_messages = warning;
DROP VIEW state, triggers;
DROP PROCEDURE again;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP SCHEMA aside;
