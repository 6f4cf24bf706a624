-- Every form of query that an ordering serves gives the plain plan's rows in
-- the plain plan's order.
-- Seen red with: the rows of the window not skipped in the plan behind, no bound
-- for it, a bound from a volatile LIMIT, none below LEFT JOIN, one below joins, conditions and whatever else drops rows or takes
-- all, one of WITH TIES, no rescan of it, the window's end taken
-- for the answer's, a complete window not known as such, one of
-- just as many rows, too.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

-- Joins written in other ways, other orders of operands and tables.
\set joined 'FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC'
\set from 'FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id'
\set whole 'SELECT p.id, p.at, l.id, l.name, s.id, s.title, s.year, s.length ' :joined
SELECT * FROM compare(:'whole' || ' LIMIT 50');
SELECT * FROM compare('SELECT p.id, s.title FROM song s, listener x, play p WHERE x.id = p.listener_id AND s.id = p.song_id
	ORDER BY s.year DESC, s.title, x.id, p.id DESC LIMIT 50');
SELECT * FROM compare('SELECT p.id, s.title FROM song s JOIN (play p JOIN listener l ON l.id = p.listener_id) ON true
	WHERE p.song_id = s.id AND 1 = 1 ORDER BY s.year DESC NULLS FIRST, s.title ASC, p.listener_id, p.id DESC LIMIT 50');
SELECT * FROM compare('SELECT p.id, s.title FROM ONLY play p CROSS JOIN listener l INNER JOIN song s ON p.song_id = s.id AND l.id = p.listener_id
	ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 50');
-- sort keys that the planner drops by itself
SELECT * FROM compare('SELECT p.id ' || replace(:'joined', 'l.id, p.id DESC', 'l.id, p.listener_id DESC, p.id DESC') || ' LIMIT 50');

-- Target lists.
SELECT * FROM compare('SELECT s.length, p.id ' || :'joined' || ' LIMIT 50');
SELECT * FROM compare('SELECT 1 ' || :'joined' || ' LIMIT 50');
SELECT * FROM compare('SELECT ' || :'joined' || ' LIMIT 50');
SELECT * FROM compare('SELECT p.id, p.id, upper(s.title) || l.name, s.length * 2, s.year IS NULL, now() ' || :'joined' || ' LIMIT 50');
SELECT * FROM compare('SELECT s.year, s.title, l.id AS listener, p.id ' || replace(:'joined', 's.year DESC, s.title, l.id, p.id DESC', '1 DESC, 2, 3, 4 DESC') || ' LIMIT 50');

-- LIMIT and OFFSET.
SELECT * FROM compare(:'whole' || ' LIMIT 0');
SELECT * FROM compare(:'whole' || ' LIMIT 1');
SELECT * FROM compare(:'whole' || ' LIMIT 200');
SELECT * FROM compare(:'whole' || ' LIMIT 50 OFFSET 150');
SELECT * FROM compare(:'whole' || ' OFFSET 17 FETCH FIRST 3 ROWS ONLY');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 60)');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 60) OFFSET (SELECT 100)');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT NULL::int) OFFSET (SELECT NULL::int)');
-- the window ends before LIMIT or OFFSET is met
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 201)');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 300)');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 5) OFFSET 198');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 5) OFFSET 300');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 100000)');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 100000) OFFSET 100000');
SELECT * FROM compare(:'whole' || ' LIMIT (SELECT 9223372036854775807) OFFSET (SELECT 9223372036854775807)');
-- by cost: a LIMIT beyond the window, and none, are better off without it
SELECT * FROM compare(:'whole' || ' LIMIT 300');
SELECT * FROM compare(:'whole');
SELECT * FROM compare(:'whole' || ' LIMIT NULL');
:whole LIMIT (SELECT -1);

