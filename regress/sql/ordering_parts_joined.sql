-- A joined table that is partitioned: its pages, from orderings of its partitions: (W) in read/leaves.c.
--
-- page(): rows read from windows and from the plan behind, and what differs from the plain plan's answer.
--
-- Seen red: what the driving table is looked up by translated as if it were the partition's (its whole row is not served then).
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
CREATE TABLE city (id int PRIMARY KEY, name text);
CREATE TABLE member (junk int, tenant int NOT NULL, id int NOT NULL, name text NOT NULL, city int, active bool NOT NULL DEFAULT true, PRIMARY KEY (tenant, id)) PARTITION BY LIST (tenant);
CREATE TABLE member_1 PARTITION OF member FOR VALUES IN (1);
-- its columns have other numbers, and the whole has one less than its first partition
CREATE TABLE member_2 (city int, x int, active bool NOT NULL DEFAULT true, name text NOT NULL, id int NOT NULL, junk int, tenant int NOT NULL);
ALTER TABLE member_2 DROP x;
ALTER TABLE member ATTACH PARTITION member_2 FOR VALUES IN (2);
ALTER TABLE member DROP junk;
CREATE TABLE member_3 PARTITION OF member FOR VALUES IN (3, 4) PARTITION BY HASH (id);
CREATE TABLE member_3a PARTITION OF member_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE member_3b PARTITION OF member_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON member (city);
CREATE TABLE post (id int PRIMARY KEY, tenant int, writer int, city int, at int NOT NULL, title text);
CREATE INDEX ON post (tenant, writer);
CREATE INDEX ON post (city);
INSERT INTO city SELECT g, 'city ' || g % 7 FROM generate_series(1, 20) g;
INSERT INTO member SELECT t, g, 'name ' || (g * t) % 23, nullif(g % 21, 0), g % 5 <> 0 FROM generate_series(1, 4) t, generate_series(1, 30) g;
INSERT INTO post SELECT g, nullif(g % 6, 0), nullif(g % 33, 0), 1 + g % 20, g * 17 % 900, 'title ' || g % 700 FROM generate_series(1, 4000) g;
VACUUM ANALYZE city, member, post;

-- made of all at once
RESET client_min_messages;
SELECT bingo_tune.create_ordering('names', 'SELECT p.id, p.at, m.name, m.active FROM post p JOIN member AS m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC', window_rows => 100);
SELECT bingo_tune.create_ordering('names', 'SELECT p.id, p.at, m.name, m.active FROM post p JOIN member AS m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC', window_rows => 100);
SELECT bingo_tune.create_ordering('names', 'SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name', window_rows => 100);
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('late', 'SELECT p.id, p.at, m.name, m.tenant FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY p.at DESC', window_rows => 150);
SELECT bingo_tune.create_ordering('of_tenant', 'SELECT p.id, p.at, p.writer, m.tenant, m.name FROM member m JOIN post p ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = $1 ORDER BY p.at, p.id', window_rows => 5);
SELECT bingo_tune.create_ordering('shown', 'SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.active AND m.id > 2 - 1 AND p.at > 10 ORDER BY upper(m.name) DESC, p.id', window_rows => NULL);
SELECT bingo_tune.create_ordering('far', 'SELECT p.id, m.name, c.name AS city, o.name AS other FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer JOIN city c ON c.id = m.city LEFT JOIN city o ON o.id = p.city ORDER BY c.name DESC, o.name, m.name, p.id', window_rows => 100);
SELECT bingo_tune.create_ordering('far perhaps', 'SELECT p.id, m.name, c.name AS city FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer LEFT JOIN city c ON c.id = m.city ORDER BY c.name NULLS FIRST, p.id', window_rows => 100);
SELECT name, state, window_rows, kept_rows FROM bingo_tune.orderings ORDER BY name;
SELECT query FROM bingo_tune.orderings WHERE name = 'shown_member_2';

