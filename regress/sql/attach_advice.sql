-- settings_advice: a rule for each setting, computed from facts, with a command
-- that works.
-- Seen red: without the limit of a quarter of the memory; kB shown as MB; the
-- share of the wrong table; machine(root) open to everybody.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;

-- 1. Nothing there yet, or more than was measured: only how the libraries are loaded.
SELECT * FROM bingo_tune.data_sizes();
SELECT name, advised, unit, reason, context, command FROM bingo_tune.settings_advice ORDER BY name COLLATE "C";
\set mb '* 1048576::bigint'
SELECT name, advised, unit, reason FROM bingo_tune.advise_settings(1000 :mb, 2, 3 :mb, 20 :mb) ORDER BY name COLLATE "C";
SELECT name FROM bingo_tune.advise_settings(1000 :mb, 4, 3 :mb, 20 :mb)
EXCEPT SELECT name FROM bingo_tune.advise_settings(1000 :mb, 2, 3 :mb, 20 :mb);
SELECT name FROM bingo_tune.advise_settings(1000 :mb, 2, 3 :mb, 20 :mb)
EXCEPT SELECT name FROM bingo_tune.advise_settings(1000 :mb, 4, 3 :mb, 20 :mb);
SELECT name FROM bingo_tune.advise_settings(1000 :mb, 2, 800 :mb, 6000 :mb) ORDER BY name COLLATE "C";

-- 2. The rules for other machines: great, small, unknown memory; small data.
SELECT name, advised, reason FROM bingo_tune.advise_settings(64000 :mb, 4, 800 :mb, 6000 :mb) WHERE name = 'shared_buffers';
SELECT name, advised, reason FROM bingo_tune.advise_settings(2000 :mb, 4, 800 :mb, 6000 :mb) WHERE name = 'shared_buffers';
SELECT name, advised, reason FROM bingo_tune.advise_settings(64 :mb, 4, 800 :mb, 6000 :mb) WHERE name = 'shared_buffers';
SELECT name, advised, reason FROM bingo_tune.advise_settings(NULL, 4, 800 :mb, 6000 :mb) WHERE name = 'shared_buffers';
SELECT name, advised, reason FROM bingo_tune.advise_settings(64000 :mb, 4, 3 :mb, 20 :mb) WHERE name = 'shared_buffers';

SELECT name, advised, reason FROM bingo_tune.advise_settings(NULL, NULL, 3 :mb, 20 :mb) WHERE name ~ 'parallel';
SET jit_above_cost = 1000;
SET jit = on;
SELECT name, advised, reason FROM bingo_tune.advise_settings(NULL, 4, 3 :mb, 20 :mb) WHERE name = 'jit';
SELECT name, advised FROM bingo_tune.advise_settings(NULL, 4, 800 :mb, 6000 :mb) WHERE name = 'jit';
SET jit = off;
SELECT name, advised, reason FROM bingo_tune.advise_settings(NULL, 4, 3 :mb, 20 :mb) WHERE name = 'jit';
SET jit = on;
SET jit_above_cost = -1;
SELECT name, advised, reason FROM bingo_tune.advise_settings(NULL, 4, 3 :mb, 20 :mb) WHERE name = 'jit';
RESET jit_above_cost;

-- 3. Values in the unit of the row, as this session has them, where the tables are.
CREATE SCHEMA "The App";
CREATE TABLE "The App".movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE "The App".customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE "The App".sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO "The App".movies SELECT i, 'M', 2000, 90 FROM generate_series(1, 1000) i;
INSERT INTO "The App".sessions SELECT i, '2020-01-01', 1, 1 FROM generate_series(1, 10000) i;
SELECT count(*) FROM bingo_tune.apply();
ANALYZE "The App".sessions;
SET work_mem = '1536kB';
SET effective_cache_size = '3GB';
SET maintenance_work_mem = '1GB';
SET random_page_cost = 1.25;
SET jit = off;
SELECT name, current, unit FROM bingo_tune.settings_advice
  WHERE name IN ('work_mem', 'effective_cache_size', 'maintenance_work_mem', 'random_page_cost', 'jit')
  ORDER BY name COLLATE "C";

-- 4. Sizes are those of the tables found, wherever they are.
SELECT d.tables = pg_total_relation_size('"The App".movies') + pg_total_relation_size('"The App".customers') + pg_total_relation_size('"The App".sessions') AS tables,
	d.answers = pg_total_relation_size('"The App".movies') + pg_total_relation_size('"The App".customers') + pg_relation_size('"The App".bingo_sessions_by_movie') AS answers
  FROM bingo_tune.data_sizes() d;

-- 5. The real machine is seen; another root folder is for superusers.
SELECT memory > 16 :mb AS memory, memory_source IS NOT NULL AS memory_source, cores > 0 AS cores, cores_source IS NOT NULL AS cores_source
  FROM bingo_tune.machine();
SELECT memory, memory_source, cores > 0 AS cores FROM bingo_tune.machine('/no/such/folder');
CREATE ROLE regress_reader;
SET ROLE regress_reader;
SELECT bingo_tune.machine('/');
SELECT name FROM bingo_tune.settings_advice WHERE name ~ 'libraries';
SELECT count(*) FILTER (WHERE name <> 'max_parallel_workers_per_gather') FROM bingo_tune.settings_advice;
RESET ROLE;
GRANT pg_read_all_settings TO regress_reader;
SET ROLE regress_reader;
SELECT name FROM bingo_tune.settings_advice WHERE name ~ 'libraries';
RESET ROLE;
DROP ROLE regress_reader;

SET client_min_messages = warning;
DROP SCHEMA "The App" CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
