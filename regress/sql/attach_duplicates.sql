-- Duplicate ids: up to five of them and their number, and nothing left behind.
-- Seen red: six shown; build_index() without the subtransaction; ids sorted as
-- text.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE movies (id integer NOT NULL, name text NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id bigint NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO sessions SELECT i, '2020-01-01', 1, 1 FROM generate_series(1, 10) i;
INSERT INTO customers SELECT i, 'N', 'S', '1990-01-01', 'x' FROM generate_series(-5, 10) i;
INSERT INTO movies SELECT i, 'M', 2000, 90 FROM generate_series(1, 20) i;

-- Seven in the last table that is looked at, one of them three times.
INSERT INTO movies SELECT i, 'M', 2000, 90 FROM generate_series(1, 19, 3) i;
INSERT INTO movies VALUES (4, 'M', 2000, 90);
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';

-- One in the first.
DELETE FROM movies;
INSERT INTO sessions VALUES (3, '2020-01-01', 1, 1);
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';
-- A caller who catches the error keeps his transaction, and nothing of ours.
BEGIN;
SAVEPOINT before;
SELECT bingo_tune.apply();
ROLLBACK TO before;
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';
DELETE FROM sessions WHERE ctid = (SELECT max(ctid) FROM sessions);
SELECT count(*) FROM bingo_tune.apply();
ROLLBACK;
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';

-- CREATE EXTENSION fails as a whole.
DROP EXTENSION bingo_tune;
-- (18 also says where in the script.)
\set SHOW_CONTEXT never
CREATE EXTENSION bingo_tune;
\set SHOW_CONTEXT errors
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_extension WHERE extname = 'bingo_tune';
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';

-- Missing ids are no duplicates.
DELETE FROM sessions WHERE id = 3;
INSERT INTO sessions VALUES (NULL, '2020-01-01', 1, 1), (NULL, '2020-01-01', 1, 1);
CREATE EXTENSION bingo_tune;

DROP EXTENSION bingo_tune;
DROP TABLE sessions, customers, movies;
DROP EXTENSION pg_stat_statements;
