-- What transactions do to a table, and what its counters then say: verify_counter() compares
-- with the table, and 0 is right.
--
-- Seen red: a filter whose functions are not looked up, or that counts every row when it could not be prepared; a second
-- trigger that counts, too; sums of a rolled back subtransaction kept; those of a released one lost; an
-- UPDATE that adds only; changes of key taken for none; TRUNCATE without a mark; the own
-- transaction counted from the window (see also counter_own); a recount that forgets what is still to come;
-- what was lost in a rolled back savepoint kept, and in a released one, or around a rolled back one, forgotten.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, k int, s text COLLATE "C", live bool NOT NULL DEFAULT true,
	p int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO parent SELECT generate_series(1, 20);
INSERT INTO t SELECT g, g % 5, 's' || g % 3, g % 2 = 0, g % 20 + 1 FROM generate_series(1, 1000) g;
ANALYZE;
SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM t');
SELECT bingo_tune.create_counter('keyed', 'SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
SELECT bingo_tune.create_counter('cascaded', 'SELECT p, count(*) FROM t GROUP BY p');
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Counter|Keys|Own Changes|Behind' THEN
			RETURN NEXT substring(line FROM '^[^(]*(?:\(BingoCounter\))?');
		END IF;
	END LOOP;
END $$;
RESET client_min_messages;
CREATE VIEW wrong AS SELECT name, state, reason, bingo_tune.verify_counter(name) AS differing FROM bingo_tune.counters
	WHERE state <> 'valid' OR bingo_tune.verify_counter(name) <> 0;
TABLE wrong;

-- plain changes, and such that change nothing that is counted
INSERT INTO t VALUES (1001, 7, 'new', true), (1002, NULL, NULL, true), (1003, 7, 'new', false);
UPDATE t SET k = k + 1 WHERE id < 100;
UPDATE t SET s = NULL WHERE id BETWEEN 50 AND 60;
UPDATE t SET live = NOT live WHERE id BETWEEN 200 AND 300;
UPDATE t SET id = id + 5000 WHERE id < 10;
DELETE FROM t WHERE id BETWEEN 400 AND 420;
INSERT INTO t VALUES (1001, 8, 'x') ON CONFLICT (id) DO UPDATE SET k = 9;
INSERT INTO t VALUES (1001, 8, 'x') ON CONFLICT DO NOTHING;
MERGE INTO t USING (VALUES (1001), (7001)) v (id) ON t.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, k) VALUES (v.id, 3);
COPY t (id, k) FROM STDIN;
7002	4
7003	4
\.
DELETE FROM parent WHERE id = 3;
UPDATE parent SET id = 33 WHERE id = 4;
TABLE wrong;
SELECT k, count(*) FROM t WHERE live GROUP BY k ORDER BY k;

-- subtransactions
BEGIN;
INSERT INTO t VALUES (8001, 1, 'a');
SAVEPOINT a;
INSERT INTO t VALUES (8002, 1, 'a'), (8003, 2, 'b');
SAVEPOINT b;
DELETE FROM t WHERE id = 8001;
INSERT INTO t VALUES (8004, 1, 'c');
RELEASE b;
SAVEPOINT c;
UPDATE t SET k = 99;
ROLLBACK TO c;
INSERT INTO t VALUES (8005, 1, 'c');
-- of its own changes it counts all
SELECT count(*), (SELECT count(*) FROM t WHERE k = 1 AND live) AS k1 FROM t;
SELECT line FROM plan('SELECT count(*) FROM t') AS line;
ROLLBACK TO a;
INSERT INTO t VALUES (8006, 1, 'd');
COMMIT;
TABLE wrong;
DO $$
BEGIN
	FOR i IN 1..20 LOOP
		BEGIN
			INSERT INTO t VALUES (9000 + i, i % 3, 'loop');
			IF i % 3 = 0 THEN RAISE 'not this one'; END IF;
		EXCEPTION WHEN raise_exception THEN
			INSERT INTO t VALUES (9100 + i, i, 'instead');
		END;
	END LOOP;
END $$;
TABLE wrong;
SELECT count(*) FROM t WHERE s = 'instead' AND live;

-- triggers of the application: one that counts, one that changes more, a deferred one
CREATE TABLE seen (n bigint);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen SELECT count(*) FROM t; RETURN NULL; END $$;
CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF new.id < 100000 THEN INSERT INTO t VALUES (new.id + 100000, new.k, 'more'); END IF; RETURN NULL; END $$;
CREATE TRIGGER zz_see AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE CONSTRAINT TRIGGER more AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION more();
SELECT count(*) FROM t;
INSERT INTO t VALUES (9501, 1, 'x'), (9502, 2, 'x');
SELECT n - first_value(n) OVER () AS more FROM seen;
TABLE wrong;
DROP TRIGGER zz_see ON t;
DROP TRIGGER more ON t;

