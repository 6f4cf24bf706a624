-- Who may do what: the owner of the tables needs no more rights than that, and
-- nobody else changes anything, CREATE EXTENSION's superuser script included.
-- Seen red, each alone: without the change to the extension's owner; without the
-- check of the owner, of the right to create, of read-only; revert() without its
-- own check; the schema taken from the control file, or made only if missing.
SET client_min_messages = warning;
CREATE EXTENSION pg_stat_statements;
CREATE ROLE regress_owner;
CREATE ROLE regress_member IN ROLE regress_owner;
CREATE ROLE regress_other;
CREATE SCHEMA app AUTHORIZATION regress_owner;
GRANT CREATE ON DATABASE contrib_regression TO regress_other, regress_owner;
RESET client_min_messages;
SET SESSION AUTHORIZATION regress_owner;
CREATE TABLE app.movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE app.customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE app.sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
GRANT USAGE ON SCHEMA app TO PUBLIC;
RESET SESSION AUTHORIZATION;

-- 0. A schema planted before is not moved into: its owner could add functions
-- that a superuser then calls.
SET SESSION AUTHORIZATION regress_other;
CREATE SCHEMA bingo_tune;
RESET SESSION AUTHORIZATION;
-- 18 also says where in the script.
\set SHOW_CONTEXT never
CREATE EXTENSION bingo_tune;
\set SHOW_CONTEXT errors
DROP SCHEMA bingo_tune;

-- 1. Somebody else creates the extension: no index on tables that are not his.
SET SESSION AUTHORIZATION regress_other;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.index_commands();
\echo :LAST_ERROR_SQLSTATE
SELECT index_name, status FROM bingo_tune.index_report;
RESET SESSION AUTHORIZATION;

-- 2. The owner, and who may act as the owner, work with it.
SET SESSION AUTHORIZATION regress_owner;
SELECT index_name, action FROM bingo_tune.apply();
SELECT count(*) FROM bingo_tune.revert();
SET SESSION AUTHORIZATION regress_member;
SELECT index_name, action FROM bingo_tune.apply();
SET SESSION AUTHORIZATION regress_other;
SELECT bingo_tune.revert();
\echo :LAST_ERROR_SQLSTATE
SELECT tableowner, count(*) FROM pg_indexes JOIN pg_tables USING (schemaname, tablename)
  WHERE schemaname = 'app' GROUP BY 1;
-- The extension's owner may drop it, and with it what its users let depend on it.
DROP EXTENSION bingo_tune;
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM pg_indexes WHERE schemaname = 'app';

-- 3. An owner who may not create in the schema gets no index.
REVOKE CREATE ON SCHEMA app FROM regress_owner;
ALTER SCHEMA app OWNER TO CURRENT_USER;
SET SESSION AUTHORIZATION regress_owner;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
DROP EXTENSION bingo_tune;
RESET SESSION AUTHORIZATION;

-- 4. A plain owner creates the extension on his own tables.
GRANT CREATE ON SCHEMA app TO regress_owner;
SET SESSION AUTHORIZATION regress_owner;
CREATE EXTENSION bingo_tune;

-- 5. A read-only transaction changes nothing and says so.
BEGIN READ ONLY;
SELECT bingo_tune.apply();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT bingo_tune.revert();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT count(*) FROM bingo_tune.index_report;
SELECT bingo_tune.index_commands();
ROLLBACK;

-- 6. What another object needs is not dropped silently.
CREATE TABLE app.reviews (movie_id int REFERENCES app.movies (id));
SELECT bingo_tune.revert();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_indexes WHERE schemaname = 'app';
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
REVOKE CREATE ON DATABASE contrib_regression FROM regress_other, regress_owner;
DROP ROLE regress_owner, regress_member, regress_other;