-- what is served: over the ends of windows, ties, columns that are looked up, filters, pruned to one, sub-partitioned
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 20'),
('SELECT p, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5 OFFSET 10'),
('SELECT p.id, p.title, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT (SELECT 900)'),
('SELECT m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name LIMIT (SELECT 700)'),
('SELECT p.id, p.title FROM post p, member m WHERE m.id = p.writer AND m.tenant = p.tenant AND m.active AND p.at > 8 ORDER BY m.name, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = 2 ORDER BY p.at DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE p.tenant = 3 ORDER BY p.at DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant IN (2, 3) ORDER BY p.at DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member_2 m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member_3 m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 20'),
('SELECT p.at FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY p.at DESC LIMIT (SELECT 1000)'),
('SELECT p.at, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE p.at < 899 ORDER BY p.at DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.at FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = 3 ORDER BY p.at, p.id LIMIT 5'),
('SELECT p.id, p.at FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = 1 ORDER BY p.at, p.id LIMIT (SELECT 100)'),
('SELECT p.at FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant IN (1, 3, 99) ORDER BY p.at LIMIT 5'),
('SELECT p.at FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant IN (1, 3) ORDER BY p.at LIMIT (SELECT 200)'),
('SELECT l.t, p.id FROM generate_series(1, 4) l(t), LATERAL (SELECT p.id FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = l.t ORDER BY p.at, p.id LIMIT 3) p ORDER BY 1, 2'),
('SELECT p.id, p.title FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.active AND m.id > 1 AND p.at > 10 ORDER BY upper(m.name) DESC, p.id LIMIT 20'),
('SELECT p.id, c.name AS city, o.name AS other FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer JOIN city c ON c.id = m.city LEFT JOIN city o ON o.id = p.city ORDER BY c.name DESC, o.name, m.name, p.id LIMIT (SELECT 300)'),
('SELECT p.id, c.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer LEFT JOIN city c ON c.id = m.city ORDER BY c.name NULLS FIRST, p.id LIMIT (SELECT 150)'),
('SELECT p.id, p.title, c.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer LEFT JOIN city c ON c.id = p.id ORDER BY m.name, p.id DESC LIMIT 20'),
('SELECT p.id, p.title FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE EXISTS (SELECT FROM city c WHERE c.id = p.id) ORDER BY m.name, p.id DESC LIMIT 3'),
-- what is not
('SELECT p.id, m FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id, m.tableoid::regclass AS oid FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id, m.city FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id FROM post p JOIN ONLY member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id FROM post p JOIN member m TABLESAMPLE SYSTEM (100) ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE m.tenant = 1 AND m.tenant = 2 ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id, m.name FROM post p LEFT JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id DESC LIMIT 5'),
('SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer JOIN member n ON n.tenant = m.tenant AND n.id = m.id ORDER BY m.name, p.id DESC LIMIT 5');
SELECT p.read, p.behind, p.differs, q.query, p.answer FROM queries q, page(q.query) p ORDER BY q.id;
-- those of the partitions that are left
CREATE FUNCTION merged(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Ordering';
END $$;
SELECT merged(query) FROM queries WHERE id IN (1, 6, 7, 8, 10) ORDER BY id;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 1)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 2)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 29)) WHERE ordering ^@ 'names' ORDER BY 1;

