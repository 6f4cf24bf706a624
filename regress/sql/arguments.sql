-- What every function answers to NULL, to an empty name and to nonsense: an error that
-- says what to type, never a NULL or an empty answer that looks like success.
-- Seen red with: a function left STRICT; bingo_require_argument() that returns; names of
-- blanks let through; a target in percent; tables of an example not looked for, or only
-- in search_path; CTEs taken for tables; a warning while rows are copied; an empty schema left to regnamespace; NULL
-- taken for a share or a number of rows that is left out; a target of no endpoint; one message, and
-- the first one's hint, for three numbers.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
\pset null NULL
CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);

-- Only what reckons with values is strict.
SELECT p.oid::regprocedure AS strict FROM pg_proc AS p
WHERE p.pronamespace = 'bingo_tune'::regnamespace AND p.proisstrict AND p.pronargs > 0
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT bingo_tune.quantile(NULL, 0.5), bingo_tune.calls_within(bingo_tune.histogram_of(1), NULL), bingo_tune.statement_action(NULL);

-- Names, queries, choices.
SELECT bingo_tune.create_ordering(NULL, 'SELECT id FROM film ORDER BY id');
SELECT bingo_tune.create_ordering('', 'SELECT id FROM film ORDER BY id');
SELECT bingo_tune.create_ordering(E' \t\n', 'SELECT id FROM film ORDER BY id');
SELECT bingo_tune.create_ordering(repeat('x', 64), 'SELECT id FROM film ORDER BY id');
SELECT bingo_tune.create_ordering('film', NULL);
SELECT bingo_tune.create_ordering('film', '');
SELECT bingo_tune.create_ordering('film', 'SELECT id FROM film ORDER BY id', 0);
SELECT bingo_tune.create_ordering('film', 'SELECT id FROM film ORDER BY id', 10, NULL);
SELECT bingo_tune.create_ordering('film', 'SELECT id FROM film ORDER BY id', covering => NULL);
SELECT bingo_tune.create_ordering('film', 'SELECT id FROM film ORDER BY id', covering => 'some');
SELECT bingo_tune.drop_ordering(NULL);
SELECT bingo_tune.drop_ordering('');
SELECT bingo_tune.refresh_ordering(NULL);
SELECT bingo_tune.verify_ordering(NULL);
SELECT bingo_tune.hottest_keys(NULL);
SELECT bingo_tune.hottest_keys('');
SELECT bingo_tune.hottest_keys('film', NULL);
SELECT bingo_tune.hottest_keys('film', -1);
SELECT * FROM bingo_tune.explain_ordering(NULL);
SELECT * FROM bingo_tune.ordering_states(NULL);
SELECT * FROM bingo_tune.explain_ordering('');
SELECT * FROM bingo_tune.apply('');
SELECT * FROM bingo_tune.apply('-');
SELECT * FROM bingo_tune.apply('nowhere');
SELECT * FROM bingo_tune.apply('"No where"');
SELECT * FROM bingo_tune.apply('two.names');
SELECT * FROM bingo_tune.apply('pg_catalog');
SELECT * FROM bingo_tune.apply('pg_catalog'::regnamespace);
SELECT * FROM bingo_tune.index_commands(true, '');
SELECT * FROM bingo_tune.index_commands(schema => 'nowhere', concurrently => true);
SELECT * FROM bingo_tune.apply_advice(NULL);
SELECT * FROM bingo_tune.apply_advice(1, min_share => 2);
SELECT * FROM bingo_tune.advise(min_share => 'nan');
SELECT * FROM bingo_tune.advise(min_share => NULL);
SELECT * FROM bingo_tune.advise_commands(max_rows => NULL);
SELECT * FROM bingo_tune.apply_advice(1, max_rows => NULL);
SELECT * FROM bingo_tune.advise(max_rows => -1);
SELECT * FROM bingo_tune.advise(budget => -1);
SELECT * FROM bingo_tune.index_commands(NULL);
SELECT * FROM bingo_tune.index_commands(true, '0');
SELECT bingo_tune.reset_timing(NULL);
SELECT bingo_tune.reset_timing(dbid => NULL);
SELECT bingo_tune.reset_timing(queryid => NULL);
SELECT * FROM bingo_tune.timing_queries(NULL);
SELECT bingo_tune.quantile(bingo_tune.histogram_of(1), 90);

-- No earlier snapshot: not everything since the server's start.
CREATE TABLE before AS SELECT bingo_tune.snapshot() AS taken WHERE false;
SELECT count(*) FROM bingo_tune.difference(bingo_tune.snapshot(), (SELECT taken FROM before));
SELECT count(*) FROM bingo_tune.difference(NULL::bingo_tune.timing_snapshot[], bingo_tune.snapshot());
DROP TABLE before;

-- Endpoints and targets.
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('', 'SELECT id FROM film');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', '');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT id FROM fllm');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /copied', 'INSERT INTO nowhere.film SELECT id FROM public.film');
UPDATE bingo_tune.endpoints SET example = 'WITH newest AS (SELECT id FROM film) SELECT id FROM newest' WHERE endpoint = 'GET /film';
UPDATE bingo_tune.endpoints SET example = 'SELECT id FROM public.flim' WHERE endpoint = 'GET /film';
SET search_path = pg_catalog;
UPDATE bingo_tune.endpoints SET example = 'SELECT id FROM film' WHERE endpoint = 'GET /film';
RESET search_path;
INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within) VALUES ('GET /film', 90, 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within) VALUES ('GET /film', -1, 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint, within, max_error_rate) VALUES ('GET /film', 400, 5);
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (NULL, 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('', 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /film', 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /fllm', 400);
SELECT endpoint, calls, service_level FROM bingo_tune.endpoint_service_level WHERE endpoint ~ '/f';

-- The last row of an endpoint takes its target's meaning along.
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT id FROM film WHERE id = $1');
DELETE FROM bingo_tune.endpoints WHERE example ~ 'WHERE id';
UPDATE bingo_tune.endpoints SET endpoint = 'GET /films' WHERE endpoint = 'GET /film';
UPDATE bingo_tune.endpoint_targets SET endpoint = 'GET /films' WHERE endpoint = 'GET /film';
DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /films';

-- Dumps of version 1.0 copy the targets first, and examples before their tables may be there.
COPY bingo_tune.endpoint_targets (endpoint, within) FROM stdin;
GET /later	400
\.
COPY bingo_tune.endpoints (endpoint, example) FROM stdin;
GET /later	SELECT id FROM later
\.

SET client_min_messages = warning;
DROP TABLE film;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
