-- create_ordering() makes the indexes that it lacks, if asked to, as the caller.
--
-- Seen red: not made; commands of a definition that was given up; tables' owner not asked for; three arguments read as four (t/packaging_update);
-- proposed without them.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE ordering_indexes_owner;
CREATE ROLE ordering_indexes_other;
CREATE COLLATION ordering_indexes_nd (provider = icu, locale = 'und', deterministic = false);
CREATE SCHEMA "odd schema" AUTHORIZATION ordering_indexes_owner;
GRANT USAGE ON SCHEMA "odd schema" TO PUBLIC;
SET ROLE ordering_indexes_owner;
CREATE TABLE "odd schema".country (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE "odd schema".author (id int PRIMARY KEY, "country Id" int NOT NULL, name text NOT NULL);
CREATE TABLE "odd schema"."Post" (id int PRIMARY KEY, author_id int NOT NULL, created date NOT NULL);
INSERT INTO "odd schema".country SELECT g, 'c' || g FROM generate_series(1, 5) g;
INSERT INTO "odd schema".author SELECT g, 1 + g % 5, 'a' || g FROM generate_series(1, 50) g;
INSERT INTO "odd schema"."Post" SELECT g, 1 + g % 50, '2020-01-01'::date + g % 90 FROM generate_series(1, 500) g;
GRANT SELECT ON ALL TABLES IN SCHEMA "odd schema" TO PUBLIC;
RESET client_min_messages;
\set query 'SELECT p.id, p.created, a.name, c.name FROM "odd schema"."Post" p JOIN "odd schema".author a ON a.id = p.author_id JOIN "odd schema".country c ON c.id = a."country Id" ORDER BY p.created DESC, p.id'
SELECT bingo_tune.create_ordering('made', :'query');
-- What explain_ordering() proposes makes them.
SELECT served, reason, substring(command FROM '[0-9]*, create_indexes.*') FROM bingo_tune.explain_ordering(:'query' || ' LIMIT 10');
SELECT bingo_tune.create_ordering('made', :'query', create_indexes => NULL);
SELECT bingo_tune.create_ordering('made', :'query', 0, true);
SELECT bingo_tune.create_ordering('made', replace(:'query', 'p.id, p.created', 'count(*)'), create_indexes => true);
SELECT bingo_tune.create_ordering('made', replace(:'query', '= p.author_id', '> p.author_id'), create_indexes => true);
RESET ROLE;
SET ROLE ordering_indexes_other;
SELECT bingo_tune.create_ordering('made', :'query', create_indexes => true);
RESET ROLE;
SELECT indexrelid::regclass FROM pg_index WHERE indrelid::regclass::text ~ 'odd schema' ORDER BY indexrelid::regclass::text COLLATE "C";
SET ROLE ordering_indexes_owner;
BEGIN READ ONLY;
SELECT bingo_tune.create_ordering('made', :'query', create_indexes => true);
ROLLBACK;
BEGIN;
SELECT bingo_tune.create_ordering('made', :'query', 100, true);
ROLLBACK;
SELECT bingo_tune.create_ordering('made', :'query', create_indexes => true, window_rows => 100);
SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid::regclass::text ~ 'odd schema' AND NOT indisunique ORDER BY pg_get_indexdef(indexrelid) COLLATE "C";
SELECT bingo_tune.create_ordering('again', :'query', create_indexes => true);
SELECT name, state, kept_rows FROM bingo_tune.orderings ORDER BY name;
SELECT count(*) FROM pg_index WHERE indrelid::regclass::text ~ 'odd schema';
UPDATE "odd schema".country SET name = 'x' WHERE id = 3;
SELECT bingo_tune.verify_ordering('made'), bingo_tune.verify_ordering('again');
-- A collation of its own, and types that no index compares.
CREATE TABLE "odd schema".word (id text COLLATE ordering_indexes_nd PRIMARY KEY, rank int NOT NULL);
CREATE TABLE "odd schema".use (id int PRIMARY KEY, word text, number int);
CREATE TABLE "odd schema".number (id oid PRIMARY KEY, rank int NOT NULL);
SELECT bingo_tune.create_ordering('words', 'SELECT u.id, w.rank FROM "odd schema".use u JOIN "odd schema".word w ON u.word = w.id ORDER BY w.rank, u.id', create_indexes => true);
SELECT bingo_tune.create_ordering('numbers', 'SELECT u.id, n.rank FROM "odd schema".use u JOIN "odd schema".number n ON u.number = n.id ORDER BY n.rank, u.id', create_indexes => true);
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA "odd schema" CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP ROLE ordering_indexes_owner, ordering_indexes_other;
DROP COLLATION ordering_indexes_nd;
