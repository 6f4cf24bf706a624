-- Pages that begin behind a row, by a row comparison or what says the same with OR, which the window's index searches by;
-- and flags.  "removed": rows of the window that the filter had to throw away, 0 where all was searched.
-- Seen red with: the first column compared by < instead of <=; flags not searched by; IS NOT UNKNOWN taken for IS TRUE.
-- Of keysets: ranges in the other order; equality left out of the ranges behind the first; a NULL value not looked at; no step
-- back to the range before; of OR and of what stands beside a bound the values, the column or the direction not compared, or
-- some arms only; what is cut off compared strictly, or taken for the whole; a merge that stays in the first range; a start
-- that is not known taken for one beyond the window.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE member (id int PRIMARY KEY, name text);
CREATE TABLE item (id int PRIMARY KEY, member_id int NOT NULL, pinned bool NOT NULL, rank float8 NOT NULL, note text, maybe int);
INSERT INTO member SELECT i, 'Member ' || i FROM generate_series(1, 100) i;
INSERT INTO item SELECT i, 1 + i * 7 % 100, i % 500 = 0, i * 17 % 500, 'note ' || i % 3, nullif(i % 5, 0) FROM generate_series(1, 2000) i;
CREATE INDEX ON item (member_id);
ANALYZE member, item;
SELECT bingo_tune.create_ordering('pinned', $$
	SELECT i.id, i.pinned, i.rank, i.note, m.name FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.pinned DESC, i.rank DESC, i.id DESC$$, 1000);
SELECT bingo_tune.create_ordering('mixed', $$
	SELECT i.id, i.rank, i.note, m.name FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.note, i.rank DESC, i.id$$, 5000);
SELECT bingo_tune.create_ordering('nullable', $$
	SELECT i.id, i.rank, i.maybe, m.name FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.rank, i.maybe, i.id$$, 5000);
SELECT bingo_tune.create_ordering('by_name', $$
	SELECT i.id, i.rank, m.name FROM item i JOIN member m ON m.id = i.member_id ORDER BY m.name, i.rank, i.id$$, 5000);
SET enable_sort = off;
\set f 'FROM item i JOIN member m ON m.id = i.member_id'
\set o 'ORDER BY i.pinned DESC, i.rank DESC, i.id DESC'

CREATE FUNCTION removed(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
	RETURN CASE WHEN plan IS NULL THEN 'not served' ELSE coalesce(plan ->> 'Rows Removed by Filter', '0') END;
END
$$;

-- all columns
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 400, 1000) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE ROW(false, 400, 1000) >= ROW(i.pinned, i.rank, i.id) ' || :'o' || ' LIMIT 20');
-- up to a row, the window's end behind it and before it
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (false, 490, 1000) ' || :'o');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (false, 100, 1000) ' || :'o' || ' LIMIT (SELECT 2000)');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (true, 100, 1000) ' || :'o');
-- the first ones; of the others some are no sort keys, or not the next ones
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank) < (false, 400) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank) <= (false, 400) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.note) < (false, 400, ''note 1'') ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.id) < (false, 1000) ' || :'o' || ' LIMIT 20');
-- other types of the operators' family
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 400::float4, 1000::bigint) ' || :'o' || ' LIMIT 20');
-- equality of the first key, a row of the next ones
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE NOT i.pinned AND (i.rank, i.id) < (400, 1000) ' || :'o' || ' LIMIT 20');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND (i.note, i.rank) > (''note 0'', 400) ORDER BY i.note, i.rank DESC, i.id LIMIT 20');
-- a flag that is set, or not, is equality, too, and need not be in ORDER BY; where it may be NULL it is not
SELECT removed('SELECT i.id ' || :'f' || ' WHERE NOT i.pinned AND (i.rank, i.id) < (400, 1000) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE NOT i.pinned AND i.rank <= 400 ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.pinned IS FALSE ORDER BY i.rank DESC, i.id DESC LIMIT (SELECT 1500)');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.pinned ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.pinned IS NOT FALSE ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.pinned IS NOT UNKNOWN ' || :'o' || ' LIMIT 3');
-- two rows
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 400, 1000) AND (i.pinned, i.rank, i.id) > (false, 390, 1) ' || :'o');

-- directions that differ
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.note, i.rank, i.id) > (''note 1'', 400, 1000) ORDER BY i.note, i.rank DESC, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.note, i.rank, i.id) < (''note 1'', 400, 1000) ORDER BY i.note DESC, i.rank, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND (i.rank, i.id) <= (400, 1000) ORDER BY i.note, i.rank DESC, i.id');

