-- The page before, and the order the other way round: a window that is read backwards, if it has all rows that are wanted.
-- "how": what explain_ordering() says is served, or why not; compare() shows what came from where.
-- Seen red with: rows given although the window has not all of them; a keyset's first range taken for its last; NULLs not
-- turned round; the window read forward; the boundary's group left out; keys sought forward (DISTINCT ON); a cursor that goes back by
-- itself; an end that is not known taken for one beyond the window; windows of partitions merged; merged lists; NULLs taken for none by any condition of
-- their table, or by any column of a row; NULLs read one by one.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE member (id int PRIMARY KEY, name text);
CREATE TABLE item (id int PRIMARY KEY, member_id int NOT NULL, rank int NOT NULL, note text, maybe int, kind int, filler text);
INSERT INTO member SELECT i, 'Member ' || i FROM generate_series(1, 100) i;
INSERT INTO item SELECT i, 1 + i * 7 % 100, i * 17 % 500, 'note ' || i % 3, nullif(i % 5, 0),
	-- only of low ranks, as nobody knows who has statistics of each
	CASE WHEN i * 17 % 500 < 400 THEN i % 10 ELSE 0 END, repeat('x', 200) FROM generate_series(1, 5000) i;
CREATE INDEX ON item (member_id);
ANALYZE member, item;
SELECT bingo_tune.drop_ordering('plays');
\set columns 'SELECT i.id, i.rank, i.note, i.maybe, i.kind, m.name FROM item i JOIN member m ON m.id = i.member_id'
SELECT bingo_tune.create_ordering('top', :'columns' || ' ORDER BY i.rank DESC, i.id DESC', 1000);
SELECT bingo_tune.create_ordering('mixed', :'columns' || ' ORDER BY i.maybe, i.rank DESC, i.id', NULL);
SELECT bingo_tune.create_ordering('of_note', :'columns' || ' WHERE i.note = $1 ORDER BY i.id DESC', 200);
\set f 'FROM item i JOIN member m ON m.id = i.member_id'

-- what stands where the window ends
SELECT rank, count(*) FROM (SELECT i.rank FROM item i JOIN member m ON m.id = i.member_id ORDER BY i.rank DESC, i.id DESC LIMIT 1000) w GROUP BY rank ORDER BY rank LIMIT 2;
CREATE FUNCTION how(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT ordering || ': ' || coalesce(part, '') || coalesce('; ' || reason, '') FROM bingo_tune.explain_ordering(query) WHERE part IS NOT NULL AND ordering <> 'mixed' ORDER BY served DESC, ordering
$$;

-- a row comparison, OR, a range, a range and the window's first keys only
SELECT * FROM compare('SELECT i.id, i.rank ' || :'f' || ' WHERE (i.rank, i.id) > (450, 1000) ORDER BY i.rank, i.id LIMIT 20');
SELECT how('SELECT i.id, i.rank ' || :'f' || ' WHERE (i.rank, i.id) > (450, 1000) ORDER BY i.rank, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank > 450 OR (i.rank = 450 AND i.id > 1000) ORDER BY i.rank, i.id LIMIT 20 OFFSET 5');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank >= 450 AND i.rank < 470 ORDER BY i.rank, i.id');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank = 450 AND i.id >= 2000 ORDER BY i.id');
SELECT * FROM compare('SELECT i.rank ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank LIMIT 15');
SELECT * FROM compare('SELECT i.rank, m.name ' || :'f' || ' WHERE i.rank > 490 ORDER BY i.rank, m.name, i.id LIMIT 15');
-- wrapped, to be turned round again; both sides of a row
SELECT * FROM compare('SELECT * FROM (SELECT i.id, i.rank ' || :'f' || ' WHERE (i.rank, i.id) > (450, 1000) ORDER BY i.rank, i.id LIMIT 20) before ORDER BY rank DESC, id DESC');
SELECT * FROM compare('(SELECT i.id ' || :'f' || ' WHERE i.rank <= 450 ORDER BY i.rank DESC, i.id DESC LIMIT 9) UNION ALL (SELECT i.id ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank, i.id LIMIT 9)');
-- other columns, filters, joins above
SELECT * FROM compare('SELECT i.*, p.at ' || :'f' || ' LEFT JOIN play p ON p.id = i.id WHERE (i.rank, i.id) > (450, 1000) AND i.note <> ''note 1'' ORDER BY i.rank, i.id LIMIT 20');
SELECT * FROM compare('SELECT DISTINCT ON (i.rank) i.rank, i.id ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank, i.id LIMIT 7');

