-- Cursors over an ordered scan go wherever they go over the plain plan, over
-- the end of the window and back.  Seen red with: the window's rows not skipped
-- in the plan behind, the plan behind not started again after a rescan, a step
-- back from behind the window's last row taken for one from that row; windows for
-- cursors over one table without ORDER BY, or for none that is planned within a cursor.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
\set plays 'SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC'

-- Two cursors for the same query, one served and one plain, make the same
-- random moves; the rows that they stand on must be the same.
CREATE FUNCTION walk(kind text, query text, steps int, seed numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	moves text[] := ARRAY['NEXT', 'NEXT', 'NEXT', 'RELATIVE 3', 'FORWARD 40', 'FORWARD 130'];
	move text := 'NEXT';
	served record;
	plain record;
	fetched int := 0;
BEGIN
	IF kind !~ 'NO SCROLL' THEN
		moves := moves || ARRAY['PRIOR', 'PRIOR', 'PRIOR', 'RELATIVE 0', 'RELATIVE -5', 'BACKWARD 30', 'BACKWARD 140',
			'FIRST', 'LAST', 'ABSOLUTE 200', 'ABSOLUTE 201', 'ABSOLUTE -1', 'ABSOLUTE 0'];
	END IF;
	PERFORM setseed(seed::float8);
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	EXECUTE format('DECLARE served %s FOR %s', kind, query);
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE format('DECLARE plain %s FOR %s', kind, query);
	FOR i IN 1 .. steps LOOP
		IF move ~ '(FOR|BACK)WARD' THEN
			EXECUTE format('MOVE %s FROM served', move);
			EXECUTE format('MOVE %s FROM plain', move);
		ELSE
			EXECUTE format('FETCH %s FROM served', move) INTO served;
			EXECUTE format('FETCH %s FROM plain', move) INTO plain;
			IF served IS DISTINCT FROM plain THEN
				RETURN format('step %s, %s: %s instead of %s', i, move, served, plain);
			END IF;
			fetched := fetched + (plain IS NOT NULL)::int;
		END IF;
		move := moves[1 + trunc(random() * cardinality(moves))];
	END LOOP;
	EXECUTE 'CLOSE served';
	EXECUTE 'CLOSE plain';
	RETURN CASE WHEN fetched > 0 THEN 'same rows' ELSE 'no rows' END;
END
$$;

-- the plain plan can go backwards (Sort): so can the scan, without Material
SET enable_incremental_sort = off;
SELECT top_nodes('DECLARE c SCROLL CURSOR FOR ' || :'plays' || ' LIMIT 150');
SELECT n, kind, walk(kind, :'plays' || format(' LIMIT (SELECT %s)', n), 400, n / 1000.0)
	FROM (VALUES ('CURSOR'), ('SCROLL CURSOR'), ('NO SCROLL CURSOR'), ('SCROLL CURSOR WITH HOLD')) k (kind),
	(VALUES (150), (200), (201), (350), (1000)) n (n);
SELECT walk('CURSOR', :'plays' || ' OFFSET 50 LIMIT (SELECT 200)', 400, 0.5::numeric);

-- it cannot (Incremental Sort): SCROLL puts a Material on top
RESET enable_incremental_sort;
CREATE INDEX song_order ON song (year DESC, title);
SET enable_sort = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT top_nodes('DECLARE c SCROLL CURSOR FOR ' || :'plays' || ' LIMIT 100');
SELECT n, kind, walk(kind, :'plays' || format(' LIMIT (SELECT %s)', n), 400, n / 1000.0)
	FROM (VALUES ('SCROLL CURSOR'), ('NO SCROLL CURSOR')) k (kind), (VALUES (150), (350), (1000)) n (n);
BEGIN;
DECLARE c CURSOR FOR :plays LIMIT 100;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;
RESET enable_sort;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- A cursor keeps to what its snapshot saw, whatever the transaction does then.
BEGIN;
DECLARE c CURSOR FOR :plays LIMIT (SELECT 300);
DECLARE h CURSOR WITH HOLD FOR :plays LIMIT (SELECT 202);
FETCH 2 FROM c;
DELETE FROM play WHERE id % 2 = 0;
UPDATE song SET year = 2050 WHERE id = 7;
FETCH 2 FROM c;
MOVE 194 FROM c;
FETCH 3 FROM c;
SELECT count(*) FROM compare(:'plays' || ' LIMIT 100') WHERE same AND from_window = 0;
COMMIT;
FETCH 2 FROM h;
MOVE 197 FROM h;
FETCH 4 FROM h;
CLOSE h;

-- Over one table without ORDER BY it is updatable, as without a window; any other statement is served.
SELECT bingo_tune.create_ordering('of_note', 'SELECT id, note, at FROM play ORDER BY note, id', NULL);
\set noted 'SELECT id, note FROM play WHERE note = ''note 3'''
SET enable_seqscan = off;
SELECT statement, top_nodes(statement) LIKE '%Custom Scan of of_note%' AS served FROM (VALUES (:'noted'),
	('DECLARE c CURSOR FOR ' || :'noted'), ('DECLARE c CURSOR FOR ' || :'noted' || ' ORDER BY note, id'),
	('DECLARE c CURSOR FOR SELECT count(*) FROM play WHERE note = ''note 3''')) v (statement);
BEGIN;
DECLARE c CURSOR FOR :noted;
MOVE 1 FROM c;
FETCH 1 FROM c \gset
UPDATE play SET note = 'marked' WHERE CURRENT OF c;
SELECT id = :id AS same FROM play WHERE note = 'marked';
ROLLBACK;
-- a function's statement that is planned while the cursor's is
CREATE FUNCTION find_top() RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN top_nodes('SELECT id FROM play WHERE note = ''note 3''') LIKE '%Custom Scan of of_note%';
END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT find_top();
FETCH c;
ROLLBACK;
DO $$
DECLARE
	c CURSOR FOR SELECT id FROM play WHERE note = 'note 3';
	found bigint;
BEGIN
	OPEN c;
	FETCH c INTO found;
	DELETE FROM play WHERE CURRENT OF c;
	ASSERT found IS NOT NULL AND NOT EXISTS (SELECT FROM play WHERE id = found);
END $$;
RESET enable_seqscan;

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
