-- Chunks of a window that the server reads by a parallel plan.
--
-- Seen red: without a transaction id assigned before the rows are read, the second chunk
-- fails ("cannot assign XIDs during a parallel operation"), at each try anew.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE f (id int PRIMARY KEY, k int NOT NULL);
INSERT INTO f SELECT i, i % 1000 FROM generate_series(1, 20000) i;
ANALYZE f;
SELECT bingo_tune.create_ordering('o', 'SELECT id, k FROM f ORDER BY k, id', 12000);
SELECT current_database() AS database \gset
ALTER DATABASE :"database" SET parallel_setup_cost = 0;
ALTER DATABASE :"database" SET parallel_tuple_cost = 0;
ALTER DATABASE :"database" SET min_parallel_table_scan_size = 0;
\c -
SET bingo_tune.upkeep = off;
SET bingo_tune.enable_ordered_scan = off;
EXPLAIN (COSTS OFF) SELECT id, k FROM f WHERE k >= 250 ORDER BY k, id LIMIT 5000;
RESET bingo_tune.enable_ordered_scan;
VACUUM FULL f;
SELECT bingo_tune.refresh_ordering('o');
SELECT state, kept_rows FROM bingo_tune.orderings;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');

-- The same for one that was never built.
SELECT bingo_tune.drop_ordering('o');
SELECT bingo_tune.create_ordering('o', 'SELECT id, k FROM f ORDER BY k, id', 12000);
SELECT state, kept_rows FROM bingo_tune.orderings;

-- And to extend one that has become short.
DELETE FROM f WHERE k < 400 AND id % 8 <> 0;
SELECT bingo_tune.refresh_ordering('o');
SELECT state, kept_rows FROM bingo_tune.orderings;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');

ALTER DATABASE :"database" RESET parallel_setup_cost;
ALTER DATABASE :"database" RESET parallel_tuple_cost;
ALTER DATABASE :"database" RESET min_parallel_table_scan_size;
DROP TABLE f;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
