-- What only shows what there is leaves no lock behind: DDL of others would wait for it until the end of the reader's transaction.
-- "left": locks on tables, indexes and what the extension keeps for them, but for the catalogs.  hottest_keys() reads the tables by a query.
-- Seen red: the boundary's index kept by orderings, and by hottest_keys().
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL REFERENCES author, created int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE post_1 PARTITION OF post FOR VALUES FROM (0) TO (500);
CREATE TABLE post_2 PARTITION OF post FOR VALUES FROM (500) TO (5000);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 20) g;
INSERT INTO post SELECT g, g % 3, 1 + g % 20, g FROM generate_series(1, 1000) g;
CREATE INDEX ON post (author_id);
ANALYZE;
SELECT bingo_tune.create_ordering('board', 'SELECT p.id, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created', 10);
SELECT bingo_tune.create_ordering('names', 'SELECT id, name FROM author ORDER BY name', 5);
SELECT bingo_tune.create_counter('boards', 'SELECT board_id, count(*) FROM post GROUP BY board_id');
SELECT name, cut_keys > 0 AS has_cuts FROM bingo_tune.orderings ORDER BY name;
CREATE FUNCTION left_by(asked text, OUT query text, OUT "left" text) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	query := asked;
	EXECUTE asked;
	SELECT string_agg(DISTINCT c.relname || ' ' || l.mode, ', ') INTO "left"
	FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
	WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'i', 'I', 'm', 't') AND c.relnamespace <> 'pg_catalog'::regnamespace;
END $$;
SELECT (left_by(q)).* FROM unnest(ARRAY[
	'SELECT * FROM bingo_tune.orderings', 'SELECT * FROM bingo_tune.counters', 'SELECT * FROM bingo_tune.ordering_definition',
	'SELECT * FROM bingo_tune.index_report', 'SELECT * FROM bingo_tune.settings_advice', 'SELECT * FROM bingo_tune.query_timing',
	'SELECT * FROM bingo_tune.query_examples', 'SELECT * FROM bingo_tune.query_summary', 'SELECT * FROM bingo_tune.ordering_summary', 'SELECT * FROM bingo_tune.counter_summary',
	'SELECT * FROM bingo_tune.settings_summary', 'SELECT * FROM bingo_tune.index_summary', 'SELECT * FROM bingo_tune.timing_status',
	'SELECT bingo_tune.report()',
	'SELECT * FROM bingo_tune.endpoints', 'SELECT * FROM bingo_tune.explain_ordering(''SELECT id FROM public.author ORDER BY name'')',
	'SELECT * FROM bingo_tune.hottest_keys(''board'')']) q;
DROP TABLE post, author;
DROP FUNCTION left_by;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
