-- Endpoints: statements recognised by what they do, and the service levels.
-- Seen red with: PREPARE not unwrapped, aliases not resolved, CTEs taken for tables.
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

-- The shipped endpoints, with and without literals, prepared, spelled otherwise.
SELECT endpoint, action FROM bingo_tune.endpoints ORDER BY endpoint COLLATE "C";
CREATE TABLE sessions (id bigint, start_time timestamp, customer_id integer, movie_id integer);
CREATE TABLE customers (id integer, name varchar(80), surname varchar(80), birthday date, email varchar(256));
CREATE TABLE movies (id integer, name varchar, year integer, duration integer);
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

DROP TABLE sessions, customers, movies, film;
DROP ROLE regress_timing_visitor;
DROP EXTENSION bingo_tune;
