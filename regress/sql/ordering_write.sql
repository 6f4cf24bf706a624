-- Every way to change the tables of an ordering, in one session: after each, the
-- window is what it must be and the served answer is the plain one.
--
-- Seen red: work done in the row triggers instead of at commit; only the new image
-- of an UPDATE remembered; no key locks, no second phase of them (the numbers of
-- locks); bingo_fit_relation() always true (long names: an error); the limit of
-- changes left out; no invalidation row after a failure; replace_payload() that
-- does nothing; rows that came or went not told from changed ones; every INSERT
-- taken for new to the window, or after a fill; bingo_fit_definition() always
-- true (refresh fails).
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE movies (id int PRIMARY KEY, name text NOT NULL, year int NOT NULL, unused int NOT NULL DEFAULT 0);
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE sessions (id bigint PRIMARY KEY, customer_id int, movie_id int, n int NOT NULL DEFAULT 0);
CREATE INDEX ON sessions (movie_id, customer_id);
CREATE INDEX ON sessions (customer_id);
INSERT INTO movies SELECT g, 'm' || g, 2005 - g FROM generate_series(1, 4) g;
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 4) g;
INSERT INTO sessions SELECT m * 10 + c, c, m FROM generate_series(1, 4) m, generate_series(1, 4) c;
SELECT bingo_tune.create_ordering('o', 'SELECT sessions.id, sessions.n, customers.name, movies.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC', 8);

-- Is the ordering valid, how many differences has the window (NULL: this transaction's own
-- changes are not in it yet), was every row of it served, is the answer the plain one?
CREATE FUNCTION compare(OUT valid boolean, OUT wrong bigint, OUT served boolean, OUT same boolean)
LANGUAGE plpgsql SET enable_sort = off SET jit = off AS $$
DECLARE
	query text := 'SELECT sessions.id, sessions.n, customers.name, movies.name, movies.year
		FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id
		ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC LIMIT (SELECT 100)';
	answer text;
	answers text[];
	plan jsonb;
BEGIN
	valid := state = 'valid' FROM bingo_tune.orderings;
	BEGIN
		wrong := missing + extra + differing FROM bingo_tune.verify_ordering('o') WHERE valid;
	EXCEPTION WHEN object_in_use THEN
		wrong := NULL;
	END;
	FOR setting IN 0 .. 1 LOOP
		PERFORM set_config('bingo_tune.enable_ordered_scan', setting::text, true);
		EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s) q', query) INTO answer;
		answers[setting] := answer;
	END LOOP;
	same := answers[0] IS NOT DISTINCT FROM answers[1];
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	served := (jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Rows from Window')::bigint
		= kept_rows FROM bingo_tune.orderings;
END $$;
SELECT * FROM compare();

-- statements
INSERT INTO sessions VALUES (51, 1, 1), (52, 4, 4), (53, 9, 9), (54, NULL, 1), (55, 1, NULL);
SELECT * FROM compare();
UPDATE sessions SET movie_id = 5 - movie_id;
SELECT * FROM compare();
UPDATE sessions SET n = n + 1;
UPDATE sessions SET id = id + 1000 WHERE customer_id = 2;
SELECT * FROM compare();
DELETE FROM sessions WHERE customer_id = 3;
SELECT * FROM compare();
INSERT INTO sessions VALUES (51, 2, 2) ON CONFLICT (id) DO UPDATE SET movie_id = 1, customer_id = excluded.customer_id;
INSERT INTO sessions VALUES (51, 2, 2) ON CONFLICT DO NOTHING;
SELECT * FROM compare();
MERGE INTO sessions s USING (VALUES (51, 1), (52, 2), (61, 1), (62, 4)) v (id, movie) ON s.id = v.id
	WHEN MATCHED AND v.movie = 1 THEN DELETE
	WHEN MATCHED THEN UPDATE SET movie_id = 1
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, 1, v.movie);
SELECT * FROM compare();
COPY sessions FROM STDIN;
71	1	1	0
72	2	4	0
73	\N	1	0
\.
SELECT * FROM compare();
WITH m AS (INSERT INTO movies VALUES (9, 'cte', 2030) RETURNING id), c AS (UPDATE customers SET name = 'cte' WHERE id = 1)
	INSERT INTO sessions SELECT 81, 1, id FROM m;
