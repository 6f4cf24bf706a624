-- Endpoints: statements recognised by what they do, and the service levels.
-- Seen red with: PREPARE not unwrapped, aliases not resolved, CTEs taken for tables;
-- a shipped row that comes back when its replacement is deleted, or when it was changed
-- into something else; a row that doesn't take a hidden one's place; nonsense in a
-- server raised as an error; the triggers' view not looked at.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;

-- What a statement does, whatever it looks like.
SELECT bingo_tune.statement_action(statement) FROM (VALUES
	('SELECT c.name FROM public.customers AS c WHERE c.id IN (5)'),
	('select "customers".* from customers where 7::bigint = id::bigint order by 1 limit 3'),
	('SELECT * FROM customers WHERE id = ANY ($1) AND name LIKE ''x%'' AND email IS NOT NULL'),
	('SELECT * FROM sessions s, movies m WHERE s.movie_id = m.id AND (m.year > $1 OR NOT s.id BETWEEN 1 AND 2)'),
	('SELECT * FROM sessions s JOIN movies m ON s.movie_id = m.id AND m.year = 2000'),
	('WITH newest AS (SELECT * FROM movies WHERE year = 2000) SELECT count(*) FROM newest'),
	('SELECT DISTINCT year FROM movies GROUP BY year HAVING max(id) > 5'),
	('SELECT id FROM sessions WHERE movie_id IN (SELECT id FROM movies WHERE name = ''x'') FOR UPDATE'),
	('SELECT a.id FROM movies a UNION ALL SELECT b.id FROM customers b WHERE b.name = $1'),
	('INSERT INTO sessions SELECT * FROM movies WHERE id = now()'),
	('UPDATE movies m SET name = upper(c.name) FROM customers c WHERE m.id = c.id AND c.id = 3'),
	('DELETE FROM sessions WHERE id < $1'),
	('MERGE INTO movies USING customers ON movies.id = customers.id WHEN MATCHED THEN DELETE'),
	('COPY movies FROM STDIN'), ('BEGIN'), ('SELECT 1'), ('VALUES (1)'),
	('SELECT FROM t WHERE -x = 1 AND t.* = $1')) AS t(statement);
SELECT length(action) AS length, left(action, 30) AS action FROM (
	SELECT bingo_tune.statement_action('SELECT 1 FROM ' || string_agg(repeat('t', 50) || i, ',')) AS action
	FROM generate_series(1, 9) AS i) AS t;
SELECT bingo_tune.statement_action('SELECT 1; SELECT 2');
SELECT bingo_tune.statement_action('SELEKT');

-- The shipped endpoints and their targets are those of three tables in one schema.
SELECT count(*) FROM bingo_tune.endpoints;
SELECT count(*) FROM bingo_tune.endpoint_targets;
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.movies (id integer);
CREATE TABLE sessions (id bigint, start_time timestamp, customer_id integer, movie_id integer);
CREATE TABLE customers (id integer, name varchar(80), surname varchar(80), birthday date, email varchar(256));
SELECT count(*) FROM bingo_tune.endpoints;
CREATE TABLE movies (id integer, name varchar, year integer, duration integer);
SELECT count(*), count(*) FILTER (WHERE shipped) AS shipped FROM bingo_tune.endpoint_targets;
-- A target goes with its endpoint.
BEGIN;
DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /db_dummy';
SELECT endpoint FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /db_dummy';
ROLLBACK;

-- The shipped endpoints, with and without literals, prepared, spelled otherwise.
SELECT endpoint, action FROM bingo_tune.endpoints ORDER BY endpoint COLLATE "C";
SELECT bingo_tune.reset_timing() > 0 AS reset;
SELECT endpoint, service_level FROM bingo_tune.endpoint_service_level ORDER BY endpoint COLLATE "C";
SELECT sessions.id, movies.name FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000;
PREPARE by_id AS SELECT sessions.id, movies.name FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id WHERE sessions.id IN ($1) ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000;
EXECUTE by_id(1);
DEALLOCATE by_id;
SELECT customers.id, customers.name FROM customers WHERE customers.id IN (17) ORDER BY customers.surname ASC LIMIT 100000;
SELECT customers.id FROM customers ORDER BY customers.surname ASC, customers.name ASC LIMIT 100000;
SELECT * FROM movies;
SELECT * FROM movies WHERE id = 3;
SELECT count(*) FROM movies;
INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ('2021-12-09T16:12:52.059188Z', 100, 500) RETURNING id;
DELETE FROM sessions WHERE sessions.id = 1;
SELECT pg_sleep(0.001);
SELECT 1 / 0 AS calls FROM customers;
SELECT endpoint, calls, errors, rows, running, p90 <= max AS p90, bingo_tune.calls(histogram) AS timed
FROM bingo_tune.endpoint_timing WHERE endpoint <> '(other)' ORDER BY endpoint COLLATE "C";
SELECT calls > 1 AS calls FROM bingo_tune.endpoint_timing WHERE endpoint = '(other)';

