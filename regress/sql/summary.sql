-- The views for people: sorted, rounded, 120 columns wide; the extension's own statements
-- are not the user's.
-- Seen red with: the worker's statements timed; statements on bingo_tune shown; a text
-- that is not cut, or with its line ends; another order; (other) not last; a unit where nothing is advised; what is
-- missing not first; report() with targets that are met, with valid orderings, without those too small, with
-- utility statements, not cut; with valid counters, with those that are read; with two digits behind the point
-- of whatever time, of short ones, too; with 1 calls; the two libraries cut; with what was loaded once; a long
-- name that is not cut, of an ordering, a counter, an endpoint, or cut at its end.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
\pset null NULL
CREATE TABLE summed (id int PRIMARY KEY, title text NOT NULL);
INSERT INTO summed SELECT i, 'title ' || i % 7 FROM generate_series(1, 1000) AS i;
SELECT bingo_tune.create_ordering('summed_list', 'SELECT id, title FROM summed ORDER BY title, id', 100);
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES
	('GET /summed', 'SELECT id, title FROM summed'), ('GET /summed/{id}', 'SELECT title FROM summed WHERE id = $1'),
	('GET /idle', 'SELECT count(*) FROM summed');
INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within) VALUES ('GET /summed', 0.995, 60000), ('GET /idle', 0.9, 400);
INSERT INTO bingo_tune.endpoint_targets (endpoint) VALUES ('GET /summed/{id}');
SET client_min_messages = error;
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /unknown', 0.5);
RESET client_min_messages;
SELECT bingo_tune.reset_timing() > 0 AS reset;

