-- Conditions on columns of the driving table that a narrow window lacks: they are looked up for the rows that pass the others, and
-- looked at last; what a policy says of such a column, before what the query says of any.
--
-- read: rows from the window; behind: rows from the plan behind; null: not served.  differs must be 0.
-- Where it depends on the server's version how many rows are wanted, read says only whether any are.
-- Seen red: rows given without these conditions; a condition of the query before a policy's; columns of another table
-- looked up; before what is looked up what fails on rows that it keeps away; a join's conditions by their costs, before a table's own; a pattern of the row taken for one that can't fail,
-- or one that a parameter has; a policy before what is leakproof and cheap.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE post (gone int, id int PRIMARY KEY, board_id int NOT NULL, author_id int NOT NULL REFERENCES author,
	created int NOT NULL, score int NOT NULL, tags text[], body text);
ALTER TABLE post DROP COLUMN gone;
INSERT INTO author SELECT g, 'a' || g, 'c' || g % 5 FROM generate_series(1, 200) g;
INSERT INTO post SELECT g, g % 20, 1 + g % 200, g * 7919 % 20011, g * 31 % 100, ARRAY['t' || g % 6, 'u' || g % 7], repeat('x', 500)
	FROM generate_series(1, 20000) g;
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('narrow', 'SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', NULL);
\set ECHO none
\i :scan_rows
\set ECHO all
\set f 'FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 7'
\set o ' ORDER BY p.created DESC, p.id'