-- Verdicts: a target nobody can meet, errors, no calls.
UPDATE bingo_tune.endpoint_targets SET within = 0.000001 WHERE endpoint = 'GET /api/movie/{id}';
UPDATE bingo_tune.endpoint_targets SET max_error_rate = 0 WHERE endpoint = 'GET /api/customer';
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /unknown', 100);
SELECT endpoint, calls, fraction, within, measured > 0 AS measured, within_rate, max_error_rate, error_rate, service_level
FROM bingo_tune.endpoint_service_level ORDER BY endpoint COLLATE "C";

-- Any other application: one INSERT; one action, one endpoint.
CREATE TABLE film (id integer, title text);
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film/{id}', 'SELECT * FROM film WHERE id = $1');
SELECT title FROM public.film AS f WHERE f.id IN (5);
SELECT calls FROM bingo_tune.endpoint_timing WHERE endpoint = 'GET /film/{id}';
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /films', 'SELECT title FROM film f WHERE 1 = f.id');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film/{id}', 'SELECT title FROM film WHERE title = $1');
SELECT count(*) FROM bingo_tune.endpoints WHERE endpoint = 'GET /film/{id}';
UPDATE bingo_tune.endpoints SET example = 'SELECT * FROM film WHERE id = $1' WHERE example LIKE '%title = $1';
UPDATE bingo_tune.endpoints SET endpoint = 'GET /films' WHERE example LIKE '%title = $1';
-- A row of the user's takes a shipped one's place.
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /movies', 'SELECT * FROM movies');
SELECT endpoint, calls FROM bingo_tune.endpoint_timing WHERE endpoint IN ('GET /movies', 'GET /api/movie');
-- One query of several that do the same, by its queryid.
SELECT id FROM film WHERE id = 5;
INSERT INTO bingo_tune.endpoints (endpoint, queryid) SELECT 'GET /film/{id}/id', queryid
FROM bingo_tune.query_timing WHERE query LIKE 'SELECT id FROM film%' AND database = current_database();
SELECT endpoint, calls FROM bingo_tune.endpoint_timing WHERE endpoint LIKE 'GET /film/{id}%' ORDER BY endpoint COLLATE "C";
\set VERBOSITY terse
INSERT INTO bingo_tune.endpoints (endpoint, queryid) SELECT 'GET /again', queryid FROM bingo_tune.endpoints WHERE queryid IS NOT NULL;
\set VERBOSITY default
-- Nonsense.
INSERT INTO bingo_tune.endpoints (endpoint) VALUES ('GET /nothing');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('(other)', 'SELECT 1');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /bad', 'SELECT FROM WHERE');
UPDATE bingo_tune.endpoint_targets SET fraction = 2 WHERE endpoint = 'GET /db_dummy';
-- Only the owner's people may edit, everybody may look.
CREATE ROLE regress_timing_visitor;
SET ROLE regress_timing_visitor;
SELECT sum(calls) FROM bingo_tune.endpoint_timing;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /mine', 'SELECT * FROM mine');
RESET ROLE;
-- What is dumped: the user's rows.
SELECT endpoint FROM bingo_tune.endpoints WHERE NOT shipped ORDER BY endpoint COLLATE "C";
SELECT endpoint FROM bingo_tune.endpoint_targets WHERE NOT shipped ORDER BY endpoint COLLATE "C";

-- Warnings are those of arguments.sql.
SET client_min_messages = error;
-- What a statement on the views does, or the SQLSTATE of its error, as with tables.
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END$$;
DELETE FROM bingo_tune.endpoints WHERE NOT shipped;
DELETE FROM bingo_tune.endpoint_targets WHERE NOT shipped;
-- Replaced, then deleted: the shipped ones don't come back.
SELECT endpoint, shipped FROM bingo_tune.endpoints ORDER BY endpoint COLLATE "C";
SELECT endpoint, shipped FROM bingo_tune.endpoint_targets ORDER BY endpoint COLLATE "C";
-- Unless they are asked to.
SELECT try($$INSERT INTO bingo_tune.endpoints (endpoint, example, shipped) VALUES ('GET /api/movie',
	'SELECT movies.id, movies.name, movies.year, movies.duration FROM movies ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000', true)$$),
	try($$INSERT INTO bingo_tune.endpoints (endpoint, example, shipped) VALUES ('GET /api/movie',
	'SELECT movies.id, movies.name, movies.year, movies.duration FROM movies ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000', true)$$) AS again;
