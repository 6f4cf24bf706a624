-- Columns of domains, and of types that are made of domains.  ALTER DOMAIN has a constraint
-- checked in every column of the domain, whosever it is: in a boundary, whose keys are NULL when
-- all rows are inside, and in a window that is stale.  And no type that others are made of is altered
-- while any relation has a column of it.
--
-- Seen red: with columns of domains in window and boundary ALTER DOMAIN fails ("column "k1" of table
-- "boundary_1" contains null values"); with slots of the window's own types a condition on such a column fails
-- ("attribute 2 of type bingo_tune.window_2 has wrong type") and a whole row is sent with other types'
-- OIDs; without the casts in the query that fills nothing can be built; without upkeep/give_way.c the type
-- of a column that was dropped can't be altered ("because column "window_2.c2" uses it").
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE DOMAIN label AS varchar(20) CHECK (VALUE <> '');
CREATE DOMAIN word AS text COLLATE "C";
CREATE DOMAIN price AS numeric(10, 2);
CREATE DOMAIN fixed AS char(6);
CREATE DOMAIN number AS int;
CREATE DOMAIN key AS number;
CREATE DOMAIN numbers AS int[];
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN some_pair AS pair;
CREATE TABLE d (id key PRIMARY KEY, l label NOT NULL, w word, p price, c fixed, a key[], n numbers, s some_pair, other label);
CREATE TABLE f (id key PRIMARY KEY, d key NOT NULL, x key, more label);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, 'l' || i % 7, 'w' || i % 5, i * 1.5, 'c' || i, ARRAY[i, 2]::key[], ARRAY[i], ROW(i, 'b')::pair, 'o' || i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50, i, 'm' || i FROM generate_series(1, 2000) i;
ANALYZE d, f;
\set page 'SELECT f.id, f.x, d.l, d.w, d.p, d.c, d.a, d.n, d.s FROM f JOIN d ON f.d = d.id'
SELECT bingo_tune.create_ordering('whole', :'page' || ' ORDER BY d.w, d.l, d.p, d.c, f.id', 5000);
SELECT bingo_tune.create_ordering('part', :'page' || ' ORDER BY d.l DESC, f.x, f.id', 500);

-- Nothing of ours has a column of a domain.
SELECT count(*) FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid
	WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace) AND typtype = 'd';

-- Rows of windows, and then those of the plan behind, are of the query's types, and the same.
CREATE FUNCTION compare(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan text;
	answers text[] := '{}';
	answer text;
BEGIN
	FOREACH answer IN ARRAY ARRAY['on', 'off'] LOOP
		PERFORM set_config('bingo_tune.enable_ordered_scan', answer, true);
		EXECUTE 'SELECT md5(string_agg(encode(record_send(answer), ''hex''), '' '')) FROM (' || query || ') answer' INTO answer;
		answers := answers || answer;
	END LOOP;
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN concat_ws(' ', substring(plan from '"Ordering": "(\w+)"'), substring(plan from '"Rows from Window": (\d+)'),
		substring(plan from '"Rows from Plan Behind": (\d+)'), CASE WHEN answers[1] = answers[2] THEN 'same' ELSE 'DIFFERENT' END);
END $$;
SELECT compare(:'page' || ' ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 300');
SELECT compare(:'page' || ' ORDER BY d.l DESC, f.x, f.id LIMIT (SELECT 600)');
SELECT compare(:'page' || ' WHERE d.p > 3 AND f.x > 2 AND d.a <> ARRAY[8, 2]::key[] AND (d.s).a <> 7 AND d.c <> ''c9'' ORDER BY d.l DESC, f.x, f.id LIMIT 20');
SELECT compare(:'page' || ' WHERE d.w = ''w1'' AND d.l > ''l1'' ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 50');
SELECT compare(:'page' || ' WHERE d.w IN (''w1'', ''w3'') ORDER BY d.l, d.p, d.c, f.id LIMIT 50');
SELECT compare('SELECT f.*, d.l, d.w, pg_typeof(f.x), pg_typeof(d.p) FROM f JOIN d ON f.d = d.id ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 50');
SELECT compare('SELECT d.l, (SELECT count(*) FROM f g WHERE g.id = f.x) FROM f JOIN d ON f.d = d.id ORDER BY d.l DESC, f.x, f.id LIMIT 20');
SELECT compare('SELECT f.id, d.p FROM f JOIN d ON f.d = d.id WHERE (d.w, d.l) > (''w2'', ''l3'') ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 50');

-- Behind the boundary, and writers.
UPDATE d SET l = 'l' || id % 3, p = p + 1, c = 'cc' WHERE id % 10 = 0;
INSERT INTO f VALUES (2001, 10, 1, 'm');
DELETE FROM f WHERE id % 30 = 0;
SELECT name, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) ORDER BY 1;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings;
SELECT compare(:'page' || ' ORDER BY d.l DESC, f.x, f.id LIMIT (SELECT 600)');

