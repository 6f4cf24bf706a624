-- Why a count is not answered by a counter: explain_counter() names the part and the reason, of whatever planning refuses,
-- and EXPLAIN ANALYZE what an execution does.  The answer is the plain plan's each time (counter_serve, counter_shapes, counter_own).
--
-- Seen red: a condition that is asked before a row is read, a LIMIT within a LIMIT, and WITH TIES let through; events of a cascade not asked for.
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_how :abs_srcdir '/include/counter_how.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE issue (id int PRIMARY KEY, tenant int, state text NOT NULL, deleted_at timestamptz, author int);
INSERT INTO issue SELECT g, g % 11, (ARRAY['open', 'new', 'done'])[g % 3 + 1], CASE WHEN g % 5 = 0 THEN '2020-01-01'::timestamptz END, g % 40 FROM generate_series(1, 20000) g;
CREATE TABLE author (id int PRIMARY KEY, team int);
INSERT INTO author SELECT g, g % 3 FROM generate_series(1, 30) g;
CREATE TABLE one (id int);
INSERT INTO one VALUES (1);
ANALYZE;
SELECT bingo_tune.create_counter('live', 'SELECT tenant, state, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant, state');
SELECT bingo_tune.create_counter('one', 'SELECT count(*) FROM one');
CREATE FUNCTION why(query text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN bool_or(served) THEN 'served' ELSE string_agg(DISTINCT reason, '; ') FILTER (WHERE counter IS NOT NULL) END FROM bingo_tune.explain_counter(query) $$;
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
-- conditions
('SELECT count(*) FROM issue WHERE tenant = 3'),
('SELECT count(*) FROM issue WHERE deleted_at IS NULL AND author = 3'),
('SELECT count(*) FROM issue WHERE deleted_at IS NULL AND random() < 2 AND tenant = 3'),
('SELECT count(*) FROM issue WHERE deleted_at IS NULL AND now() > ''2020-01-01'''),
('SELECT count(*) FROM issue TABLESAMPLE SYSTEM (100) WHERE deleted_at IS NULL'),
('SELECT count(*) FROM one'),
-- what is computed
('SELECT count(*), max(author) FROM issue WHERE deleted_at IS NULL'),
('SELECT count(author) FROM issue WHERE deleted_at IS NULL'),
('SELECT count(DISTINCT tenant) FROM issue WHERE deleted_at IS NULL'),
('SELECT count(*) FILTER (WHERE author = 3) FROM issue WHERE deleted_at IS NULL'),
('SELECT tenant, (SELECT max(id) FROM author a WHERE a.id = i.tenant), count(*) FROM issue i WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT count(*) FROM issue WHERE deleted_at IS NULL GROUP BY author'),
('SELECT count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant + 1'),
('SELECT tenant, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY ROLLUP (tenant)'),
('SELECT generate_series(1, 2), count(*) FROM issue WHERE deleted_at IS NULL'),
-- joins
('SELECT count(*) FROM issue i JOIN author a ON a.id = i.author WHERE deleted_at IS NULL'),
('SELECT count(*) FROM issue i LEFT JOIN author a ON a.team = i.author WHERE deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) FROM issue i LEFT JOIN author a ON a.team = i.author AND random() < 2 WHERE deleted_at IS NULL'),
('SELECT a.id, c.n FROM author a, LATERAL (SELECT count(*) AS n FROM issue i WHERE deleted_at IS NULL AND i.author = a.id) c'),
-- rows of subqueries
('SELECT count(*) FROM (SELECT DISTINCT ON (tenant) id FROM issue WHERE deleted_at IS NULL ORDER BY tenant, id) i'),
('SELECT count(*) FROM (SELECT id FROM issue WHERE deleted_at IS NULL FOR UPDATE) i'),
('SELECT count(*) FROM (SELECT id FROM issue WHERE deleted_at IS NULL ORDER BY tenant FETCH FIRST 50 ROWS WITH TIES) i'),
('SELECT count(*) FROM (SELECT id FROM (SELECT id FROM issue WHERE deleted_at IS NULL LIMIT 500) a LIMIT 300 OFFSET 250) b'),
('SELECT count(*) FROM (SELECT id FROM issue WHERE deleted_at IS NULL LIMIT (random() * 5)::int) i'),
('SELECT count(*) FROM (SELECT id, random() FROM issue WHERE deleted_at IS NULL ORDER BY 2 LIMIT 500) i'),
('SELECT count(*) FROM (SELECT DISTINCT tenant FROM issue WHERE deleted_at IS NULL) i'),
('SELECT count(*) FROM (SELECT id, tenant FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 500) i WHERE tenant = 3'),
('SELECT tenant, count(*) FROM (SELECT id, tenant FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 500) i GROUP BY tenant'),
('SELECT count(*) FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE deleted_at IS NULL ORDER BY i.id LIMIT 500) i'),
-- beside rows
('SELECT id, count(*) OVER (PARTITION BY tenant) FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3'),
('SELECT id, row_number() OVER (), count(*) OVER () FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3'),
('SELECT id, count(author) OVER () FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3');
RESET client_min_messages;
SELECT query, why(query) FROM queries ORDER BY id;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TABLE plenty (a int, b int);
INSERT INTO plenty SELECT g % 3, g FROM generate_series(1, 30000) g;
ANALYZE plenty;
SELECT bingo_tune.create_counter('plenty', 'SELECT a, b, count(*) FROM plenty GROUP BY a, b');
SELECT why('SELECT b, count(*) FROM plenty GROUP BY b');
RESET work_mem;
RESET hash_mem_multiplier;

-- what an execution refuses
\set ECHO none
\i :counter_how
\set ECHO all
PREPARE live AS SELECT count(*) FROM issue WHERE deleted_at IS NULL;
SELECT how('EXECUTE live');
SET bingo_tune.enable_counter_scan = off;
SELECT how('EXECUTE live');
RESET bingo_tune.enable_counter_scan;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT how('EXECUTE live');
COMMIT;
-- in a trigger, for a row before the last
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', how('SELECT count(*) FROM issue WHERE deleted_at IS NULL'); RETURN NULL; END $$;
SET client_min_messages = warning;
CREATE TRIGGER z_look AFTER DELETE ON author FOR EACH ROW EXECUTE FUNCTION look();
ALTER TABLE issue ADD FOREIGN KEY (author) REFERENCES author ON DELETE CASCADE NOT VALID;
RESET client_min_messages;
SELECT how('EXECUTE live');
BEGIN;
DELETE FROM author WHERE id = 5;
ROLLBACK;
-- a mark, of this transaction
BEGIN;
TRUNCATE issue;
SELECT how('EXECUTE live');
ROLLBACK;
-- dropped: nothing is kept of it
SET client_min_messages = warning;
SELECT bingo_tune.drop_counter('live');
RESET client_min_messages;
SELECT why('SELECT count(*) FROM issue WHERE deleted_at IS NULL');
SELECT how('EXECUTE live');
SET client_min_messages = warning;
DROP TABLE issue, author, one, plenty, queries;
DROP FUNCTION why(text), how(text), look();
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
