-- What the owner of tables plants in them runs with nobody's rights but his own,
-- whoever looks at the tables, indexes them, fills, refreshes or verifies an
-- ordering of them: the planner computes the expressions of indexes, and a
-- function there may tell the roles apart.
-- Seen red, each alone: predicates or expressions of indexes asked for as the
-- planner does; the fill as the ordering's owner; the fill without
-- SECURITY_RESTRICTED_OPERATION; verify_ordering() reading as the windows' owner.
SET client_min_messages = warning;
CREATE EXTENSION pg_stat_statements;
CREATE ROLE regress_planter;
CREATE SCHEMA app AUTHORIZATION regress_planter;
RESET client_min_messages;
SET SESSION AUTHORIZATION regress_planter;
CREATE TABLE app.movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE app.customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE app.sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO app.movies SELECT i, 'm' || i, 2000 + i % 20, 90 FROM generate_series(1, 50) i;
INSERT INTO app.customers SELECT i, 'n' || i, 's' || i, '2000-01-01', '' FROM generate_series(1, 50) i;
INSERT INTO app.sessions SELECT i, '2020-01-01', 1 + i % 50, 1 + i % 50 FROM generate_series(1, 200) i;
-- Who has run the function; and who ran what it left to the end of a transaction
-- that somebody else had begun.
CREATE TABLE app.caught (who text, how text);
CREATE TABLE app.later (who text);
CREATE FUNCTION app.at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.caught VALUES (current_user, 'deferred trigger');
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON app.later DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION app.at_commit();
-- A sequence remembers it, too: a transaction that fails does not take that back.
CREATE SEQUENCE app.strangers;
CREATE FUNCTION app.act() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.caught VALUES (current_user, 'planner');
	IF current_user <> 'regress_planter' THEN
		PERFORM nextval('app.strangers');
	END IF;
	IF session_user <> 'regress_planter' THEN
		BEGIN
			INSERT INTO app.later VALUES (session_user);
		EXCEPTION WHEN insufficient_privilege THEN
			NULL;
		END;
	END IF;
	RETURN 0;
END $$;
CREATE FUNCTION app.plain(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0 + app.act(); END $$;
CREATE INDEX ON app.movies ((id + app.plain(1)));
CREATE INDEX ON app.movies (name) WHERE id > app.plain(2);
CREATE UNIQUE INDEX ON app.customers (id) WHERE id > app.plain(3);
CREATE INDEX ON app.sessions ((customer_id + app.plain(5)));
CREATE INDEX ON app.sessions (movie_id) WHERE customer_id >= app.plain(4);
SELECT count(*) > 0 AS planted FROM app.caught;
TRUNCATE app.caught;
RESET SESSION AUTHORIZATION;

-- A superuser creates the extension, looks, applies, fills, refreshes, verifies.
\set caught 'WITH c AS (DELETE FROM app.caught RETURNING who, how) SELECT DISTINCT how AS "done with a stranger''s rights" FROM c WHERE who <> ''regress_planter'' ORDER BY 1;'
\c
CREATE EXTENSION bingo_tune;
:caught
\c
SELECT count(*) > 5 AS some FROM bingo_tune.index_report;
:caught
\c
SELECT count(*) > 5 AS some FROM bingo_tune.settings_advice;
:caught
\c
SELECT count(*) FROM bingo_tune.index_commands(true);
:caught
\c
SELECT count(*) FROM bingo_tune.apply('app');
:caught
\c
BEGIN;
LOCK TABLE app.movies IN SHARE ROW EXCLUSIVE MODE;
SELECT bingo_tune.refresh_ordering('api_session');
COMMIT;
:caught
\c
SELECT bingo_tune.refresh_ordering('api_session');
:caught
\c
SELECT * FROM bingo_tune.verify_ordering('api_session');
:caught
\c
SELECT ordering, served FROM bingo_tune.explain_ordering('SELECT 1');
SELECT name, state FROM bingo_tune.orderings ORDER BY name COLLATE "C";
:caught

-- The owner himself calls what works with more rights than he has.
:caught
\c
SET SESSION AUTHORIZATION regress_planter;
SELECT * FROM bingo_tune.verify_ordering('api_session');
SELECT bingo_tune.refresh_ordering('api_session');
INSERT INTO app.sessions VALUES (1000, '2020-01-01', 1, 1);
UPDATE app.movies SET year = 2030 WHERE id = 1;
SELECT * FROM bingo_tune.verify_ordering('api_session');
SELECT bingo_tune.drop_ordering('api_session');
SELECT bingo_tune.create_ordering('mine', 'SELECT id, name FROM app.movies ORDER BY name, id');
SELECT * FROM bingo_tune.verify_ordering('mine');
RESET SESSION AUTHORIZATION;
:caught
\c
SELECT bingo_tune.drop_ordering('mine');
SELECT count(*) FROM bingo_tune.revert();
INSERT INTO app.movies SELECT * FROM app.movies WHERE id = 7;
DELETE FROM app.caught;
ALTER SEQUENCE app.strangers RESTART;
\c
SELECT bingo_tune.apply('app');
:caught
SELECT is_called AS "done by a stranger before it failed" FROM app.strangers;
\c
SET client_min_messages = warning;
DROP EXTENSION bingo_tune;
:caught

DROP SCHEMA app CASCADE;
DROP EXTENSION pg_stat_statements;
DROP ROLE regress_planter;
