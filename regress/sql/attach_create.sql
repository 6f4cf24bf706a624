-- CREATE EXTENSION builds the indexes at once if it finds usable tables, and
-- otherwise succeeds and says what stands in the way; apply() then fails with
-- the same words.
-- Seen red, each alone: without the check of columns, of types, of the kind of
-- relation, of child tables; without the preference for public, for plain
-- tables; names not quoted; notices not restored, or restored beyond what the
-- user asked for.
CREATE EXTENSION pg_stat_statements;
CREATE PROCEDURE make_tables(schema text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I.movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL)', schema);
	EXECUTE format('CREATE TABLE %I.customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL)', schema);
	EXECUTE format('CREATE TABLE %I.sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL)', schema);
END $$;
CREATE VIEW indexes AS
	SELECT n.nspname, count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'i' AND c.relname LIKE 'bingo\_%\_%' GROUP BY 1 ORDER BY 1;

-- 1. Nothing there; then a part; then all, in public.
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.apply('pg_catalog');
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.apply(1::oid::regnamespace);
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.index_commands();
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM bingo_tune.index_report;
DROP EXTENSION bingo_tune;
CREATE TABLE movies (id int);
CREATE EXTENSION bingo_tune;
DROP EXTENSION bingo_tune;
DROP TABLE movies;
CALL make_tables('public');
CREATE EXTENSION bingo_tune;
TABLE indexes;
SELECT table_name, index_name, status FROM bingo_tune.index_report;
DROP EXTENSION bingo_tune;
TABLE indexes;

-- 2. Silence when the user wants silence, as pg_dump's output does.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune;
RESET client_min_messages;
TABLE indexes;
DROP EXTENSION bingo_tune;
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION bingo_tune;
ROLLBACK;

-- 3. Another schema, whose name needs quotes; public is preferred; several are
-- not guessed between.
DROP TABLE sessions, customers, movies;
CREATE SCHEMA "The ""App""";
CALL make_tables('The "App"');
CREATE EXTENSION bingo_tune;
TABLE indexes;
SELECT table_name, action FROM bingo_tune.apply();
DROP EXTENSION bingo_tune;
CREATE SCHEMA app;
CALL make_tables('app');
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM bingo_tune.apply('app');
SELECT count(*) FROM bingo_tune.apply('"The ""App"""');
TABLE indexes;
SELECT count(*) FROM bingo_tune.revert();
CALL make_tables('public');
SELECT table_name, action FROM bingo_tune.apply();
TABLE indexes;
DROP EXTENSION bingo_tune;
-- Views over another schema's tables don't hide them.
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
RESET client_min_messages;
DROP TABLE sessions, customers, movies;
CREATE VIEW sessions AS SELECT * FROM "The ""App""".sessions;
CREATE VIEW customers AS SELECT * FROM "The ""App""".customers;
CREATE VIEW movies AS SELECT * FROM "The ""App""".movies;
CREATE EXTENSION bingo_tune;
DROP EXTENSION bingo_tune;
DROP VIEW sessions, customers, movies;
SET client_min_messages = warning;
DROP SCHEMA "The ""App""" CASCADE;
RESET client_min_messages;

-- 4. Every kind of table that cannot be used is named, and nothing is half done.
CALL make_tables('public');
ALTER TABLE movies DROP COLUMN duration, DROP COLUMN year;
ALTER TABLE customers ALTER surname TYPE bytea USING '', ALTER birthday TYPE timestamptz;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
DROP TABLE movies;
CREATE VIEW movies AS SELECT 1 AS id, ''::text AS name, 2000 AS year, 90 AS duration;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
DROP VIEW movies;
DROP TABLE sessions, customers;
CALL make_tables('public');
DROP TABLE movies;
CREATE MATERIALIZED VIEW movies AS SELECT 1 AS id, ''::text AS name, 2000 AS year, 90 AS duration;
SELECT bingo_tune.apply();
DROP MATERIALIZED VIEW movies;
CREATE TABLE movies (id int, name text, year int, duration int) PARTITION BY LIST (year);
SELECT bingo_tune.apply();
DROP TABLE movies;
CREATE FOREIGN DATA WRAPPER regress_wrapper;
CREATE SERVER regress_server FOREIGN DATA WRAPPER regress_wrapper;
CREATE FOREIGN TABLE movies (id int, name text, year int, duration int) SERVER regress_server;
SELECT bingo_tune.apply('public');
DROP FOREIGN DATA WRAPPER regress_wrapper CASCADE;
CREATE TABLE movies (id int, name text, year int, duration int);
CREATE TABLE movies_child () INHERITS (movies);
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
TABLE indexes;
DROP EXTENSION bingo_tune;
DROP TABLE movies_child, movies, sessions, customers;

DROP VIEW indexes;
DROP PROCEDURE make_tables;
DROP EXTENSION pg_stat_statements;
