-- A partitioned table's pages, from orderings of its partitions: (W) in read/leaves.c.
--
-- page(): rows read from windows and from the plan behind, and what differs from the plain plan's answer.
--
-- Seen red: rows given up to the last boundary of a partition instead of the first, or the rows equal to that in what is merged by, too; columns looked up by the numbers that they have
-- in the whole; own changes of a partition not seen; searches of several partitions without a list taken for one with a list.
SET client_min_messages = warning;
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE EXTENSION bingo_tune CASCADE;
SET enable_sort = off;
SET enable_incremental_sort = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE item (id int NOT NULL, junk int, author int, day int NOT NULL, title text, hidden bool NOT NULL DEFAULT false, at int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (0) TO (10);
-- its columns have other numbers, and the whole has one less than its first partition
CREATE TABLE item_2 (day int NOT NULL, at int, x int, hidden bool NOT NULL DEFAULT false, author int, junk int, title text, id int NOT NULL);
ALTER TABLE item_2 DROP x;
ALTER TABLE item ATTACH PARTITION item_2 FOR VALUES FROM (10) TO (20);
ALTER TABLE item DROP junk;
CREATE TABLE item_3 PARTITION OF item FOR VALUES FROM (20) TO (40) PARTITION BY LIST (day);
CREATE TABLE item_3a PARTITION OF item_3 FOR VALUES IN (20, 21, 22);
CREATE TABLE item_3b PARTITION OF item_3 DEFAULT;
CREATE INDEX ON item (author);
INSERT INTO author SELECT g, 'author ' || g % 12 FROM generate_series(1, 40) g;
INSERT INTO item (id, author, day, title, hidden, at) SELECT g, nullif(g % 41, 0), g % 25, 'title ' || g % 700, g % 7 = 0, nullif(g * 17 % 450, 0) FROM generate_series(1, 3000) g;
VACUUM ANALYZE item, author;

-- made of all at once
RESET client_min_messages;
SELECT bingo_tune.create_ordering('names', 'SELECT i.id, i.day, i.hidden, a.name FROM item i JOIN author AS a ON a.id = i.author ORDER BY a.name, i.id DESC', window_rows => 100);
SELECT bingo_tune.create_ordering('names', 'SELECT i.id, i.day, i.hidden, a.name FROM item i JOIN author AS a ON a.id = i.author ORDER BY a.name, i.id DESC', window_rows => 100);
SELECT bingo_tune.create_ordering('names', 'SELECT i.id, i.day, a.name FROM item i JOIN author AS a ON a.id = i.author ORDER BY a.name', window_rows => 100);
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('late', 'SELECT id, day, author, at FROM item ORDER BY at DESC NULLS LAST', window_rows => 150);
SELECT bingo_tune.create_ordering('of_author', 'SELECT i.id, i.day, i.at, a.name, i.author FROM item i JOIN author a ON a.id = i.author WHERE i.author = $1 ORDER BY i.at, i.id', window_rows => 5);
SELECT bingo_tune.create_ordering('shown', 'SELECT id, day, title FROM item WHERE NOT hidden AND id > 1 - 1 ORDER BY lower(title), id', window_rows => NULL);
SELECT bingo_tune.create_ordering('optional', 'SELECT i.id, i.day, i.title, a.name FROM item i LEFT JOIN author a USING (id) ORDER BY i.title, i.id', window_rows => 100);
SELECT name, state, window_rows, kept_rows FROM bingo_tune.orderings ORDER BY name;
SELECT query FROM bingo_tune.orderings WHERE name = 'optional_item_2';

-- what is served: over the ends of windows, ties, columns that are looked up, filters, pruned to one, sub-partitioned
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT i.id, i.day, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 20'),
('SELECT i.id, i.day, i.title, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 5 OFFSET 10'),
('SELECT i.id, i.day, i.title, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT (SELECT 900)'),
('SELECT a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name LIMIT (SELECT 700)'),
('SELECT i.id, i.title FROM item i, author a WHERE a.id = i.author AND NOT i.hidden AND i.day > 8 ORDER BY a.name, i.id DESC LIMIT 20'),
('SELECT i.id, i.title FROM item i JOIN author a ON a.id = i.author WHERE i.day >= 12 AND i.day < 19 ORDER BY a.name, i.id DESC LIMIT 20'),
('SELECT i.id, i.title FROM item_2 i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 20'),
('SELECT i.id, i.title FROM item_3 i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 20'),
('SELECT i.id, i.day FROM item i JOIN author a ON a.id = i.author WHERE a.name >= ''author 0'' ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT i.id, i.title FROM item i JOIN author a ON a.id = i.author WHERE a.name > ''author 0'' OR a.name = ''author 0'' AND i.id < 2500 ORDER BY a.name, i.id DESC LIMIT (SELECT 20)'),
('SELECT at FROM item ORDER BY at DESC NULLS LAST LIMIT (SELECT 1000)'),
('SELECT at, author FROM item WHERE at < 449 ORDER BY at DESC NULLS LAST, id DESC LIMIT 5'),
('SELECT at + 1 AS n, author * 2 AS twice FROM item ORDER BY at DESC NULLS LAST, id DESC, day DESC LIMIT 5'),
('SELECT i.at, a.name FROM item i LEFT JOIN author a ON a.id = i.author ORDER BY i.at DESC NULLS LAST, i.id DESC LIMIT 5'),
('SELECT i.id, i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author = 7 ORDER BY i.at, i.id LIMIT 5'),
('SELECT i.id, i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author = 7 ORDER BY i.at, i.id LIMIT (SELECT 100)'),
('SELECT i.id, i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author = 7 AND i.at > 40 ORDER BY i.at, i.id LIMIT (SELECT 5)'),
('SELECT i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author IN (7, 9, 999) ORDER BY i.at LIMIT 5'),
('SELECT i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author IN (7, 9, 11) ORDER BY i.at LIMIT (SELECT 200)'),
('SELECT i.author, i.at FROM item i JOIN author a ON a.id = i.author WHERE i.author IN (7, 9) ORDER BY i.author, i.at LIMIT (SELECT 60)'),
('SELECT l.author, i.id FROM generate_series(5, 8) l(author), LATERAL (SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.author = l.author ORDER BY i.at, i.id LIMIT 3) i ORDER BY 1, 2'),
('SELECT id, title FROM item WHERE NOT hidden AND id > 0 ORDER BY lower(title), id LIMIT 20'),
('SELECT min(lower(title)) AS first FROM item WHERE NOT hidden AND id > 0'),
('SELECT i.id, i.title, a.name FROM item i LEFT JOIN author a USING (id) ORDER BY i.title, i.id LIMIT 20'),
('SELECT i.id, i.title FROM item i ORDER BY i.title, i.id LIMIT (SELECT 400)'),
-- what is not
('SELECT i, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT i.tableoid::regclass AS oid, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT i.id FROM ONLY item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT i.id FROM item i TABLESAMPLE SYSTEM (100) JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.day = 3 AND i.day = 4 ORDER BY a.name, i.id DESC LIMIT 5'),
('SELECT x.id FROM item i JOIN author a ON a.id = i.author JOIN item x ON x.id = i.id AND x.day = i.day ORDER BY a.name, i.id DESC LIMIT 5');
SELECT p.read, p.behind, p.differs, q.query, p.answer FROM queries q, page(q.query) p ORDER BY q.id;
-- those of the partitions that are left
CREATE FUNCTION merged(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Ordering';
END $$;
SELECT merged('SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.day BETWEEN 12 AND 21 ORDER BY a.name, i.id DESC LIMIT 20');
SELECT merged('SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.day BETWEEN 0 AND 9 ORDER BY a.name, i.id DESC LIMIT 20');
SELECT merged('SELECT i.id FROM item i JOIN author a ON a.id = i.author WHERE i.day < 15 ORDER BY a.name, i.id DESC LIMIT 20');

-- a cursor that goes back
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT i.id, a.name FROM item i JOIN author a ON a.id = i.author ORDER BY a.name, i.id DESC;
FETCH 3 FROM c;
MOVE 300 IN c;
FETCH 2 FROM c;
MOVE BACKWARD 300 IN c;
FETCH BACKWARD 2 FROM c;
COMMIT;

-- what reaches partitions through the whole, and rows that move
CREATE VIEW differs AS SELECT q.id, p.differs FROM queries q, page(q.query) p WHERE q.id IN (1, 3, 6, 11, 16, 19, 22, 25) AND p.differs <> 0 ORDER BY q.id;
UPDATE item SET day = (day + 11) % 40 WHERE id % 50 = 1;
DELETE FROM item WHERE id % 50 = 3;
UPDATE author SET name = 'author 00' WHERE id = 5;
INSERT INTO item (id, author, day, title, at) VALUES (7001, 1, 1, 'title 0', 450), (7011, 1, 12, 'title 0', 450), (7021, 1, 30, 'title 0', 450);
MERGE INTO item i USING (VALUES (7011, 12, 13), (7002, 1, 14)) v (id, day, new) ON i.id = v.id AND i.day = v.day
	WHEN MATCHED THEN UPDATE SET day = new WHEN NOT MATCHED THEN INSERT (id, day, author) VALUES (v.id, v.new, 3);
TABLE differs;
SELECT id, (page(query)).read FROM queries WHERE id IN (1, 11) ORDER BY id;
SELECT name, v.* FROM unnest('{names,late,of_author,shown,optional}'::text[]) name, bingo_tune.verify_ordering(name) v;

-- a transaction's own changes are the plan behind's, of whichever partition
BEGIN;
INSERT INTO item (id, author, day, title, at) VALUES (7003, 1, 15, 'title 0', 451);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;
SAVEPOINT a;
TRUNCATE item_3a;
TABLE differs;
ROLLBACK;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;

-- partitions come and go, and the plan with them
SET plan_cache_mode = force_generic_plan;
PREPARE p (int) AS SELECT i.id, i.day, a.name FROM item i JOIN author a ON a.id = i.author WHERE i.day > $1 ORDER BY a.name, i.id DESC LIMIT 5;
EXECUTE p(-1);
EXECUTE p(15);
ALTER TABLE item DETACH PARTITION item_2;
EXECUTE p(-1);
TABLE differs;
INSERT INTO item_2 (id, author, day, title, at) VALUES (7004, 10, 12, 'title 0', 452);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 7, 11) ORDER BY id;
ALTER TABLE item ATTACH PARTITION item_2 FOR VALUES FROM (10) TO (20);
EXECUTE p(-1);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 7, 11) ORDER BY id;
TRUNCATE item_2;
EXECUTE p(-1);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 7, 11) ORDER BY id;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 1)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{names,late,of_author,shown,optional}'::text[]) n;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 7, 11) ORDER BY id;
CREATE TABLE item_4 PARTITION OF item FOR VALUES FROM (40) TO (50);
INSERT INTO item (id, author, day, title, at) SELECT g, 1 + g % 40, 45, 'title ' || g % 100, g FROM generate_series(8001, 8200) g;
ANALYZE item_4;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 1)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{names,late}'::text[]) n;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;
SELECT name FROM bingo_tune.orderings WHERE name ^@ 'names' ORDER BY name;
BEGIN;
DROP TABLE item_4;
SELECT name FROM bingo_tune.orderings WHERE name ^@ 'names' ORDER BY name;
ROLLBACK;
DROP TABLE item_4;
SELECT name FROM bingo_tune.orderings WHERE name ~ '_4$' ORDER BY name;
EXECUTE p(-1);
TABLE differs;