-- all that is said to be before ends where the window ends: from its last group on not
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.rank, i.id) >= (400, 0) ORDER BY i.rank, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank > 400 ORDER BY i.rank, i.id LIMIT 20');
SELECT * FROM compare('SELECT i.rank ' || :'f' || ' WHERE (i.rank, i.id) > (400, 3000) ORDER BY i.rank LIMIT 7');
SELECT how('SELECT i.id ' || :'f' || ' WHERE i.rank > 200 ORDER BY i.rank, i.id LIMIT 20');
SELECT how('SELECT i.id ' || :'f' || ' ORDER BY i.rank, i.id LIMIT 20');
-- a value that is not known yet: in the window, at its end, behind it; NULL; named twice
SET plan_cache_mode = force_generic_plan;
PREPARE before(int, int) AS SELECT i.id, i.rank FROM item i JOIN member m ON m.id = i.member_id WHERE (i.rank, i.id) > ($1, $2) ORDER BY i.rank, i.id LIMIT 5;
PREPARE twice(int, int, int) AS SELECT i.id, i.rank FROM item i JOIN member m ON m.id = i.member_id WHERE i.rank > $1 OR (i.rank = $2 AND i.id > $3) ORDER BY i.rank, i.id LIMIT 5;
CREATE FUNCTION executed(execution text, OUT from_window bigint, OUT from_behind bigint, OUT reason text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	line record;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE ' || execution INTO plan;
	from_window := scan_rows(plan, 'Rows from Window');
	from_behind := scan_rows(plan, 'Rows from Plan Behind');
	reason := plan #>> '{0,Plan,Plans,0,Plan Behind Used}';
	FOR line IN EXECUTE 'EXECUTE ' || execution LOOP
		answer := concat_ws(' ', answer, line);
	END LOOP;
END
$$;
SELECT * FROM executed('before(450, 1000)');
SELECT * FROM executed('before(399, 5000)');
SELECT * FROM executed('before(100, 0)');
SELECT * FROM executed('before(NULL, 0)');
SELECT * FROM executed('before(450, NULL)');
SELECT * FROM executed('twice(450, 450, 1000)');
SELECT * FROM executed('twice(450, 300, 1000)');
RESET plan_cache_mode;

-- a window that has all rows, also where NULLs are; one key's rows, as far as it goes
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' ORDER BY i.maybe DESC, i.rank, i.id DESC LIMIT 20 OFFSET 990');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe IS NOT NULL ORDER BY i.maybe DESC, i.rank, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' ORDER BY i.maybe DESC, i.rank DESC, i.id LIMIT 3');
SELECT how('SELECT i.id, i.maybe ' || :'f' || ' ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 3');
-- where NULLs stand does not matter if none is wanted: by a range, its end, a row, a list, all arms of OR; forward, too, and on an expression
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe > 2 ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 20 OFFSET 990');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe < 3 ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 20 OFFSET 990');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe IS NOT NULL ORDER BY i.maybe NULLS FIRST, i.rank DESC, i.id LIMIT 2 OFFSET 3999');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe IN (1, 3) ORDER BY i.maybe NULLS FIRST, i.rank DESC, i.id LIMIT 5');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE (2, 400) > (i.maybe, i.rank) ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 5');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe > 3 OR (i.maybe = 3 AND i.rank < 9) ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 5');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe >= 2 ORDER BY i.maybe NULLS FIRST, i.rank DESC, i.id LIMIT 5');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe + i.rank > 100 ORDER BY i.maybe NULLS FIRST, i.rank DESC, i.id LIMIT 5');
SELECT bingo_tune.create_ordering('sum', :'columns' || ' ORDER BY i.maybe + i.rank NULLS FIRST, i.id', NULL);
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.maybe + i.rank > 100 ORDER BY i.maybe + i.rank, i.id LIMIT 5');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.maybe + i.rank < 100 ORDER BY i.maybe + i.rank DESC, i.id DESC LIMIT 5');
SELECT bingo_tune.drop_ordering('sum');
-- it does if one may be: by a condition that is true of it, an arm that is, a later one of the row; or if all of them would be read first
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE i.maybe IS NOT NULL ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 2 OFFSET 3999');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE coalesce(i.maybe, 3) > 2 ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 3');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.maybe > 3 OR i.kind = 9 ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 3');
SELECT * FROM compare('SELECT i.id, i.maybe ' || :'f' || ' WHERE (i.rank, i.maybe) > (100, 3) ORDER BY i.maybe DESC NULLS LAST, i.rank, i.id DESC LIMIT 3');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.maybe = 3 ORDER BY i.rank, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT max(i.maybe), min(i.maybe) ' || :'f');
SELECT * FROM compare('SELECT max(i.maybe) ' || :'f');
SELECT * FROM compare('SELECT min(i.id) ' || :'f' || ' WHERE i.note = ''note 2'' AND i.id > 4700');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND i.id > 4800 ORDER BY i.id LIMIT 20');
SELECT how('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND i.id > 1000 ORDER BY i.id LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.note = ''note 1'' AND i.id > (SELECT 1000) ORDER BY i.id LIMIT 20');
-- again and again, with other values
SELECT * FROM compare('SELECT v.v, x.id FROM (VALUES (450), (100), (470), (NULL), (500)) v (v) LEFT JOIN LATERAL (SELECT i.id, i.rank ' || :'f' ||
	' WHERE i.rank > v.v ORDER BY i.rank, i.id LIMIT 3) x ON true');
