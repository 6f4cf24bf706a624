-- Pages by a row comparison, which the window's index searches by its first column, and by flags.  "removed": rows of the
-- window that the filter had to throw away.
-- Seen red with: the first column compared by < instead of <=; flags not searched by; IS NOT UNKNOWN taken for IS TRUE.
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
	RETURN coalesce(jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->>
		'Rows Removed by Filter', 'not served');
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

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
