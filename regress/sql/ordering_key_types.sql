-- Join columns whose operators take any array, range or composite value: an ordering
-- is refused where the values at hand can't be hashed or compared, which would be an
-- error at the COMMIT of each writer, and is no obstacle when they can't be any more.
--
-- Seen red: without the looks at the columns' own types (each INSERT fails: "could not
-- identify a hash function for type money"); without the look at a range's operator
-- class (accepted); without that at composite types when they are changed, or with the
-- type cache's answer for an array (the INSERT after ALTER TYPE fails); IS NULL of a key.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE price AS (a int, b money);
CREATE DOMAIN amount AS money;
CREATE DOMAIN amounts AS money[];
CREATE DOMAIN ints AS int[];
CREATE DOMAIN prices AS price[];
CREATE TYPE moneys AS RANGE (SUBTYPE = money);
CREATE TYPE numbers AS RANGE (SUBTYPE = numeric, MULTIRANGE_TYPE_NAME = multinumbers);
CREATE DOMAIN number_range AS numbers;

-- The hash of a bound belongs to the default order.
CREATE FUNCTION compare_tens(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 - $2 / 10';
CREATE FUNCTION lt(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 < $2 / 10';
CREATE FUNCTION le(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 <= $2 / 10';
CREATE FUNCTION eq(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 = $2 / 10';
CREATE OPERATOR <# (FUNCTION = lt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = >#);
CREATE OPERATOR <=# (FUNCTION = le, LEFTARG = int, RIGHTARG = int, COMMUTATOR = >=#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = int, RIGHTARG = int, COMMUTATOR = =#, MERGES);
CREATE FUNCTION ge(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 >= $2 / 10';
CREATE FUNCTION gt(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10 > $2 / 10';
CREATE OPERATOR >=# (FUNCTION = ge, LEFTARG = int, RIGHTARG = int, COMMUTATOR = <=#);
CREATE OPERATOR ># (FUNCTION = gt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = <#);
CREATE OPERATOR CLASS tens_ops FOR TYPE int USING btree AS OPERATOR 1 <#, OPERATOR 2 <=#, OPERATOR 3 =#,
	OPERATOR 4 >=#, OPERATOR 5 >#, FUNCTION 1 compare_tens(int, int);
CREATE TYPE tens AS RANGE (SUBTYPE = int, SUBTYPE_OPCLASS = tens_ops);

-- Tables joined on a column of a type; what create_ordering() says, and whether one can write.
CREATE FUNCTION try(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('CREATE TABLE d (k %s PRIMARY KEY, v text NOT NULL)', type);
	EXECUTE format('CREATE TABLE f (id int PRIMARY KEY, k %s)', type);
	CREATE INDEX ON f (k);
	PERFORM bingo_tune.create_ordering('o', 'SELECT f.id, d.v FROM f JOIN d ON f.k = d.k ORDER BY f.id', 10);
	EXECUTE format('INSERT INTO d VALUES (%L, 1); INSERT INTO f VALUES (1, %1$L), (2, NULL)', value);
	RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', sqlstate, sqlerrm, detail);
END $$;
CREATE PROCEDURE try_all(VARIADIC types text[]) LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	FOR i IN 1 .. array_length(types, 1) BY 2 LOOP
		answer := try(types[i], types[i + 1]);
		COMMIT;
		IF answer = 'accepted' THEN
			answer := answer || (SELECT format(', %s, %s', state, kept_rows) FROM bingo_tune.orderings);
			COMMIT;
			PERFORM bingo_tune.drop_ordering('o');
			DROP TABLE f, d;
		END IF;
		RAISE WARNING '%: %', types[i], answer;
		COMMIT;
	END LOOP;
END $$;
CALL try_all('money[]', '{1}', 'amount[]', '{1}', 'amounts', '{1}', 'price', '(1,2)', 'price[]', '{}', 'prices', '{}',
	'moneys', '[1,2]', 'tens', '[1,2]', 'tens[]', '{}');
CALL try_all('money', '1', 'amount', '1', 'bit(3)', '101');
CALL try_all('int[]', '{1}', 'ints', '{1}', 'ints[]', '{}', 'pair', '(1,x)', 'pair[]', '{"(1,x)"}', 'numbers', '[1,2]',
	'number_range', '[1,2]', 'multinumbers', '{[1,2]}', 'int4range[]', '{}', 'varchar', 'x', 'name', 'x', 'text[]', '{x}');

-- A composite type gets an attribute that can't be hashed, and loses it again.
CREATE TABLE d (k pair[] PRIMARY KEY, v text NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, k pair[]);
CREATE INDEX ON f (k);
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, d.v FROM f JOIN d ON f.k = d.k ORDER BY f.id', 10);
INSERT INTO d VALUES ('{"(1,x)"}', 'one');
INSERT INTO f VALUES (1, '{"(1,x)"}');
SELECT state, kept_rows FROM bingo_tune.orderings;
ALTER TYPE pair ADD ATTRIBUTE c money;
INSERT INTO d VALUES ('{"(2,x,3)"}', 'two');
INSERT INTO f VALUES (2, '{"(2,x,3)"}');
UPDATE d SET v = 'three' WHERE v = 'two';
SELECT f.id, d.v FROM f JOIN d ON f.k = d.k ORDER BY f.id LIMIT 5;
SELECT state, reason FROM bingo_tune.orderings;
ALTER TYPE pair DROP ATTRIBUTE c;
SELECT bingo_tune.refresh_ordering('o');
INSERT INTO f VALUES (3, '{"(2,x)"}');
SELECT f.id, d.v FROM f JOIN d ON f.k = d.k ORDER BY f.id LIMIT 5;
SELECT state, kept_rows FROM bingo_tune.orderings;
SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');
SELECT bingo_tune.drop_ordering('o');
DROP TABLE f, d;

-- The same of an attribute that can't be compared, in a sort key: nobody compares a lonely row, but we.
CREATE TABLE s (id int PRIMARY KEY, k pair NOT NULL);
SELECT bingo_tune.create_ordering('o', 'SELECT k, id FROM s ORDER BY k, id', 1);
INSERT INTO s VALUES (1, '(1,x)'), (2, '(2,x)');
ALTER TYPE pair ADD ATTRIBUTE c json;
INSERT INTO s VALUES (3, '(1,x,1)');
SELECT state, reason FROM bingo_tune.orderings;
SELECT bingo_tune.drop_ordering('o');
DROP TABLE s;

-- A row of NULLs is not NULL: where a window is filled behind a boundary, and where it is compared.
CREATE TYPE half AS (a int, b text);
CREATE TABLE s (id int PRIMARY KEY, k half);
INSERT INTO s SELECT i, CASE WHEN i % 2 = 0 THEN '(,)'::half END FROM generate_series(1, 14000) i;
SELECT bingo_tune.create_ordering('first', 'SELECT k, id FROM s ORDER BY k NULLS FIRST, id', 12000);
SELECT bingo_tune.create_ordering('last', 'SELECT k, id FROM s ORDER BY k DESC NULLS LAST, id', 12000);
SELECT name, v.* FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) v ORDER BY name;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings;
SELECT name, kept_rows, v.* FROM bingo_tune.orderings, bingo_tune.verify_ordering(name) v ORDER BY name;
SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;
DROP TABLE s;
DROP TYPE half;

DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP TYPE tens, numbers, moneys, pair, price CASCADE;
DROP DOMAIN amount, amounts, ints;
DROP OPERATOR FAMILY tens_ops USING btree;
DROP OPERATOR <# (int, int), <=# (int, int), =# (int, int), >=# (int, int), ># (int, int);
DROP FUNCTION compare_tens, lt, le, eq, ge, gt, try;
DROP PROCEDURE try_all;
