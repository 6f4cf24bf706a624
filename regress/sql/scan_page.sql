-- The window's pages are looked at once for many rows: what changes on them
-- meanwhile, or was there before, must not show.  Seen to fail when rows were
-- given without looking whether the snapshot sees them, and when a page was
-- taken for known by its number after the scan had gone on to another.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE shelf (id int PRIMARY KEY, place int NOT NULL);
CREATE TABLE item (id int PRIMARY KEY, shelf_id int NOT NULL, label text NOT NULL);
CREATE INDEX item_shelf ON item (shelf_id);
INSERT INTO shelf SELECT i, i % 10 FROM generate_series(1, 50) i;
INSERT INTO item SELECT i, i % 50 + 1, repeat('label ' || i || ' ', 5) FROM generate_series(1, 3000) i;
ANALYZE shelf, item;
\set items 'SELECT s.place, i.id, i.label FROM item i JOIN shelf s ON i.shelf_id = s.id ORDER BY s.place, i.id'
SELECT bingo_tune.create_ordering('items', :'items', 5000);

CREATE FUNCTION compare(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	served text;
	plain text;
BEGIN
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	EXECUTE 'SELECT md5(string_agg(x::text, chr(10))) FROM (' || query || ') x' INTO served;
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE 'SELECT md5(string_agg(x::text, chr(10))) FROM (' || query || ') x' INTO plain;
	RETURN concat_ws(' ', plan #>> '{0,Plan,Plans,0,Rows from Window}', 'rows from the window:',
		CASE WHEN served = plain THEN 'same' ELSE 'DIFFERENT' END);
END
$$;

SELECT compare(:'items' || ' LIMIT 5000');

-- rows that are dead, updated in place, updated elsewhere and new on the same pages
DELETE FROM item WHERE id % 7 = 0;
UPDATE item SET label = upper(label) WHERE id % 5 = 0;
UPDATE item SET shelf_id = (shelf_id + 3) % 50 + 1 WHERE id % 11 = 0;
INSERT INTO item SELECT i, i % 50 + 1, 'new ' || i FROM generate_series(3001, 3100) i;
SELECT compare(:'items' || ' LIMIT 5000');
VACUUM item, shelf;
DO $$ BEGIN EXECUTE (SELECT format('REINDEX TABLE bingo_tune.window_%s', ordering_id) FROM bingo_tune.ordering_states()); END $$;
SELECT compare(:'items' || ' LIMIT 5000');

-- a cursor goes on with its snapshot while its transaction changes everything
CREATE FUNCTION read_on(first int, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text[];
	seen text[] := '{}';
	c refcursor := 'served';
	row record;
BEGIN
	SELECT array_agg(x::text) INTO before
		FROM (SELECT s.place, i.id, i.label FROM item i JOIN shelf s ON i.shelf_id = s.id ORDER BY s.place, i.id LIMIT 5000) x;
	LOOP
		FETCH c INTO row;
		EXIT WHEN NOT FOUND;
		seen := seen || row::text;
		IF cardinality(seen) = first THEN EXECUTE change; END IF;
	END LOOP;
	RETURN CASE WHEN seen = before THEN 'same ' || cardinality(seen) ELSE 'DIFFERENT' END;
END
$$;
BEGIN;
DECLARE served NO SCROLL CURSOR FOR SELECT s.place, i.id, i.label FROM item i JOIN shelf s ON i.shelf_id = s.id ORDER BY s.place, i.id LIMIT 5000;
SELECT read_on(100, 'DELETE FROM item WHERE id % 2 = 0; UPDATE item SET label = ''x'', shelf_id = 1; UPDATE shelf SET place = 100 - place');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;

-- the same rows again and again, from the first one
SELECT count(*), count(DISTINCT list) FROM (
	SELECT (SELECT string_agg(x::text, ',') FROM
		(SELECT s.place, i.id, i.label FROM item i JOIN shelf s ON i.shelf_id = s.id ORDER BY s.place, i.id LIMIT 700 + 0 * n) x) AS list
	FROM generate_series(1, 20) n) repeated;

DROP TABLE item, shelf CASCADE;
DROP FUNCTION compare(text), read_on(int, text);
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