-- NULLs, in the row and in the column
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, NULL, 1000) ' || :'o' || ' LIMIT (SELECT 20)');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < ((SELECT true), (SELECT NULL::float8), 1000) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < ((SELECT NULL::bool), 400, 1000) ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.rank, i.maybe, i.id) > (400, 3, 1000) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.rank, i.maybe, i.id) < (400, 3, 1000) ORDER BY i.rank DESC, i.maybe DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.rank, i.maybe, i.id) > (400, (SELECT NULL::int), 1000) ORDER BY i.rank, i.maybe, i.id LIMIT 20');

-- a generic plan, with NULL now and then, also when a column may be NULL
SET plan_cache_mode = force_generic_plan;
PREPARE page(text, float8, int) AS SELECT i.id FROM item i JOIN member m ON m.id = i.member_id
	WHERE (m.name, i.rank, i.id) > ($1, $2, $3) ORDER BY m.name, i.rank, i.id LIMIT 3;
EXECUTE page('Member 7', 386, 1000);
EXECUTE page('Member 7', NULL, 1000);
EXECUTE page(NULL, 386, 1000);
EXECUTE page('Member 7', 386, NULL);
EXECUTE page('Z', 0, 0);
ALTER TABLE item ALTER rank DROP NOT NULL;
EXECUTE page('Member 7', 386, 1000);
ALTER TABLE item ALTER rank SET NOT NULL;
DEALLOCATE page;
RESET plan_cache_mode;

-- values that change while it runs
SELECT * FROM compare('SELECT v.name, x.id FROM (VALUES (''Member 7'', 386.0, 1000), (''Member 7'', NULL, 5), (''Member 8'', 386, NULL), (NULL, 1, 1), (''Member 9'', 0, 0)) v(name, rank, id)
	CROSS JOIN LATERAL (SELECT i.id ' || :'f' || ' WHERE (m.name, i.rank, i.id) > (v.name, v.rank, v.id) ORDER BY m.name, i.rank, i.id LIMIT 3) x');

-- back and forth
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT i.id FROM item i JOIN member m ON m.id = i.member_id
	WHERE (i.pinned, i.rank, i.id) < (false, 400, 1000) ORDER BY i.pinned DESC, i.rank DESC, i.id DESC LIMIT 100;
FETCH 3 FROM c;
MOVE FORWARD ALL IN c;
MOVE BACKWARD ALL IN c;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;

-- searched by all columns, or by those that are sort keys one after the other; of two rows by one
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 400, 1000) ' || :'o' || ' LIMIT 20');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank) < (false, 400) ' || :'o' || ' LIMIT 20');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.id) < (false, 1000) ' || :'o' || ' LIMIT 20');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 400, 1000) AND (i.pinned, i.rank, i.id) > (false, 390, 1) ' || :'o');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (false, 490, 1000) ' || :'o');

-- written as OR, nested and flat, in any order
\set m 'ORDER BY i.note, i.rank DESC, i.id LIMIT 20'
CREATE FUNCTION page(query text, OUT removed text, OUT from_window bigint, OUT same bool) LANGUAGE sql AS $$
	SELECT removed(query), c.from_window, c.same FROM compare(query) c
