-- A transaction counts what it has changed itself: the sums in memory beside the window, or
-- the plan behind.  In one statement and so under one snapshot: "counted" by the counter, "plain" by a
-- condition that no counter has.
--
-- Seen red: a snapshot older than a change (both_then); a statement in progress, found by its open table (index, when); an
-- action's events that wait (z_parent), and deferred ones taken for such; sums that were written early; a table that was altered;
-- another order than the window's; own rows that are not searched, by list, by IS NULL; the command of the trigger for the row's;
-- what a rolled back savepoint, or only an inner one, could not keep: for ever, or no more; memory kept for each released one, or taken for each own key.
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_how :abs_srcdir '/include/counter_how.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, k int, s text COLLATE "C", live bool NOT NULL DEFAULT true,
	p int REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent SELECT generate_series(1, 22);
INSERT INTO t SELECT g, g % 5, 's' || g % 3, g % 2 = 0, g % 20 + 1 FROM generate_series(1, 20000) g;
INSERT INTO t VALUES (30001, NULL, NULL, true, 1), (30002, 77, 'only', true, 1), (30003, 7, 'p', true, 21), (30004, 7, 'p', true, 22), (30005, 7, 'p', true, 22);
VACUUM ANALYZE t;
SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM t');
SELECT bingo_tune.create_counter('keyed', 'SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
\set ECHO none
\i :counter_how
\set ECHO all
CREATE VIEW totals AS SELECT counted, CASE WHEN plain <> counted THEN plain END AS but_plain
	FROM (SELECT (SELECT count(*) FROM t) AS counted, (SELECT count(*) FROM t WHERE ctid IS NOT NULL) AS plain) c;
CREATE VIEW by_key AS SELECT k, s, counted.n AS counted, plain.n AS plain
	FROM (SELECT k, s, count(*) AS n FROM t WHERE live GROUP BY k, s) counted
	FULL JOIN (SELECT k, s, count(*) AS n FROM t WHERE live AND ctid IS NOT NULL GROUP BY k, s) plain
	USING (k, s) WHERE counted.n IS DISTINCT FROM plain.n AND s IS NOT NULL AND k IS NOT NULL;
CREATE VIEW of_nulls AS SELECT counted, plain FROM (SELECT
	(SELECT count(*) FROM t WHERE live AND k IS NULL) AS counted,
	(SELECT count(*) FROM t WHERE live AND k IS NULL AND ctid IS NOT NULL) AS plain) c WHERE counted <> plain;
RESET client_min_messages;

-- rows that come, go and change, and keys with them
BEGIN;
INSERT INTO t VALUES (40001, 7, 'new', true, 1), (40002, NULL, 'new', true, 1), (40003, 7, NULL, true, 1), (40004, 7, 'new', false, 1);
TABLE totals; TABLE by_key; TABLE of_nulls;
SELECT how('SELECT count(*) FROM t'), how('SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
DELETE FROM t WHERE id IN (30001, 30002);
UPDATE t SET k = k + 1 WHERE id < 1000;
UPDATE t SET live = NOT live, s = 's9' WHERE id BETWEEN 500 AND 2000;
INSERT INTO t VALUES (5, 8, 'x') ON CONFLICT (id) DO UPDATE SET k = 9;
TABLE totals; TABLE by_key; TABLE of_nulls;
-- what was there before alone, what is gone, what is there now alone; groups in their order
SELECT k, count(*) FROM t WHERE live AND k IN (7, 77, 9, 3) GROUP BY k;
SELECT k, count(*) FROM t WHERE live GROUP BY k HAVING count(*) > 1 ORDER BY k;
SELECT s, count(*) FROM t WHERE live GROUP BY s ORDER BY s;
SELECT s, count(*) FROM t WHERE live AND ctid IS NOT NULL GROUP BY s ORDER BY s;
SELECT how('SELECT s, count(*) FROM t WHERE live GROUP BY s');
SELECT count(*) FROM t WHERE live AND k = 77;
SELECT count(*) FROM t WHERE live AND k = 7 AND s IS NULL;
SELECT count(*) FROM t WHERE live AND k IS NULL;
SELECT count(*), count(*) FILTER (WHERE k > 5), count(s) FROM t WHERE live AND k <> 3;
SELECT how('SELECT count(*), count(*) FILTER (WHERE k > 5), count(s) FROM t WHERE live AND k <> 3');
SELECT count(*) OVER () FROM t WHERE live AND k = 7 LIMIT 1;
SELECT count(*) FROM (SELECT id FROM t WHERE live AND k = 7 ORDER BY id DESC LIMIT 2) page;
SELECT v, (SELECT count(*) FROM t WHERE live AND k = v) FROM (VALUES (7), (77), (9), (NULL)) x (v);
-- nothing is evaluated for a key that has no rows any more
DELETE FROM t WHERE k = 4;
SELECT count(*) FROM t WHERE live AND 1 / (k - 4) IS NOT NULL;
ROLLBACK;

-- savepoints
BEGIN;
INSERT INTO t VALUES (40001, 7, 'new');
SAVEPOINT a;
INSERT INTO t VALUES (40002, 7, 'new'), (40003, 8, 'new');
SAVEPOINT b;
DELETE FROM t WHERE id = 40001;
TABLE totals; TABLE by_key;
RELEASE b;
SAVEPOINT c;
UPDATE t SET k = 99 WHERE id < 5000;
TABLE totals; TABLE by_key;
ROLLBACK TO c;
TABLE totals; TABLE by_key;
SELECT count(*) FROM t WHERE live AND k = 7;
ROLLBACK TO a;
TABLE totals; TABLE by_key;
SELECT count(*) FROM t WHERE live AND k = 7;
SELECT how('SELECT count(*) FROM t WHERE live AND k = 7');
COMMIT;
TABLE totals; TABLE by_key;
-- of a released one nothing is kept but its changes
BEGIN;
DO $$
BEGIN
	FOR i IN 1..1000 LOOP
		BEGIN
			INSERT INTO t VALUES (50000 + i, 7, 'new');
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
	END LOOP;
END $$;
SELECT count(*) < 10 AS few FROM pg_backend_memory_contexts WHERE name = 'CurTransactionContext';
TABLE totals; TABLE by_key;
ROLLBACK;

-- cursors see what was there when they were opened
BEGIN;
INSERT INTO t VALUES (40011, 7, 'new');
DECLARE early CURSOR FOR SELECT count(*), (SELECT count(*) FROM t WHERE ctid IS NOT NULL) AS plain FROM t;
DECLARE held CURSOR WITH HOLD FOR SELECT count(*), (SELECT count(*) FROM t WHERE ctid IS NOT NULL) AS plain FROM t;
INSERT INTO t VALUES (40012, 7, 'new');
SELECT how('SELECT count(*) FROM t');
DELETE FROM t WHERE id < 100;
FETCH early;
CLOSE early;
COMMIT;
FETCH held;
CLOSE held;

-- who counts while a statement is at work: in triggers, early and late, and what they call
CREATE TABLE seen (moment text, counted bigint, plain bigint);
CREATE FUNCTION look(moment text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO seen SELECT moment, (SELECT count(*) FROM t), (SELECT count(*) FROM t WHERE ctid IS NOT NULL);
	INSERT INTO seen SELECT moment, (SELECT count(*) FROM t WHERE live AND k = 7),
		(SELECT count(*) FROM t WHERE live AND k = 7 AND ctid IS NOT NULL);
	RETURN true; END $$;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	PERFORM look(tg_name || ' ' || tg_op); RETURN CASE WHEN tg_when = 'BEFORE' AND tg_op = 'DELETE' THEN old ELSE new END; END $$;
CREATE FUNCTION look_index(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	PERFORM public.look_around(i); RETURN i; END $$;
CREATE FUNCTION look_around(i int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
	IF current_setting('test.look', true) = 'on' THEN PERFORM look('index'); END IF; RETURN i; END $$;
CREATE TABLE audit (at int);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (1); RETURN NULL; END $$;
CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF new.id < 100000 THEN INSERT INTO t VALUES (new.id + 100000, new.k, 'more'); END IF; RETURN NULL; END $$;
SET client_min_messages = warning;
CREATE TRIGGER a_log AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION log();
RESET client_min_messages;
-- another trigger's work does not matter
BEGIN;
INSERT INTO t VALUES (41001, 7, 'new');
SELECT how('SELECT count(*) FROM t');
ROLLBACK;
SET client_min_messages = warning;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER a_when AFTER INSERT ON t FOR EACH ROW WHEN (look('when')) EXECUTE FUNCTION log();
CREATE TRIGGER z_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER z_more AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION more();
CREATE TRIGGER z_statement AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION look();
CREATE CONSTRAINT TRIGGER z_deferred AFTER INSERT OR UPDATE OR DELETE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER a_parent BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER "A_parent" AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER z_parent AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION look();
CREATE TRIGGER z_parents AFTER DELETE ON parent FOR EACH STATEMENT EXECUTE FUNCTION look();
CREATE INDEX looking ON t (look_index(k));
RESET client_min_messages;
SET test.look = on;
INSERT INTO t VALUES (42001, 7, 'new'), (42002, 7, 'new'), (42003, 8, 'new');
BEGIN;
INSERT INTO t VALUES (42011, 7, 'new');
UPDATE t SET k = k + 1 WHERE id IN (42001, 42003);
WITH gone AS (DELETE FROM t WHERE id = 42011 RETURNING look('returning')) SELECT look('with'), count(*) FROM gone;
INSERT INTO t SELECT count(*) + 100000000, 7, 'own' FROM t;
INSERT INTO t VALUES (42002, 7), (42012, 7) ON CONFLICT (id) DO UPDATE SET k = 8 WHERE look('conflict');
COPY t (id, k) FROM STDIN;
42021	7
42022	7
\.
DELETE FROM parent WHERE id IN (21, 22);
MERGE INTO t USING (VALUES (42021), (42031)) v (id) ON t.id = v.id WHEN MATCHED AND look('merge') THEN DELETE WHEN NOT MATCHED THEN INSERT (id, k) VALUES (v.id, 7);
DO $$
BEGIN
	FOR i IN 1..6 LOOP
		BEGIN
			INSERT INTO t VALUES (43000 + i, 7, 'loop');
			PERFORM look('block');
			IF i % 3 = 0 THEN RAISE 'not this one'; END IF;
		EXCEPTION WHEN raise_exception THEN
			PERFORM look('handler');
		END;
		PERFORM look('loop');
	END LOOP;
END $$;
COMMIT;
SELECT moment, count(*) > 0 AS looked, max(abs(counted - plain)) AS wrong FROM seen GROUP BY moment ORDER BY moment COLLATE "C";
SELECT name, bingo_tune.verify_counter(name) AS differing FROM bingo_tune.counters ORDER BY name;
RESET test.look;
DROP INDEX looking;
DROP TRIGGER a_before ON t; DROP TRIGGER a_row ON t; DROP TRIGGER a_when ON t; DROP TRIGGER z_row ON t; DROP TRIGGER z_more ON t;
DROP TRIGGER z_statement ON t; DROP TRIGGER z_deferred ON t;

-- functions that change, and count under the caller's snapshot
CREATE FUNCTION change() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO t SELECT max(id) + 1, 7, 'f' FROM t; RETURN 1; END $$;
CREATE FUNCTION both_now() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN (SELECT row(counted, but_plain) FROM totals); END $$;
CREATE FUNCTION both_then() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT row(counted, but_plain) FROM totals); END $$;
CREATE FUNCTION steps() RETURNS SETOF totals LANGUAGE sql VOLATILE AS $$
	INSERT INTO t SELECT max(id) + 1, 7, 'f' FROM t; UPDATE t SET k = 6 WHERE s = 'f'; SELECT * FROM totals $$;
BEGIN;
SELECT change(), both_now(), both_then();
SELECT change(), both_now(), both_then();
SELECT * FROM steps();
TABLE by_key;
-- of an open scan it is not known what it does
SELECT (SELECT how('SELECT count(*) FROM t')) FROM t LIMIT 1;
ROLLBACK;

-- a rule's statements share a snapshot
CREATE TABLE order_of (n int);
CREATE RULE also AS ON INSERT TO order_of DO ALSO (INSERT INTO t SELECT max(id) + 1, 7, 'rule' FROM t; INSERT INTO seen SELECT 'rule', (SELECT count(*) FROM t), (SELECT count(*) FROM t WHERE ctid IS NOT NULL));
INSERT INTO order_of VALUES (1);
SELECT counted - plain AS wrong FROM seen WHERE moment = 'rule';

-- what it has done to the table else
BEGIN;
ALTER TABLE t ADD COLUMN more int;
INSERT INTO t VALUES (44001, 7, 'new');
TABLE totals; TABLE by_key;
SELECT how('SELECT count(*) FROM t');
ROLLBACK;
BEGIN;
INSERT INTO t VALUES (44001, 7, 'new');
SET CONSTRAINTS ALL IMMEDIATE;
TRUNCATE t;
INSERT INTO t VALUES (44002, 7, 'new');
TABLE totals; TABLE by_key;
ROLLBACK;
BEGIN;
SAVEPOINT a;
TRUNCATE t;
ROLLBACK TO a;
INSERT INTO t VALUES (44002, 7, 'new');
TABLE totals; TABLE by_key;
SELECT how('SELECT count(*) FROM t');
COMMIT;
SELECT name, state, reason FROM bingo_tune.counters ORDER BY name;
BEGIN;
LOCK TABLE t IN ROW EXCLUSIVE MODE;
SELECT how('SELECT count(*) FROM t');
ROLLBACK;
-- a long list is fetched once, not for each own key
CREATE TABLE lists (ks int[]);
ALTER TABLE lists ALTER ks SET STORAGE EXTERNAL;
INSERT INTO lists SELECT array_agg(g) FROM generate_series(1, 5000) g;
BEGIN;
INSERT INTO t SELECT 200000 + g, 10000 + g, 'many' FROM generate_series(1, 1000) g;
SELECT count(*) FROM t WHERE live AND k = ANY ((SELECT ks FROM lists)::int[]);
SELECT how('SELECT count(*) FROM t WHERE live AND k = ANY ((SELECT ks FROM lists)::int[])');
SELECT n, used < 10000000 AS little FROM (SELECT (SELECT count(*) FROM t WHERE live AND k = ANY (ks)) AS n,
	(SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE ks IS NOT NULL) AS used FROM lists OFFSET 0) x;
ROLLBACK;
DROP TABLE lists;
-- more keys than are kept in memory
BEGIN;
INSERT INTO t SELECT 200000 + g, g, 'many' FROM generate_series(1, 15000) g;
TABLE totals; TABLE by_key;
SELECT how('SELECT count(*) FROM t');
SELECT how('SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
ROLLBACK;
-- ... is forgotten with a savepoint
BEGIN;
INSERT INTO t VALUES (44004, 7, 'new');
SAVEPOINT a;
INSERT INTO t SELECT 200000 + g, g, 'many' FROM generate_series(1, 15000) g;
SAVEPOINT b;
INSERT INTO t VALUES (44005, 7, 'new');
RELEASE b;
ROLLBACK TO a;
INSERT INTO t VALUES (44006, 7, 'new');
TABLE totals; TABLE by_key;
SELECT how('SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
SAVEPOINT a;
INSERT INTO t SELECT 200000 + g, g, 'many' FROM generate_series(1, 15000) g;
SAVEPOINT b;
INSERT INTO t VALUES (44005, 7, 'new');
ROLLBACK TO b;
RELEASE a;
TABLE totals; TABLE by_key;
SELECT how('SELECT k, s, count(*) FROM t WHERE live GROUP BY k, s');
ROLLBACK;
-- a snapshot of the transaction's beginning
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 FROM parent;
DELETE FROM t WHERE id < 200;
TABLE totals; TABLE by_key;
SELECT how('SELECT count(*) FROM t');
ROLLBACK;
TABLE totals; TABLE by_key; TABLE of_nulls;
SELECT name, bingo_tune.verify_counter(name) AS differing FROM bingo_tune.counters ORDER BY name;

SET client_min_messages = warning;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP RULE also ON order_of;
DROP VIEW totals, by_key, of_nulls CASCADE;
DROP TABLE t, parent, seen, audit, order_of;
DROP FUNCTION how, look(text), look(), look_index, look_around, log(), more, change, both_now, both_then;
