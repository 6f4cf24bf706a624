-- Per-query timing: what is counted, as what, and who may see it.
-- Seen red with: class 57 not told apart, the level not restored after an error,
-- no planner hook, no first row, rights not looked at, sample_rate ignored, errors
-- outside statements not counted, notices given twice.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TABLE timed (id integer PRIMARY KEY, name text);
INSERT INTO timed SELECT i, 'n' || i FROM generate_series(1, 100) AS i;

CREATE VIEW counted AS
SELECT toplevel, action, calls, rows, errors_timeout AS timeout, errors_connection AS connection,
	errors_serialization AS serialization, errors_other AS other, first_row_calls AS first_rows
FROM bingo_tune.query_timing
WHERE database = current_database() AND (action ~ 'timed|divide|pg_sleep|DO|CALL|CHECKPOINT' OR action = 'SELECT');

-- Counting only this: statements of this database.
CREATE FUNCTION reset_here() RETURNS void LANGUAGE sql AS
$$SELECT bingo_tune.reset_timing(dbid => (SELECT oid FROM pg_database WHERE datname = current_database()))$$;

-- Calls, rows, time to first row; whatever the constants, prepared or not.
SELECT reset_here();
SELECT name FROM timed WHERE id = 1;
SELECT name FROM timed WHERE id = 2;
SELECT name FROM timed WHERE id = 101;
PREPARE by_id AS SELECT name FROM timed WHERE id = $1;
EXECUTE by_id(3);
EXECUTE by_id(4);
DEALLOCATE by_id;
UPDATE timed SET name = name WHERE id <= 10;
DELETE FROM timed WHERE id > 99 RETURNING id;
SELECT * FROM counted ORDER BY action COLLATE "C", calls;

-- The columns agree with each other and with pg_stat_statements.
SELECT t.calls = s.calls AS calls, t.rows = s.rows AS rows, t.query = s.query AS query,
	t.min <= t.p50 AND t.p50 <= t.p75 AND t.p75 <= t.p90 AND t.p90 <= t.p95 AND t.p95 <= t.p99
		AND t.p99 <= t.p999 AND t.p999 <= t.max AS ascending,
	abs(t.mean - t.total / t.calls) < 0.000001 AS mean,
	t.rps > 0 AND (t.rps_minute > 0 OR t.since < clock_timestamp() - interval '1 minute') AS rps, t.running, t.longest_running,
	t.first_row_mean <= t.first_row_max AND t.first_row_max <= t.max AS first_row,
	t.shared_blks_hit = s.shared_blks_hit AS blocks, t.since < clock_timestamp() AS since
FROM bingo_tune.query_timing AS t JOIN pg_stat_statements AS s USING (queryid, dbid, userid, toplevel)
WHERE t.query LIKE 'SELECT name FROM timed WHERE id = $1' AND t.calls = 3;
SELECT count(*) AS queries, count(*) FILTER (WHERE h.calls IS DISTINCT FROM t.calls) AS wrong
FROM bingo_tune.query_timing AS t LEFT JOIN (
	SELECT dbid, userid, toplevel, queryid, sum(calls) AS calls FROM bingo_tune.query_histogram
	GROUP BY 1, 2, 3, 4) AS h USING (dbid, userid, toplevel, queryid)
WHERE t.action LIKE '%timed WHERE%';

-- Failures: running, planned, started; by class; caught ones too.
SELECT reset_here();
SELECT 1 / (id - 50) AS divide FROM timed;
SELECT 1 / 0 AS divide;
SET statement_timeout = '1s';
SELECT pg_sleep(10);
RESET statement_timeout;
BEGIN;
SET LOCAL default_transaction_read_only = on;
DO $$BEGIN RAISE serialization_failure; END$$;
ROLLBACK;
CREATE ROLE regress_timing_reader;
GRANT SELECT ON counted TO regress_timing_reader;
SET ROLE regress_timing_reader;
SELECT name FROM timed WHERE id = 1;
RESET ROLE;
SELECT * FROM counted ORDER BY action COLLATE "C", timeout, calls;

-- Errors that belong to no statement are counted as a whole.
SELECT bingo_tune.reset_timing() > 0 AS reset;
SELECT no_such_column;
SYNTAX ERROR;
SELECT other_errors_other, other_errors_timeout, evicted_queries, lost_calls FROM bingo_tune.timing_status;

-- Nested statements: only with track = all; their level is their own.
CREATE FUNCTION count_timed() RETURNS bigint LANGUAGE plpgsql AS
$$BEGIN RETURN (SELECT count(*) FROM timed); END$$;
CREATE FUNCTION fail_inside() RETURNS text LANGUAGE plpgsql AS
$$BEGIN
	PERFORM 1 / (id - 50) AS divide FROM timed;
EXCEPTION WHEN division_by_zero THEN
	RETURN 'caught';