-- what reaches partitions through the whole, and rows that move: from list to list, from one hash to another, both
CREATE VIEW differs AS SELECT q.id, p.differs FROM queries q, page(q.query) p WHERE q.id IN (1, 3, 6, 7, 11, 14, 18, 19, 20) AND p.differs <> 0 ORDER BY q.id;
CREATE VIEW wrong AS SELECT name, missing, extra, differing FROM unnest('{names,late,of_tenant,shown,far,"far perhaps"}'::text[]) name, bingo_tune.verify_ordering(name) WHERE missing + extra + differing > 0;
UPDATE member SET tenant = 4 - tenant, id = id + 100 WHERE tenant IN (1, 3) AND id % 5 = 1;
CREATE TABLE badge (tenant int, id int, FOREIGN KEY (tenant, id) REFERENCES member ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO badge SELECT tenant, id FROM member WHERE id % 3 = 1;
UPDATE member SET id = id + 1000 WHERE tenant = 4;
UPDATE member SET id = id - 1000 WHERE tenant = 4 AND id % 2 = 1;
UPDATE member SET name = 'name 00' WHERE id = 5;
UPDATE post SET tenant = 4 - tenant, writer = writer + 100 WHERE tenant IN (1, 3) AND writer % 5 = 1 AND at < 500;
UPDATE post SET tenant = 1 + tenant % 4 WHERE id % 50 = 1;
DELETE FROM member WHERE id = 7;
INSERT INTO member (tenant, id, name, city) VALUES (1, 7, 'name 0', 1), (4, 7, 'name 0', 2), (3, 32, 'name 000', 3);
DELETE FROM post WHERE id % 50 = 3;
INSERT INTO post VALUES (7001, 1, 7, 1, 1000, 'new'), (7002, 2, 7, 1, 1000, 'new'), (7003, 4, 7, 1, 1000, 'new'), (7004, 3, 32, 1, 1000, 'new'), (7005, 9, 1, 1, 1000, 'new');
UPDATE city SET name = 'city 99' WHERE id = 3;
DELETE FROM city WHERE id = 4;
MERGE INTO member m USING (VALUES (1, 9, 2), (2, 40, 1)) v (tenant, id, new) ON m.tenant = v.tenant AND m.id = v.id
	WHEN MATCHED THEN UPDATE SET tenant = new, id = m.id + 500 WHEN NOT MATCHED THEN INSERT (tenant, id, name) VALUES (v.new, v.id, 'name 1');
BEGIN;
UPDATE member SET tenant = 2, id = id + 2000 WHERE tenant = 1 AND id < 4;
SAVEPOINT a;
UPDATE member SET tenant = 3 WHERE tenant = 2 AND id > 2000;
ROLLBACK TO a;
UPDATE member SET tenant = 1, id = id - 2000 WHERE tenant = 2 AND id > 2000 AND name <> 'name 2';
COMMIT;
TABLE differs;
TABLE wrong;
DROP TABLE badge;
SELECT id, (page(query)).read FROM queries WHERE id IN (1, 11) ORDER BY id;

-- a transaction's own changes are the plan behind's, of whichever table
BEGIN;
INSERT INTO member_2 (tenant, id, name) VALUES (2, 41, 'name 0');
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 7) ORDER BY id;
SAVEPOINT a;
TRUNCATE member_3a;
TABLE differs;
ROLLBACK;
BEGIN;
INSERT INTO post VALUES (7006, 4, 7, 1, 1000, 'new');
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 7) ORDER BY id;
ROLLBACK;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 7) ORDER BY id;

-- partitions come and go, and the plan with them
SET plan_cache_mode = force_generic_plan;
PREPARE p (int) AS SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer WHERE p.at > $1 ORDER BY m.name, p.id DESC LIMIT 5;
EXECUTE p(-1);
ALTER TABLE member DETACH PARTITION member_2;
EXECUTE p(-1);
TABLE differs;
INSERT INTO member_2 (tenant, id, name) VALUES (1, 8, 'name 0'), (2, 909, 'name 0');
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
DELETE FROM member_2 WHERE tenant = 1;
ALTER TABLE member ATTACH PARTITION member_2 FOR VALUES IN (2);
EXECUTE p(-1);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
TRUNCATE member_2;
EXECUTE p(-1);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 1)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{names,late,of_tenant,shown,far,"far perhaps"}'::text[]) n;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
TRUNCATE member, city;
TABLE differs;
INSERT INTO city SELECT g, 'city ' || g % 7 FROM generate_series(1, 20) g;
INSERT INTO member SELECT t, g, 'name ' || (g * t) % 23, nullif(g % 21, 0), g % 5 <> 0 FROM generate_series(1, 4) t, generate_series(1, 30) g;
TABLE differs;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{names,late,of_tenant,shown,far,"far perhaps"}'::text[]) n;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
CREATE TABLE member_5 PARTITION OF member FOR VALUES IN (5);
INSERT INTO member SELECT 5, g, 'name ' || g % 23, 1 FROM generate_series(1, 30) g;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;
SELECT DISTINCT served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 1)) WHERE ordering ^@ 'names' ORDER BY 1;
SELECT bingo_tune.refresh_ordering(n) FROM unnest('{names,late,of_tenant,shown,far,"far perhaps"}'::text[]) n;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 6, 11) ORDER BY id;
SELECT name FROM bingo_tune.orderings WHERE name ^@ 'names' ORDER BY name;
BEGIN;
DROP TABLE member_5;
SELECT name FROM bingo_tune.orderings WHERE name ^@ 'names' ORDER BY name;
ROLLBACK;
ALTER TABLE member DETACH PARTITION member_5;
SELECT name FROM bingo_tune.orderings WHERE name ~ '_5$' ORDER BY name;
DROP TABLE member_5;
SELECT name FROM bingo_tune.orderings WHERE name ~ '_5$' ORDER BY name;
EXECUTE p(-1);
TABLE differs;
TABLE wrong;

