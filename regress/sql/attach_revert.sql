-- revert() drops what apply() made, but for indexes that an ordering of the user's needs: it names both, and drops
-- them when the ordering is gone.  A counter needs none.
-- Seen red with: every index dropped; those dropped that find rows of a join; orderings looked at before those of
-- apply() are dropped.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO movies SELECT i, 'M' || i % 7, 1990 + i % 5, 90 FROM generate_series(1, 20) i;
INSERT INTO customers SELECT i, 'N' || i % 3, 'S' || i % 9, '1990-01-01', i || '@x' FROM generate_series(1, 50) i;
INSERT INTO sessions SELECT i, '2020-01-01', 1 + i % 50, 1 + i % 20 FROM generate_series(1, 200) i;
SELECT count(*) FROM bingo_tune.apply();
RESET client_min_messages;
SELECT bingo_tune.create_counter('by_customer', 'SELECT customer_id, count(*) FROM sessions GROUP BY customer_id');
SELECT bingo_tune.create_ordering('my "latest"''s', 'SELECT s.id, s.start_time, c.email FROM sessions s JOIN customers c ON c.id = s.customer_id
  ORDER BY c.email, s.start_time, s.id');

SELECT * FROM bingo_tune.revert() ORDER BY index_name COLLATE "C";
SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname COLLATE "C";
SELECT name, state FROM bingo_tune.orderings UNION ALL SELECT name, state FROM bingo_tune.counters ORDER BY 1;
-- again: it says so again
SELECT * FROM bingo_tune.revert();
-- as the hint says
SELECT bingo_tune.drop_ordering('my "latest"''s');
SELECT * FROM bingo_tune.revert() ORDER BY index_name COLLATE "C";
SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname COLLATE "C";
SELECT name, state FROM bingo_tune.counters;
DROP EXTENSION bingo_tune;
DROP TABLE sessions, customers, movies;
DROP EXTENSION pg_stat_statements;
