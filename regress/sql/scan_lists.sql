-- Pages of an IN list: one search of the window for each value, merged.  "removed": rows of the window that the filter had to
-- throw away, 0 where it was searched.
-- Seen red with: the values not made different; the list's key not left out of what is merged by; rows claimed in a total
-- order by the keys that are left; searches started although the window ends among them; NULL taken for a
-- value; a backward scan promised; the last row given first; pages kept by the searches that another one goes before ("few"), and
-- by a scan that has left its window; of a keyset beside a list where its first range ends taken for the end of all; a list
-- of too many values that goes behind, or is not planned, without a reason.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TYPE mood AS ENUM ('sad', 'fair', 'glad');
CREATE TABLE shop (id int PRIMARY KEY, name text);
CREATE TABLE sale (id int PRIMARY KEY, shop_id int NOT NULL, day int, kind varchar(10), mood mood, note text);
INSERT INTO shop SELECT i, 'Shop ' || i FROM generate_series(0, 49) i;
INSERT INTO sale SELECT i, i * 7 % 50, nullif(i * 13 % 400, 0), 'kind ' || i % 9,
	(enum_range(NULL::mood))[1 + i % 3], 'note ' || i % 3 FROM generate_series(1, 20000) i;
CREATE INDEX ON sale (shop_id);
ANALYZE shop, sale;
SELECT bingo_tune.create_ordering('by_shop', $$
	SELECT s.id, s.shop_id, s.day, p.name FROM sale s JOIN shop p ON p.id = s.shop_id ORDER BY s.shop_id, s.day DESC, s.id$$, 50000);
SELECT bingo_tune.create_ordering('by_kind', $$
	SELECT s.id, s.kind, s.day, s.mood, p.name FROM sale s JOIN shop p ON p.id = s.shop_id ORDER BY s.kind DESC, s.mood, s.day, s.id$$, 50000);
