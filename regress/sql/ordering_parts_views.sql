-- Pages of partitioned tables, as somebody comes by their orderings: what explain_ordering() proposes, through views, and
-- with the indexes that they need.
--
-- proposed(): what explain_ordering() says of a page that nothing serves.
--
-- Seen red: rows of the plan behind counted at the first partition, whichever ended or was refused; indexes made on partitions; partitions
-- of different keys, or too many, not looked at; the name of a whole taken for free; definitions of views compared before they are
-- written as those of tables; the owner of the whole not asked for.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE EXTENSION bingo_tune CASCADE;
SET enable_sort = off;
SET enable_incremental_sort = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE item (id int NOT NULL, junk int, author int, day int NOT NULL, title text, hidden bool NOT NULL, at int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (0) TO (10);
-- its columns have other numbers
CREATE TABLE item_2 (day int NOT NULL, at int, x int, hidden bool NOT NULL, author int, title text, id int NOT NULL, junk int);
ALTER TABLE item_2 DROP x;
ALTER TABLE item ATTACH PARTITION item_2 FOR VALUES FROM (10) TO (20);
ALTER TABLE item DROP junk;
CREATE TABLE item_3 PARTITION OF item FOR VALUES FROM (20) TO (40) PARTITION BY LIST (day);
CREATE TABLE item_3a PARTITION OF item_3 DEFAULT;
INSERT INTO author SELECT g, 'author ' || g % 12 FROM generate_series(1, 40) g;
INSERT INTO item (id, author, day, title, hidden, at) SELECT g, g % 41, g % 25, 'Title ' || g % 700, g % 7 = 0, g * 17 % 450 FROM generate_series(1, 3000) g;
VACUUM ANALYZE item, author;
CREATE VIEW named AS SELECT i.id AS number, i.day, i.hidden, a.name AS who, i.title FROM item i JOIN author a ON a.id = i.author;
CREATE VIEW shown AS SELECT id AS number, day, author, at, lower(title) AS title FROM item WHERE NOT hidden;
CREATE VIEW both_of AS SELECT s.number, s.title, a.name FROM shown s LEFT JOIN author a ON a.id = s.author;

CREATE FUNCTION proposed(query text, OUT reason text, OUT command text) LANGUAGE sql AS $$
	SELECT regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g'), command FROM bingo_tune.explain_ordering(query)
$$;
\pset format unaligned
\pset fieldsep '\n'
\pset tuples_only on

-- what is proposed for the whole, with the indexes that are missing: on the partitioned table, for those that come
\set shown 'SELECT i.id, a.name FROM item i JOIN author a ON a.id = i.author WHERE NOT i.hidden ORDER BY a.name, i.id DESC LIMIT 20'
SELECT * FROM proposed(:'shown') \gset
\echo :reason
\echo :command
:command;
SELECT ordering, served FROM bingo_tune.explain_ordering(:'shown');
SELECT p.* FROM page(:'shown') p;
SELECT bingo_tune.drop_ordering('author_by_name');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid IN ('item'::regclass, 'item_1'::regclass, 'item_3a'::regclass) AND NOT indisprimary ORDER BY 1;
SELECT * FROM proposed('SELECT at FROM item ORDER BY at LIMIT 20');
SELECT command FROM proposed('SELECT title FROM both_of ORDER BY title LIMIT 20') \gset
:command;
SELECT p.* FROM page('SELECT title FROM both_of ORDER BY title LIMIT 20') p;
SELECT bingo_tune.drop_ordering('item_by_title');
SELECT * FROM proposed('SELECT who, number FROM named WHERE NOT hidden ORDER BY who, number LIMIT 20');
-- what would not serve, and what can't be
SELECT * FROM proposed('SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.tableoid > 0 ORDER BY a.name, i.id DESC LIMIT 20');
SELECT * FROM proposed('SELECT i, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 20');
CREATE TABLE part_of_author (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
SELECT * FROM proposed('SELECT id FROM part_of_author ORDER BY name LIMIT 20');
SELECT * FROM proposed('SELECT i.id FROM item i JOIN part_of_author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 20');
CREATE TABLE part_of_author_1 PARTITION OF part_of_author DEFAULT;
CREATE TABLE one (id int PRIMARY KEY, author int);
SELECT * FROM proposed('SELECT o.id FROM one o JOIN part_of_author a ON a.id = o.author ORDER BY a.name, o.id DESC LIMIT 20');
CREATE TABLE twin (id int NOT NULL, other int NOT NULL, part int NOT NULL) PARTITION BY LIST (part);
CREATE TABLE twin_1 PARTITION OF twin (PRIMARY KEY (id)) FOR VALUES IN (1);
CREATE TABLE twin_2 PARTITION OF twin (PRIMARY KEY (other)) FOR VALUES IN (2);
SELECT * FROM proposed('SELECT id FROM twin ORDER BY part LIMIT 20');
CREATE TABLE lot (id int PRIMARY KEY, at int) PARTITION BY RANGE (id);
CREATE TABLE lot_1 PARTITION OF lot FOR VALUES FROM (0) TO (10);
CREATE UNLOGGED TABLE lot_2 PARTITION OF lot DEFAULT;
SELECT * FROM proposed('SELECT id FROM lot ORDER BY at LIMIT 20');
CREATE TABLE wide (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
DO $$ BEGIN FOR n IN 0 .. 64 LOOP EXECUTE format('CREATE TABLE wide_%s PARTITION OF wide FOR VALUES FROM (%s) TO (%s)', n, n * 10, n * 10 + 10); END LOOP; END $$;
INSERT INTO wide SELECT g, g * 7 % 650 FROM generate_series(0, 649) g;
ANALYZE wide;
SELECT * FROM proposed('SELECT id, n FROM wide ORDER BY n, id LIMIT 10');

-- one that is there is not proposed again, nor its name for another one
SELECT bingo_tune.create_ordering('item_by_at', 'SELECT id, at FROM item ORDER BY at DESC', 100);
SELECT command FROM bingo_tune.explain_ordering('SELECT at FROM item ORDER BY at DESC LIMIT 20') WHERE command IS NOT NULL;
SELECT command FROM bingo_tune.explain_ordering('SELECT at FROM item ORDER BY at LIMIT 20') WHERE command IS NOT NULL;
SELECT bingo_tune.drop_ordering('item_by_at');

-- made of views: of what they are made of now
SET client_min_messages = notice;
SELECT bingo_tune.create_ordering('shown', 'SELECT number, title, name FROM both_of ORDER BY title', 100);
SELECT bingo_tune.create_ordering('shown', 'SELECT number, title, name FROM both_of ORDER BY title', 100);
SELECT bingo_tune.create_ordering('of_author', 'SELECT number, at FROM shown WHERE author = $1 ORDER BY at DESC', 5);
SELECT bingo_tune.create_ordering('named', 'SELECT who, number, title FROM named WHERE NOT hidden ORDER BY who', 100, covering => 'keys');
SELECT bingo_tune.create_ordering('named', 'SELECT who, number, title FROM named WHERE NOT hidden ORDER BY who', 100, covering => 'keys');
SET client_min_messages = warning;
SELECT query FROM bingo_tune.orderings WHERE name IN ('shown_item_2', 'of_author_item_2', 'named_item_2') ORDER BY name;
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT number, title, name FROM both_of ORDER BY title, number LIMIT 20'),
('SELECT title FROM shown ORDER BY title LIMIT (SELECT 200)'),
('SELECT number, at FROM shown WHERE author = 7 ORDER BY at DESC LIMIT 5'),
('SELECT number, at FROM shown WHERE author = 7 ORDER BY at DESC LIMIT (SELECT 50)'),
('SELECT at FROM shown WHERE author IN (7, 8) ORDER BY at DESC LIMIT 5'),
('SELECT who, number, title FROM named WHERE NOT hidden AND day < 25 ORDER BY who, number LIMIT 20'),
('SELECT s.number FROM shown s, author a WHERE a.id = s.author ORDER BY a.name, s.number LIMIT 20');
SELECT p.read, p.behind, p.differs, q.query FROM queries q, page(q.query) p ORDER BY q.id;
CREATE TABLE item_4 PARTITION OF item FOR VALUES FROM (40) TO (50);
INSERT INTO item (id, author, day, title, hidden, at) SELECT g, g % 41, 45, 'A title ' || g, false, g FROM generate_series(5001, 5200) g;
UPDATE item SET day = 48 WHERE id < 20;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{shown,of_author,named}'::text[]) n;
ANALYZE item_4;
SELECT p.read, p.behind, p.differs FROM queries q, page(q.query) p ORDER BY q.id;
CREATE OR REPLACE VIEW shown AS SELECT id AS number, day, author, at, upper(title) AS title FROM item;
SELECT p.read, p.behind, p.differs FROM queries q, page(q.query) p ORDER BY q.id;
SELECT sum(missing + extra + differing) FROM unnest('{shown,of_author,named}'::text[]) n, bingo_tune.verify_ordering(n);

-- rows of the plan behind count where the windows ended: of the partition whose rows came to their end first
SELECT bingo_tune.create_ordering('at', 'SELECT id, at FROM item ORDER BY at', 100);
SELECT p.read, p.behind FROM page('SELECT at FROM item ORDER BY at LIMIT (SELECT 500)') p;
SELECT name, rows_behind FROM bingo_tune.orderings WHERE name ^@ 'at_' AND rows_behind > 0 ORDER BY name;
SELECT bingo_tune.drop_ordering('at_item_3a'), bingo_tune.create_ordering('at_small', 'SELECT id, at FROM item_3a ORDER BY at', 20);
SELECT p.read, p.behind FROM page('SELECT at FROM item ORDER BY at LIMIT (SELECT 500)') p;
SELECT name, rows_behind FROM bingo_tune.orderings WHERE name ^@ 'at_' AND rows_behind > 0 ORDER BY name;
BEGIN;
DELETE FROM item_2 WHERE false;
SELECT p.read, p.behind FROM page('SELECT at FROM item ORDER BY at LIMIT (SELECT 500)') p;
COMMIT;
SELECT name, rows_behind FROM bingo_tune.orderings WHERE name ^@ 'at_' AND rows_behind > 0 ORDER BY name;

-- whose the view is, and the table whose index is missing
CREATE ROLE parts_of_alice;
GRANT USAGE ON SCHEMA public TO parts_of_alice;
GRANT SELECT ON named TO parts_of_alice;
DROP INDEX item_author_idx;
SET ROLE parts_of_alice;
SELECT bingo_tune.create_ordering('a', 'SELECT number FROM shown ORDER BY number');
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.create_ordering('a', 'SELECT number, who FROM named ORDER BY who', create_indexes => true);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE author OWNER TO parts_of_alice;
ALTER TABLE item_1 OWNER TO parts_of_alice;
SET ROLE parts_of_alice;
SELECT bingo_tune.create_ordering('a', 'SELECT number, who FROM named ORDER BY who', create_indexes => true);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT bingo_tune.create_ordering('a', 'SELECT number, who FROM named ORDER BY who, number');
\echo :LAST_ERROR_SQLSTATE

DROP TABLE item, author, part_of_author, one, twin, lot, wide, queries CASCADE;
DROP OWNED BY parts_of_alice;
DROP ROLE parts_of_alice;
DROP FUNCTION page(text), proposed(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
