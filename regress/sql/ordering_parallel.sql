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

-- What comes from behind a window is read in parallel, too, if that is cheaper.
CREATE FUNCTION behind(query text, OUT gathers bool, OUT from_window bool, OUT from_behind bool, OUT rows bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	served text;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
	gathers := jsonb_path_exists(plan, 'strict $.Plans[0].** ? (@."Node Type" == "Gather Merge")');
	from_window := (plan ->> 'Rows from Window')::int > 0;
	from_behind := (plan ->> 'Rows from Plan Behind')::int > 0;
	EXECUTE format('SELECT count(*), md5(string_agg(x::text, chr(10))) FROM (%s) x', query) INTO rows, served;
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE format('SELECT md5(string_agg(x::text, chr(10))) = %L FROM (%s) x', served, query) INTO same;
END
$$;
SELECT * FROM behind('SELECT id, k FROM f ORDER BY k, id LIMIT (SELECT 14000)');

ALTER DATABASE :"database" RESET parallel_setup_cost;
ALTER DATABASE :"database" RESET parallel_tuple_cost;
ALTER DATABASE :"database" RESET min_parallel_table_scan_size;
DROP TABLE f;
DROP FUNCTION behind;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
