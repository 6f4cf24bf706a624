-- The tables that the tests of ordered scans read, an ordering of them with a
-- window of 200 of 1,000 rows, and a function that compares.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE SCHEMA music;
SET search_path = music, public;

CREATE TABLE song (id int PRIMARY KEY, title varchar NOT NULL, year int, length numeric);
CREATE TABLE listener (id int PRIMARY KEY, name text COLLATE "C" NOT NULL, born date);
CREATE TABLE play (id bigint PRIMARY KEY, song_id int NOT NULL, listener_id int NOT NULL, at timestamp, note text);
INSERT INTO song SELECT i, 'Song ' || i % 30, CASE WHEN i % 10 > 0 THEN 1960 + i % 7 END, i * 1.50
	FROM generate_series(1, 60) i;
INSERT INTO listener SELECT i, 'Listener ' || i, DATE '2000-01-01' + i FROM generate_series(1, 40) i;
-- some plays have no song, some no listener
INSERT INTO play SELECT i, i * 7 % 63, i * 11 % 42, TIMESTAMP '2020-01-01' + i * INTERVAL '1 hour 1 second', 'note ' || i % 5
	FROM generate_series(1, 1000) i;
CREATE INDEX play_song ON play (song_id);
CREATE INDEX play_listener ON play (listener_id);
ANALYZE song, listener, play;

SELECT bingo_tune.create_ordering('plays', $$
	SELECT p.id, p.at, l.id, l.name, s.id, s.title, s.year, s.length
	FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
	ORDER BY s.year DESC, s.title, l.id, p.id DESC$$, 200);

-- The sum of a property over the plan nodes that are ordered scans.
CREATE FUNCTION scan_rows(plan jsonb, property text) RETURNS bigint LANGUAGE sql AS $$
	SELECT sum((node ->> property)::bigint)
	FROM jsonb_path_query(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') node
$$;

-- Runs a query with and without ordered scans: rows from the window and from
-- behind it (NULL: no ordered scan was planned), and whether the answers, in
-- their order, are the same.
CREATE FUNCTION compare(query text, OUT from_window bigint, OUT from_behind bigint, OUT rows bigint, OUT same bool)
LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	served text;
	plain text;
	digest text := format('SELECT md5(string_agg(answer::text, chr(10))), count(*) FROM (%s) answer', query);
BEGIN
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	from_window := scan_rows(plan, 'Rows from Window');
	from_behind := scan_rows(plan, 'Rows from Plan Behind');
	EXECUTE digest INTO served, rows;
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE digest INTO plain;
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	same := served IS NOT DISTINCT FROM plain;
END
$$;

-- The nodes of a plan from its top to the plan behind an ordered scan.
CREATE FUNCTION top_nodes(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	node jsonb;
	path text;
	ordering text;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO node;
	node := node #> '{0,Plan}';
	LOOP
		path := concat_ws(' > ', path, node ->> 'Node Type');
		EXIT WHEN ordering IS NOT NULL OR node #> '{Plans,0}' IS NULL;
		ordering := node ->> 'Ordering';
		path := path || coalesce(' of ' || ordering, '');
		node := node #> '{Plans,0}';
	END LOOP;
	RETURN path;
END
$$;