-- Constraints come and go; the windows stay.
ALTER DOMAIN word SET NOT NULL;
ALTER DOMAIN label SET NOT NULL;
ALTER DOMAIN price SET NOT NULL;
ALTER DOMAIN fixed SET NOT NULL;
ALTER DOMAIN label ADD CONSTRAINT short CHECK (length(VALUE) < 9) NOT VALID;
ALTER DOMAIN label VALIDATE CONSTRAINT short;
ALTER DOMAIN label RENAME CONSTRAINT short TO shorter;
ALTER DOMAIN label DROP CONSTRAINT shorter;
ALTER DOMAIN label DROP NOT NULL;
ALTER DOMAIN word DROP NOT NULL;
ALTER DOMAIN some_pair ADD CHECK ((VALUE).a > 0);
ALTER DOMAIN price SET DEFAULT 7;
ALTER DOMAIN price RENAME TO amount;
SELECT name, state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) ORDER BY 1;
SELECT compare(:'page' || ' ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 300');

-- A stale window has values that the constraint forbids.
ALTER TABLE d DISABLE TRIGGER ALL;
UPDATE d SET l = 'l9', w = 'w9' WHERE l = 'l1';
ALTER TABLE d ENABLE TRIGGER ALL;
ALTER DOMAIN label ADD CONSTRAINT no_one CHECK (VALUE <> 'l1');
ALTER DOMAIN word ADD CHECK (VALUE <> 'none');
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings;
SELECT compare(:'page' || ' ORDER BY d.w, d.l, d.p, d.c, f.id LIMIT 300');
SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;

-- Types that others are made of: plain tables keep them from being altered, too, but not once the column is another.
CREATE TYPE made AS (a int, k key);
CREATE TYPE span AS RANGE (subtype = key);
CREATE TABLE t (id int PRIMARY KEY, a key[], m made NOT NULL, s span, p pair, q pair[]);
INSERT INTO t SELECT i, ARRAY[i]::key[], ROW(i, i)::made, span(i, NULL), ROW(i, 'b')::pair, ARRAY[ROW(i, 'b')::pair] FROM generate_series(1, 30) i;
CREATE PROCEDURE start() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.create_ordering('made', 'SELECT id, a, m, s, p, q FROM t ORDER BY m, id');
END $$;
CALL start();
SELECT compare('SELECT id, a, m, s, p, q FROM t ORDER BY m, id LIMIT 10');
\set VERBOSITY sqlstate
ALTER DOMAIN key ADD CONSTRAINT positive CHECK (VALUE > 0);
ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint;
\set VERBOSITY default
BEGIN;
ALTER TABLE t DROP p, DROP q;
ALTER TABLE d DROP s;
ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint;
SELECT state, reason FROM bingo_tune.orderings;
ROLLBACK;
SELECT state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering('made');
ALTER TABLE t DROP a, ALTER m TYPE int USING (m).a, ALTER s TYPE int4range USING NULL;
ALTER TABLE d DROP a;
ALTER DOMAIN key ADD CONSTRAINT positive CHECK (VALUE > 0);
SELECT state, reason FROM bingo_tune.orderings;
SELECT bingo_tune.drop_ordering('made');
CREATE TABLE u (id int PRIMARY KEY, q pair[]);
SELECT bingo_tune.create_ordering('made', 'SELECT id, q FROM u ORDER BY q, id');
DROP TABLE u;
ALTER TABLE t DROP p, DROP q;
ALTER TABLE d DROP s;
ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint;
SELECT state, reason FROM bingo_tune.orderings;

DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP TABLE d, f, t;
DROP DOMAIN label, word, amount, fixed, some_pair, numbers;
DROP TYPE made, span, pair;
DROP DOMAIN key, number;
DROP FUNCTION compare;
DROP PROCEDURE start;