-- The columns that psql needs for a view's rows.
CREATE FUNCTION columns_of(view regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	columns bigint;
BEGIN
	EXECUTE format('SELECT sum(width + 3) - 1 FROM (
		SELECT greatest(length(c.key), max(length(c.value))) AS width
		FROM %s AS v, LATERAL jsonb_each_text(to_jsonb(v)) AS c GROUP BY c.key) AS w', view) INTO columns;
	RETURN columns;
END$$;

SELECT id,
	title
	FROM summed
	ORDER BY title, id, title || 'a text that is longer than there is room for' LIMIT 1;
SELECT title FROM summed WHERE id = 3;
SELECT title FROM summed WHERE id = 4;
SELECT pg_sleep(0.5);
UPDATE summed SET title = title WHERE 1 / (id - 500) > 2;
-- By the background worker, then by itself.
SELECT bingo_tune.refresh_ordering('summed_list');
SELECT bingo_tune.verify_ordering('summed_list');

SELECT calls, errors, p50 <= p99 AND p99 <= max AS times, query FROM bingo_tune.query_summary
WHERE query !~ '^(CREATE|GRANT|SELECT (count|calls))' ORDER BY query COLLATE "C";
SELECT count(*) AS by_worker FROM bingo_tune.query_timing
WHERE database = current_database() AND query ~ 'FROM ONLY|bingo_tune.window_' AND query !~ 'query_timing';
SELECT query FROM bingo_tune.query_summary LIMIT 1;
-- However slow or fast, as many digits as say something.
SELECT count(*) FILTER (WHERE max >= 100) > 0 AS slow, count(*) FILTER (WHERE max < 1) > 0 AS fast,
	bool_and(scale(max) = CASE WHEN max >= 100 THEN 0 WHEN max >= 1 THEN 2 ELSE 3 END) AS digits FROM bingo_tune.query_summary WHERE max NOT IN (1, 100);
SELECT bool_and(total_s <= before) AS descending
FROM (SELECT total_s, lag(total_s, 1, total_s) OVER () AS before FROM bingo_tune.query_summary) AS q;
SELECT endpoint, calls, errors, p50 IS NULL AS nothing, target, service_level FROM bingo_tune.endpoint_summary
WHERE endpoint <> '(other)' ORDER BY endpoint COLLATE "C";
SELECT endpoint FROM bingo_tune.endpoint_summary OFFSET 4;
SELECT name, state, rows, size, scans > 0 AS scans, behind, reason FROM bingo_tune.ordering_summary;
SELECT view, columns_of(view::regclass) <= 120 AS fits
FROM unnest(ARRAY['bingo_tune.query_summary', 'bingo_tune.endpoint_summary', 'bingo_tune.ordering_summary']) AS view;

-- What to look at: the targets that are missed, what an ordering lacks, statements, settings.
UPDATE bingo_tune.endpoint_targets SET within = 0.0001 WHERE endpoint = 'GET /summed';
SELECT part, regexp_replace(finding, '[0-9.]+ of', 'N of') AS finding, command FROM bingo_tune.report() WHERE part IN ('service level', 'ordering');
ALTER TABLE summed ALTER title TYPE varchar;
SELECT part, finding, command FROM bingo_tune.report() WHERE part = 'ordering';
ALTER TABLE summed ALTER title TYPE text;
SELECT bingo_tune.refresh_ordering('summed_list');
ANALYZE summed;
SET plan_cache_mode = force_generic_plan;
PREPARE beyond AS SELECT count(*) FROM (SELECT id, title FROM summed ORDER BY title, id LIMIT $1) AS list;
EXECUTE beyond(900);
DEALLOCATE beyond;
RESET plan_cache_mode;
SELECT part, finding, command FROM bingo_tune.report() WHERE part = 'ordering';

-- A counter: invalid; passed by, since the transaction has locked its table.
SELECT bingo_tune.create_counter('summed_count', 'SELECT title, count(*) FROM summed GROUP BY title');
ALTER TABLE summed ALTER title TYPE varchar;
SELECT part, finding, command FROM bingo_tune.report() WHERE part IN ('ordering', 'counter');
ALTER TABLE summed ALTER title TYPE text;
SELECT bingo_tune.refresh_counter('summed_count'), bingo_tune.refresh_ordering('summed_list');
BEGIN;
LOCK TABLE summed IN SHARE MODE;
SELECT count(*) FROM summed WHERE title = 'title 3';
ROLLBACK;
SELECT part, finding, command FROM bingo_tune.report() WHERE part = 'counter';
SELECT count(*) FROM summed WHERE title = 'title 3';
SELECT part, finding, command FROM bingo_tune.report() WHERE part = 'counter';

-- Names as long as they can be, of what is invalid.
SELECT bingo_tune.create_ordering(repeat('o', 61) || '_1', 'SELECT id, title FROM summed ORDER BY title DESC, id', 100),
	bingo_tune.create_counter(repeat('c', 61) || '_1', 'SELECT id, count(*) FROM summed GROUP BY id');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (repeat('GET /long', 9) || '/1', 'DELETE FROM summed WHERE title = $1');
ALTER TABLE summed ALTER title TYPE varchar;
SELECT name, state, reads, behind, left(reason, 9) AS reason FROM bingo_tune.counter_summary;
-- Their ends tell them apart, and do not hide what is said of them.
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES (repeat('GET /long', 9) || '/1', 400);
SELECT endpoint FROM bingo_tune.endpoint_summary WHERE endpoint ~ 'long';
DELETE FROM summed WHERE title = 'x';
UPDATE bingo_tune.endpoint_targets SET within = 0.01 WHERE endpoint ~ 'long';
SELECT part, regexp_replace(finding, '[0-9.]+ of', 'N of') AS finding FROM bingo_tune.report() WHERE finding ~ '_1|/1';
SELECT view, columns_of(view::regclass) <= 120 AS fits
FROM unnest(ARRAY['bingo_tune.endpoint_summary', 'bingo_tune.ordering_summary', 'bingo_tune.counter_summary']) AS view;
DELETE FROM bingo_tune.endpoint_targets WHERE endpoint ~ 'long';
DELETE FROM bingo_tune.endpoints WHERE endpoint ~ 'long';
ALTER TABLE summed ALTER title TYPE text;
SELECT bingo_tune.drop_ordering(repeat('o', 61) || '_1'), bingo_tune.drop_counter(repeat('c', 61) || '_1'), bingo_tune.drop_counter('summed_count');
SELECT bingo_tune.refresh_ordering('summed_list');

DO 'BEGIN PERFORM pg_sleep(0.6); END';
SELECT part, regexp_replace(finding, '[0-9.]+ ms', 'N ms') AS finding FROM bingo_tune.report() WHERE part = 'statement' LIMIT 1;
-- What a table was loaded with once is nothing to look at.
CREATE TABLE loaded (id int);
INSERT INTO loaded SELECT 1 FROM pg_sleep(0.7);
SELECT count(*) AS loads FROM bingo_tune.report() WHERE finding ~ 'INSERT INTO loaded';
INSERT INTO loaded SELECT 1 FROM pg_sleep(0.0);
SELECT count(*) AS inserts FROM bingo_tune.report() WHERE finding ~ 'INSERT INTO loaded';
DROP TABLE loaded;
SELECT array_agg(DISTINCT part) AS parts, count(*) FILTER (WHERE part = 'statement') AS statements,
	sum(greatest(0, length(finding) - 56)) AS too_long FROM bingo_tune.report();

-- Those of settings and indexes, where the application's tables are.
CREATE TABLE customers (id int NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL,
	email varchar(256) NOT NULL);
CREATE TABLE movies (id int NOT NULL, name varchar NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO movies SELECT i, 'm' || i, 1900 + i, 90 FROM generate_series(1, 10) AS i;
SET jit = on;
SET jit_above_cost = 1000;
CREATE INDEX a_name_that_is_as_long_as_a_name_of_postgresql_can_be_sixty_th ON movies (duration);
CREATE UNIQUE INDEX movies_id ON movies (id);
SELECT view, columns_of(view::regclass) <= 120 AS fits
FROM unnest(ARRAY['bingo_tune.settings_summary', 'bingo_tune.index_summary']) AS view;
SELECT setting, current, advised, needs FROM bingo_tune.settings_summary WHERE setting IN ('jit', 'work_mem');
SELECT current IN (current_setting('shared_preload_libraries'), left(current_setting('shared_preload_libraries'), 27) || '...') AS libraries
FROM bingo_tune.settings_summary WHERE setting = 'shared_preload_libraries';
SELECT (SELECT count(*) FROM bingo_tune.settings_summary) = (SELECT count(*) FROM bingo_tune.settings_advice) AS settings,
	(SELECT count(*) FROM bingo_tune.index_summary) = (SELECT count(*) FROM bingo_tune.index_report) AS indexes;
SELECT * FROM bingo_tune.index_summary WHERE table_name <> 'sessions';
SELECT DISTINCT part, command FROM bingo_tune.report() WHERE part = 'setting';
DROP TABLE sessions, movies, customers;
RESET jit_above_cost;
RESET jit;

SET client_min_messages = warning;
DROP FUNCTION columns_of;
DROP EXTENSION bingo_tune;
DROP TABLE summed;
DROP EXTENSION pg_stat_statements;