-- one that is not like the others, or is invalid, or whose trigger is off
SELECT bingo_tune.drop_ordering('late_member_3a');
SELECT ordering, served, reason FROM bingo_tune.explain_ordering((SELECT query FROM queries WHERE id = 11)) WHERE ordering ^@ 'late' ORDER BY 1;
SELECT bingo_tune.create_ordering('late_member_3a', 'SELECT p.id, p.at, m.name, m.tenant FROM post p JOIN member_3a m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY p.at DESC', window_rows => 20);
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id = 11;
ALTER TABLE member_3b DISABLE TRIGGER ALL;
DELETE FROM member WHERE tenant = 3 AND id < 6;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;
ALTER TABLE member_3b ENABLE TRIGGER ALL;
SELECT id, (page(query)).read, (page(query)).differs FROM queries WHERE id IN (1, 9, 11) ORDER BY id;

-- a driving row with a partner in two partitions: no key is unique in the whole
CREATE TABLE twin (id int NOT NULL, part int NOT NULL, name text NOT NULL) PARTITION BY LIST (part);
CREATE TABLE twin_1 PARTITION OF twin (PRIMARY KEY (id)) FOR VALUES IN (1);
CREATE TABLE twin_2 PARTITION OF twin (PRIMARY KEY (id)) FOR VALUES IN (2);
CREATE TABLE of_twin (id int PRIMARY KEY, twin int);
CREATE INDEX ON of_twin (twin);
INSERT INTO twin SELECT g, p, 'name ' || g % 10 FROM generate_series(1, 300) g, generate_series(1, 2) p;
INSERT INTO of_twin SELECT g, 1 + g % 300 FROM generate_series(1, 1000) g;
ANALYZE twin, of_twin;
SELECT bingo_tune.create_ordering('twins', 'SELECT o.id, t.name FROM of_twin o JOIN twin t ON t.id = o.twin ORDER BY t.name DESC, o.id', window_rows => 10);
SELECT n, p.read, p.behind, p.differs FROM unnest('{5,18,19,20,21,28,40}'::int[]) n, page('SELECT o.id, t.name FROM of_twin o JOIN twin t ON t.id = o.twin ORDER BY t.name DESC, o.id LIMIT (SELECT ' || n || ')') p ORDER BY n;
DELETE FROM twin WHERE part = 2 AND name = 'name 9' AND id % 3 <> 1;
UPDATE twin SET part = 2, id = id + 300 WHERE part = 1 AND id % 7 = 1;
SELECT n, p.read, p.behind, p.differs FROM unnest('{5,18,19,20,21,28,40}'::int[]) n, page('SELECT o.id, t.name FROM of_twin o JOIN twin t ON t.id = o.twin ORDER BY t.name DESC, o.id LIMIT (SELECT ' || n || ')') p ORDER BY n;

