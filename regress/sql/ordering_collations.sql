-- Columns whose type, a domain, has another collation than they have themselves: sort
-- keys, join columns and driving keys, as values, in arrays and as NULL.  The boundary's
-- value is a parameter of the type, with the type's collation.
--
-- Seen red: without COLLATE behind the parameter extending and verify_ordering() fail
-- ("could not determine which collation to use for string comparison"); with sort keys' own
-- collations only no collation is recorded for one that is made of parts.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE DOMAIN word AS text COLLATE "C";
CREATE DOMAIN words AS text[] COLLATE "C";
CREATE TABLE d (k word COLLATE "POSIX" PRIMARY KEY, v word COLLATE "POSIX");
CREATE TABLE f (k word COLLATE "POSIX" PRIMARY KEY, d word COLLATE "POSIX" NOT NULL, w words COLLATE "POSIX");
CREATE INDEX ON f (d);
INSERT INTO d SELECT 'd' || i, nullif('v' || i % 4, 'v0') FROM generate_series(1, 9) i;
INSERT INTO f SELECT 'f' || i, 'd' || 1 + i % 9, CASE WHEN i % 3 > 0 THEN ARRAY['w' || i % 3] END FROM generate_series(1, 7000) i;

-- More rows than a chunk of upkeep, which goes on behind the boundary.
CREATE PROCEDURE try(ordering text) LANGUAGE plpgsql AS $$
DECLARE
	query text := 'SELECT f.k, f.w, d.v FROM f JOIN d ON f.d = d.k ORDER BY ' || ordering;
	answer text;
	answers text[] := '{}';
	found record;
BEGIN
	PERFORM bingo_tune.create_ordering('o', query, 6000);
	UPDATE d SET v = v || '+' WHERE k = 'd5';
	INSERT INTO f VALUES ('f', 'd5', '{w}');
	COMMIT;
	FOR i IN 1 .. 2 LOOP
		SELECT * FROM bingo_tune.verify_ordering('o'), bingo_tune.orderings INTO found;
		RAISE WARNING '%: %, % missing, % extra, % differing, % rows', ordering,
			found.state, found.missing, found.extra, found.differing, found.kept_rows;
		COMMIT;
		IF i = 1 THEN
			PERFORM bingo_tune.refresh_ordering('o');
			COMMIT;
		END IF;
	END LOOP;
	FOR i IN 0 .. 1 LOOP
		PERFORM set_config('bingo_tune.enable_ordered_scan', i::text, true);
		EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s LIMIT 5500) q', query) INTO answer;
		answers := answers || md5(answer);
	END LOOP;
	RAISE WARNING '%: same %', ordering, answers[1] = answers[2];
	PERFORM bingo_tune.drop_ordering('o');
	DELETE FROM f WHERE k = 'f';
	COMMIT;
END $$;
CALL try('d.v, f.w, f.k');
CALL try('d.v DESC, f.w DESC, f.k DESC');
CALL try('d.v NULLS FIRST, f.w DESC NULLS LAST, f.k');
CALL try('f.k');

-- Collations by which the parts of a sort key are compared: their versions count, too.
CREATE TYPE span AS RANGE (subtype = text, collation = "POSIX");
CREATE TYPE pair AS (a int, b text COLLATE "C");
CREATE TYPE pairs AS (p pair[], s span);
CREATE TABLE t (id int PRIMARY KEY, p pairs NOT NULL);
SELECT bingo_tune.create_ordering('parts', 'SELECT id, p FROM t ORDER BY p, id', 10);
SELECT cardinality(regexp_split_to_array(option, ' ')) AS collations, option ~ (to_regcollation('"C"')::oid || ':') AS attribute,
	option ~ (to_regcollation('"POSIX"')::oid || ':') AS bound
FROM pg_foreign_server, unnest(srvoptions) option WHERE srvtype = 'window' AND option ~ '^collations=';
SELECT bingo_tune.drop_ordering('parts');
DROP TABLE t;
DROP TYPE pairs, pair, span;

-- A composite type that has changed compares otherwise.
CREATE TYPE pair AS (a int, b int);
CREATE TABLE t (id int PRIMARY KEY, p pair NOT NULL);
INSERT INTO t SELECT i, ROW(i % 3, -i)::pair FROM generate_series(1, 30) i;
SELECT bingo_tune.create_ordering('parts', 'SELECT id, p FROM t ORDER BY p, id', 10);
ALTER TYPE pair DROP ATTRIBUTE a;
SELECT state, reason FROM bingo_tune.orderings;
SELECT bingo_tune.refresh_ordering('parts');
SELECT state FROM bingo_tune.orderings;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('parts');
SELECT bingo_tune.drop_ordering('parts');
DROP TABLE t;
DROP TYPE pair;

DROP TABLE d, f;
DROP DOMAIN word, words;
DROP PROCEDURE try;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