INSERT INTO bingo_tune.endpoint_targets (endpoint, shipped) VALUES ('GET /api/customer', true) RETURNING *;
SELECT count(*) FILTER (WHERE shipped), count(*) FROM bingo_tune.endpoints;
SELECT count(*) FILTER (WHERE shipped), count(*) FROM bingo_tune.endpoint_targets;

SELECT try(statement), statement FROM (VALUES
	('INSERT INTO bingo_tune.endpoints (example) VALUES (''SELECT 2 FROM a'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example, queryid) VALUES (''GET /a'', ''SELECT 2 FROM a'', 1)'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('''', ''SELECT 2 FROM a'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example, action) VALUES (''GET /a'', ''SELECT 2 FROM a'', ''x'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /a'', ''SELECT 2; SELECT 3'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /a'', ''SELECT 2 FROM a''), (''GET /b'', ''SELECT 3 FROM b'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /c'', ''SELECT 4 FROM b'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, queryid) VALUES (''GET /b'', -7)'),
	('INSERT INTO bingo_tune.endpoints (endpoint, queryid) VALUES (''GET /c'', -7)'),
	('UPDATE bingo_tune.endpoints SET example = ''SELECT 4 FROM a'' WHERE endpoint = ''GET /b'' AND example IS NOT NULL'),
	('UPDATE bingo_tune.endpoints SET action = ''x'' WHERE endpoint = ''GET /b'''),
	('UPDATE bingo_tune.endpoints SET endpoint = NULL WHERE endpoint = ''GET /b'''),
	('UPDATE bingo_tune.endpoints SET queryid = 8, example = NULL WHERE endpoint = ''GET /a'''),
	('UPDATE bingo_tune.endpoints SET queryid = 8, example = NULL WHERE queryid = -7'),
	('UPDATE bingo_tune.endpoints SET endpoint = ''GET /c'' WHERE endpoint = ''GET /b'''),
	('UPDATE bingo_tune.endpoints SET example = ''SELECT 1 FROM movies WHERE id = 7'' WHERE queryid = 8'),
	('UPDATE bingo_tune.endpoints SET example = ''SELECT 1 FROM movies WHERE id = 7'', queryid = NULL WHERE queryid = 8'),
	('UPDATE bingo_tune.endpoints SET example = ''SELECT 1 FROM other'' WHERE endpoint = ''GET /api/session'''),
	('UPDATE bingo_tune.endpoints SET example = ''SELECT 1 FROM another'' WHERE endpoint = ''GET /api/session'''),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /c'', ''SELECT 1 FROM other'')'),
	('INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /s'', ''SELECT 1 FROM sessions, customers, movies'')'),
	('DELETE FROM bingo_tune.endpoints WHERE endpoint = ''GET /none'''),
	('DELETE FROM bingo_tune.endpoints WHERE endpoint = ''GET /db_dummy''')) AS t(statement);
SELECT endpoint, example, queryid, action FROM bingo_tune.endpoints WHERE NOT shipped ORDER BY endpoint COLLATE "C", action COLLATE "C";
SELECT endpoint FROM bingo_tune.endpoints WHERE shipped ORDER BY endpoint COLLATE "C";
SELECT try(statement), statement FROM (VALUES
	('INSERT INTO bingo_tune.endpoint_targets (within) VALUES (1)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (''GET /a'', 0)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction) VALUES (''GET /a'', NULL)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction) VALUES (''GET /a'', ''NaN'')'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, max_error_rate) VALUES (''GET /a'', -0.1)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, within, fraction) VALUES (''GET /a'', ''Infinity'', 1.0 / 3)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (''GET /a'', 1)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (''GET /api/session'', 1000)'),
	('INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (''GET /api/session'', 1000)'),
	('UPDATE bingo_tune.endpoint_targets SET endpoint = ''GET /api/session'' WHERE endpoint = ''GET /a'''),
	('UPDATE bingo_tune.endpoint_targets SET endpoint = ''GET /api/movie/{id}'' WHERE endpoint = ''GET /a'''),
	('UPDATE bingo_tune.endpoint_targets SET endpoint = ''GET /m'' WHERE endpoint = ''GET /api/movie/{id}'''),
	('UPDATE bingo_tune.endpoint_targets SET endpoint = ''GET /api/movie/{id}'' WHERE endpoint = ''GET /a'''),
	('UPDATE bingo_tune.endpoint_targets SET max_error_rate = 1.5'),
	('UPDATE bingo_tune.endpoint_targets SET within = NULL WHERE within < 1000'),
	('DELETE FROM bingo_tune.endpoint_targets WHERE endpoint ~ ''^DELETE''')) AS t(statement);