$$;
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.pinned < false OR (i.pinned = false AND (i.rank < 400 OR (i.rank = 400 AND i.id < 1000)))) ' || :'o' || ' LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400) OR (i.note = ''note 1'' AND i.rank = 400 AND i.id > 1000)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE ((i.id > 1000 AND i.rank = 400 AND i.note = ''note 1'') OR (i.rank < 400 AND i.note = ''note 1'') OR i.note > ''note 1'') ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND (400 > i.rank OR (400 = i.rank AND 1000 <= i.id)))) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND (i.rank < 400 OR (i.rank = 400 AND i.id > 1000)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND (i.rank, i.id) < (400, 1000))) ' || :'m');
-- up to a row
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note < ''note 1'' OR (i.note = ''note 1'' AND (i.rank > 400 OR (i.rank = 400 AND i.id < 1000)))) ' || :'m' || ' OFFSET 990');
-- from a row up to another one
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.rank < 400 OR (i.rank = 400 AND i.id > 1000)) AND (i.rank > 395 OR (i.rank = 395 AND i.id < 1000)) AND i.note = ''note 1'' ' || :'m');
-- beside a bound
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank >= 400 AND (i.rank > 400 OR i.maybe > 2) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank >= 400 AND (i.rank > 400 OR (i.maybe > 2 OR (i.maybe = 2 AND i.id > 1000))) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank >= 400 AND NOT (i.rank = 400 AND i.maybe <= 2) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank >= 400 AND (i.rank > 401 OR i.maybe > 2) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank >= 400 AND (i.rank < 400 OR i.maybe > 2) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.rank > 400 AND (i.rank > 400 OR i.maybe > 2) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
-- columns of two tables
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (m.name > ''Member 7'' OR (m.name = ''Member 7'' AND i.rank > 386)) ORDER BY m.name, i.rank, i.id LIMIT 20');
-- what looks like one: no equality, another value, another column, an arm that is something else
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR i.rank < 400) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 0'' AND i.rank < 400)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.id < 400)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note >= ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400) OR i.id = 7) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400) OR i.note = ''note 1'') ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400 AND i.id % 2 = 0)) ' || :'m');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank <> 400)) ' || :'m');
-- NULLs
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.rank > 400 OR (i.rank = 400 AND i.maybe > (SELECT NULL::int))) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE (i.rank > 400 OR (i.rank = 400 AND (i.maybe > 1 OR (i.maybe = 1 AND i.id > (SELECT NULL::int))))) ORDER BY i.rank, i.maybe, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.rank > (SELECT NULL::float8) OR (i.rank = (SELECT NULL::float8) AND i.maybe > 3)) ORDER BY i.rank, i.maybe, i.id LIMIT 20');

-- the window ends among the ranges, or before the first of them: that one finds nothing
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, (SELECT 251), 1000) ' || :'o' || ' LIMIT (SELECT 20)');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, (SELECT 100), 1000) ' || :'o' || ' LIMIT (SELECT 20)');
SELECT removed('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, (SELECT 100), 1000) ' || :'o' || ' LIMIT (SELECT 20)');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (false, (SELECT 490), 1000) ' || :'o');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) > (false, (SELECT 100), 1000) ' || :'o');
-- with ties
SELECT * FROM compare('SELECT i.note ' || :'f' || ' WHERE (i.note > ''note 1'' OR (i.note = ''note 1'' AND i.rank < 400)) ORDER BY i.note LIMIT 20');

-- generic plans
SET plan_cache_mode = force_generic_plan;
PREPARE by_or(text, float8, int) AS SELECT i.id FROM item i JOIN member m ON m.id = i.member_id
	WHERE i.note > $1 OR (i.note = $1 AND (i.rank < $2 OR (i.rank = $2 AND i.id > $3))) ORDER BY i.note, i.rank DESC, i.id LIMIT 3;
EXECUTE by_or('note 1', 400, 1000);
EXECUTE by_or('note 1', 0, 5000);
EXECUTE by_or('note 1', NULL, 5000);
EXECUTE by_or(NULL, 400, 1000);
EXECUTE by_or('note 2', 0, 5000);
SELECT removed('EXECUTE by_or(''note 1'', 400, 1000)');
DEALLOCATE by_or;
RESET plan_cache_mode;
SELECT * FROM compare('SELECT v.note, x.id FROM (VALUES (''note 1'', 386.0, 1000), (''note 1'', NULL, 5), (''note 0'', 386, NULL), (NULL, 1, 1), (''note 2'', 0, 0)) v(note, rank, id)
	CROSS JOIN LATERAL (SELECT i.id ' || :'f' || ' WHERE i.note > v.note OR (i.note = v.note AND (i.rank < v.rank OR (i.rank = v.rank AND i.id > v.id))) ORDER BY i.note, i.rank DESC, i.id LIMIT 3) x');

-- beside a list: each search begins at its first row
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.note IN (''note 2'', ''note 0'') AND (i.rank < 400 OR (i.rank = 400 AND i.id > 1000)) ORDER BY i.rank DESC, i.id LIMIT 20');
SELECT * FROM page('SELECT i.id ' || :'f' || ' WHERE i.note IN (''note 2'', ''note 0'') AND (i.rank, i.id) < (2, 1000) ORDER BY i.rank DESC, i.id');

-- back and forth over ranges, an empty one among them
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT i.id FROM item i JOIN member m ON m.id = i.member_id
	WHERE i.note > 'note 1' OR (i.note = 'note 1' AND (i.rank < 1 OR (i.rank = 1 AND i.id > 1000))) ORDER BY i.note, i.rank DESC, i.id LIMIT 30;
FETCH 9 FROM c;
FETCH BACKWARD 8 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH 4 FROM c;
MOVE FORWARD ALL IN c;
FETCH BACKWARD 30 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH 2 FROM c;
COMMIT;

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
