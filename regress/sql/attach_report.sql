-- index_report says which of the user's indexes others make superfluous.
-- Seen red, each alone: covers() without the test of directions, of backward
-- reading, of included columns, uniqueness, operator family, predicate; a
-- constraint's index or the replica identity called redundant; judged before the
-- set is complete.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);

-- The six that are usually made by hand.
CREATE INDEX hand_1 ON sessions (customer_id);
CREATE INDEX hand_2 ON sessions (movie_id);
CREATE INDEX hand_3 ON movies (year);
CREATE INDEX hand_4 ON movies (name);
CREATE INDEX hand_5 ON customers (id);
CREATE INDEX hand_6 ON movies (id);
SELECT table_name, index_name, status, reason FROM bingo_tune.index_report
  ORDER BY table_name::text COLLATE "C", index_name::text COLLATE "C", reason COLLATE "C";
SELECT count(*) FROM bingo_tune.apply();
SELECT table_name, index_name, status, reason FROM bingo_tune.index_report
  ORDER BY table_name::text COLLATE "C", index_name::text COLLATE "C";
SELECT count(*), count(size) FILTER (WHERE size > 0), count(scans) FROM bingo_tune.index_report;
DROP INDEX hand_2, hand_3, hand_4, hand_5, hand_6;

-- Read backward it is the same; in part backward it is not.
CREATE INDEX same_1 ON customers (surname DESC, name DESC, birthday ASC);
CREATE INDEX same_2 ON customers (surname, name) INCLUDE (id, birthday);
CREATE INDEX same_3 ON movies (id DESC);
CREATE UNIQUE INDEX same_4 ON movies (id DESC);
CREATE INDEX not_1 ON customers (surname, name DESC);
CREATE INDEX not_2 ON customers (surname NULLS FIRST);
CREATE INDEX not_3 ON customers (surname) INCLUDE (email);
CREATE INDEX not_4 ON customers (surname) WHERE id > 7;
CREATE INDEX not_5 ON customers (surname text_pattern_ops);
CREATE INDEX not_6 ON customers USING hash (id);
CREATE INDEX not_7 ON customers (lower(surname));
CREATE INDEX not_8 ON customers (id, name);
CREATE UNIQUE INDEX not_9 ON sessions (movie_id);
ALTER TABLE movies ADD CONSTRAINT "key 1" UNIQUE (id);
ALTER TABLE sessions ADD CONSTRAINT key_2 UNIQUE (id) DEFERRABLE;
CREATE UNIQUE INDEX identity ON sessions (id DESC);
ALTER TABLE sessions REPLICA IDENTITY USING INDEX identity;
SELECT index_name, status, reason FROM bingo_tune.index_report WHERE status <> 'made'
  ORDER BY index_name::text COLLATE "C";

-- The view is for everybody and shows nothing of the data.
CREATE ROLE regress_reader;
SET ROLE regress_reader;
SELECT count(*) FROM bingo_tune.index_report;
RESET ROLE;
DROP ROLE regress_reader;

SET client_min_messages = warning;
DROP TABLE sessions, customers, movies CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