-- one, two, of an array, of the whole row, beside one on the window's columns, with a subquery, with a parameter of LATERAL
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND p.score > 50' || :'o' || ' LIMIT 10');
SELECT * FROM page('SELECT p.id, p.score ' || :'f' || ' AND p.score > 50 AND ''t3'' = ANY (p.tags)' || :'o' || ' LIMIT 10 OFFSET 5');
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND (p.score > 90 OR p.created < 500)' || :'o' || ' LIMIT 10');
SELECT read::int > 0 AS read, behind, differs, answer FROM page('SELECT p.id ' || :'f' || ' AND p.created % 2 = 0 AND p.score % 3 = 0' || :'o' || ' LIMIT 10');
SELECT read::int > 0 AS read, behind, differs, answer FROM page('SELECT p.id ' || :'f' || ' AND p::text LIKE ''%{t3,u1}%''' || :'o' || ' LIMIT 10');
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND p.score IN (SELECT g FROM generate_series(0, 40) g WHERE g % 2 = 1 OFFSET 0) IS NOT FALSE' || :'o' || ' LIMIT 10');
SELECT * FROM page('SELECT s, x.id FROM generate_series(95, 97) s, LATERAL (SELECT p.id ' || :'f' || ' AND p.score >= s' || :'o' || ' LIMIT 3) x ORDER BY s, x.id');
-- a list, merged
SELECT * FROM page('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id IN (3, 7, 9) AND p.score > 50' || :'o' || ' LIMIT 10');
-- what is looked up keeps rows away from what fails on them, as it does for the planner, and so do a table's conditions for a join's
SELECT read::int > 0 AS read, behind, differs FROM page('SELECT p.id ' || :'f' || ' AND p.score <> 57 AND 1 / (p.id - 14247) < 1' || :'o' || ' LIMIT 10');
SELECT read::int > 0 AS read, behind, differs FROM page('SELECT p.id ' || :'f' || ' AND 1 / (p.id - 14247) < 1 AND NOT p.score = 57' || :'o' || ' LIMIT 10');
SELECT bingo_tune.create_ordering('named', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY a.name', NULL);
SELECT read::int > 0 AS read, behind, differs FROM page('SELECT p.id ' || :'f' || ' AND md5(md5(p.id::text)) <> md5(md5(''27'')) AND 1 / (p.id - 27) < length(a.name) ORDER BY a.name, p.id LIMIT 700');
SELECT bingo_tune.drop_ordering('named');
-- not of another table's columns, not what depends on where the row is, not volatile
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND a.country > ''c1''' || :'o' || ' LIMIT 10');
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND p.tableoid > 0' || :'o' || ' LIMIT 10');
SELECT * FROM page('SELECT p.id ' || :'f' || ' AND p.score > 50 + random() * 0' || :'o' || ' LIMIT 10');

SELECT bingo_tune.create_ordering('newest', 'SELECT p.id, p.created FROM post p ORDER BY p.created DESC', 3000);
SELECT * FROM page('SELECT max(p.created) FROM post p WHERE p.score > 50');
-- rows that pass are behind the window's end; none passes: the plan behind takes over
SELECT * FROM page('SELECT id FROM post WHERE score > 50 ORDER BY created DESC, id LIMIT (SELECT 2000)');
UPDATE post SET score = 30 WHERE score > 50 AND created > 12000;
SELECT * FROM page('SELECT id FROM post WHERE score > 50 ORDER BY created DESC, id LIMIT 20');
CREATE FUNCTION removed(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Rows Removed by Filter';
END
$$;
SELECT removed('SELECT id FROM post WHERE score > 50 ORDER BY created DESC, id LIMIT 20') BETWEEN 1 AND 1500 AS gave_up_in_time;

-- a policy on a column that is looked up, and functions that tell what they see
CREATE FUNCTION tell(int) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen'; RETURN true; END $$ IMMUTABLE;
CREATE ROLE scan_late_reader;
GRANT SELECT ON post, author TO scan_late_reader;
GRANT EXECUTE ON FUNCTION tell TO scan_late_reader;
ALTER TABLE post ENABLE ROW LEVEL SECURITY;
CREATE POLICY hidden ON post USING (score = 20);
UPDATE post SET score = 20 WHERE id IN (8007, 8027);
ANALYZE post;
SET client_min_messages = notice;
SET ROLE scan_late_reader;
EXPLAIN (COSTS OFF) SELECT id FROM post WHERE tell(created) ORDER BY created DESC LIMIT 1;
SELECT count(*) FROM (SELECT id FROM post WHERE tell(created) ORDER BY created DESC LIMIT 1) x;
RESET ROLE;
SET client_min_messages = warning;
ALTER TABLE post DISABLE ROW LEVEL SECURITY;

-- what fails on rows that a condition in front keeps away: a pattern that comes from the row, or that a parameter has and no row that passes comes to;
-- a policy, for which the planner lets what is leakproof and cheap go first
CREATE TABLE entry (id int PRIMARY KEY, n int NOT NULL, kind int NOT NULL, value text NOT NULL, pattern text NOT NULL, checked bool NOT NULL, low int NOT NULL, high int NOT NULL);
INSERT INTO entry SELECT g, g / 2, g % 2, CASE WHEN g % 2 = 1 THEN g::text ELSE 'x' || g END, CASE WHEN g % 2 = 1 THEN '%' ELSE '%\' END, g % 2 = 1, 1, 2
	FROM generate_series(1, 4000) g;
VACUUM ANALYZE entry;
SELECT bingo_tune.create_ordering('entries', 'SELECT id, kind, value, pattern FROM entry ORDER BY n DESC, id DESC', 3000);
SET enable_sort = off;
SELECT read::int > 0 AS read, behind, differs, answer FROM page('SELECT id FROM entry WHERE checked AND value LIKE pattern ORDER BY n DESC, id DESC LIMIT 2');
SELECT read::int >= 0 AS read, differs, answer FROM page('SELECT id FROM entry WHERE low > high AND value LIKE (SELECT ''%\'') ORDER BY n DESC, id DESC LIMIT 1');
RESET enable_sort;
ALTER TABLE entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY numbers ON entry USING (value::int > 3);
GRANT SELECT ON entry TO scan_late_reader;
SET ROLE scan_late_reader;
EXPLAIN (COSTS OFF) SELECT id FROM entry WHERE kind = 1 ORDER BY n DESC, id DESC LIMIT 3;
SELECT id FROM entry WHERE kind = 1 ORDER BY n DESC, id DESC LIMIT 3;
RESET ROLE;

-- partitions, whose columns have other numbers
CREATE TABLE event (id int, at int NOT NULL, level int NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_1 (note text, x int, level int NOT NULL, at int NOT NULL, id int NOT NULL);
ALTER TABLE event_1 DROP COLUMN x;
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (5000);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (5000) TO (20000);
INSERT INTO event SELECT g, g, g % 100, 'note ' || g % 3 || repeat(' ', 500) FROM generate_series(1, 10000) g;
VACUUM ANALYZE event;
SELECT bingo_tune.create_ordering('events', 'SELECT id FROM event ORDER BY level, id DESC', NULL);
SELECT * FROM page('SELECT id, level FROM event WHERE level = 3 AND note LIKE ''note 1%'' ORDER BY id DESC LIMIT 10');

SELECT ordering, served, reason, part FROM bingo_tune.explain_ordering('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 7 AND p.score > 5 ORDER BY p.created DESC LIMIT 10') ORDER BY ordering;

DROP TABLE post, author, entry, event CASCADE;
DROP FUNCTION page, removed, tell;
DROP ROLE scan_late_reader;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