-- two phases
BEGIN;
INSERT INTO t VALUES (9601, 1, 'p'), (9602, 1, 'p');
PREPARE TRANSACTION 'counter_change';
SELECT count(*) FROM t WHERE k = 1 AND s = 'p' AND live;
COMMIT PREPARED 'counter_change';
SELECT count(*) FROM t WHERE k = 1 AND s = 'p' AND live;
BEGIN;
DELETE FROM t WHERE s = 'p';
PREPARE TRANSACTION 'counter_change';
ROLLBACK PREPARED 'counter_change';
TABLE wrong;

-- more keys than are kept in memory, in a subtransaction that goes and in one that stays
BEGIN;
SAVEPOINT a;
INSERT INTO t SELECT 200000 + g, g, 'many' FROM generate_series(1, 25000) g;
ROLLBACK TO a;
INSERT INTO t SELECT 200000 + g, g, 'many' FROM generate_series(1, 15000) g;
COMMIT;
TABLE wrong;
DELETE FROM t WHERE s = 'many';
TABLE wrong;

-- a key that no index can hold: invalid, no error
ALTER TABLE t ALTER s SET STORAGE EXTERNAL;
INSERT INTO t SELECT 300000, 1, string_agg(md5(g::text), '') FROM generate_series(1, 1000) g;
SELECT name, reason FROM bingo_tune.counters WHERE state <> 'valid';
SELECT count(*) FROM t WHERE k = 1 AND live;
SELECT bingo_tune.refresh_counter('keyed');
DELETE FROM t WHERE id = 300000;
SELECT bingo_tune.refresh_counter('keyed');
TABLE wrong;

-- many transactions: their rows are folded (with a chance of 1 in 64 each; that of a thousand
-- none is folded has the chance of 1 in six millions)
CREATE PROCEDURE change_often() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..1000 LOOP
		INSERT INTO t VALUES (500000 + i, 3, 'often');
		IF i % 4 = 0 THEN
			DELETE FROM t WHERE id = 500000 + i / 2;
		END IF;
		COMMIT;
	END LOOP;
END $$;
CALL change_often();
SELECT name, changes_kept < 900 AS folded FROM bingo_tune.counters WHERE name = 'whole';
TABLE wrong;
SELECT count(*) FROM t WHERE s = 'often' AND k = 3 AND live;
DELETE FROM t WHERE s = 'often';
DROP PROCEDURE change_often;

-- TRUNCATE, alone and with more; rewritten tables
BEGIN;
INSERT INTO t VALUES (1, 1);
TRUNCATE t;
INSERT INTO t VALUES (1, 1), (2, 2);
SELECT count(*) FROM t;
COMMIT;
SELECT name, state, reason FROM bingo_tune.counters ORDER BY name;
SELECT count(*) FROM t;
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters;
TABLE wrong;
SELECT count(*) FROM t;
INSERT INTO t SELECT g, g % 5, 's' FROM generate_series(10, 500) g;
BEGIN;
ALTER TABLE t ALTER k TYPE bigint;
INSERT INTO t VALUES (5, 5);
SELECT count(*) FROM t;
ROLLBACK;
INSERT INTO t VALUES (6, 6);
TABLE wrong;
VACUUM FULL t;
INSERT INTO t VALUES (7, 7);
SELECT count(*) FROM t;
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters;
TABLE wrong;

-- what could not be kept in a savepoint is forgotten when that is rolled back, and only then
CREATE VIEW states AS SELECT name, state, reason FROM bingo_tune.counters ORDER BY name;
BEGIN;
INSERT INTO t VALUES (1001, 1);
SAVEPOINT a;
TRUNCATE t;
INSERT INTO t VALUES (1002, 2);
ROLLBACK TO a;
INSERT INTO t VALUES (1003, 3);
SAVEPOINT a;
ALTER TABLE t ALTER k TYPE bigint;
SAVEPOINT b;
INSERT INTO t VALUES (1004, 4);
SAVEPOINT c;
DELETE FROM t WHERE id = 1003;
RELEASE c;
RELEASE b;
UPDATE t SET k = 7 WHERE id = 1001;
ROLLBACK TO a;
DELETE FROM t WHERE id = 1001;
SAVEPOINT b;
INSERT INTO t VALUES (1005, 5);
RELEASE b;
COMMIT;
TABLE states;
TABLE wrong;
SELECT count(*) FROM t WHERE id > 1000;
DO $$ BEGIN
	BEGIN
		TRUNCATE t;
		INSERT INTO t VALUES (1006, 6);
		RAISE EXCEPTION 'no';
	EXCEPTION WHEN raise_exception THEN
		INSERT INTO t VALUES (1007, 7);
	END;
