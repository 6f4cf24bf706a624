-- index_commands() lists what apply() would run; what it builds is ours.
-- Seen red, each alone: without the claim command; an invalid index not dropped,
-- taken for a valid one, or dropped though it is the user's; unclaimed indexes
-- taken for the user's.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE SCHEMA "Odd Name";
SET search_path = "Odd Name";
CREATE TABLE movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO movies SELECT i, 'M', 1990, 90 FROM generate_series(1, 20) i;
RESET search_path;

-- 1. Both forms.
SELECT bingo_tune.index_commands();
SELECT bingo_tune.index_commands(concurrently => true, schema => '"Odd Name"');

-- 2. They work through \gexec, are then ours, and nothing is left to do.
SELECT bingo_tune.index_commands(true) \gexec
SELECT bingo_tune.index_commands(true);
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1;
SELECT count(*) FROM bingo_tune.revert();

-- 3. Without the last command of each index apply() adopts it, once.
SELECT c FROM bingo_tune.index_commands() c WHERE c NOT LIKE 'ALTER%' \gexec
SELECT status, count(*) FROM bingo_tune.index_report GROUP BY 1;
SELECT bingo_tune.index_commands() LIMIT 1;
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1;
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1;
SELECT count(*) FROM bingo_tune.revert();

-- 4. With neither comment nor dependency it is the user's.
SELECT c FROM bingo_tune.index_commands() c WHERE c LIKE 'CREATE%' \gexec
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1;
SELECT count(*) FROM bingo_tune.revert();
DROP INDEX "Odd Name".bingo_sessions_id, "Odd Name".bingo_customers_id, "Odd Name".bingo_movies_id,
	"Odd Name".bingo_sessions_by_movie, "Odd Name".bingo_movies_by_year, "Odd Name".bingo_customers_by_surname,
	"Odd Name".bingo_sessions_by_customer;

-- 5. A failed build leaves an invalid index: reported, dropped first, replaced.
INSERT INTO "Odd Name".movies VALUES (7, 'again', 1990, 90);
SELECT c FROM bingo_tune.index_commands(true) c WHERE c LIKE 'CREATE%bingo_movies_id%' \gexec
SELECT index_name, status, reason FROM bingo_tune.index_report WHERE status = 'invalid';
SELECT c FROM bingo_tune.index_commands(true) c WHERE c LIKE '%bingo_movies_id%';
SELECT c FROM bingo_tune.index_commands() c WHERE c LIKE '%bingo_movies_id%';
DELETE FROM "Odd Name".movies WHERE name = 'again';
SELECT bingo_tune.index_commands(true) \gexec
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1;
SELECT count(*) FROM bingo_tune.revert();
INSERT INTO "Odd Name".movies VALUES (7, 'again', 1990, 90);
SELECT c FROM bingo_tune.index_commands(true) c WHERE c LIKE 'CREATE%bingo_movies_id%' \gexec
DELETE FROM "Odd Name".movies WHERE name = 'again';
SELECT index_name, action FROM bingo_tune.apply();
SELECT count(*) FROM bingo_tune.revert();
-- An invalid index of the user is the user's to deal with.
INSERT INTO "Odd Name".movies VALUES (7, 'again', 1990, 90);
CREATE UNIQUE INDEX CONCURRENTLY mine ON "Odd Name".movies (id);
DELETE FROM "Odd Name".movies WHERE name = 'again';
SELECT index_name, action FROM bingo_tune.apply() WHERE table_name = '"Odd Name".movies'::regclass;
SELECT index_name, status, reason FROM bingo_tune.index_report WHERE status = 'invalid';

SET client_min_messages = warning;
DROP EXTENSION bingo_tune;
DROP SCHEMA "Odd Name" CASCADE;
DROP EXTENSION pg_stat_statements;
