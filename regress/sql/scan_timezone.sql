-- timestamp beside timestamptz: equal, and in order, by TimeZone only.  In the hour that summer time leaves out two times
-- equal one: no search of an index finds both, and neither is a constant.
-- Seen red (rows lost or in a wrong order) with: an operator searched by that is not immutable, in a comparison, an IN list, a row
-- comparison; a class with such an operator taken for a constant, for an order.  "removed": rows of the window that
-- the filter had to throw away, 0 where it was searched.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE tick (id int PRIMARY KEY, ts timestamp NOT NULL, created int NOT NULL, day date NOT NULL);
INSERT INTO tick SELECT i, timestamp '2024-03-31 00:00' + i % 20 * interval '15 min', i % 97, date '2024-01-01' + i % 50 FROM generate_series(1, 4000) i;
CREATE TABLE moment (id int PRIMARY KEY, at timestamptz NOT NULL UNIQUE, ts timestamp NOT NULL UNIQUE);
SET timezone = 'Europe/Berlin';
INSERT INTO moment SELECT i, timestamptz '2024-03-31 00:00+01' + i * interval '15 min', timestamp '2024-03-31 00:00' + i * interval '15 min'
	FROM generate_series(0, 19) i;
ANALYZE tick, moment;
SELECT bingo_tune.create_ordering('ticks', 'SELECT id, ts, created, day FROM tick ORDER BY ts, created, id', 5000);
SELECT bingo_tune.create_ordering('days', 'SELECT id, day, ts, created FROM tick ORDER BY day, ts, id', 5000);
CREATE FUNCTION removed(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
	RETURN CASE WHEN plan IS NULL THEN 'not served' ELSE coalesce(plan ->> 'Rows Removed by Filter', '0') END;
END
$$;
SET enable_sort = off;
SET enable_incremental_sort = off;
-- 18 charges nothing for what is switched off
SET cpu_operator_cost = 0.1;
-- the core's own search of an index loses them, too
SET enable_indexscan = off;
SET enable_bitmapscan = off;
\set twice '''{2024-03-31 03:30+02,2024-03-31 04:30+02}''::timestamptz[]'
\set once '''2024-03-31 03:30+02''::timestamptz'

-- not searched: each row is looked at, or the ordering can't serve
SELECT * FROM compare('SELECT id FROM tick WHERE ts = ANY (' || :'twice' || ') ORDER BY created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE ts >= timestamp ''2024-03-31 02:15'' AND ts = ANY (' || :'twice' || ') ORDER BY ts, created, id LIMIT 250');
SELECT * FROM compare('SELECT id FROM tick WHERE ts = ' || :'once' || ' ORDER BY created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE ts < ' || :'once' || ' ORDER BY ts, created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE ' || :'once' || ' <= ts ORDER BY ts, created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE (ts, created, id) < (' || :'once' || ', 50, 0) ORDER BY ts, created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE day = ''2024-01-31 00:00+01''::timestamptz ORDER BY ts, id');
-- a class of both: the order of the one is not that of the other
SELECT * FROM compare('SELECT t.id, m.at FROM tick t JOIN moment m ON m.at = t.ts ORDER BY m.at, t.created, t.id');
SELECT * FROM compare('SELECT t.id, m.at FROM tick t JOIN moment m ON m.at = t.ts ORDER BY t.ts, t.created, t.id');
-- what the types themselves say is searched by
SELECT * FROM compare('SELECT id FROM tick WHERE ts = ANY (''{2024-03-31 02:30,2024-03-31 03:30}''::timestamp[]) ORDER BY created, id');
SELECT removed('SELECT id FROM tick WHERE ts = ANY (''{2024-03-31 02:30,2024-03-31 03:30}''::timestamp[]) ORDER BY created, id');
SELECT * FROM compare('SELECT id FROM tick WHERE day = ''2024-01-31 00:00''::timestamp ORDER BY ts, id');
SELECT removed('SELECT id FROM tick WHERE day = ''2024-01-31 00:00''::timestamp ORDER BY ts, id');

-- tables can be joined by their types' own equality only
CREATE INDEX ON tick (ts);
\set VERBOSITY sqlstate
SELECT bingo_tune.create_ordering('joined', 'SELECT t.id, m.id FROM tick t JOIN moment m ON m.at = t.ts ORDER BY m.id, t.id');
SELECT bingo_tune.create_ordering('joined', 'SELECT t.id, m.id FROM tick t JOIN moment m ON m.ts = t.ts ORDER BY m.id, t.id');
\set VERBOSITY default
-- both: the times that equal one moment are not equal to each other
SELECT * FROM compare('SELECT t.id, m.id FROM tick t JOIN moment m ON m.ts = t.ts ORDER BY m.id, t.id');
SELECT * FROM compare('SELECT t.id, m.id FROM tick t, moment m WHERE m.ts = ' || :'once' || ' AND t.ts = ' || :'once' || ' ORDER BY m.id, t.id');

DROP TABLE tick, moment;
DROP FUNCTION removed;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
