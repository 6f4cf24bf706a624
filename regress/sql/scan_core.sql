-- Windows as paths of the relation that the ordering's tables make: filters, search keys,
-- ties, joins back to the driving table, and what PostgreSQL puts above.  from_window and
-- from_behind are NULL where no ordered scan was planned; they are left out where majors
-- plan differently.
-- Seen red with: the tie rule left out, the filter not applied, a search that ends taken
-- for final behind the boundary, the child's columns mixed up, search keys not evaluated
-- again at a rescan, the last row of a looked-up column given again; "a = 3 AND b = 3" taken for a = b,
-- so that the condition on b, which the window lacks, was left out.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

\set f 'FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id'
\set o 'ORDER BY s.year DESC, s.title, l.id, p.id DESC'
-- years of all kinds
UPDATE play SET song_id = 1 + id * 13 % 60;
SELECT bingo_tune.refresh_ordering('plays');
-- what can be served is served, whatever it costs
SET enable_sort = off;
SET enable_incremental_sort = off;
SET enable_hashagg = off;
SET random_page_cost = 0.01;
CREATE TABLE fan (listener_id int, song_id int, since int);
INSERT INTO fan SELECT 1 + i % 40, 1 + i % 59, i FROM generate_series(1, 90) i;
CREATE TABLE label (year int UNIQUE, name text);
INSERT INTO label SELECT 1960 + i, 'label ' || i FROM generate_series(0, 4) i;
ANALYZE fan, label;

-- filters
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.length > 20 AND p.at < ''2020-02-01'' ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.length > 20 ' || :'o' || ' LIMIT (SELECT 300)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE l.name LIKE ''%1%'' OR s.title IN (''Song 3'', ''Song 4'') ' || :'o' || ' LIMIT (SELECT 90)');
SELECT rows, same FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year IS NOT NULL AND p.id % 3 = 0 ' || :'o' || ' LIMIT 10 OFFSET 10');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.length > (SELECT avg(length) FROM song) ' || :'o' || ' LIMIT 20');
SELECT rows, same FROM compare('SELECT p.id ' || :'f' || ' WHERE (SELECT count(*) FROM fan WHERE fan.listener_id = l.id) > 2 ' || :'o' || ' LIMIT 20');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.length > 1000 ' || :'o' || ' LIMIT (SELECT 5)');
-- not the same when looked at twice
SELECT * FROM compare('SELECT count(*) FROM (SELECT p.id ' || :'f' || ' WHERE random() < 2 ' || :'o' || ' LIMIT 20) x');
SELECT * FROM compare('SELECT count(*) FROM (SELECT p.id ' || :'f' || ' WHERE (SELECT random() + s.id) > 0 ' || :'o' || ' LIMIT 20) x');

-- search keys: equality, ranges, a row, NULL, other types, parameters
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year = 1966 ORDER BY s.title, l.id, p.id DESC LIMIT (SELECT 20)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year = 1966 AND s.title = ''Song 6'' ORDER BY l.id, p.id DESC LIMIT (SELECT 200)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year = (SELECT 1961) ORDER BY s.title, l.id, p.id DESC LIMIT (SELECT 20)');
SELECT rows, same FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year < 1966 ' || :'o' || ' LIMIT (SELECT 20)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year > 1965 ' || :'o' || ' LIMIT (SELECT 2000)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year BETWEEN 1965 AND 1966 ' || :'o' || ' LIMIT (SELECT 2000)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year <= 1966::bigint AND s.year > 1962::smallint ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year = NULL::int ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE s.year IS NULL ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE (s.year, s.title) > (1965, ''Song 5'') ' || :'o' || ' LIMIT (SELECT 300)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE ROW(1966, p.id) > ROW(s.year, 700) ' || :'o' || ' LIMIT (SELECT 30)');
SELECT rows, same FROM compare('SELECT p.id ' || :'f' || ' WHERE s.id = 13 ' || :'o' || ' LIMIT (SELECT 30)');
PREPARE page(int, text) AS SELECT p.id, s.year, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
	WHERE s.year = $1 AND s.title >= $2 ORDER BY s.title, l.id, p.id DESC LIMIT 4;