-- too many rows in vain: the rest comes from behind, where none was given, in a total order, and with ties at the end of a group
UPDATE item SET kind = 5 WHERE id IN (SELECT min(id) FROM item WHERE rank IN (403, 404) GROUP BY rank) OR rank > 497;
CREATE FUNCTION vain(query text, OUT in_vain bool, OUT from_window bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	in_vain := plan::text LIKE '%read in vain%';
	SELECT c.from_window, c.same INTO from_window, same FROM compare(query) c;
END
$$;
SELECT * FROM vain('SELECT i.id, i.rank ' || :'f' || ' WHERE i.rank > 404 AND i.kind = 5 ORDER BY i.rank, i.id LIMIT 6');
SELECT * FROM vain('SELECT i.id, i.rank ' || :'f' || ' WHERE i.rank > 401 AND i.kind = 5 ORDER BY i.rank, i.id LIMIT 6');
SELECT * FROM vain('SELECT i.rank ' || :'f' || ' WHERE i.rank > 401 AND i.kind = 5 ORDER BY i.rank LIMIT 6');
-- lists and directions that differ are not read so
SELECT how('SELECT i.id ' || :'f' || ' WHERE i.maybe IN (1, 2) AND i.rank > 450 ORDER BY i.rank, i.id DESC LIMIT 20');
SELECT how('SELECT i.id ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank, i.id DESC LIMIT 20');

-- nor are the first rows of each key sought so
SELECT * FROM compare('SELECT DISTINCT ON (i.maybe) i.maybe, i.id ' || :'f' || ' ORDER BY i.maybe DESC, i.rank, i.id DESC');
-- nor windows of partitions merged
CREATE TABLE part (id int NOT NULL, day int NOT NULL, member_id int NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (500);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (500) TO (1000);
INSERT INTO part SELECT i, i * 7 % 1000, 1 + i % 100 FROM generate_series(1, 1000) i;
CREATE INDEX ON part (member_id);
ANALYZE part;
SELECT bingo_tune.create_ordering('parts', 'SELECT p.id, p.day, m.name FROM part p JOIN member m ON m.id = p.member_id ORDER BY p.day DESC, p.id DESC', NULL);
SELECT * FROM compare('SELECT p.id FROM part p JOIN member m ON m.id = p.member_id ORDER BY p.day, p.id LIMIT 5');
SELECT how('SELECT p.id FROM part p JOIN member m ON m.id = p.member_id ORDER BY p.day, p.id LIMIT 5');
SELECT * FROM compare('SELECT p.id FROM part p JOIN member m ON m.id = p.member_id WHERE p.day > 990 ORDER BY p.day, p.id LIMIT 5');

-- a cursor goes back; changes are seen
BEGIN;
DECLARE pages SCROLL CURSOR FOR SELECT i.id, i.rank FROM item i JOIN member m ON m.id = i.member_id WHERE (i.rank, i.id) > (450, 1000) ORDER BY i.rank, i.id LIMIT 6;
FETCH 4 FROM pages;
FETCH BACKWARD 2 FROM pages;
FETCH 10 FROM pages;
COMMIT;
UPDATE item SET rank = 460 WHERE id IN (1, 2, 3);
DELETE FROM item WHERE rank = 461;
SELECT * FROM compare('SELECT i.id, i.rank ' || :'f' || ' WHERE i.rank > 459 ORDER BY i.rank, i.id LIMIT 20');
-- EXPLAIN says it
CREATE FUNCTION backward(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Backward';
END
$$;
SELECT backward('SELECT i.id ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank, i.id LIMIT 20'), backward('SELECT i.id ' || :'f' || ' WHERE i.rank > 450 ORDER BY i.rank DESC, i.id DESC LIMIT 20');

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
