-- Which counts are answered from a counter: the answer is the plain plan's, whoever gives
-- it.  served: the plan reads the counter; differs: rows that one of the two lacks.
--
-- Seen red: grouped by a cast, which has another equality; groups of a sum of 0 shown; filter not required of the query; NULL as a value
-- taken for a key; count() of a column that may be null.
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_try :abs_srcdir '/include/counter_try.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE issue (id int PRIMARY KEY, tenant int, state text NOT NULL, closed bool NOT NULL DEFAULT false,
	deleted_at timestamptz, born date, note varchar(20), mood mood, big bigint);
INSERT INTO issue SELECT g, nullif(g % 11, 0), (ARRAY['open', 'new', 'done'])[g % 3 + 1], g % 4 = 0,
	CASE WHEN g % 5 = 0 THEN '2020-01-01'::timestamptz END, '2020-01-01'::date + g % 7, 'n' || g % 13,
	(ARRAY['sad', 'ok', NULL]::mood[])[g % 3 + 1], g % 17 FROM generate_series(1, 20000) g;
CREATE TABLE tenant (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO tenant SELECT g, 't' || g FROM generate_series(1, 12) g;
ANALYZE;
SELECT bingo_tune.create_counter('live', 'SELECT tenant, state, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant, state');
SELECT bingo_tune.create_counter('all', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter('kinds', 'SELECT closed, mood, note, big, count(*) FROM issue GROUP BY closed, mood, note, big');
SELECT bingo_tune.create_counter('named', $$SELECT tenant, count(*) FROM issue WHERE state = 'open' AND NOT closed AND born >= '2020-01-03' GROUP BY tenant$$);
-- A group that is gone again must not show.
INSERT INTO issue SELECT 30000 + g, 999, 'open' FROM generate_series(1, 3) g;
DELETE FROM issue WHERE tenant = 999;
UPDATE issue SET state = CASE WHEN id % 4 = 0 THEN 'OPEN' ELSE 'open ' END WHERE state = 'open' AND id % 2 = 0 AND tenant = 2;

\set ECHO none
\i :counter_try
\set ECHO all

CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
-- the whole
('SELECT count(*) AS n FROM issue'), ('SELECT count(1) AS n FROM issue'), ('SELECT count(id) AS n FROM issue'),
('SELECT count(*) + 1 AS n, count(*) * 2 AS m FROM issue'), ('SELECT count(*) AS n FROM issue HAVING count(*) > 5'),
('SELECT count(*) AS n FROM issue HAVING count(*) < 5'), ('SELECT count(*) AS n FROM issue LIMIT 1 OFFSET 1'),
('SELECT count(*) AS n FROM (SELECT * FROM issue) i'), ('SELECT (SELECT count(*) FROM issue) AS n FROM tenant'),
('SELECT count(*) AS n FROM issue UNION ALL SELECT count(*) FROM issue WHERE deleted_at IS NULL'),
('WITH n AS (SELECT count(*) AS n FROM issue) SELECT n FROM n'),
('SELECT count(*) AS n FROM issue i LEFT JOIN tenant t ON t.id = i.tenant'),
('SELECT 1 AS one FROM issue HAVING count(*) > 1'),
-- one key
('SELECT count(*) AS n FROM issue WHERE tenant = 3 AND state = ''open'' AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE state = ''open'' AND deleted_at IS NULL AND tenant = 3'),
('SELECT count(*) AS n FROM issue WHERE 3 = tenant AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = 3::bigint AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant IS NULL AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = NULL AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = (SELECT NULL::int) AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = (SELECT 4) AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = 999 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant IN (1, 3, 3, 999, NULL) AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant IN (1, 2, 3) AND tenant IN (2, 3, 4) AND state IN (''open'', ''new'') AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = ANY (''{}'') AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE state = ''new'' AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant = 3 AND tenant = 4 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE closed'), ('SELECT count(*) AS n FROM issue WHERE NOT closed AND mood = ''sad'''),
('SELECT count(*) AS n FROM issue WHERE closed = true AND mood IS NULL'),
('SELECT count(*) AS n FROM issue WHERE note = ''n3'' AND closed'), ('SELECT count(*) AS n FROM issue WHERE big = 3 AND closed'),
('SELECT t.name, (SELECT count(*) FROM issue i WHERE i.tenant = t.id AND i.deleted_at IS NULL) AS n FROM tenant t'),
('SELECT t.name, c.n FROM tenant t, LATERAL (SELECT count(*) AS n FROM issue i WHERE i.tenant = t.id AND i.deleted_at IS NULL) c'),
('SELECT count(*) AS n FROM issue WHERE state = ''open'' AND NOT closed AND born >= ''2020-01-03'''),
('SELECT count(*) AS n FROM issue WHERE born >= ''2020-01-03'' AND closed = false AND tenant = 5 AND state = ''open'''),
-- groups
('SELECT tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT state, tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant, state'),
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 4 GROUP BY state'),
('SELECT tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL AND state = ''open'' GROUP BY tenant HAVING count(*) > 400 ORDER BY n DESC, tenant LIMIT 3'),
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY state'),
('SELECT tenant + 1 AS t, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT tenant FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 2 GROUP BY state COLLATE anycase'),
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 2 GROUP BY state::bpchar'),
('SELECT tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant ORDER BY tenant LIMIT 2'),
('SELECT closed, mood, count(*) AS n FROM issue GROUP BY closed, mood'),
('SELECT tenant, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS r FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT i.tenant, t.name, i.n FROM tenant t JOIN (SELECT tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY tenant) i ON i.tenant = t.id'),
-- none of its business
('SELECT tenant, count(*) AS n FROM issue GROUP BY tenant'), ('SELECT count(*) AS n FROM issue WHERE tenant = 3'),
('SELECT count(*) AS n FROM issue WHERE tenant > 3 AND deleted_at IS NULL'), ('SELECT count(tenant) AS n FROM issue'),
('SELECT count(DISTINCT tenant) AS n FROM issue WHERE deleted_at IS NULL'), ('SELECT count(*), sum(big) FROM issue'),
('SELECT count(*) FILTER (WHERE closed) AS n FROM issue'), ('SELECT tenant, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY ROLLUP (tenant)'),
('SELECT count(*) AS n FROM issue, tenant WHERE tenant.id = issue.tenant'), ('SELECT count(*) AS n FROM issue TABLESAMPLE SYSTEM (100)'),
('SELECT count(*) AS n FROM issue WHERE false'), ('SELECT count(*) AS n FROM issue WHERE random() < 2'),
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NOT NULL'), ('SELECT count(*) AS n FROM issue WHERE ctid > ''(0,0)'''),
('SELECT count(*) AS n FROM (SELECT * FROM issue ORDER BY id LIMIT 10) i'), ('SELECT deleted_at IS NULL AS d, count(*) AS n FROM issue GROUP BY 1');
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Counter|Keys|Changes|Behind' THEN
			RETURN NEXT substring(line FROM '^[^(]*(?:\(BingoCounter\))?');
		END IF;
	END LOOP;
END $$;
RESET client_min_messages;
SELECT coalesce(t.served, '-') AS served, t.differs, q.query, t.answer FROM queries q, try(q.query) t ORDER BY q.id;

-- prepared: generic plans, and NULL
PREPARE one (int) AS SELECT count(*) FROM issue WHERE tenant = $1 AND deleted_at IS NULL;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE one(3);
EXECUTE one(3);
EXECUTE one(NULL);
PREPARE several (int[]) AS SELECT count(*) FROM issue WHERE tenant = ANY ($1) AND deleted_at IS NULL;
EXPLAIN (COSTS OFF) EXECUTE several('{1,2}');
EXECUTE several('{1,2}');
EXECUTE several('{}');
EXECUTE several(NULL);
EXECUTE several('{1,NULL,1}');
SET bingo_tune.enable_counter_scan = off;
SELECT line FROM plan('EXECUTE one(3)') AS line;
RESET bingo_tune.enable_counter_scan;
SELECT line FROM plan('EXECUTE one(3)') AS line;
RESET plan_cache_mode;

-- a cursor goes back; a plan outlives its counter
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT tenant, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
SELECT bingo_tune.drop_counter('live');
EXECUTE one(3);
SELECT bingo_tune.create_counter('live', 'SELECT tenant, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant');
EXECUTE one(3);

-- in words
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM issue WHERE tenant = $1 AND deleted_at IS NULL');
SELECT * FROM bingo_tune.explain_counter('SELECT tenant, count(*) FROM issue GROUP BY tenant');
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM issue JOIN tenant ON tenant.id = issue.tenant');
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM tenant');
SET bingo_tune.enable_counter_scan = off;
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM issue');
RESET bingo_tune.enable_counter_scan;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM issue');
COMMIT;

-- policies: an equality is a key; rows that a role may not see don't count
CREATE ROLE counter_reader;
GRANT SELECT ON issue TO counter_reader;
CREATE POLICY mine ON issue FOR SELECT TO counter_reader USING (tenant = 5);
ALTER TABLE issue ENABLE ROW LEVEL SECURITY;
SET ROLE counter_reader;
SELECT count(*) FROM issue WHERE deleted_at IS NULL;
EXPLAIN (COSTS OFF) SELECT count(*) FROM issue WHERE deleted_at IS NULL;
SELECT count(*) FROM issue;
EXPLAIN (COSTS OFF) SELECT count(*) FROM issue;
RESET ROLE;
SELECT count(*) FROM issue WHERE tenant = 5 AND deleted_at IS NULL;
SET client_min_messages = warning;
DROP TABLE issue, tenant, queries;
SELECT count(*) FROM bingo_tune.counters WHERE state = 'valid';
DROP ROLE counter_reader;
DROP TYPE mood;
DROP COLLATION anycase;
DROP FUNCTION try(text), plan(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
