-- What an execution looks at before it reads the window.  Each part compares
-- with the plain plan in the same snapshot.
-- Seen red with: own changes, the parallel worker, SERIALIZABLE (wholly, and judged by
-- READ ONLY and DEFERRABLE), the marks, those in pg_seclabel alone, the index's state, the
-- fingerprint and the setting not looked at, each in turn; a comment taken for a mark.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
\set plays 'SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 30'

-- The reason that EXPLAIN ANALYZE gives.
CREATE FUNCTION reason(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Plan Behind Used';
END
$$;

-- own changes, until the transaction ends, savepoints included
BEGIN;
SELECT * FROM compare(:'plays');
SAVEPOINT one;
INSERT INTO play SELECT 2000 + i, i, i FROM generate_series(1, 40) i;
SELECT * FROM compare(:'plays');
SELECT reason(:'plays');
ROLLBACK TO one;
SELECT * FROM compare(:'plays');
UPDATE song SET title = 'A ' || title WHERE id < 10;
SELECT * FROM compare(:'plays');
ROLLBACK;
BEGIN;
DELETE FROM listener WHERE id = 1;
SELECT * FROM compare(:'plays');
COMMIT;
BEGIN;
TRUNCATE play;
SELECT * FROM compare(:'plays');
ROLLBACK;
SELECT * FROM compare(:'plays');

-- in the statement that makes the change, in its triggers, in functions
CREATE FUNCTION top_id() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 1
$$;
CREATE FUNCTION top_id_plain() RETURNS bigint LANGUAGE sql VOLATILE SET bingo_tune.enable_ordered_scan = off AS $$
	SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 1
$$;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '% %: %', TG_WHEN, TG_LEVEL, CASE WHEN top_id() = top_id_plain() THEN 'same' ELSE top_id() || ' instead of ' || top_id_plain() END;
	RETURN NULL;
END
$$;
CREATE TRIGGER "0" AFTER UPDATE ON song FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER "z" AFTER UPDATE ON song FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER "zz" AFTER UPDATE ON song FOR EACH STATEMENT EXECUTE FUNCTION watch();
CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE ON song DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch();
UPDATE song SET year = NULL, title = ' first' WHERE id = 3;
SELECT top_id() = top_id_plain() AS same;
UPDATE song SET year = 1950 WHERE id = 3 RETURNING top_id() = top_id_plain() AS same;
DROP TRIGGER "0" ON song; DROP TRIGGER z ON song; DROP TRIGGER zz ON song; DROP TRIGGER deferred ON song;
WITH gone AS (DELETE FROM play WHERE id > 990 RETURNING id)
	SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 2;
WITH gone AS (DELETE FROM play WHERE id > 980 RETURNING id), top AS (
	SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 100)
	SELECT (SELECT count(*) FROM gone), count(*), max(id) FROM top;

-- isolation levels
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM compare(:'plays');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM compare(:'plays');
SELECT reason(:'plays');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT * FROM compare(:'plays');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM compare(:'plays');
COMMIT;
-- declared so after the snapshot was taken
BEGIN ISOLATION LEVEL SERIALIZABLE DEFERRABLE;
SELECT count(*) FROM play WHERE id = 1;
SET TRANSACTION READ ONLY;
SELECT reason(:'plays');
COMMIT;

-- a parallel worker, which cannot see what its leader has changed
CREATE FUNCTION top_id_parallel() RETURNS bigint LANGUAGE sql PARALLEL SAFE STABLE AS $$
	SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 1
$$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
BEGIN;
INSERT INTO song VALUES (100, ' first', NULL, 1);
INSERT INTO play VALUES (5000, 100, 3, now(), '');
SELECT top_id_plain() AS plain \gset
SELECT max(top_id_parallel()) = :plain AS same, min(top_id_parallel()) = :plain AS same FROM play;
ROLLBACK;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- two-phase commit: the changes are no longer this transaction's
BEGIN;
UPDATE song SET title = ' second' WHERE id = 4;
SELECT * FROM compare(:'plays');
PREPARE TRANSACTION 'scan_start';
SELECT * FROM compare(:'plays');
ROLLBACK PREPARED 'scan_start';
SELECT * FROM compare(:'plays');

-- cached plans: an ordering that comes, is switched off, is not valid, whose
-- index or triggers are not what they must be, is dropped
SET plan_cache_mode = force_generic_plan;
PREPARE by_time AS SELECT id, at FROM play ORDER BY at, id LIMIT 2;
CREATE FUNCTION rows_by_time() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	n bigint;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE by_time' INTO plan;
	n := scan_rows(plan, 'Rows from Window');
	RETURN coalesce(n || ' from the window', 'no ordered scan') || coalesce(', ' || (jsonb_path_query_first(plan,
		'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Plan Behind Used'), '');
END
$$;
EXECUTE by_time;
SELECT rows_by_time();
SELECT bingo_tune.create_ordering('by_time', 'SELECT id, at FROM play ORDER BY at, id', 100);
SELECT rows_by_time();
EXECUTE by_time;
SET bingo_tune.enable_ordered_scan = off;
SELECT rows_by_time();
RESET bingo_tune.enable_ordered_scan;
SELECT 'bingo_tune.window_' || ordering_id AS "window", 'bingo_tune.window_' || ordering_id || '_order' AS "order"
	FROM bingo_tune.ordering_states() WHERE name = 'by_time' \gset
-- a mark, in either catalog: what the snapshot sees counts; a comment is none.  Made by hand it
-- is not announced, so in a session that does not know yet that there is none
\c -
SET search_path = music;
SET client_min_messages = warning;
SET plan_cache_mode = force_generic_plan;
PREPARE by_time AS SELECT id, at FROM play ORDER BY at, id LIMIT 2;
BEGIN;
INSERT INTO pg_description VALUES (:'window'::regclass, 'pg_class'::regclass, -2147483000, '1 a test');
SELECT rows_by_time();
SAVEPOINT s;
DELETE FROM pg_description WHERE description = '1 a test';
SELECT rows_by_time();
INSERT INTO pg_seclabel VALUES (:'window'::regclass, 'pg_class'::regclass, -1000, 'bingo_tune', '1 a test');
SELECT rows_by_time();
ROLLBACK TO s;
SELECT rows_by_time();
ROLLBACK;
SELECT rows_by_time();
COMMENT ON MATERIALIZED VIEW :window IS 'mine';
COMMENT ON COLUMN :window.c1 IS 'mine, too';
SELECT rows_by_time();
-- an index that is being built or dropped
BEGIN;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = :'order'::regclass;
SELECT rows_by_time();
UPDATE pg_index SET indisvalid = true, indislive = false WHERE indexrelid = :'order'::regclass;
SELECT rows_by_time();
ROLLBACK;
-- triggers that do not fire always: so they stay only if nobody puts them right
ALTER TABLE play DISABLE TRIGGER ALL;
SELECT rows_by_time();
ALTER TABLE play ENABLE TRIGGER ALL;
SELECT rows_by_time();
BEGIN;
ALTER EVENT TRIGGER bingo_tune_after_ddl DISABLE;
ALTER TABLE play DISABLE TRIGGER ALL;
ALTER TABLE play ENABLE TRIGGER ALL;
SELECT rows_by_time();
ROLLBACK;
SELECT rows_by_time();
SELECT bingo_tune.drop_ordering('by_time');
SELECT rows_by_time();
EXECUTE by_time;
SELECT bingo_tune.create_ordering('by_time', 'SELECT id, at FROM play ORDER BY at, id', 100);
SELECT rows_by_time();
DROP EXTENSION bingo_tune CASCADE;
SELECT rows_by_time();
CREATE EXTENSION bingo_tune;
SELECT rows_by_time();

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
