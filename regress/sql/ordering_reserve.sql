-- Room in the lock table is kept by a transaction that has changed an ordering's table and locked many relations
-- (base/reserve.c): not behind SAVEPOINT and ROLLBACK TO, where no transaction is at work.
--
-- Seen red, on a server with assertions: the relation cache is asked there, too.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE t (id int PRIMARY KEY);
SELECT bingo_tune.create_ordering('o', 'SELECT id FROM t ORDER BY id', 10);
-- of as many locks each group of slots that the server has for them has more than ten
DO $$ BEGIN
	FOR i IN 1 .. 120 LOOP
		EXECUTE format('CREATE SEQUENCE reserve_%s', i);
	END LOOP;
END $$;
CREATE FUNCTION lock_many() RETURNS int LANGUAGE sql AS
	$$ SELECT max(nextval('reserve_' || i))::int FROM generate_series(1, 120) i $$;

-- sequences are locked for the whole transaction, whatever becomes of the subtransaction
BEGIN;
INSERT INTO t VALUES (1);
SAVEPOINT s;
SELECT 1 / (lock_many() * 0);
ROLLBACK TO s;
INSERT INTO t VALUES (2);
COMMIT;
BEGIN;
INSERT INTO t VALUES (3);
DO $$ BEGIN PERFORM lock_many(); END $$;
SAVEPOINT s;
INSERT INTO t VALUES (4);
RELEASE s;
COMMIT;
SELECT id FROM t ORDER BY id;
SELECT state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering('o');

DO $$ BEGIN
	FOR i IN 1 .. 120 LOOP
		EXECUTE format('DROP SEQUENCE reserve_%s', i);
	END LOOP;
END $$;
DROP FUNCTION lock_many;
DROP TABLE t CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
