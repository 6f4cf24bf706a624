-- A counter beside a plain path that groups in order: what the planner rejects of it higher up is freed,
-- and is not the counter's plan behind.
--
-- Seen red (a crash): the path itself in both places.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE sorted (id int PRIMARY KEY, k int NOT NULL, s text);
INSERT INTO sorted SELECT g, g % 5, 's' || g % 3 FROM generate_series(1, 20000) g;
VACUUM ANALYZE sorted;
SELECT bingo_tune.create_counter('sorted', 'SELECT k, s, count(*) FROM sorted GROUP BY k, s');
RESET client_min_messages;
SELECT s, count(*) FROM sorted WHERE s LIKE 's%' AND k <> 77 AND s <> 'q' AND length(s) = 2 GROUP BY s ORDER BY s;
BEGIN;
DECLARE c CURSOR FOR SELECT s, count(*) FROM sorted WHERE s LIKE 's%' AND k <> 77 AND s <> 'q' AND length(s) = 2 GROUP BY s ORDER BY s;
FETCH ALL FROM c;
COMMIT;
SET max_parallel_workers_per_gather = 0;
SET enable_hashagg = off;
SELECT s, count(*) FROM sorted GROUP BY s ORDER BY s;
SELECT s, count(*) FROM sorted GROUP BY s ORDER BY s DESC LIMIT 2;
SELECT k, s, count(*) FROM sorted WHERE s > 's0' GROUP BY k, s ORDER BY s, k LIMIT 3;
SELECT k, count(*) FROM sorted GROUP BY k ORDER BY k LIMIT 2;
SELECT k, count(*), rank() OVER (ORDER BY k DESC) FROM sorted GROUP BY k ORDER BY k LIMIT 2;
CREATE INDEX ON sorted (s, k);
VACUUM ANALYZE sorted;
SELECT s, count(*) FROM sorted GROUP BY s ORDER BY s;
SELECT s, k, count(*) FROM sorted GROUP BY s, k ORDER BY s, k LIMIT 2;
SET client_min_messages = warning;
DROP TABLE sorted;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