END$$;
SELECT reset_here();
SELECT count_timed();
SET bingo_tune.track = 'all';
SELECT count_timed();
SELECT fail_inside();
DO $$BEGIN PERFORM count(*) FROM timed; END$$;
RESET bingo_tune.track;
SELECT * FROM counted ORDER BY action COLLATE "C", toplevel, calls;
SELECT toplevel, sum(calls) FROM bingo_tune.query_timing WHERE action IN ('SELECT CALLS count_timed', 'SELECT CALLS fail_inside') GROUP BY 1;

-- Not tracked: nothing, utility statements, what the draw leaves out.
SELECT reset_here();
SET bingo_tune.track = 'none';
SELECT name FROM timed WHERE id = 1;
SET bingo_tune.track = 'top';
SET bingo_tune.track_utility = off;
DO $$BEGIN PERFORM count(*) FROM timed; END$$;
ALTER TABLE timed ADD COLUMN extra integer;
SET bingo_tune.sample_rate = 0;
SELECT name FROM timed WHERE id = 1;
SELECT 1 / 0 AS divide;
RESET bingo_tune.sample_rate;
RESET bingo_tune.track_utility;
SELECT * FROM counted ORDER BY action COLLATE "C";

-- Utility statements.
SELECT reset_here();
COPY timed (id, name) FROM stdin;
201	a
202	b
\.
COPY timed (id) FROM stdin;
x
\.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM timed;
FETCH 5 FROM c;
ROLLBACK;
EXPLAIN (COSTS OFF) SELECT * FROM timed;
SELECT action, calls, rows, errors FROM bingo_tune.query_timing
WHERE database = current_database() ORDER BY action COLLATE "C", calls, rows DESC;

-- A transaction that fails after a statement: the statement itself did not.
SELECT reset_here();
CREATE TABLE later (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO later VALUES (1), (1);
SELECT name FROM timed WHERE id = 1;
COMMIT;
SELECT action, calls, errors FROM bingo_tune.query_timing
WHERE action ~ 'timed|later|COMMIT' AND action !~ 'CREATE' AND database = current_database() ORDER BY action COLLATE "C";
DROP TABLE later;

-- Rights: own rows; all with pg_read_all_stats; no reset without a grant.
GRANT SELECT ON timed TO regress_timing_reader;
SELECT reset_here();
SELECT name FROM timed WHERE id = 1;
SET ROLE regress_timing_reader;
SELECT name FROM timed WHERE id = 2;
SELECT username, calls FROM bingo_tune.query_timing WHERE action = 'SELECT FROM timed WHERE timed.id =';
SELECT count(*) > 0 AS buckets, count(DISTINCT userid) AS users FROM bingo_tune.query_histogram;
SELECT bingo_tune.reset_timing();
RESET ROLE;
GRANT pg_read_all_stats TO regress_timing_reader;
SET ROLE regress_timing_reader;
SELECT calls FROM bingo_tune.query_timing WHERE action = 'SELECT FROM timed WHERE timed.id =' AND database = current_database();
RESET ROLE;

-- Reset by user, database and query.
SELECT bingo_tune.reset_timing(userid => 'regress_timing_reader'::regrole) > 0 AS reset;
SELECT count(*) FROM bingo_tune.query_timing WHERE username = 'regress_timing_reader';
SELECT bingo_tune.reset_timing(queryid => queryid) FROM bingo_tune.query_timing
WHERE action = 'SELECT FROM timed WHERE timed.id =' AND database = current_database();
SELECT count(*) FROM bingo_tune.query_timing
WHERE action = 'SELECT FROM timed WHERE timed.id =' AND database = current_database();
SELECT bingo_tune.reset_timing(queryid => 1);

-- The grammar's notices are given once, though the action needs the text read again.
SELECT 1 AS a_name_of_more_than_sixty_three_bytes_whose_end_will_be_cut_off_by_the_grammar;

-- Settings refuse nonsense.
SET bingo_tune.track = 'nonsense';
SET bingo_tune.sample_rate = 1.1;
SET bingo_tune.max_queries = 200;

-- Snapshots and their difference.
SELECT reset_here();
SELECT name FROM timed WHERE id = 1;
CREATE TEMP TABLE before AS SELECT bingo_tune.snapshot() AS taken;
SELECT name FROM timed WHERE id = 1;
SELECT name FROM timed WHERE id = 1;
DELETE FROM timed WHERE id = 1;
SELECT action, calls, rows, bingo_tune.calls(histogram), since < taken AS since_before
FROM bingo_tune.difference(bingo_tune.snapshot(), (SELECT taken FROM before))
WHERE action ~ 'timed' ORDER BY action COLLATE "C";

SELECT * FROM bingo_tune.difference((SELECT taken FROM before), bingo_tune.snapshot());
DROP TABLE before;
DROP VIEW counted;
DROP FUNCTION count_timed, fail_inside, reset_here;
DROP TABLE timed;
DROP ROLE regress_timing_reader;
DROP EXTENSION bingo_tune;
