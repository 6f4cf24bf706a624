-- Changes for an ordering that is not what it was at the commit: none is lost, none counts
-- for another one, and no error of the work becomes the statement's.
-- Seen red: pending changes found by the ordering's number alone; an ordering that is not
-- found taken for dropped, by the trigger or at the commit; the work not in a subtransaction;
-- a TRUNCATE that was rolled back taken for a loss, and what was lost until its rollback; what a comparison changes
-- at the commit remembered like anything else; the message of an error shown with its values.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE a (id int PRIMARY KEY, x text NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, y int NOT NULL, z text NOT NULL);
INSERT INTO a SELECT i, 'a' || i FROM generate_series(1, 1000) i;
INSERT INTO b SELECT i, i, 'b' || i FROM generate_series(1, 1000) i;
ANALYZE a, b;
CREATE VIEW differences AS SELECT o.state, o.reason, v.missing, v.extra, v.differing
	FROM bingo_tune.orderings o LEFT JOIN LATERAL (SELECT * FROM bingo_tune.verify_ordering(o.name) WHERE o.state = 'valid') v ON true;

-- The sequence of numbers begins anew: with another extension, ...
SELECT bingo_tune.create_ordering('o', 'SELECT x, id FROM a ORDER BY x DESC, id', 50);
BEGIN;
UPDATE a SET x = 'new' WHERE id = 1;
DROP EXTENSION bingo_tune CASCADE;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.create_ordering('o', 'SELECT id, y, z FROM b ORDER BY y, id', 50);
UPDATE b SET z = 'changed' WHERE id < 10;
COMMIT;
SELECT * FROM bingo_tune.verify_ordering('o');
SELECT id, y, z FROM b ORDER BY y, id LIMIT 10;
DROP EXTENSION bingo_tune;
-- ... and when a subtransaction that made it is rolled back.
BEGIN;
SAVEPOINT s;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.create_ordering('o', 'SELECT x, id FROM a ORDER BY x DESC, id', 50);
UPDATE a SET x = 'newer' WHERE id = 1;
ROLLBACK TO s;
CREATE EXTENSION bingo_tune;
SELECT bingo_tune.create_ordering('o', 'SELECT id, y, z FROM b ORDER BY y, id', 50);
UPDATE b SET z = 'again' WHERE id < 10;
COMMIT;
SELECT * FROM bingo_tune.verify_ordering('o');
CREATE VIEW differences AS SELECT o.state, o.reason, v.missing, v.extra, v.differing
	FROM bingo_tune.orderings o LEFT JOIN LATERAL (SELECT * FROM bingo_tune.verify_ordering(o.name) WHERE o.state = 'valid') v ON true;

-- Not found when the row is changed, or at the commit, but again later.
ALTER FOREIGN DATA WRAPPER bingo_tune_window RENAME TO another;
INSERT INTO b VALUES (0, 0, 'unseen');
ALTER FOREIGN DATA WRAPPER another RENAME TO bingo_tune_window;
SELECT * FROM differences;
SELECT bingo_tune.refresh_ordering('o');
BEGIN;
INSERT INTO b VALUES (-1, -1, 'seen');
ALTER FOREIGN DATA WRAPPER bingo_tune_window RENAME TO another;
COMMIT;
ALTER FOREIGN DATA WRAPPER another RENAME TO bingo_tune_window;
SELECT * FROM differences;
SELECT id, y, z FROM b ORDER BY y, id LIMIT 3;
SELECT bingo_tune.drop_ordering('o');

-- A comparison that raises errors.
CREATE TYPE word AS (w text);
CREATE FUNCTION compare(a word, b word) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF a.w = 'bad' OR b.w = 'bad' THEN
		RAISE EXCEPTION 'incomparable';
	END IF;
	RETURN CASE WHEN a.w < b.w THEN -1 WHEN a.w = b.w THEN 0 ELSE 1 END;
