-- ALTER OPERATOR FAMILY changes what an index compares by, and no cached plan is told: an execution that has nothing to compare by
-- any more takes the plan behind.
-- Seen red with: the function that compares two values of a list not looked for ("cache lookup failed for function 0"); that which
-- compares a column with a value not looked for ("missing support function 1(...)" out of nbtree).
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE FUNCTION compare_with_8(macaddr, macaddr8) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT macaddr8_cmp(macaddr8($1), $2)';
-- not SQL: that would be inlined, and no operator be left
CREATE FUNCTION equals_8(macaddr, macaddr8) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN macaddr8_eq(macaddr8($1), $2); END';
CREATE OPERATOR ==== (LEFTARG = macaddr, RIGHTARG = macaddr8, FUNCTION = equals_8, RESTRICT = eqsel);
ALTER OPERATOR FAMILY macaddr_ops USING btree ADD OPERATOR 3 ==== (macaddr, macaddr8),
	FUNCTION 1 (macaddr, macaddr8) compare_with_8(macaddr, macaddr8), FUNCTION 1 (macaddr8, macaddr8) macaddr8_cmp(macaddr8, macaddr8);
CREATE TABLE frame (id int PRIMARY KEY, mac macaddr NOT NULL, size int NOT NULL);
INSERT INTO frame SELECT i, macaddr '00:00:00:00:00:00' | ('00:00:00:00:00:0' || i % 10)::macaddr, i % 97 FROM generate_series(1, 3000) i;
ANALYZE frame;
SELECT bingo_tune.create_ordering('frames', 'SELECT id, mac, size FROM frame ORDER BY mac, size, id', 5000);
SET enable_sort = off;
PREPARE list AS SELECT id FROM frame WHERE mac ==== ANY ('{00:00:00:ff:fe:00:00:03,00:00:00:ff:fe:00:00:05}') ORDER BY size, id LIMIT 3;
PREPARE one AS SELECT id FROM frame WHERE mac ==== '00:00:00:ff:fe:00:00:05' ORDER BY mac, size, id LIMIT 3;
-- rows that came from the window
CREATE FUNCTION rows_of_window(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE ' || statement INTO plan;
	RETURN scan_rows(plan, 'Rows from Window');
END
$$;
EXECUTE list;
EXECUTE one;
SELECT rows_of_window('list'), rows_of_window('one');
ALTER OPERATOR FAMILY macaddr_ops USING btree DROP FUNCTION 1 (macaddr8, macaddr8);
EXECUTE list;
EXECUTE one;
SELECT rows_of_window('list'), rows_of_window('one');
ALTER OPERATOR FAMILY macaddr_ops USING btree DROP FUNCTION 1 (macaddr, macaddr8);
EXECUTE list;
EXECUTE one;
SELECT rows_of_window('list'), rows_of_window('one');

DEALLOCATE list;
DEALLOCATE one;
DROP TABLE frame;
DROP FUNCTION rows_of_window;
ALTER OPERATOR FAMILY macaddr_ops USING btree DROP OPERATOR 3 (macaddr, macaddr8);
DROP OPERATOR ==== (macaddr, macaddr8);
DROP FUNCTION compare_with_8, equals_8;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