-- what can't be: LEFT JOIN of them, two that are, a table in two roles, too many
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p LEFT JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id');
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p LEFT JOIN member_1 m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id');
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer JOIN member n ON n.tenant = p.tenant AND n.id = p.writer ORDER BY m.name, p.id');
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p JOIN member_1 m ON m.tenant = p.tenant AND m.id = p.writer JOIN member_2 n ON n.tenant = p.tenant AND n.id = p.writer ORDER BY m.name, p.id');
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p JOIN member m ON m.tenant = p.tenant AND m.id = p.writer JOIN twin_1 t ON t.id = p.id ORDER BY m.name, p.id');
SELECT bingo_tune.create_ordering('d', 'SELECT p.id, m.name FROM post p JOIN ONLY member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY m.name, p.id');
-- as the hints say: the order is that of another table, or of one of the two, and what is partitioned, too, is joined above
SELECT bingo_tune.create_ordering('hinted', 'SELECT p.id, p.title, p.tenant, p.writer FROM post p ORDER BY p.title, p.id', window_rows => 50);
SELECT read, behind, differs FROM page('SELECT p.id, m.name FROM post p LEFT JOIN member m ON m.tenant = p.tenant AND m.id = p.writer ORDER BY p.title, p.id LIMIT 10');
SELECT bingo_tune.create_ordering('hinted twin', 'SELECT id, name FROM twin ORDER BY name, id', window_rows => 50);
SELECT read::int > 0 AS read, differs FROM page('SELECT t.id, t.name, m.name AS member FROM twin t JOIN member m ON m.tenant = 1 AND m.id = t.id ORDER BY t.name, t.id LIMIT 2');
SELECT bingo_tune.drop_ordering('hinted'), bingo_tune.drop_ordering('hinted twin');
CREATE TABLE wide (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
SELECT bingo_tune.create_ordering('w', 'SELECT p.id, w.n FROM post p JOIN wide w ON w.id = p.id ORDER BY w.n, p.id', window_rows => 100);
DO $$ BEGIN FOR n IN 0 .. 15 LOOP EXECUTE format('CREATE TABLE wide_%s PARTITION OF wide FOR VALUES FROM (%s) TO (%s)', n, n * 100, n * 100 + 100); END LOOP; END $$;
INSERT INTO wide SELECT g, g * 7 % 650 FROM generate_series(0, 1599) g;
ANALYZE wide;
SELECT bingo_tune.create_ordering('w', 'SELECT p.id, w.n FROM post p JOIN wide w ON w.id = p.id ORDER BY w.n, p.id', window_rows => 100);
SELECT read, differs FROM page('SELECT p.id, w.n FROM post p JOIN wide w ON w.id = p.id ORDER BY w.n, p.id LIMIT 10');
CREATE TABLE wide_16 PARTITION OF wide FOR VALUES FROM (1600) TO (1700);
SELECT count(*) FROM bingo_tune.orderings WHERE name ^@ 'w_';
SELECT read, differs FROM page('SELECT p.id, w.n FROM post p JOIN wide w ON w.id = p.id ORDER BY w.n, p.id LIMIT 10');
DROP TABLE wide_0;
CREATE TABLE wide_0 PARTITION OF wide FOR VALUES FROM (0) TO (100);
SELECT name FROM bingo_tune.orderings WHERE name ~ '^w_.*(_0|_16)$';
SELECT bingo_tune.drop_ordering('w');
SELECT bingo_tune.create_ordering('w', 'SELECT p.id, w.n FROM post p JOIN wide w ON w.id = p.id ORDER BY w.n, p.id', window_rows => 100);
\echo :LAST_ERROR_SQLSTATE

-- by the name of the whole
RESET client_min_messages;
SELECT bingo_tune.create_ordering('names', 'SELECT id, name FROM city ORDER BY name, id');
SELECT bingo_tune.drop_ordering('names');
SELECT bingo_tune.drop_ordering('names');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DEALLOCATE ALL;
DROP VIEW differs, wrong;
DROP TABLE member, city, post, twin, of_twin, wide, queries;
SELECT name, state FROM bingo_tune.orderings;
DROP FUNCTION page(text), merged(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