CREATE FUNCTION removed(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
	RETURN CASE WHEN plan IS NULL THEN 'not served' ELSE coalesce(plan ->> 'Rows Removed by Filter', '0') END;
END
$$;
\set f 'FROM sale s JOIN shop p ON p.id = s.shop_id'
\set o 'ORDER BY s.day DESC, s.id'
SET enable_sort = off;
SET enable_incremental_sort = off;

-- values in any order, again, NULL, none that is there, one
SELECT * FROM compare('SELECT s.id, s.day, p.name ' || :'f' || ' WHERE s.shop_id IN (7, 3, 40, 3, 999) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT s.id, s.day, p.name ' || :'f' || ' WHERE s.shop_id IN (7, 3, NULL) ' || :'o');
SELECT * FROM compare('SELECT s.id, s.day, p.name ' || :'f' || ' WHERE s.shop_id IN (998, 999) ' || :'o');
SELECT * FROM compare('SELECT s.id, s.day, p.name ' || :'f' || ' WHERE s.shop_id = ANY (ARRAY[[7, 3], [8, 9]]) ' || :'o' || ' OFFSET 30');
SELECT * FROM compare('SELECT s.id, s.day, p.name ' || :'f' || ' WHERE s.shop_id = ANY (ARRAY[7]) ' || :'o' || ' LIMIT 20');
-- of another type of the operators' family
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id = ANY (ARRAY[7, 3, 7]::bigint[]) ' || :'o' || ' LIMIT 20');
-- sorted by the list's column, too: the window's own order
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id IN (7, 40, 3) ORDER BY s.shop_id, s.day DESC, s.id LIMIT 100');
SELECT removed('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id IN (7, 40, 3) ORDER BY s.shop_id, s.day DESC, s.id LIMIT 100');
-- with a range of the next key, a filter, a column that is looked up
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id IN (7, 3) AND s.day < 100 ' || :'o' || ' LIMIT 20');
SELECT removed('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id IN (7, 3) AND s.day < 100 ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id IN (7, 3) AND p.name <> ''Shop 7'' ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT s.id, s.note ' || :'f' || ' WHERE s.shop_id IN (7, 3) ' || :'o' || ' LIMIT 20');
-- a list behind an equality, enums, descending; two lists, of which one is merged
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.kind = ''kind 3'' AND s.mood IN (''glad'', ''sad'') ORDER BY s.day, s.id LIMIT 20');
SELECT removed('SELECT s.id, s.day ' || :'f' || ' WHERE s.kind = ''kind 3'' AND s.mood IN (''glad'', ''sad'') ORDER BY s.day, s.id LIMIT 20');
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.kind IN (''kind 3'', ''kind 8'') ORDER BY s.mood, s.day, s.id LIMIT 20');
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.kind IN (''kind 3'', ''kind 8'') AND s.mood IN (''glad'', ''fair'') ORDER BY s.kind DESC, s.mood, s.day, s.id LIMIT 20');
-- not the other way round, not NOT IN, not ALL, not another order
SELECT * FROM compare('SELECT s.id ' || :'f' || ' WHERE s.shop_id IN (7, 3) ORDER BY s.day, s.id DESC LIMIT 20');
SELECT * FROM compare('SELECT s.id ' || :'f' || ' WHERE s.shop_id NOT IN (7, 3) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT s.id ' || :'f' || ' WHERE s.shop_id = ALL (ARRAY[7, 3]) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT s.id ' || :'f' || ' WHERE s.shop_id < ANY (ARRAY[7, 3]) ' || :'o' || ' LIMIT 20');

-- rows of two searches that are equal in all that is left: what is sorted by behind it is not claimed
CREATE TABLE line (bill int, place int, amount int, PRIMARY KEY (bill, place));
INSERT INTO line SELECT i % 20, i / 20, i * 37 % 11 FROM generate_series(0, 1999) i;
ANALYZE line;
SELECT bingo_tune.create_ordering('lines', 'SELECT bill, place, amount FROM line ORDER BY bill, place', 5000);
SET enable_sort = on;
SET enable_incremental_sort = on;
SELECT * FROM compare('SELECT bill, place, amount FROM line WHERE bill IN (3, 7, 11) ORDER BY place, amount, bill LIMIT 20');
SELECT * FROM compare('SELECT bill, place, amount FROM line WHERE bill IN (3, 7, 11) ORDER BY place, bill LIMIT 20');
SET enable_sort = off;
SET enable_incremental_sort = off;
SELECT * FROM compare('SELECT min(place) FROM line WHERE bill IN (3, 7, 11)');

-- parameters: a list that changes, grows beyond what is merged, is NULL or empty; LATERAL
SET plan_cache_mode = force_generic_plan;
PREPARE page(int[]) AS SELECT s.id, s.day FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id = ANY ($1) ORDER BY s.day DESC, s.id LIMIT 3;
EXECUTE page('{7,3}');
EXECUTE page('{3,3,3,NULL}');
EXECUTE page('{}');
EXECUTE page(NULL);
SELECT array_agg(i) AS many FROM generate_series(1, 300) i \gset
EXECUTE page(:'many');
-- the reasons that EXPLAIN gives
CREATE FUNCTION reason(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Plan Behind Used';
END
$$;
SELECT reason('EXECUTE page(''{7,3}'')'), reason('EXECUTE page(''{}'')'), reason('EXECUTE page(NULL)');
SELECT reason('EXECUTE page(''' || :'many' || ''')');
DEALLOCATE page;
RESET plan_cache_mode;
SELECT * FROM compare('SELECT l.v, x.id FROM (VALUES (''{1,2}''::int[]), (''{3}''), (''{}''), (NULL), (''{4,5,6}'')) l(v),
	LATERAL (SELECT s.id FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id = ANY (l.v) ORDER BY s.day DESC, s.id LIMIT 3) x');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT s.id, s.day FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id IN (7, 3) ORDER BY s.day DESC, s.id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH 2 FROM c;
COMMIT;

-- what planning supposes is not what the window has: it ends among the searches
CREATE TABLE grown (id int PRIMARY KEY, k int NOT NULL, v int NOT NULL);
INSERT INTO grown SELECT i, i % 10, i * 7 % 100 FROM generate_series(1, 20000) i;
ANALYZE grown;
SELECT bingo_tune.create_ordering('grown', 'SELECT id, k, v FROM grown ORDER BY k, v, id', 3000);
UPDATE pg_class SET reltuples = 2000 WHERE oid = 'grown'::regclass;
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0, 1) ORDER BY v, id LIMIT 20');
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0, 5) ORDER BY v, id LIMIT 20');
SELECT reason('SELECT id FROM grown WHERE k IN (0, 5) ORDER BY v, id LIMIT 20');
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (5, 6) ORDER BY v, id LIMIT 20');
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0) ORDER BY v, id LIMIT 20');
-- ... or in a keyset's last range
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0, 1) AND (v, id) > (10, 100) ORDER BY v, id LIMIT 20');
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0, 1) AND (v < 10 OR (v = 10 AND id < 9000)) ORDER BY v, id');
-- a window that is planned to be too small is not taken
ANALYZE grown;
SELECT * FROM compare('SELECT id FROM grown WHERE k IN (0, 1) ORDER BY v, id LIMIT 20');

-- pages that are held: by the search whose row was given last, by none behind the window's end
CREATE EXTENSION pg_buffercache;
CREATE FUNCTION pinned(ordering text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM pg_buffercache b JOIN pg_database d ON d.oid = b.reldatabase AND d.datname = current_database()
		JOIN pg_class c ON c.relfilenode = b.relfilenode
		JOIN bingo_tune.ordering_states() s ON c.relname = 'window_' || s.ordering_id
	WHERE b.pinning_backends > 0 AND s.name = ordering
$$;
SELECT array_agg(i) AS shops FROM generate_series(0, 49) i \gset
SELECT * FROM compare('SELECT s.id, s.day ' || :'f' || ' WHERE s.shop_id = ANY (''' || :'shops' || ''') ' || :'o' || ' LIMIT 3000');
SELECT * FROM compare('SELECT s.id, s.note ' || :'f' || ' WHERE s.shop_id = ANY (''' || :'shops' || ''') AND s.day > 20 ' || :'o' || ' LIMIT 300');
BEGIN;
DECLARE c CURSOR FOR SELECT s.id, s.day FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id = ANY (:'shops') ORDER BY s.day DESC, s.id;
FETCH 2 FROM c;
SELECT pinned('by_shop') < 5 AS few, pinned('by_shop') > 0 AS some;
MOVE 200 IN c;
SELECT pinned('by_shop') < 5 AS few;
MOVE ALL IN c;
SELECT pinned('by_shop');
DECLARE d CURSOR FOR SELECT id FROM grown ORDER BY k, v, id;
MOVE 2990 IN d;
SELECT pinned('grown') > 0 AS some;
MOVE 20 IN d;
SELECT pinned('grown');
COMMIT;

SELECT reason, part FROM bingo_tune.explain_ordering('SELECT s.id, s.day FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id IN (7, 3) ORDER BY s.day DESC, s.id LIMIT 20')
	WHERE ordering = 'by_shop';
SELECT reason FROM bingo_tune.explain_ordering('SELECT s.id, s.day FROM sale s JOIN shop p ON p.id = s.shop_id WHERE s.shop_id = ANY (''' || :'many' || ''') ORDER BY s.day DESC, s.id LIMIT 20')
	WHERE ordering = 'by_shop';
SELECT reason FROM bingo_tune.explain_ordering('SELECT id FROM grown WHERE k IN (0, 5) ORDER BY v, id LIMIT 20') WHERE ordering = 'grown';
DROP TABLE sale, shop, line, grown;
DROP TYPE mood;
DROP FUNCTION removed, reason, pinned;
DROP EXTENSION pg_buffercache;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