SELECT * FROM compare();

-- dimensions
UPDATE movies SET name = name || '!', year = year + id;
SELECT * FROM compare();
UPDATE customers SET id = id + 10 WHERE id < 3;
SELECT * FROM compare();
UPDATE customers SET id = id - 10 WHERE id > 10;
SELECT * FROM compare();
DELETE FROM movies WHERE id = 1;
INSERT INTO movies VALUES (1, 'back', 2040);
SELECT * FROM compare();
BEGIN;
UPDATE movies SET year = 1900 WHERE id = 1;
UPDATE sessions SET movie_id = 4 WHERE movie_id = 1;
DELETE FROM customers WHERE id = 2;
INSERT INTO customers VALUES (2, 'other');
COMMIT;
SELECT * FROM compare();

-- what dimensions show, and no more: the window itself is read
UPDATE customers SET name = name || '~';
SELECT * FROM compare();
UPDATE movies SET unused = 1;
BEGIN;
UPDATE customers SET name = name || '1' WHERE id = 1;
SAVEPOINT a;
UPDATE customers SET name = name || '2';
ROLLBACK TO a;
UPDATE customers SET name = name || '3' WHERE id = 4;
COMMIT;
SELECT * FROM compare();
BEGIN;
UPDATE customers SET name = name || '4';
DELETE FROM customers WHERE id = 4;
COMMIT;
SELECT * FROM compare();
INSERT INTO customers VALUES (4, 'again') ON CONFLICT (id) DO UPDATE SET name = 'twice';
SELECT * FROM compare();
INSERT INTO customers VALUES (4, 'again') ON CONFLICT (id) DO UPDATE SET name = 'twice';
SELECT * FROM compare();
BEGIN;
UPDATE customers SET name = name || '5';
UPDATE movies SET year = year + 1;
UPDATE sessions SET n = n + 1;
COMMIT;
SELECT * FROM compare();

-- a single row's INSERT, and what can come before the commit
INSERT INTO sessions VALUES (84, 1, 9);
SELECT count(*) FROM bingo_tune.orderings, LATERAL (SELECT substring(boundary FROM '^\d+')::int AS year) b WHERE year < (SELECT year FROM movies WHERE id = 9);
SELECT * FROM compare();
BEGIN;
INSERT INTO sessions VALUES (85, 1, 9);
UPDATE sessions SET n = 7 WHERE id = 85;
COMMIT;
SELECT * FROM compare();
BEGIN;
INSERT INTO sessions VALUES (86, 1, 9);
DELETE FROM sessions WHERE id = 86;
INSERT INTO sessions VALUES (86, 1, 9);
COMMIT;
SELECT * FROM compare();
BEGIN;
DELETE FROM sessions WHERE id = 86;
INSERT INTO sessions VALUES (86, 2, 9);
COMMIT;
SELECT * FROM compare();
BEGIN;
SAVEPOINT a;
INSERT INTO sessions VALUES (87, 1, 9);
ROLLBACK TO a;
INSERT INTO sessions VALUES (87, 2, 9);
COMMIT;
SELECT * FROM compare();
BEGIN;
INSERT INTO sessions VALUES (88, 1, 9);
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM compare();
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO sessions VALUES (89, 1, 9);
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE customers SET name = name || '6';
COMMIT;
SELECT * FROM compare();
DELETE FROM sessions WHERE id BETWEEN 84 AND 89;
SELECT * FROM compare();

-- several changes of a row, other triggers, deferred ones, a key swap
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_WHEN = 'BEFORE' THEN
		NEW.n := NEW.n + 100;
		RETURN NEW;
	END IF;
	IF pg_trigger_depth() = 1 THEN
		UPDATE sessions SET movie_id = 1 WHERE id = NEW.id;
		UPDATE movies SET name = name || '*' WHERE id = 1;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER a_touch BEFORE INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER z_touch AFTER INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER d_touch AFTER INSERT ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO sessions VALUES (91, 1, 4), (92, 2, 2);