-- one that is not like the others, or is invalid
SELECT bingo_tune.drop_ordering('late_item_3a');
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 11)) WHERE ordering ^@ 'late' ORDER BY 1;
SELECT bingo_tune.create_ordering('late_item_3a', 'SELECT id, day, author, at FROM item_3a ORDER BY at DESC NULLS LAST, author', window_rows => 300);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id = 11;
SELECT bingo_tune.drop_ordering('late_item_3a');
SELECT bingo_tune.create_ordering('other name', 'SELECT id, day, author, at FROM item_3a ORDER BY at DESC NULLS LAST', window_rows => 50);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id = 11;
UPDATE item_3a SET at = at + 1;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 11)) WHERE ordering ^@ 'late' OR ordering ^@ 'other' ORDER BY 1;
TABLE differs;

-- equal rows of two partitions: no key is unique in the whole
CREATE TABLE twin (id int NOT NULL, part int NOT NULL) PARTITION BY LIST (part);
CREATE TABLE twin_1 PARTITION OF twin (PRIMARY KEY (id)) FOR VALUES IN (1);
CREATE TABLE twin_2 PARTITION OF twin (PRIMARY KEY (id)) FOR VALUES IN (2);
INSERT INTO twin SELECT g, p FROM generate_series(1, 1000) g, generate_series(1, 2) p;
ANALYZE twin;
SELECT bingo_tune.create_ordering('twin_1', 'SELECT id FROM twin_1 ORDER BY id DESC', window_rows => 10), bingo_tune.create_ordering('twin_2', 'SELECT id FROM twin_2 ORDER BY id DESC', window_rows => 15);
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SELECT n, p.read, p.behind, p.differs FROM unnest('{5,18,19,20,21,28,40}'::int[]) n, page('SELECT id FROM twin ORDER BY id DESC LIMIT (SELECT ' || n || ')') p ORDER BY n;
SELECT n, count(*), count(DISTINCT (id, part)) FROM unnest('{5,18,19,20,21,28,40}'::int[]) n, LATERAL (SELECT id, part FROM twin ORDER BY id DESC LIMIT n) t GROUP BY n ORDER BY n;
RESET enable_indexscan;
RESET enable_bitmapscan;
RESET enable_indexonlyscan;

