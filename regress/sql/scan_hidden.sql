-- bingo_tune.hidden_relations: plans as if indexes, statistics, orderings and counters were not there, and nothing else than plans.
--
-- Seen red with: indexes not taken away from the planner; statistics not taken away; those of partitions left there; orderings found while hidden; counters found
-- while hidden; cached plans kept; numbers above the greatest OID taken.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
SET enable_seqscan = off;

CREATE FUNCTION uses(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (COSTS off, FORMAT json) ' || query INTO plan;
	RETURN coalesce((SELECT string_agg(DISTINCT m[1], ', ') FROM regexp_matches(plan::text, '"(?:Index Name|Ordering|Counter)": "([^"]+)"', 'g') AS m), 'nothing');
END
$$;
-- as one may write it
CREATE FUNCTION hide(VARIADIC names text[]) RETURNS text LANGUAGE sql AS
	$$ SELECT length(set_config('bingo_tune.hidden_relations', string_agg(n::regclass::oid::text, ' , '), false)) > 0 FROM unnest(names) AS n $$;

CREATE TABLE hen (id int NOT NULL, egg int NOT NULL, coop int NOT NULL);
INSERT INTO hen SELECT i, i % 100, i % 10 FROM generate_series(1, 2000) AS i;
CREATE UNIQUE INDEX hen_id ON hen (id);
CREATE INDEX hen_egg ON hen (egg);
CREATE TABLE flock (id int NOT NULL, egg int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE flock_1 PARTITION OF flock FOR VALUES FROM (0) TO (1000);
CREATE TABLE flock_2 PARTITION OF flock FOR VALUES FROM (1000) TO (3000);
INSERT INTO flock SELECT i, i % 100 FROM generate_series(1, 2000) AS i;
CREATE INDEX flock_egg ON flock (egg);
ANALYZE hen, flock;

-- of a table; the others stay
SELECT uses('SELECT * FROM hen WHERE egg = 5'), uses('SELECT * FROM hen WHERE id = 5');
SELECT hide('hen_egg'), uses('SELECT * FROM hen WHERE egg = 5'), uses('SELECT * FROM hen WHERE id = 5');
SELECT hide('hen_egg', 'hen_id'), uses('SELECT * FROM hen WHERE egg = 5'), uses('SELECT * FROM hen WHERE id = 5');
-- ... which is unique all the same
INSERT INTO hen VALUES (5, 0, 0) ON CONFLICT (id) DO NOTHING RETURNING id;
\set VERBOSITY terse
INSERT INTO hen VALUES (5, 0, 0);
\set VERBOSITY default
-- of partitions
SELECT hide('hen_id'), uses('SELECT * FROM flock WHERE egg = 5');
SELECT hide('flock_egg'), uses('SELECT * FROM flock WHERE egg = 5'), uses('SELECT * FROM flock_1 WHERE egg = 5');
SELECT hide('flock_1_egg_idx'), uses('SELECT * FROM flock WHERE egg = 5');

-- statistics: coop follows from egg, which the planner does not know without
RESET bingo_tune.hidden_relations;
CREATE FUNCTION knows(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan->0->'Plan'->>'Plan Rows')::int > 10;
END
$$;
CREATE STATISTICS hen_both (dependencies) ON egg, coop FROM hen;
ANALYZE hen;
SELECT knows('SELECT * FROM hen WHERE egg = 5 AND coop = 5');
SELECT length(set_config('bingo_tune.hidden_relations', oid::text, false)) > 0 FROM pg_statistic_ext WHERE stxname = 'hen_both';
SELECT knows('SELECT * FROM hen WHERE egg = 5 AND coop = 5');
DROP STATISTICS hen_both;

-- plans that were made before
RESET bingo_tune.hidden_relations;
SET plan_cache_mode = force_generic_plan;
PREPARE find(int) AS SELECT id FROM hen WHERE egg = $1;
SELECT uses('EXECUTE find(5)');
SELECT hide('hen_egg'), uses('EXECUTE find(5)');
BEGIN;
SET LOCAL bingo_tune.hidden_relations = '';
SELECT uses('EXECUTE find(5)');
ROLLBACK;
SELECT uses('EXECUTE find(5)');
RESET bingo_tune.hidden_relations;
SELECT uses('EXECUTE find(5)');

-- orderings and counters, by their windows: one hides no other
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('by_coop', 'SELECT id, egg, coop FROM hen ORDER BY coop, id');
SELECT 'bingo_tune.' || relname AS by_coop FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relname ~ '^window_\d+$' ORDER BY oid DESC LIMIT 1 \gset
SELECT bingo_tune.create_ordering('by_both', 'SELECT id, egg, coop FROM hen ORDER BY coop DESC, egg, id');
SELECT bingo_tune.create_counter('coops', 'SELECT count(*) FROM hen GROUP BY coop');
SELECT 'bingo_tune.' || relname AS coops FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relname ~ '^window_\d+$' ORDER BY oid DESC LIMIT 1 \gset
RESET client_min_messages;
\set asked 'SELECT uses(''SELECT id FROM hen ORDER BY coop, id LIMIT 3''), uses(''SELECT id FROM hen ORDER BY coop DESC, egg, id LIMIT 3''), uses(''SELECT count(*) FROM hen WHERE coop = 3'') ~ ''coops'' AS counted'
:asked;
SELECT hide(:'by_coop');
:asked;
SELECT hide(:'coops');
:asked;
SELECT hide(:'coops', :'by_coop', 'hen_egg');
:asked;
-- it is kept up to date
UPDATE hen SET coop = -1 WHERE id = 77;
RESET bingo_tune.hidden_relations;
:asked;
SELECT id FROM hen ORDER BY coop, id LIMIT 1;
SELECT count(*) FROM hen WHERE coop = -1;

-- what can be written there
SET bingo_tune.hidden_relations = ' 4294967295,1 ';
SHOW bingo_tune.hidden_relations;
SET bingo_tune.hidden_relations = 'hen_egg';
SET bingo_tune.hidden_relations = '1,,2';
SET bingo_tune.hidden_relations = '1,';
SET bingo_tune.hidden_relations = '1 2';
SET bingo_tune.hidden_relations = '0';
SET bingo_tune.hidden_relations = '-1';
SET bingo_tune.hidden_relations = '4294967296';
SET bingo_tune.hidden_relations = '99999999999999999999999';
SET bingo_tune.hidden_relations = '  ';
RESET ALL;

SELECT bingo_tune.drop_ordering('by_coop'), bingo_tune.drop_ordering('by_both'), bingo_tune.drop_counter('coops');
SET client_min_messages = warning;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
