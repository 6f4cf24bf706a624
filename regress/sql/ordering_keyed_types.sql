-- Keys of many types, of which the first rows are kept: equal values of different images are one key, NULL is one, and
-- a long one is found by all of it.
--
-- Seen red: keys compared by their images while the window is filled, NULL taken for no key, and not found as one.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN word AS text COLLATE "C";
CREATE DOMAIN small AS word CHECK (length(VALUE) < 3000);

-- The pages of the values that differ from the plain plan's, and how many rows are read from the window.
CREATE FUNCTION compare(type text, keys text[]) RETURNS text LANGUAGE plpgsql SET enable_sort = off AS $$
DECLARE
	differ int := 0;
	read int := 0;
	line text;
	query text;
	answers text[];
	key text;
BEGIN
	FOREACH key IN ARRAY keys LOOP
		query := format('SELECT id, k, created FROM t WHERE k = %L::%s ORDER BY created, id LIMIT (SELECT 20)', key, type);
		FOR setting IN 0 .. 1 LOOP
			PERFORM set_config('bingo_tune.enable_ordered_scan', setting::text, true);
			EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s) q', query) INTO line;
			answers[setting] := line;
		END LOOP;
		differ := differ + (answers[0] IS DISTINCT FROM answers[1])::int;
		FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
			read := read + coalesce(substring(line FROM 'Rows from Window: (\d+)')::int, 0);
		END LOOP;
	END LOOP;
	RETURN differ || ' pages differ, ' || read || ' rows read';
END $$;
CREATE PROCEDURE show(what text) LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '%', (SELECT concat_ws(' ', what, state, kept_rows, 'rows, wrong', v) FROM bingo_tune.orderings, bingo_tune.verify_ordering('o') v);
END $$;
-- Ten rows of each value, of four places in the order; then they change.
CREATE PROCEDURE try_all(type text, VARIADIC keys text[]) LANGUAGE plpgsql AS $$
DECLARE
	plain text := regexp_replace(type, ' COLLATE .*', '');
BEGIN
	EXECUTE format('CREATE TABLE t (id int PRIMARY KEY, k %s, created numeric)', type);
	EXECUTE format('INSERT INTO t SELECT 1000 * v.n + g, v.k::%s, g %% 4 FROM unnest($1) WITH ORDINALITY v(k, n), generate_series(1, 10) g', plain) USING keys || NULL::text;
	PERFORM bingo_tune.create_ordering('o', 'SELECT id, k, created FROM t WHERE k = $1 ORDER BY created', 3);
	COMMIT;
	CALL show(type);
	COMMIT;
	INSERT INTO t SELECT id + 100, k, -1 FROM t WHERE id % 1000 = 1;
	INSERT INTO t SELECT id + 200, k, 5 FROM t WHERE id % 1000 = 1;
	UPDATE t SET created = 9 WHERE id % 1000 = 4;
	DELETE FROM t WHERE id % 1000 IN (7, 9);
	COMMIT;
	UPDATE t SET k = (SELECT k FROM t WHERE id = 1001) WHERE id % 1000 IN (5, 8);
	COMMIT;
	CALL show(compare(plain, keys));
	COMMIT;
	PERFORM bingo_tune.refresh_ordering('o');
	COMMIT;
	CALL show(compare(plain, keys));
	PERFORM bingo_tune.drop_ordering('o');
	DROP TABLE t;
	COMMIT;
END $$;
\set VERBOSITY terse
CALL try_all('int', '1', '-5', '2147483647');
CALL try_all('numeric', '1', '1.00', '1.5', 'NaN', '-Infinity');
CALL try_all('float8', '0', '-0', 'NaN', 'Infinity');
CALL try_all('text', 'a', 'A', '', 'ä');
CALL try_all('text COLLATE "C"', 'a', 'A', repeat('x', 1000), repeat('x', 999) || 'y');
CALL try_all('varchar(10)', 'a', 'A');
CALL try_all('char(5)', 'a', 'a  ', 'b');
CALL try_all('word', 'a', 'b');
CALL try_all('small', 'a', 'b');
CALL try_all('boolean', 'true', 'false');
CALL try_all('date', '2020-01-01', 'infinity');
CALL try_all('timestamptz', '2020-01-01 00:00+00', '2020-01-01 01:00+01');
CALL try_all('uuid', '00000000-0000-0000-0000-000000000001', 'ffffffff-0000-0000-0000-000000000001');
CALL try_all('bytea', '\x00', '\x0000');
CALL try_all('colour', 'red', 'blue');
CALL try_all('int[]', '{1,2}', '{}', '{NULL}');
CALL try_all('pair', '(1,a)', '(1,)', '(,)');
CALL try_all('inet', '10.0.0.1', '10.0.0.0/8');

DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP PROCEDURE try_all(text, VARIADIC text[]), show(text);
DROP FUNCTION compare(text, text[]);
DROP DOMAIN small, word;
DROP TYPE colour, pair;