SELECT * FROM compare();
UPDATE sessions SET customer_id = customer_id WHERE id = 92;
SELECT * FROM compare();
BEGIN;
INSERT INTO sessions VALUES (93, 1, 4);
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE sessions SET movie_id = 4 WHERE id = 93;
DELETE FROM sessions WHERE id = 91;
INSERT INTO sessions VALUES (91, 2, 1);
COMMIT;
SELECT * FROM compare();
DROP TRIGGER a_touch ON sessions;
DROP TRIGGER z_touch ON sessions;
DROP TRIGGER d_touch ON sessions;
BEGIN;
UPDATE sessions SET id = -1 WHERE id = 91;
UPDATE sessions SET id = 91 WHERE id = 92;
UPDATE sessions SET id = 92 WHERE id = -1;
COMMIT;
SELECT * FROM compare();

-- cascades
ALTER TABLE sessions ADD FOREIGN KEY (movie_id) REFERENCES movies ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;
UPDATE movies SET id = 7 WHERE id = 4;
SELECT * FROM compare();
DELETE FROM movies WHERE id = 7;
SELECT * FROM compare();
ALTER TABLE sessions DROP CONSTRAINT sessions_movie_id_fkey;

-- savepoints, errors, rollback
BEGIN;
SAVEPOINT a;
UPDATE sessions SET movie_id = 3 WHERE movie_id = 1;
SAVEPOINT b;
DELETE FROM movies WHERE id = 3;
ROLLBACK TO b;
INSERT INTO sessions VALUES (101, 1, 3);
RELEASE a;
SAVEPOINT c;
DELETE FROM sessions;
ROLLBACK TO c;
COMMIT;
SELECT * FROM compare();
BEGIN;
DELETE FROM sessions;
DELETE FROM movies;
ROLLBACK;
SELECT * FROM compare();
DO $$
BEGIN
	FOR i IN 1 .. 400 LOOP
		BEGIN
			INSERT INTO sessions VALUES (200 + i, 1 + i % 4, 1 + i % 4);
			IF i % 3 = 0 THEN
				RAISE EXCEPTION 'undo';
			END IF;
		EXCEPTION WHEN raise_exception THEN
		END;
	END LOOP;
END $$;
SELECT * FROM compare();
CREATE PROCEDURE step_by_step() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 20 LOOP
		DELETE FROM sessions WHERE id = 200 + i;
		IF i % 4 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
	END LOOP;
END $$;
CALL step_by_step();
SELECT * FROM compare();

-- two-phase commit, held cursors, isolation levels
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE movies SET name = 'prepared' WHERE id = 1;
INSERT INTO sessions VALUES (111, 1, 1);
PREPARE TRANSACTION 'p';
SELECT * FROM compare();
COMMIT PREPARED 'p';
SELECT * FROM compare();
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM sessions WHERE movie_id = 1;
PREPARE TRANSACTION 'p';
ROLLBACK PREPARED 'p';
SELECT * FROM compare();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT same FROM compare();
INSERT INTO sessions VALUES (112, 1, 1);
SELECT same FROM compare();
DECLARE c CURSOR WITH HOLD FOR SELECT sessions.id FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC LIMIT 3;
FETCH 1 FROM c;
UPDATE customers SET name = 'held';
COMMIT;
FETCH 2 FROM c;
CLOSE c;
SELECT * FROM compare();

-- replica role; DDL after DML in one transaction
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO sessions VALUES (121, 1, 1);
UPDATE movies SET year = 2050 WHERE id = 2;
COMMIT;
SELECT * FROM compare();
BEGIN;
INSERT INTO sessions VALUES (122, 2, 2);
CREATE INDEX unrelated ON sessions (n);
ALTER TABLE sessions ADD COLUMN more int;
UPDATE sessions SET more = 1, movie_id = 2 WHERE id = 121;
COMMIT;
SELECT same FROM compare();
SELECT bingo_tune.drop_ordering('o');
SELECT bingo_tune.create_ordering('o', 'SELECT sessions.id, sessions.n, customers.name, movies.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC', 8);

