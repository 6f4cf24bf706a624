-- Scans that are started thousands of times in one execution, below LATERAL or as a subquery, hold the memory of one: of windows (a
-- value, a list, merged or stopped by a cut, partitions, first rows of each key, columns that are looked up) and of counters.
--
-- served must be true, and grows false: more than 32 kB in 3,000 starts.
-- Seen red: the values of a search, a window's or a counter's, kept at each start; the limit of a merge; the copy of a group's key.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, team text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board text NOT NULL, author_id int NOT NULL, created int NOT NULL, kind text NOT NULL, note text NOT NULL);
INSERT INTO author SELECT g, 'author ' || g % 40, 'team ' || g % 5 FROM generate_series(1, 60) g;
INSERT INTO post SELECT g, 'board ' || g % 20, 1 + g % 60, g * 7919 % 2011, 'kind ' || g % 3, repeat('x', 300) FROM generate_series(1, 4000) g;
CREATE INDEX ON post (author_id);
CREATE TABLE event (id int, at int NOT NULL, level text NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (1000);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (1000) TO (9000);
INSERT INTO event SELECT g, g, 'level ' || g % 30, repeat('x', 300) FROM generate_series(1, 3000) g;
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('boards', 'SELECT p.id FROM post p WHERE p.board = $1 ORDER BY p.created DESC', NULL);
SELECT bingo_tune.create_ordering('teams', 'SELECT p.id, a.team, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE a.team = $1 ORDER BY a.name, p.created', 40);
SELECT bingo_tune.create_ordering('events', 'SELECT id, at, level FROM event ORDER BY level, id DESC', 500);
SELECT bingo_tune.create_counter('kinds', 'SELECT board, kind, count(*) FROM post GROUP BY board, kind');
CREATE FUNCTION starts(query text, OUT served bool, OUT grows bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	rows refcursor;
	first bigint;
	last bigint;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	served := plan @? 'strict $.**."Custom Plan Provider"';
	OPEN rows NO SCROLL FOR EXECUTE query;
	SELECT sum(used_bytes) INTO last FROM pg_backend_memory_contexts;
	MOVE FORWARD 200 FROM rows;
	SELECT sum(used_bytes) INTO first FROM pg_backend_memory_contexts;
	MOVE FORWARD 3000 FROM rows;
	SELECT sum(used_bytes) INTO last FROM pg_backend_memory_contexts;
	CLOSE rows;
	grows := last - first > 32768;
END $$;
SET enable_memoize = off;
SET enable_seqscan = off;
\set from 'FROM generate_series(1, 4000) s'
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT id FROM post WHERE board = ''board '' || s % 20 ORDER BY created DESC LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT p FROM post p WHERE board = ''board '' || s % 20 AND kind <> ''kind '' || s % 3 AND id % 7 <> s % 7 ORDER BY created DESC LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT id FROM post WHERE board IN (''board '' || s % 20, ''board 3'') ORDER BY created DESC LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE a.team = ''team '' || s % 5 ORDER BY a.name, p.created LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE a.team IN (''team '' || s % 5, ''team 1'') ORDER BY a.name, p.created, p.id LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT id FROM event WHERE level > ''level '' || s % 3 ORDER BY level, id DESC LIMIT 1) x');
SELECT * FROM starts('SELECT s, x.* ' || :'from' || ', LATERAL (SELECT DISTINCT ON (board) board, id FROM post WHERE board > ''board '' || s % 3 ORDER BY board, created DESC, id DESC OFFSET 3 LIMIT 1) x');
SELECT * FROM starts('SELECT s, (SELECT count(*) FROM post WHERE board IN (''board '' || s % 20, ''board 3'') AND kind <> ''kind '' || s % 3) ' || :'from');
SELECT * FROM starts('SELECT s, (SELECT max(n) FROM (SELECT kind, count(*) AS n FROM post WHERE board = ''board '' || s % 20 GROUP BY kind) x) ' || :'from');
DROP TABLE author, post, event CASCADE;
DROP FUNCTION starts;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
