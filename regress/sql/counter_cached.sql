-- Counts by plans that were made earlier: generic ones over what becomes of the counter, cursors
-- that outlive their transaction, and beside a parallel plan.
--
-- Seen red: NULL searched for as a value; own changes left out of generic plans.
SET client_min_messages = warning;
SET bingo_tune.upkeep = off;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE t (id int PRIMARY KEY, k int, s text COLLATE "C", pad text NOT NULL DEFAULT repeat('x', 300));
INSERT INTO t SELECT g, g % 5, 's' || g % 3 FROM generate_series(1, 10000) g;
ANALYZE t;
SELECT bingo_tune.create_counter('c', 'SELECT k, s, count(*) FROM t GROUP BY k, s');
RESET client_min_messages;
CREATE FUNCTION how(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Counter:|Own Changes|Behind' THEN RETURN NEXT trim(line); END IF;
	END LOOP;
END $$;

-- plans for any parameter
SET plan_cache_mode = force_generic_plan;
PREPARE one (int, text) AS SELECT count(*) FROM t WHERE k = $1 AND s = $2;
PREPARE several (int[]) AS SELECT k, count(*) FROM t WHERE k = ANY ($1) GROUP BY k ORDER BY k;
PREPARE later (int) AS SELECT s, count(*) FROM t WHERE k IS DISTINCT FROM $1 GROUP BY s ORDER BY s;
PREPARE beside (int) AS SELECT id, count(*) OVER () FROM t WHERE k = $1 ORDER BY id LIMIT 2;
EXECUTE one (3, 's1'); EXECUTE several ('{1,3,3,9}'); EXECUTE later (3); EXECUTE beside (2);
SELECT how('EXECUTE one (3, ''s1'')'), how('EXECUTE several (''{1,3,3,9}'')'), how('EXECUTE later (3)'), how('EXECUTE beside (2)');
EXECUTE one (NULL, 's1'); EXECUTE several (NULL); EXECUTE several ('{NULL,1}'); EXECUTE later (NULL);
-- of the transaction's own
BEGIN;
INSERT INTO t VALUES (20001, 3, 's1'), (20002, 9, 's7');
EXECUTE one (3, 's1'); EXECUTE several ('{1,3,3,9}'); EXECUTE later (3); EXECUTE beside (9);
SELECT how('EXECUTE one (3, ''s1'')'), how('EXECUTE several (''{1,3,3,9}'')'), how('EXECUTE later (3)'), how('EXECUTE beside (2)');
ROLLBACK;
-- refreshed
SELECT bingo_tune.refresh_counter('c');
EXECUTE one (3, 's1'); EXECUTE several ('{1,3,3,9}'); EXECUTE later (3); EXECUTE beside (2);
SELECT how('EXECUTE one (3, ''s1'')');
-- dropped, and changed without it
SELECT bingo_tune.drop_counter('c');
INSERT INTO t VALUES (20001, 3, 's1');
EXECUTE one (3, 's1'); EXECUTE several ('{1,3,3,9}'); EXECUTE later (3); EXECUTE beside (2);
SELECT how('EXECUTE one (3, ''s1'')');
-- another one of that name
SELECT bingo_tune.create_counter('c', 'SELECT s, k, count(*) FROM t GROUP BY s, k');
EXECUTE one (3, 's1'); EXECUTE several ('{1,3,3,9}'); EXECUTE later (3); EXECUTE beside (2);
SELECT how('EXECUTE one (3, ''s1'')');
-- rewritten, and made anew
ALTER TABLE t ALTER k TYPE bigint;
INSERT INTO t VALUES (20003, 3, 's1');
EXECUTE one (3, 's1'); EXECUTE later (3);
SELECT bingo_tune.refresh_counter('c');
EXECUTE one (3, 's1'); EXECUTE later (3);
SELECT how('EXECUTE one (3, ''s1'')');
-- switched off and on
SET bingo_tune.enable_counter_scan = off;
SELECT how('EXECUTE one (3, ''s1'')');
EXECUTE one (3, 's1');
RESET bingo_tune.enable_counter_scan;
EXECUTE one (3, 's1');
SELECT bingo_tune.verify_counter('c');
RESET plan_cache_mode;
DEALLOCATE ALL;

-- cursors that are held, scrolled, and moved backwards; what is changed behind them they don't see
BEGIN;
DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT k, count(*) FROM t GROUP BY k ORDER BY k;
DECLARE later SCROLL CURSOR WITH HOLD FOR SELECT s, count(*) FROM t GROUP BY s ORDER BY s;
FETCH 2 FROM held;
INSERT INTO t VALUES (30001, 0, 's0');
COMMIT;
DELETE FROM t WHERE k = 3;
FETCH ALL FROM held; FETCH BACKWARD 2 FROM held; MOVE ABSOLUTE 0 IN held; FETCH ALL FROM held;
FETCH ALL FROM later; FETCH FIRST FROM later;
SELECT bingo_tune.drop_counter('c');
FETCH LAST FROM held;
CLOSE held; CLOSE later;
SELECT bingo_tune.create_counter('c', 'SELECT k, s, count(*) FROM t GROUP BY k, s');
BEGIN;
DECLARE open CURSOR FOR SELECT s, count(*) FROM t GROUP BY s;
FETCH 1 FROM open \g /dev/null
INSERT INTO t SELECT 40000 + g, 1, 'new' FROM generate_series(1, 10) g;
MOVE 1 IN open;
SELECT s, count(*) FROM t GROUP BY s ORDER BY s;
CLOSE open;
SELECT how('SELECT s, count(*) FROM t GROUP BY s');
ROLLBACK;

-- beside a parallel plan, and where the setting asks for one
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
BEGIN;
SELECT count(*) FROM t WHERE k = 1 UNION ALL SELECT count(*) FROM t WHERE k = 1 AND pad <> '';
SELECT (SELECT count(*) FROM t WHERE k = 2) AS counted, count(*) FILTER (WHERE k = 2) AS plain FROM t WHERE pad <> '';
INSERT INTO t SELECT 40000 + g, g % 3, 's9' FROM generate_series(1, 100) g;
SELECT count(*) FROM t WHERE k = 1 UNION ALL SELECT count(*) FROM t WHERE k = 1 AND pad <> '';
SELECT (SELECT count(*) FROM t WHERE k = 2) AS counted, count(*) FILTER (WHERE k = 2) AS plain FROM t WHERE pad <> '';
SELECT how('SELECT count(*) FROM t WHERE k = 1');
COMMIT;
SELECT bingo_tune.verify_counter('c');

SET client_min_messages = warning;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP TABLE t;
DROP FUNCTION how;