-- what is locked till the end: nothing for a column that is not used
BEGIN;
UPDATE movies SET unused = unused + 1;
PREPARE TRANSACTION 'p';
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' OR relation::regclass::text LIKE 'bingo_tune.%' AND mode <> 'AccessShareLock';
COMMIT PREPARED 'p';
-- the gate, and three keys: of the movie, both images, and of the customer
CREATE VIEW locks AS SELECT CASE WHEN objsubid::int & 65535 = 45311 AND classid = ordering_id THEN 'gate' ELSE 'key' END AS of, mode, count(*)
	FROM pg_locks, bingo_tune.ordering_states() WHERE locktype = 'advisory' GROUP BY 1, 2 ORDER BY 1;
BEGIN;
UPDATE sessions SET movie_id = 1 WHERE id = 122;
PREPARE TRANSACTION 'p';
SELECT * FROM locks;
COMMIT PREPARED 'p';
BEGIN;
UPDATE movies SET name = name || '-' WHERE id = 2;
PREPARE TRANSACTION 'p';
SELECT * FROM locks;
COMMIT PREPARED 'p';
-- not one for each row of a bulk change
BEGIN;
INSERT INTO customers SELECT g, 'many' FROM generate_series(5000, 5999) g;
INSERT INTO sessions SELECT g, g, 3 FROM generate_series(5000, 5999) g;
PREPARE TRANSACTION 'p';
SELECT * FROM locks;
COMMIT PREPARED 'p';
SELECT same FROM compare();

-- What does not fit or is too much is no error.  A prepared transaction keeps
-- upkeep away while we look.
CREATE VIEW reason AS SELECT reason, cardinality(invalidations) AS marks FROM bingo_tune.orderings;
CREATE PROCEDURE mend() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.drop_ordering('o');
	PERFORM bingo_tune.create_ordering('o', 'SELECT sessions.id, sessions.n, customers.name, movies.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC', 8);
END $$;
CALL mend();
BEGIN;
INSERT INTO sessions VALUES (131, 4, 4);
PREPARE TRANSACTION 'hold';
UPDATE movies SET name = (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 250) g) WHERE id = 2;
SELECT * FROM reason;
SELECT same FROM compare();
ROLLBACK PREPARED 'hold';
-- a fill ends in front of such a row
CREATE VIEW fill AS SELECT state, boundary ~ '^\d' AS key, boundary = 'nothing' AS nothing, kept_rows BETWEEN 1 AND 7 AS short FROM bingo_tune.orderings;
INSERT INTO movies VALUES (6, 'above', 5000);
INSERT INTO sessions VALUES (141, 4, 6), (142, 4, 2);
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM fill;
SELECT * FROM compare();
INSERT INTO sessions VALUES (143, 1, 6), (144, 1, 2);
SELECT * FROM compare();
UPDATE movies SET year = 6000 WHERE id = 2;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM fill;
SELECT * FROM compare();
CALL mend();
SELECT * FROM fill;
SELECT * FROM compare();
UPDATE movies SET name = 'short' WHERE id = 2;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM fill;
SELECT * FROM compare();
DELETE FROM sessions WHERE id BETWEEN 141 AND 144;
CALL mend();
BEGIN;
INSERT INTO sessions VALUES (131, 4, 4);
PREPARE TRANSACTION 'hold';
INSERT INTO sessions SELECT g, 1, 2 FROM generate_series(10000, 12000) g;
SELECT * FROM reason;
SELECT same FROM compare();
ROLLBACK PREPARED 'hold';
DELETE FROM sessions WHERE id >= 10000;
CALL mend();
-- more than work_mem, and no temporary file to put it in
BEGIN;
INSERT INTO sessions VALUES (131, 4, 4);
PREPARE TRANSACTION 'hold';
SET work_mem = '64kB';
SET temp_file_limit = '1kB';
INSERT INTO sessions SELECT generate_series(10000, 19999), 1, 4;
RESET temp_file_limit;
SELECT * FROM reason;
SELECT same FROM compare();
ROLLBACK PREPARED 'hold';
-- with one
CALL mend();
INSERT INTO sessions SELECT g, 1, 9 FROM generate_series(20000, 29999) g;
INSERT INTO sessions VALUES (30000, 1, 2);
SELECT * FROM compare();
UPDATE sessions SET movie_id = 8 WHERE id >= 20000;
SELECT * FROM compare();
RESET work_mem;

DROP VIEW locks, reason, fill;
DROP PROCEDURE mend, step_by_step;
DROP FUNCTION compare, touch CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP TABLE sessions, customers, movies;