END $$;
CREATE FUNCTION less(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT public.compare($1, $2) < 0';
CREATE FUNCTION less_equal(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT public.compare($1, $2) <= 0';
CREATE FUNCTION equal(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT public.compare($1, $2) = 0';
CREATE FUNCTION greater_equal(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT public.compare($1, $2) >= 0';
CREATE FUNCTION greater(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT public.compare($1, $2) > 0';
CREATE OPERATOR <% (FUNCTION = less, LEFTARG = word, RIGHTARG = word, COMMUTATOR = >%);
CREATE OPERATOR <=% (FUNCTION = less_equal, LEFTARG = word, RIGHTARG = word, COMMUTATOR = >=%);
CREATE OPERATOR =% (FUNCTION = equal, LEFTARG = word, RIGHTARG = word, COMMUTATOR = =%);
CREATE OPERATOR >=% (FUNCTION = greater_equal, LEFTARG = word, RIGHTARG = word, COMMUTATOR = <=%);
CREATE OPERATOR >% (FUNCTION = greater, LEFTARG = word, RIGHTARG = word, COMMUTATOR = <%);
CREATE OPERATOR CLASS word_ops DEFAULT FOR TYPE word USING btree AS
	OPERATOR 1 <%, OPERATOR 2 <=%, OPERATOR 3 =%, OPERATOR 4 >=%, OPERATOR 5 >%, FUNCTION 1 compare(word, word);
CREATE TABLE words (id int PRIMARY KEY, word word);
INSERT INTO words SELECT i, row(i)::word FROM generate_series(1, 200) i;
SELECT bingo_tune.create_ordering('words', 'SELECT word, id FROM words ORDER BY word, id', 50);
INSERT INTO words VALUES (0, row('0'));
SELECT * FROM differences;
INSERT INTO words VALUES (-1, row('bad'));
SELECT state, reason FROM bingo_tune.orderings;
DELETE FROM words WHERE id = -1;
INSERT INTO words VALUES (-2, row('00'));
SELECT bingo_tune.refresh_ordering('words');
BEGIN;
SAVEPOINT s;
INSERT INTO words VALUES (-3, row('bad'));
RELEASE s;
INSERT INTO words VALUES (-4, row('01'));
COMMIT;
SELECT state, reason FROM bingo_tune.orderings;
SELECT word, id FROM words ORDER BY id LIMIT 3;

-- A TRUNCATE that is rolled back has lost nothing, one in a transaction that had already rewritten the table counts.
DELETE FROM words WHERE id < -2;
SELECT bingo_tune.refresh_ordering('words');
BEGIN;
SAVEPOINT s;
TRUNCATE words;
ROLLBACK TO s;
INSERT INTO words VALUES (-5, row('02'));
COMMIT;
SELECT * FROM differences;
-- Nor is what was lost until a rollback: rows of a table that is not the one that the window was filled from.
BEGIN;
SAVEPOINT s;
TRUNCATE words;
INSERT INTO words VALUES (1, row('1'));
ROLLBACK TO s;
INSERT INTO words VALUES (-6, row('03'));
SAVEPOINT s;
ALTER TABLE words ALTER id TYPE bigint;
SAVEPOINT deeper;
INSERT INTO words VALUES (-7, row('04'));
RELEASE deeper;
INSERT INTO words VALUES (-8, row('05'));
ROLLBACK TO s;
DELETE FROM words WHERE id = -5;
COMMIT;
SELECT * FROM differences;
SELECT word, id FROM words ORDER BY word, id LIMIT 2;
BEGIN;
TRUNCATE words;
INSERT INTO words VALUES (1, row('1'));
SAVEPOINT s;
TRUNCATE words;
INSERT INTO words VALUES (2, row('2'));
COMMIT;
SELECT state, reason FROM bingo_tune.orderings;
SELECT bingo_tune.refresh_ordering('words');
SELECT * FROM differences;
SELECT word, id FROM words ORDER BY word, id LIMIT 3;

-- A comparison that changes the table itself, when it is called so many times at the commit: is any such row missing where
-- nobody is told?
CREATE OR REPLACE FUNCTION compare(a word, b word) RETURNS int LANGUAGE plpgsql STRICT AS $$
DECLARE
	calls int := coalesce(nullif(current_setting('test.calls', true), ''), '0');
BEGIN
	IF calls > 0 THEN
		PERFORM set_config('test.calls', (calls - 1)::text, false);
		IF calls = 1 THEN
			INSERT INTO public.words SELECT min(id) - 1, row('00')::public.word FROM public.words;
		END IF;
	END IF;
	RETURN CASE WHEN a.w < b.w THEN -1 WHEN a.w = b.w THEN 0 ELSE 1 END;
END $$;
INSERT INTO words SELECT i, row(i)::word FROM generate_series(3, 200) i;
SELECT bingo_tune.refresh_ordering('words');
CREATE TABLE seen (state text, missing bigint);
DO $$ BEGIN
	FOR i IN 1 .. 30 LOOP
		INSERT INTO words VALUES (-100 * i, row('06'));
		PERFORM set_config('test.calls', i::text, false);
		COMMIT;
		PERFORM set_config('test.calls', '0', false);
		INSERT INTO seen SELECT state, missing FROM differences;
		PERFORM bingo_tune.refresh_ordering('words');
		COMMIT;
	END LOOP;
END $$;
SELECT count(*) FILTER (WHERE state = 'invalid') > 0 AS told, count(*) FILTER (WHERE missing > 0) AS missing FROM seen;
SELECT state, reason, missing, extra, differing FROM differences;
DROP TABLE seen;

DROP EXTENSION pg_stat_statements CASCADE;
DROP TABLE a, b, words;
DROP TYPE word CASCADE;