SET plan_cache_mode = force_generic_plan;
CREATE FUNCTION shown(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
		IF line ~ 'Custom|Ordering|Window Cond|^ {8,10}Filter' THEN RETURN NEXT line; END IF;
	END LOOP;
END
$$;
SELECT shown('EXECUTE page(1966, ''Song 2'')');
SELECT shown('SELECT p.id ' || :'f' || ' WHERE (s.year, s.title, p.id) > (1965, ''Song 5'', 3) AND l.id + 1 <> 4 ' || :'o' || ' LIMIT 3');
EXECUTE page(1966, 'Song 2');
EXECUTE page(1964, 'Song 2');
EXECUTE page(NULL, 'Song 2');
RESET plan_cache_mode;

-- Ties: the sort keys in the plain plan's sequence, each row one of the plain plan's, none twice.
CREATE FUNCTION legal(query text, keys text, rest text, OUT from_window bigint, OUT from_behind bigint, OUT rows bigint, OUT legal bool)
LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	ordered text := format('%s ORDER BY %s %s', query, keys, rest);
	sequence text := format('SELECT array_agg(row(%s)::text) FROM (%s) x', regexp_replace(keys, '\w+\.| DESC', '', 'g'), ordered);
	served text[];
	plain text[];
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || ordered INTO plan;
	from_window := scan_rows(plan, 'Rows from Window');
	from_behind := scan_rows(plan, 'Rows from Plan Behind');
	EXECUTE sequence INTO served;
	EXECUTE format('CREATE TEMP TABLE served ON COMMIT DROP AS SELECT * FROM (%s) x', ordered);
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE sequence INTO plain;
	EXECUTE format('SELECT count(*), NOT EXISTS (TABLE served EXCEPT ALL (%s)) FROM served', query) INTO rows, legal;
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	DROP TABLE served;
	legal := legal AND served IS NOT DISTINCT FROM plain;
END
$$;
SELECT * FROM legal('SELECT p.id, s.year, s.title ' || :'f', 's.year DESC', 'LIMIT (SELECT 50)');
SELECT * FROM legal('SELECT p.id, s.year, s.title ' || :'f', 's.year DESC', 'LIMIT (SELECT 180)');
SELECT * FROM legal('SELECT p.id, s.year, s.title ' || :'f', 's.year DESC, s.title', 'LIMIT (SELECT 250)');
SELECT * FROM legal('SELECT p.id, s.year, s.title ' || :'f', 's.year DESC, s.title', 'LIMIT (SELECT 20) OFFSET 185');
SELECT * FROM legal('SELECT p.id, s.year, s.title ' || :'f' || ' WHERE s.year = 1966', 's.title', 'LIMIT (SELECT 250)');
-- more keys than the window has: sorted above
SELECT rows, same FROM compare('SELECT p.id, s.year, s.length ' || :'f' || ' ORDER BY s.year DESC, s.length, p.id LIMIT (SELECT 7)');
-- pages of the window one after the other give each row once
SELECT count(*), count(DISTINCT id) FROM generate_series(0, 8) page, LATERAL (SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id
	JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title LIMIT 20 OFFSET 20 * page) x;

-- above the core
SELECT * FROM compare('SELECT p.id, b.name ' || :'f' || ' LEFT JOIN label b ON b.year = s.year ' || :'o' || ' LIMIT (SELECT 30)');
SELECT rows, same FROM compare('SELECT p.id, b.name ' || :'f' || ' LEFT JOIN label b ON b.year = s.year WHERE b.name IS NULL ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.id, b.name ' || :'f' || ' JOIN label b ON b.year = s.year ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE EXISTS (SELECT FROM fan WHERE fan.listener_id = l.id AND fan.song_id = s.id) ' || :'o' || ' LIMIT (SELECT 5)');
SELECT rows, same FROM compare('SELECT p.id ' || :'f' || ' WHERE NOT EXISTS (SELECT FROM fan WHERE fan.listener_id = l.id) ' || :'o' || ' LIMIT (SELECT 5)');
SELECT * FROM compare('SELECT p.id ' || :'f' || ' WHERE l.id IN (SELECT listener_id FROM fan WHERE since < 30) ' || :'o' || ' LIMIT (SELECT 5)');
SELECT rows, same FROM compare('SELECT p.id, x.since ' || :'f' || ', LATERAL (SELECT since FROM fan WHERE fan.listener_id = l.id ORDER BY since LIMIT 2) x '
	|| :'o' || ', x.since LIMIT (SELECT 9)');
SELECT * FROM compare('SELECT g, x.id FROM generate_series(1960, 1966) g, LATERAL (SELECT p.id ' || :'f'
	|| ' WHERE s.year = g ORDER BY s.title, l.id, p.id DESC LIMIT 3) x ORDER BY g, x.id');
SELECT * FROM compare('SELECT DISTINCT ON (s.year, s.title) s.year, s.title, p.id ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 12)');
SELECT * FROM compare('SELECT s.year, s.title, count(*) ' || :'f' || ' GROUP BY s.year, s.title ORDER BY s.year DESC, s.title LIMIT (SELECT 3)');
SELECT rows, same FROM compare('SELECT p.id, row_number() OVER (' || :'o' || ') ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 12)');
SELECT * FROM compare('(SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 3) UNION ALL (SELECT p.id ' || :'f' || ' WHERE s.year < 1965 ' || :'o' || ' LIMIT 3)');
SELECT * FROM compare('WITH page AS MATERIALIZED (SELECT p.id, s.title ' || :'f' || ' ' || :'o' || ' LIMIT 9) SELECT * FROM page ORDER BY title, id');
SELECT * FROM compare('SELECT a.id, b.id FROM (SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 4) a, (SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 4 OFFSET 2) b');
SELECT * FROM compare('SELECT p.id, (SELECT count(*) FROM fan WHERE fan.song_id = s.id), upper(l.name) || s.year ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 250)');
SELECT * FROM compare('SELECT p.id, generate_series(1, 2) ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 9)');

-- columns of the driving table that the window lacks, and its whole row
SELECT * FROM compare('SELECT p.* ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 30)');
SELECT * FROM compare('SELECT p.note, p.id, s.title ' || :'f' || ' WHERE s.length > 20 ' || :'o' || ' LIMIT (SELECT 300)');
SELECT * FROM compare('SELECT p, l.name, to_json(p) ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 210)');
ALTER TABLE play ADD late text DEFAULT 'late', DROP COLUMN note;
SELECT bingo_tune.refresh_ordering('plays');
SELECT * FROM compare('SELECT p, p.late, l.name ' || :'f' || ' ' || :'o' || ' LIMIT (SELECT 210)');
SELECT p FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
	ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 2;

-- one table
SELECT bingo_tune.create_ordering('named', 'SELECT id, title, year FROM song ORDER BY title', 20);
SELECT * FROM compare('SELECT id FROM song ORDER BY title, id LIMIT (SELECT 10)');
SELECT * FROM legal('SELECT id, title FROM song', 'title', 'LIMIT (SELECT 40)');
SELECT rows, same FROM compare('SELECT id, length FROM song WHERE year > 1963 ORDER BY title, id LIMIT (SELECT 10)');
SELECT rows, same FROM compare('SELECT min(title) FROM song');
SELECT rows, same FROM compare('SELECT s.id, count(p.id) FROM song s LEFT JOIN play p ON p.song_id = s.id GROUP BY s.title, s.id ORDER BY s.title, s.id LIMIT 3');

-- two columns that equal one constant are of one class, but only joined ones are equal in every row of the window
SELECT bingo_tune.create_ordering('lone', 'SELECT id, song_id, at FROM play ORDER BY song_id, at, id', 1000);
SELECT bingo_tune.create_ordering('songs', 'SELECT p.id, s.id, s.year FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id', 1000);
SELECT rows, same FROM compare('SELECT p.id FROM play p WHERE p.song_id = 14 AND p.listener_id = 14 ORDER BY p.at, p.id LIMIT 20');
SELECT rows, same FROM compare('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id WHERE s.id = 14 AND p.listener_id = 14 ORDER BY s.year, p.id LIMIT 20');
SET cpu_operator_cost = 0.1;	-- 18 charges nothing for what is switched off
SELECT * FROM compare('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id WHERE p.song_id = 14 ORDER BY s.year, p.id LIMIT (SELECT 20)');
RESET cpu_operator_cost;
SELECT bingo_tune.drop_ordering('lone'), bingo_tune.drop_ordering('songs');

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