END $$;
TABLE states;
TABLE wrong;
BEGIN;
SAVEPOINT a;
ALTER FOREIGN DATA WRAPPER bingo_tune_window RENAME TO another;
INSERT INTO t VALUES (1008, 8);
SAVEPOINT b;
INSERT INTO t VALUES (1009, 9);
ROLLBACK TO b;
RELEASE a;
ALTER FOREIGN DATA WRAPPER another RENAME TO bingo_tune_window;
COMMIT;
TABLE states;
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters;
TABLE wrong;
DROP VIEW states;

-- counted again in the midst of changes: marked, and right when it is counted once more
BEGIN;
INSERT INTO t VALUES (8, 8);
SELECT bingo_tune.refresh_counter('whole');
INSERT INTO t VALUES (9, 9);
COMMIT;
SELECT name, reason FROM bingo_tune.counters WHERE state <> 'valid';
SELECT bingo_tune.refresh_counter('whole');
TABLE wrong;
BEGIN;
INSERT INTO t VALUES (600, 8);
SELECT bingo_tune.create_counter('late', 'SELECT live, count(*) FROM t GROUP BY live');
INSERT INTO t VALUES (601, 9);
SAVEPOINT a;
SELECT bingo_tune.drop_counter('keyed');
INSERT INTO t VALUES (602, 9);
ROLLBACK TO a;
COMMIT;
TABLE wrong;
WITH i AS (INSERT INTO t SELECT 700 + g, 1 FROM generate_series(1, 5) g RETURNING bingo_tune.refresh_counter('whole')) SELECT count(*) FROM i;
SELECT name, reason FROM bingo_tune.counters WHERE state <> 'valid';
SELECT bingo_tune.refresh_counter('whole');
TABLE wrong;

-- conditions below NOT, which the planner turns over; their functions need no right of the writer
CREATE ROLE counter_writer;
GRANT SELECT, INSERT, UPDATE, TRIGGER ON t TO counter_writer;
SELECT bingo_tune.create_counter('not' || n, format('SELECT count(*) FROM t WHERE NOT (%s)', c))
	FROM (VALUES (1, 'k = 1'), (2, 'k IN (1, 2)'), (3, $$live AND s < 'b'$$), (4, 'live OR k > 3')) v (n, c);
\c
REVOKE EXECUTE ON FUNCTION pg_catalog.int4eq(int, int), pg_catalog.int84eq(bigint, int), pg_catalog.int4ne(int, int) FROM PUBLIC;
SET ROLE counter_writer;
INSERT INTO t VALUES (900, 1), (901, 2), (902, 3), (903, NULL);
INSERT INTO t VALUES (904, 1, 'c', false), (905, 4, NULL, true), (901, 4, NULL, true) ON CONFLICT DO NOTHING;
RESET ROLE;
GRANT EXECUTE ON FUNCTION pg_catalog.int4eq(int, int), pg_catalog.int84eq(bigint, int), pg_catalog.int4ne(int, int) TO PUBLIC;
UPDATE t SET k = k + 1 WHERE id BETWEEN 900 AND 910;
TABLE wrong;
SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters WHERE name LIKE 'not_';

-- a second trigger with the same arguments: found, and taken away
SET ROLE counter_writer;
SELECT replace(pg_get_triggerdef(oid), 'CREATE TRIGGER bingo', 'CREATE TRIGGER other_bingo') AS make FROM pg_trigger
	WHERE tgrelid = 't'::regclass AND tgname LIKE 'bingo_tune%' AND tgname NOT LIKE '%truncate' ORDER BY 1 LIMIT 1 \gset
:make;
INSERT INTO t VALUES (920, 1);
RESET ROLE;
SELECT count(*) AS invalid, min(reason) AS reason FROM bingo_tune.counters WHERE state <> 'valid';
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters WHERE state <> 'valid';
SELECT count(*) AS others FROM pg_trigger WHERE tgname LIKE 'other_bingo%';
INSERT INTO t VALUES (921, 1);
TABLE wrong;

-- triggers disabled, enabled otherwise, dropped
ALTER TABLE t DISABLE TRIGGER ALL;
INSERT INTO t VALUES (801, 1);
ALTER TABLE t ENABLE TRIGGER ALL;
SELECT count(*) FROM t;
SELECT count(*) FROM bingo_tune.counters WHERE state = 'valid';
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters;
SET session_replication_role = replica;
INSERT INTO t VALUES (802, 1, 'r', true, 19);
RESET session_replication_role;
TABLE wrong;

SELECT bingo_tune.verify_counter('whole') FROM t LIMIT 1;
BEGIN;
DELETE FROM t;
SELECT bingo_tune.verify_counter('whole');
ROLLBACK;
SET client_min_messages = warning;
DROP TABLE t, parent, seen CASCADE;
DROP ROLE counter_writer;
DROP FUNCTION see(), more(), plan(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
