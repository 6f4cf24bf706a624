-- apply() builds the indexes once, uses what is there, and revert() drops
-- exactly what apply() made.
-- Seen red: index_matches() without the test of directions, of operator family,
-- of collation, of uniqueness, of the predicate (each alone); an index built but
-- not claimed; every index taken for ours.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO movies SELECT i, 'M' || i % 7, 1990 + i % 5, 90 FROM generate_series(1, 20) i;
INSERT INTO customers SELECT i, 'N' || i % 3, 'S' || i % 9, '1990-01-01', i || '@x' FROM generate_series(1, 50) i;
INSERT INTO sessions SELECT i, '2020-01-01', 1 + i % 50, 1 + i % 20 FROM generate_series(1, 200) i;

-- 1. The whole set.
SELECT * FROM bingo_tune.apply();
SELECT tablename, indexdef FROM pg_indexes
  WHERE schemaname = 'public' AND tablename IN ('movies', 'customers', 'sessions')
  ORDER BY indexname COLLATE "C";
SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c
  WHERE c.relname LIKE 'bingo\_%' AND c.relkind = 'i' ORDER BY c.relname COLLATE "C";

-- 2. A second call changes nothing: the same relations, the same rows.
CREATE TABLE before AS SELECT oid, xmin AS made_by FROM pg_class WHERE relname LIKE 'bingo\_%' AND relkind = 'i';
SELECT * FROM bingo_tune.apply();
SELECT count(*) FROM before JOIN pg_class c ON c.oid = before.oid AND c.xmin = before.made_by;

-- 3. revert() drops them all, and then has nothing to do.
SELECT * FROM bingo_tune.revert();
SELECT * FROM bingo_tune.revert();
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public';

-- 4. Equivalent indexes of any name are used and survive revert(). A unique
-- index serves where none is wanted; a primary key is one, too.
CREATE UNIQUE INDEX mine_1 ON sessions (id);
ALTER TABLE movies ADD CONSTRAINT mine_2 PRIMARY KEY (id);
CREATE UNIQUE INDEX "Mine 3" ON movies (year DESC, name varchar_ops, id DESC);
CREATE INDEX mine_4 ON sessions (movie_id, customer_id, id DESC) INCLUDE (start_time);
SELECT * FROM bingo_tune.apply();
SELECT * FROM bingo_tune.revert();
SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname COLLATE "C";
ALTER TABLE movies DROP CONSTRAINT mine_2;
DROP INDEX mine_1, "Mine 3", mine_4;

-- 5. Indexes that look alike and are not equivalent: each is built beside.
CREATE INDEX ON sessions (id);
CREATE UNIQUE INDEX ON sessions (id) WHERE id > 0;
CREATE UNIQUE INDEX ON sessions (id DESC);
CREATE UNIQUE INDEX ON sessions (id NULLS FIRST);
CREATE UNIQUE INDEX ON sessions ((id + 0));
CREATE UNIQUE INDEX ON sessions (id) INCLUDE (start_time);
ALTER TABLE sessions ADD CONSTRAINT deferred_key UNIQUE (id) DEFERRABLE;
CREATE INDEX ON sessions USING hash (id);
CREATE INDEX ON sessions (movie_id, customer_id, id DESC);
CREATE INDEX ON sessions (movie_id, customer_id, id) INCLUDE (start_time);
CREATE INDEX ON sessions (movie_id, customer_id, id DESC NULLS LAST) INCLUDE (start_time);
CREATE INDEX ON sessions (customer_id, movie_id, id DESC) INCLUDE (start_time);
CREATE INDEX ON movies (year DESC, name COLLATE "C", id DESC);
CREATE INDEX ON movies (year DESC, name varchar_pattern_ops, id DESC);
CREATE INDEX ON movies (year, name, id DESC);
CREATE INDEX ON movies (year DESC, name);
SELECT index_name, action FROM bingo_tune.apply();
SELECT count(*) FROM bingo_tune.revert();
DROP TABLE sessions, movies;

-- 6. Types are read from the catalog: bigint ids, text names, domains. A name
-- that is taken is not an obstacle.
CREATE DOMAIN title AS text;
CREATE TABLE movies (name title NOT NULL, gone int, duration smallint NOT NULL, year bigint NOT NULL, id bigint NOT NULL);
ALTER TABLE movies DROP COLUMN gone;
CREATE TABLE sessions (movie_id bigint NOT NULL, customer_id bigint NOT NULL, start_time timestamptz NOT NULL, id integer NOT NULL);
CREATE VIEW bingo_movies_id AS SELECT 1 AS x;
CREATE TABLE bingo_movies_id_idx ();
SELECT table_name, index_name, action FROM bingo_tune.apply();
SELECT table_name, index_name, action FROM bingo_tune.apply();
DROP VIEW bingo_movies_id;
DROP TABLE bingo_movies_id_idx;

-- 7. DROP EXTENSION drops what apply() made and nothing else.
CREATE INDEX mine ON customers (email);
DROP EXTENSION bingo_tune;
SELECT indexname FROM pg_indexes WHERE schemaname = 'public';
DROP TABLE sessions, customers, movies, before;
DROP DOMAIN title;
DROP EXTENSION pg_stat_statements;