-- what can't be: dimensions that are partitioned, or partitions; too many
CREATE TABLE part_of_author (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE part_of_author_1 PARTITION OF part_of_author DEFAULT;
SELECT bingo_tune.create_ordering('d', 'SELECT i.id, i.day, a.name FROM item_1 i JOIN part_of_author a ON a.id = i.author ORDER BY a.name, i.id, i.day');
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.create_ordering('d', 'SELECT i.id, i.day, a.name FROM item i JOIN part_of_author a ON a.id = i.author ORDER BY a.name, i.id, i.day');
SELECT bingo_tune.create_ordering('d', 'SELECT i.id, i.day, a.name FROM item_1 i JOIN part_of_author_1 a ON a.id = i.author ORDER BY a.name, i.id, i.day');
SELECT bingo_tune.create_ordering('d', 'SELECT id, day FROM ONLY item ORDER BY id, day');
CREATE TABLE wide (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
DO $$ BEGIN FOR n IN 0 .. 64 LOOP EXECUTE format('CREATE TABLE wide_%s PARTITION OF wide FOR VALUES FROM (%s) TO (%s)', n, n * 10, n * 10 + 10); END LOOP; END $$;
INSERT INTO wide SELECT g, g * 7 % 650 FROM generate_series(0, 649) g;
ANALYZE wide;
SELECT bingo_tune.create_ordering('w', 'SELECT id, n FROM wide ORDER BY n, id', window_rows => 100);
SELECT read, differs FROM page('SELECT id, n FROM wide ORDER BY n, id LIMIT 10');
SELECT DISTINCT served, reason FROM bingo_tune.explain_ordering('SELECT id, n FROM wide ORDER BY n, id LIMIT 10');
SELECT read, differs FROM page('SELECT id, n FROM wide WHERE id >= 10 ORDER BY n, id LIMIT 10');
DROP TABLE wide_0;
SELECT read, differs FROM page('SELECT id, n FROM wide ORDER BY n, id LIMIT 10');

-- by the name of the whole
RESET client_min_messages;
SELECT bingo_tune.create_ordering('names', 'SELECT id, day FROM item_1 ORDER BY id, day');
SELECT bingo_tune.drop_ordering('names');
SELECT bingo_tune.drop_ordering('names');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DEALLOCATE ALL;
DROP VIEW differs;
SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings WHERE name IN ('twin_1', 'twin_2', 'other name');
DROP TABLE item, author, twin, part_of_author, wide, queries;
SELECT name, state FROM bingo_tune.orderings;
DROP FUNCTION page(text), merged(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
