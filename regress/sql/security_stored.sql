-- A stored definition is its owner's to write, and others' to analyse: the background
-- worker's, and of whoever refreshes an ordering that has lost its owner.  Nothing in its
-- text may run code meanwhile (upkeep/harmless.c).
--
-- Seen red: bingo_harmless_require() that requires nothing.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE regress_writer;
CREATE SCHEMA app AUTHORIZATION regress_writer;
SET SESSION AUTHORIZATION regress_writer;
CREATE TABLE app.m (id int PRIMARY KEY, k int NOT NULL, t text NOT NULL);
CREATE FUNCTION app.check_it() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE 'run as %', current_user; END $$;
CREATE FUNCTION app.f(text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.g(text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'run as %', current_user; END $$;
CREATE DOMAIN app.checked AS int CHECK (app.check_it());
CREATE FUNCTION app.h(app.checked) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE SERVER "bingo_tune ordering stored" TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune
	OPTIONS (name 'stored', query 'SELECT id, k FROM app.m ORDER BY k, id', window_rows '1000');
RESET SESSION AUTHORIZATION;
RESET client_min_messages;
SELECT bingo_tune.refresh_ordering('stored');
SELECT name, state FROM bingo_tune.orderings;

CREATE PROCEDURE try(text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER SERVER "bingo_tune ordering stored" OPTIONS (SET query %L)', $1);
	PERFORM bingo_tune.drop_ordering('none') WHERE false;
	PERFORM bingo_tune.refresh_ordering('stored');
	RAISE NOTICE 'refreshed: %', $1;
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '% %: %', SQLSTATE, SQLERRM, $1;
END $$;
-- a state that has to be made again each time
ALTER TABLE app.m ALTER k TYPE bigint;
CALL try('SELECT id, k FROM app.m WHERE k = ANY (''{1}''::app.checked[]::int[]) ORDER BY k, id');
CALL try('SELECT id, k FROM app.m WHERE k = ''1''::app.checked ORDER BY k, id');
CALL try('SELECT id, k FROM app.m WHERE k = app.checked ''1'' ORDER BY k, id');
CALL try('SELECT id, k FROM app.m WHERE k = app.f(''1'') ORDER BY k, id');
CALL try('SELECT id, k FROM app.m WHERE k = app.g(''1''::text) ORDER BY k, id');
CALL try('SELECT id, k FROM app.m WHERE k = app.h(1) ORDER BY k, id');
CALL try('SELECT id, k FROM app.m ORDER BY app.g(''1''::text), id');
CALL try('SELECT id, k FROM app.m ORDER BY coalesce(k, app.g(''1''::text)), id');
CALL try('SELECT id, k FROM app.m ORDER BY coalesce(k, 1::int::app.checked::int), id');
CALL try('SELECT id, k FROM app.m ORDER BY k, id LIMIT app.g(''1''::text)');
CALL try('SELECT id, k FROM app.m WHERE t = ''1'' ORDER BY k, id');
CALL try('SELECT id, k FROM app.m ORDER BY k, id LIMIT (SELECT 1::app.checked)');
CALL try('SELECT count(*) FILTER (WHERE k = ''1''::app.checked) FROM app.m');
CALL try('TABLE app.m');
CALL try('DROP TABLE app.m');
-- what stands beside it, and PostgreSQL's own functions, are no harm
CALL try('SELECT m.id, m.k FROM app.m AS m ORDER BY coalesce(m.k, length(''1''::text)), m.id');
CALL try('SELECT m.id, m.k FROM app.m AS m ORDER BY 2, (m.id)');
SELECT name, state, query FROM bingo_tune.orderings;

-- a role that is gone: its text is nobody's any more
SET client_min_messages = warning;
ALTER SERVER "bingo_tune ordering stored" OPTIONS (SET query 'SELECT id, k FROM app.m WHERE k = ANY (''{1}''::app.checked[]::int[]) ORDER BY k, id');
REASSIGN OWNED BY regress_writer TO CURRENT_USER;
DROP TABLE app.m;
CREATE TABLE app.m (id int PRIMARY KEY, k int NOT NULL, t text NOT NULL);
RESET client_min_messages;
SELECT bingo_tune.refresh_ordering('stored');
SELECT bingo_tune.drop_ordering('stored');
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP PROCEDURE try(text);
DROP ROLE regress_writer;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