SELECT *, within = 'Infinity' AND fraction = 1.0::float8 / 3 AS exact FROM bingo_tune.endpoint_targets ORDER BY endpoint COLLATE "C";
SELECT try('DELETE FROM bingo_tune.endpoints') AS endpoints, try('DELETE FROM bingo_tune.endpoint_targets') AS targets;
SELECT endpoint, calls > 0 AS calls FROM bingo_tune.endpoint_timing;
-- The view takes what a dump of version 1.0 copies into the table, and returns what it has made of a row.
COPY bingo_tune.endpoints (endpoint, example, queryid, shipped) FROM stdin;
GET /film	SELECT * FROM film	\N	f
GET /film	\N	4711	f
\.
INSERT INTO bingo_tune.endpoints VALUES ('GET /x', 'SELECT 1 FROM x WHERE id = 3', NULL, true) RETURNING *;
UPDATE bingo_tune.endpoints SET example = 'SELECT 1 FROM y' WHERE endpoint = 'GET /x' RETURNING *;
DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /x' RETURNING *;

-- Names of any length and with anything in them; many rows of one endpoint.
INSERT INTO bingo_tune.endpoints (endpoint, example) SELECT repeat('é', 50), 'SELECT 1 FROM t' || i FROM generate_series(1, 12) AS i;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (E'a\'"\\=,\n{}', E'SELECT \'\\\'\'=\' FROM "a\'\\"');
SELECT endpoint, count(*), min(example) AS example FROM bingo_tune.endpoints GROUP BY endpoint ORDER BY endpoint COLLATE "C";
SELECT count(*) > 20 AS servers, max(octet_length(srvname::text)) AS longest FROM pg_foreign_server;

-- A server that somebody writes by hand is a row or is passed over, it is no error.
CREATE SERVER by_hand TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /by_hand', example 'SELECT 1 FROM by_hand');
CREATE SERVER another TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /another', example 'SELECT 2 FROM by_hand');
CREATE SERVER nonsense TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /nonsense', example 'SELEKT');
CREATE SERVER number TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /number', queryid '99999999999999999999');
CREATE SERVER empty TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing;
CREATE SERVER target TYPE 'target' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /by_hand', fraction '7', within 'soon');
CREATE SERVER untyped FOREIGN DATA WRAPPER bingo_tune_timing;
SELECT endpoint FROM bingo_tune.endpoints WHERE example ~ 'by_hand' OR endpoint ~ 'n' ORDER BY endpoint COLLATE "C";
TABLE bingo_tune.endpoint_targets;
SELECT endpoint, service_level FROM bingo_tune.endpoint_service_level;

-- Who may not write the views may not write the servers, and nobody borrows their triggers.
SET ROLE regress_timing_visitor;
CREATE SERVER mine TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /mine', example 'SELECT 1 FROM mine');
RESET ROLE;
GRANT INSERT ON bingo_tune.endpoints TO regress_timing_visitor;
GRANT CREATE ON SCHEMA public TO regress_timing_visitor;
SET ROLE regress_timing_visitor;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /visitor', 'SELECT 1 FROM visited');
SELECT try('DELETE FROM bingo_tune.endpoints'), try('UPDATE bingo_tune.endpoints SET endpoint = ''x''');
CREATE VIEW public.endpoints AS SELECT NULL::text AS endpoint, NULL::text AS example, NULL::bigint AS queryid, false AS shipped, NULL::text AS action;
CREATE TRIGGER borrowed INSTEAD OF INSERT ON public.endpoints FOR EACH ROW EXECUTE FUNCTION bingo_tune.change_endpoint();
INSERT INTO public.endpoints VALUES ('GET /borrowed', 'SELECT 1 FROM borrowed');
DROP VIEW public.endpoints;
RESET ROLE;
SELECT srvname, srvowner = (SELECT extowner FROM pg_extension WHERE extname = 'bingo_tune') AS as_extension
FROM pg_foreign_server WHERE srvname ~ 'visitor';
REVOKE CREATE ON SCHEMA public FROM regress_timing_visitor;
REVOKE INSERT ON bingo_tune.endpoints FROM regress_timing_visitor;
DROP FUNCTION try;

DROP TABLE sessions, customers, movies, film, elsewhere.movies;
DROP SCHEMA elsewhere;
DROP ROLE regress_timing_visitor;
DROP EXTENSION bingo_tune;
SELECT count(*) FROM pg_foreign_server;
SELECT count(*) FROM pg_depend WHERE classid = 'pg_foreign_server'::regclass;