-- The plan behind gets the bound: a top-N sort instead of a full one.
CREATE FUNCTION sort_methods(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN QUERY SELECT node ->> 'Sort Method'
		FROM jsonb_path_query(plan, 'strict $.** ? (@."Node Type" == "Sort")') node;
END
$$;
SET enable_incremental_sort = off;
SET enable_mergejoin = off;
SELECT * FROM sort_methods(:'whole' || ' LIMIT (SELECT 201)');
SELECT * FROM sort_methods(:'whole' || ' LIMIT (SELECT 1) OFFSET (SELECT 201)');
SELECT * FROM sort_methods(:'whole' || ' LIMIT (SELECT NULL::int)');
-- ... but none when LIMIT would give another number at each evaluation
SELECT * FROM sort_methods(:'whole' || ' LIMIT (201 + random() * 0)::int');
SELECT count(*) FROM (SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
	ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 210 + trunc(random() * 2)::int) x WHERE id < 0;
-- ... also below joins that drop no row: LEFT JOIN to one row or many, a subquery around it, LATERAL
SET enable_hashjoin = off;
SET enable_memoize = off;
CREATE TABLE remark (play_id bigint, text text);
INSERT INTO remark SELECT i % 700, 'remark ' || i FROM generate_series(1, 1000) i;
CREATE INDEX ON remark (play_id);
ANALYZE remark;
CREATE FUNCTION bounded(query text, OUT methods text, OUT from_behind bigint, OUT same bool) LANGUAGE sql AS $$
	SELECT string_agg(m, ', '), max(c.from_behind), bool_and(c.same) FROM sort_methods(query) m, compare(query) c
$$;
\set left 'LEFT JOIN song t ON t.id = s.id + 1'
\set order 'ORDER BY s.year DESC, s.title, l.id, p.id DESC'
SELECT * FROM bounded('SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' LIMIT (SELECT 205) OFFSET (SELECT 3)');
SELECT * FROM bounded('SELECT p.id, t.title, q.play_id ' || :'from' || ' ' || :'left' || ' LEFT JOIN remark q ON q.play_id = p.id AND p.id > 500 ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT p.id, t.title, q.n ' || :'from' || ' ' || :'left' || ' LEFT JOIN LATERAL (SELECT count(*) AS n FROM remark r WHERE r.play_id = p.id) q ON q.n > 1 ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT * FROM (SELECT p.id, s.year, s.title, l.id AS listener ' || :'from' || ') x LEFT JOIN song t ON t.id = x.id ORDER BY x.year DESC, x.title, x.listener, x.id DESC LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT x.id + 1, x.title FROM (SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' OFFSET 0) x LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT (SELECT string_agg(x.title, '','') FROM (SELECT t.title ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' LIMIT (SELECT 205)) x)');
-- ... none below what drops rows, or takes all of them
SELECT * FROM bounded('SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' WHERE t.id IS NULL OR t.id > 30 ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT p.id, t.title ' || :'from' || ' JOIN song t ON t.id = s.id + 1 ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' AND t.year > 1963 WHERE NOT EXISTS (SELECT FROM remark r WHERE r.play_id = p.id) ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT p.id, generate_series(1, t.id % 3) ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT DISTINCT s.year, s.title, l.id ' || :'from' || ' ' || :'left' || ' ORDER BY s.year DESC, s.title, l.id LIMIT (SELECT 205)');
SELECT methods, same FROM bounded('SELECT p.id, row_number() OVER (' || :'order' || ') ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' LIMIT (SELECT 205)');
SELECT * FROM bounded('SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' FETCH FIRST (SELECT 205) ROWS WITH TIES');
SELECT * FROM bounded('SELECT * FROM (SELECT p.id, t.title ' || :'from' || ' ' || :'left' || ' ' || :'order' || ' OFFSET 0) x WHERE id > 700 LIMIT (SELECT 205)');
RESET enable_hashjoin;
RESET enable_memoize;
RESET enable_incremental_sort;
RESET enable_mergejoin;
DROP TABLE remark;

-- Subqueries, CTEs, views, UNION ALL, LATERAL with a LIMIT that changes.
CREATE VIEW top_plays AS SELECT p.id, s.title, l.name :joined LIMIT 70;
CREATE VIEW plays WITH (security_barrier) AS SELECT p.id, s.title, l.name :joined LIMIT 70;
CREATE VIEW joined_tables AS SELECT p.id, p.at, l.id AS listener, l.name, s.title, s.year
	FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id;
SELECT * FROM compare('SELECT * FROM top_plays');
SELECT * FROM compare('SELECT * FROM plays');
SELECT * FROM compare('SELECT id, title FROM joined_tables ORDER BY year DESC, title, listener, id DESC LIMIT 50');
SELECT * FROM compare('SELECT count(*), min(id), max(title) FROM top_plays WHERE id > 300');
SELECT * FROM compare('WITH x AS (' || :'whole' || ' LIMIT 50) SELECT name, title FROM x');
SELECT * FROM compare('WITH x AS MATERIALIZED (SELECT p.id ' || :'joined' || ' LIMIT 50) SELECT * FROM x a JOIN x b ON a.id = b.id');
SELECT * FROM compare('(SELECT p.id ' || :'joined' || ' LIMIT 50) UNION ALL (SELECT p.id + 1 ' || :'joined' || ' LIMIT 30)');
SELECT * FROM compare('SELECT n, x.* FROM generate_series(0, 400, 50) n, LATERAL (SELECT p.id, n + p.id ' || :'joined' || ' LIMIT n) x');
SELECT * FROM compare('SELECT n, x.* FROM generate_series(400, 0, -50) n, LATERAL (SELECT p.id ' || :'joined' || ' OFFSET n LIMIT 7) x');
SELECT * FROM compare('SELECT n, (SELECT p.id ' || :'joined' || ' OFFSET n LIMIT 1) FROM generate_series(190, 210) n');
SELECT * FROM compare('SELECT id FROM song WHERE id IN (SELECT s.id ' || :'joined' || ' LIMIT 20) ORDER BY id');
SELECT * FROM compare('SELECT EXISTS (SELECT 1 ' || :'joined' || ' OFFSET (SELECT 900)) AS x');

-- Prepared statements with generic plans, whose LIMIT is a parameter.
SET plan_cache_mode = force_generic_plan;
PREPARE by_parameter(bigint, bigint) AS SELECT p.id, s.title :joined LIMIT $1 OFFSET $2;
SELECT top_nodes('EXECUTE by_parameter(10, 0)');
CREATE TEMP TABLE served AS EXECUTE by_parameter(30, 190);
SET bingo_tune.enable_ordered_scan = off;
CREATE TEMP TABLE plain AS EXECUTE by_parameter(30, 190);
RESET bingo_tune.enable_ordered_scan;
SELECT count(*), array_agg(served.id) = array_agg(plain.id) AS same
	FROM (SELECT row_number() OVER () AS n, * FROM served) served
	FULL JOIN (SELECT row_number() OVER () AS n, * FROM plain) plain USING (n);
EXECUTE by_parameter(0, 0);
EXECUTE by_parameter(2, 0);
EXECUTE by_parameter(2, 300);
EXECUTE by_parameter(2, 100000);
EXECUTE by_parameter(-1, 0);
EXECUTE by_parameter(1, -1);
SET plan_cache_mode = force_custom_plan;
EXECUTE by_parameter(2, 0);
EXECUTE by_parameter(NULL, 844);
RESET plan_cache_mode;

-- PL/pgSQL, COPY, CREATE TABLE AS, INSERT of the answer, read-only transactions.
CREATE FUNCTION loop_over() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	play record;
	digest text := '';
	n int := 0;
BEGIN
	FOR play IN SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
		ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT (SELECT 220)
	LOOP
		digest := md5(digest || play.id || play.title);
		n := n + 1;
	END LOOP;
	RETURN n || ' ' || digest;
END
$$;
SELECT loop_over() AS served \gset
SET bingo_tune.enable_ordered_scan = off;
SELECT loop_over() AS plain \gset
RESET bingo_tune.enable_ordered_scan;
SELECT :'served' ~ '^220 ' AND :'served' = :'plain' AS same;
COPY (SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 3) TO STDOUT;
BEGIN READ ONLY;
SELECT p.id, s.title :joined LIMIT 3;
COMMIT;
CREATE TABLE copied AS SELECT p.id :joined LIMIT 3;
INSERT INTO copied SELECT p.id :joined LIMIT 3 OFFSET 3;
SELECT id FROM copied;

-- A window that holds everything: no plan behind, and LIMIT is not needed.
SELECT bingo_tune.create_ordering('songs', 'SELECT id, title, year, length FROM song ORDER BY year, title DESC, id', 1000);
SELECT * FROM compare('SELECT id, length FROM song ORDER BY year, title DESC, id LIMIT 100000');
SELECT * FROM compare('SELECT id, length FROM song ORDER BY year, title DESC, id');
SELECT * FROM compare('SELECT id, length FROM song ORDER BY year, title DESC, id OFFSET 50');
SELECT * FROM compare('SELECT id, length FROM song ORDER BY year, title DESC, id LIMIT 0');
-- the plan behind is not even started
CREATE FUNCTION loops_behind(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') #> '{Plans,0,Actual Loops}';
END
$$;
SELECT loops_behind('SELECT id, length FROM song ORDER BY year, title DESC, id LIMIT 100000');
SELECT loops_behind(:'whole' || ' LIMIT (SELECT 200)');
SELECT loops_behind(:'whole' || ' LIMIT (SELECT 201)');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM song ORDER BY year, title DESC, id;
MOVE LAST IN c;
FETCH ALL FROM c;
FETCH BACKWARD 2 FROM c;
FETCH ALL FROM c;
COMMIT;

-- What was counted.
SELECT name, scans > 0 AS scans, rows_served > 0 AS served, rows_behind > 0 AS behind
	FROM bingo_tune.ordering_counters() c JOIN bingo_tune.ordering_states() o USING (ordering_id) ORDER BY name;

-- A window of as many rows as there are has all of them, and nobody looks behind it.
CREATE TABLE few (id int PRIMARY KEY, v int NOT NULL);
INSERT INTO few SELECT i, i % 3 FROM generate_series(1, 10) i;
SELECT bingo_tune.create_ordering('few', 'SELECT id, v FROM few ORDER BY v, id', 10);
SELECT boundary FROM bingo_tune.ordering_states() WHERE name = 'few';
INSERT INTO few VALUES (11, 5);
SELECT bingo_tune.refresh_ordering('few');
SELECT boundary FROM bingo_tune.ordering_states() WHERE name = 'few';
DROP TABLE few;

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
